"""The Kernels lab: input, kernel and output side by side, drawn in the browser and settled by PyTorch."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st
import torch
from torch import Tensor

from convlab.convolution import kernels
from convlab.convolution.conv2d import ConvSettings, Geometry
from convlab.ui import scales, server
from convlab.ui.components.kernel_lab import comparison
from convlab.ui.components.kernel_lab.comparison import Kept
from convlab.ui.components.shared import (
    Data,
    declare,
    editor_labels,
    numbers,
    pack,
    player_labels,
    settled_labels,
    undo_labels,
)
from convlab.ui.picture import Picture
from convlab.ui.words import _

_mount = declare(
    "kernel_lab",
    *(
        "numerals",
        "post",
        "stage",
        "scale",
        "stripes",
        "player",
        "revisions",
        "convolve",
        "editor",
        "messenger",
        "curves",
        "placed",
        "undoing",
        "settling",
    ),
)


@dataclass(frozen=True, eq=False)
class Remark:
    """The line above the lab, beside which there is a way back.

    Attributes:
        text: what an experiment has set the lab to; "" for nothing.
        looks: how often it was set up from where one does not see it; the lab then scrolls into view.
        differs: bool [H_out, W_out], the pixels of the output to outline; None for none.
    """

    text: str = ""
    looks: int = 0
    differs: Tensor | None = None


@dataclass(frozen=True)
class Shown:
    """One convolution as the lab shows it: PyTorch's map, or why there is none, and words about it.

    Attributes:
        kept: another one, to compare it with; None for none.
        remark: what an experiment has set the lab to.
    """

    output: Tensor | None
    geometry: Geometry | None
    error: str
    output_shape: str
    notes: list[str]
    facts: list[tuple[str, str]]
    kept: Kept | None = None
    remark: Remark = Remark()

    @property
    def shared(self) -> tuple[Tensor, ...]:
        """What shares its scale with the output."""
        return () if self.kept is None or self.kept.output is None else (self.kept.output,)


Pixel = tuple[int, int]  # row and column of the output


@dataclass(frozen=True)
class Pin:
    """The output pixel that stays chosen; None for none.

    Attributes:
        revision: number of the last pin of the browser that Python has heard of; the browser counts its own.
        origin: number of the pin that the browser's own start from; another one ends what it has pending.
    """

    pixel: Pixel | None
    revision: int
    origin: int


@dataclass(frozen=True)
class Edits:
    """How far Python is with the edits of the kernel.

    Attributes:
        revision: number of the last edit that PyTorch has seen; the browser counts its own.
        origin: number of the kernel that the edits start from; another one ends what the browser has pending.
        undo, redo: how many changes there are to undo and to redo.
        steps: how far the browser has asked to go, undo counted as less than 0; it goes on from there.
        refusal: number of what was refused last at the cells, and why; (0, "") once that is settled.
    """

    revision: int
    origin: int
    undo: int
    redo: int
    steps: int
    refusal: tuple[int, str]


def kernel_lab(
    key: str,
    picture: Picture,
    kernel: Tensor,
    settings: ConvSettings,
    shown: Shown,
    edits: Edits,
    scale: scales.Choice,
    scale_limit: float,
    equal_pixels: bool,
    pin: Pin,
    on: Mapping[str, Callable[[], None]],
) -> None:
    """Show the lab; what it sends is then in ``edit(key)`` or ``pin_event(key)``.

    Args:
        kernel: float32 [1 or C, kh, kw].
        scale, scale_limit: output colours, as ``scales.choose`` takes them.
        equal_pixels: whether a pixel of the output is as large on the screen as one of the input.
        on: what takes each event of the browser: "edit", "paste", "step", "ask", "pin".
        pin: the output pixel that stays chosen wherever one points.
    """
    header = {
        "labels": _labels(),
        "route": server.path("convolve"),
        "limit": kernels.MAX_WEIGHT,
        **laid_over(picture, settings, shown.geometry),
        "kernel": kernel.tolist(),
        "error": shown.error,
        **asdict(edits),
        "scale": scale,
        "scale_limit": scale_limit,
        "equal_pixels": equal_pixels,
        "pin": asdict(pin),
        "words": _words(picture, kernel, shown),
        "remark": {"text": shown.remark.text, "looks": shown.remark.looks},
        **({} if shown.output is None else summary(shown.output)),
        **comparison.header(shown.kept, shown.output),
    }
    blobs: dict[str, Data] = {
        "pixels": picture.pixels,
        "diverging": scales.table(scales.DIVERGING),
        "weights": scales.table(scales.WEIGHTS),
        "grey": scales.table(scales.GREY),
        "result": b"" if shown.output is None else shown.output,
        "kept": next(iter(shown.shared), b""),
        "differs": b"" if shown.remark.differs is None else shown.remark.differs.to(torch.uint8),
    }
    heard = {f"on_{event}_change": take for event, take in on.items()}
    _mount(key=key, data=pack(header, **blobs), **heard)


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


def edit(key: str, event: str = "edit") -> tuple[Tensor, int, int] | None:
    """The kernel, revision and origin that the browser sent; None where they are not what the lab sends."""
    try:
        payload = st.session_state[key].get(event)
        kernel = kernels.check(torch.tensor(payload["kernel"], dtype=torch.float32))
        return kernel, int(payload["revision"]), int(payload["origin"])
    except (TypeError, ValueError, KeyError, OverflowError, RuntimeError):
        return None


def pin_event(key: str) -> Pin | None:
    """The pin that the browser sent; None where it is not what the lab sends."""
    received = numbers(key, "pin", ("row", "column", "revision", "origin"))
    if received is None:
        return None
    row, column, revision, origin = received
    return Pin(None if min(row, column) < 0 else (row, column), revision, origin)


def laid_over(picture: Picture, settings: ConvSettings, geometry: Geometry | None) -> dict[str, Any]:
    """What a header says of the picture and of how kernels are laid over it."""
    return {
        "picture": f"{picture.identity}/{picture.mean}",
        "shape": list(picture.pixels.shape),
        **{name: getattr(picture, name) for name in ("stock", "mean", "std", "normalised")},
        "settings": settings.model_dump(),
        **_layout(geometry, picture),
    }


def _layout(geometry: Geometry | None, picture: Picture) -> dict[str, Any]:
    """The padded picture's rows and columns, and its margins; without a geometry the picture as it is."""
    if geometry is None:
        height, width = picture.pixels.shape[1:]
        rows, cols = tuple(range(height)), tuple(range(width))
        return {"rows": rows, "cols": cols, "padding": (0, 0, 0, 0), "ignored": (0, 0)}
    ignored = (geometry.ignored_rows, geometry.ignored_cols)
    return {"rows": geometry.rows, "cols": geometry.cols, "padding": geometry.padding, "ignored": ignored}


