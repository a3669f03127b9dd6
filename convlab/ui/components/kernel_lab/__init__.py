"""The Kernels lab: input, kernel and output side by side, drawn in the browser and settled by PyTorch."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st
import torch
from torch import Tensor

from convlab.convolution import kernels
from convlab.convolution.conv2d import ConvSettings, Geometry
from convlab.ui import scales, server
from convlab.ui.components.shared import Data, declare, pack, player_labels
from convlab.ui.picture import Picture
from convlab.ui.words import _

_mount = declare("kernel_lab", "post", "stage", "scale", "player", "revisions")


@dataclass(frozen=True)
class Shown:
    """One convolution as the lab shows it: PyTorch's map, or why there is none, and words about it."""

    output: Tensor | None
    geometry: Geometry | None
    error: str
    output_shape: str
    notes: list[str]
    facts: list[tuple[str, str]]


def kernel_lab(
    key: str,
    picture: Picture,
    kernel: Tensor,
    settings: ConvSettings,
    shown: Shown,
    revision: int,
    origin: int,
    scale: str,
    scale_limit: float,
    pixel: tuple[int, int] | None,
    on_edit: Callable[[], None],
) -> None:
    """Show the lab; a kernel changed in the browser is in ``edit(key)`` when ``on_edit`` is called.

    Args:
        kernel: float32 [1 or C, kh, kw].
        revision: number of the last edit that PyTorch has seen; the browser counts its own.
        origin: number of the kernel that the edits start from; another one ends what the browser has pending.
        scale, scale_limit: output colours "auto", "signed" or "grey"; where they end, 0 for the map's own.
        pixel: row and column of the output to point at, once; None for none.
    """
    header = {
        "labels": _labels(),
        "route": server.path("convolve"),
        "limit": kernels.MAX_WEIGHT,
        "picture": f"{picture.identity}/{picture.mean}",
        "shape": list(picture.pixels.shape),
        **{name: getattr(picture, name) for name in ("stock", "mean", "std", "normalised")},
        "kernel": kernel.tolist(),
        "settings": settings.model_dump(),
        **_layout(shown.geometry, picture),
        "error": shown.error,
        "revision": revision,
        "origin": origin,
        "scale": scale,
        "scale_limit": scale_limit,
        "pixel": pixel,
        "words": _words(picture, kernel, shown),
        **({} if shown.output is None else summary(shown.output)),
    }
    blobs: dict[str, Data] = {
        "pixels": picture.pixels,
        "diverging": scales.table(scales.DIVERGING),
        "weights": scales.table(scales.WEIGHTS),
        "grey": scales.table(scales.GREY),
        "result": b"" if shown.output is None else shown.output,
    }
    _mount(key=key, data=pack(header, **blobs), on_edit_change=on_edit)


def _words(picture: Picture, kernel: Tensor, shown: Shown) -> dict[str, Any]:
    shapes = {
        "input": str(list(picture.pixels.shape)),
        "kernel": str([1, picture.pixels.shape[0], *kernel.shape[1:]]),
        "output": shown.output_shape,
    }
    return {"shapes": shapes, "notes": shown.notes, "facts": shown.facts}


def summary(output: Tensor) -> dict[str, Any]:
    """What the lab is told of a feature map [H, W] beside its values."""
    stats = {"min": float(output.min()), "mean": float(output.mean()), "max": float(output.max())}
    return {"result_shape": list(output.shape), "stats": stats}


def edit(key: str) -> tuple[Tensor, int, int] | None:
    """The kernel, revision and origin that the browser sent; None where they are not what the lab sends."""
    try:
        payload = st.session_state[key].get("edit")
        kernel = kernels.check(torch.tensor(payload["kernel"], dtype=torch.float32))
        return kernel, int(payload["revision"]), int(payload["origin"])
    except (TypeError, ValueError, KeyError, OverflowError, RuntimeError):
        return None


def _layout(geometry: Geometry | None, picture: Picture) -> dict[str, Any]:
    """The padded picture's rows and columns, and its margins; without a geometry the picture as it is."""
    if geometry is None:
        height, width = picture.pixels.shape[1:]
        rows, cols = tuple(range(height)), tuple(range(width))
        return {"rows": rows, "cols": cols, "padding": (0, 0, 0, 0), "ignored": (0, 0)}
    ignored = (geometry.ignored_rows, geometry.ignored_cols)
    return {"rows": geometry.rows, "cols": geometry.cols, "padding": geometry.padding, "ignored": ignored}


def _labels() -> dict[str, Any]:
    return {
        **player_labels(),
        "input": _("Input"),
        "kernel": _("Kernel"),
        "output": _("Output"),
        "input_keys": _("Arrow keys move over the pixels and mark the outputs that each one feeds."),
        "output_keys": _("Arrow keys move the window; Home and End go to the ends of a row; Space plays."),
        "kernel_of": _("Kernel for {channel}"),
        "channels": [_("red"), _("green"), _("blue")],
        "weight": _("Weight in row {row}, column {column}"),
        "bad_weight": _("That is no weight: type a number from -1000 to 1000, such as -1, 0.5 or 1/9."),
        "editing_hint": _("Type, drag a cell up or down, use the arrow keys, or the wheel on a chosen cell."),
        "pace": _("{count} per s"),
        "slide": _("Slide the kernel over the picture"),
        "arithmetic": _("Arithmetic of one output pixel"),
        "arithmetic_at": _("Output pixel: row {row}, column {column}"),
        "window": _("Window"),
        "weights": _("Weights"),
        "products": _("Products"),
        "sum_of": _("Sum of {count} products"),
        "bias": _("bias"),
        "activations": {"relu": "ReLU", "tanh": "tanh", "abs": _("absolute value")},
        "point_at_input": _("Point at the input: every output that a pixel feeds is marked."),
        "pixel_at": _("Row {row}, column {column}:"),
        "ghost_at": _("Ghost pixel:"),
        "feeds": _("Outputs that it feeds: {count}."),
        "stats": _("min {min}, mean {mean}, max {max}"),
        "histogram": _("Histogram of the output"),
        "histogram_words": _("Histogram of {count} values from {low} to {high}; the tallest bar has {most}."),
        "scale_signed": _("Blue is negative, white is zero, red is positive."),
        "scale_grey": _("Black is zero, white is the top of the scale."),
        "scale_own": _("The range is this map's own."),
        "scale_fixed": _("The range is fixed."),
        "drawn_here": _("Drawn by your browser; PyTorch follows when you let go."),
        "settled": _("This is PyTorch's result; the browser's own drawing differs by at most {difference}."),
        "download_png": _("Output as PNG"),
        "download_npy": _("Tensor as .npy"),
    }