def _pointing_labels() -> dict[str, Any]:
    return {
        "input_keys": _(
            "Arrow keys move over the pixels and mark the outputs that each one feeds; "
            "Enter pins the window, Escape frees it."
        ),
        "output_keys": _(
            "Arrow keys move the window; Home and End go to the ends of a row; "
            "Enter pins it, Escape frees it; Space plays."
        ),
        "position": _("Place of the kernel"),
        "position_at": _("row {row}, column {column}"),
        "pixel_at": _("Row {row}, column {column}:"),
        "ghost_at": _("Ghost pixel, row {row}, column {column}:"),
        "copy_of": _("A copy of row {row}, column {column}."),
        "padding_holds": _("Padding holds it."),
        "feeds": _("Outputs that it feeds: {count}."),
        "its_window": _("Its window: output row {row}, column {column}."),
        "nearest_window": _("Nearest window: output row {row}, column {column}."),
        "window_at": _("Window: rows {top} to {bottom}, columns {left} to {right}."),
        "point_at_input": _("Point at a pixel: every output that it feeds is marked."),
        "hatched_ghosts": _("Hatched: the ghost pixels of the padding."),
        "hatched_unreached": _("Hatched: no window reaches these rows and columns."),
        "hatched_both": _("Hatched: ghost pixels; at the end, what no window reaches."),
        "pinned_at": _("Pinned: row {row}, column {column}:"),
        "named": _("{name}: {value}"),
        "pointed_at": _("Pointer:"),
        "enlarged": _("Enlarged: {rows} × {columns} pixels around row {row}, column {column}"),
        "pin_it": _("Click to pin it."),
        "pin_waits": _("The pin at row {row}, column {column} waits; Esc goes back to it."),
        "free_it": _("Click it again or press Esc to free it."),
    }


def _labels() -> dict[str, Any]:
    return {
        **_pointing_labels(),
        **editor_labels(),
        **undo_labels(),
        "undo_remark": _("Undo this"),
        **player_labels(),
        **settled_labels(),
        "comparison": comparison.labels(),
        "input": _("Input"),
        "output": _("Output"),
        "slide": _("Slide the kernel over the picture"),
        "arithmetic": _("Arithmetic of one output pixel"),
        "arithmetic_at": _("Output pixel: row {row}, column {column}"),
        "window": _("Window"),
        "weights": _("Weights"),
        "products": _("Products"),
        "sum_of": _("Sum of {count} products"),
        "part": _("sum {sum}"),
        "bias": _("bias"),
        "activations": {"relu": "ReLU", "tanh": "tanh", "abs": _("absolute value")},
        "stats": _("min {min}, mean {mean}, max {max}"),
        "details": _("Shapes, parameters, histogram, downloads"),
        "level": _("Each pixel is level with its window's middle."),
        "smaller": _("A pixel is as large as in the input."),
        "histogram": _("Histogram of the output"),
        "histogram_words": _("Histogram of {count} values from {low} to {high}; the tallest bar has {most}."),
        "scale_signed": _("Blue is negative, white is zero, red is positive."),
        "scale_grey": _("Black is zero, white is the top of the scale."),
        "scale_below": _("Black is zero or less, white is the top of the scale."),
        "scale_unit": _("The scale is the input's own, 0 to 1."),
        "scale_own": _("The range is this map's own."),
        "scale_shared": _("A and B share this range."),
        "scale_fixed": _("The range is fixed."),
        "scale_above": _("{count} of {all} pixels are above {end} and striped."),
        "scale_beyond": _("{count} of {all} pixels are beyond it and striped."),
        "download_png": _("Output as PNG"),
        "download_npy": _("Tensor as .npy"),
    }
