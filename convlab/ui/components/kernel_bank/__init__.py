"""A bank of kernels and the maps it makes of one picture, drawn in the browser and settled by PyTorch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st
import torch
from torch import Tensor

from convlab.convolution import bank, kernels
from convlab.convolution.bank import Bank
from convlab.convolution.conv2d import ConvSettings, Geometry
from convlab.ui import scales, server
from convlab.ui.components.kernel_lab import laid_over
from convlab.ui.components.shared import Data, declare, editor_labels, pack, settled_labels
from convlab.ui.picture import Picture
from convlab.ui.words import _

_mount = declare(
    "kernel_bank",
    *("numerals", "post", "stage", "scale", "revisions", "convolve", "editor", "messenger", "settling"),
)


@dataclass(frozen=True)
class Shown:
    """A bank as it is shown: PyTorch's maps float32 [N, H, W], or the sentence why there are none.

    Attributes:
        names: what each kernel is called beside its number; "" for no name.
        edited: the kernels that a learner has changed.
        facts: the layer's shapes, as names and values.
    """

    bank: Bank
    maps: Tensor | None
    geometry: Geometry | None
    error: str
    names: Sequence[str]
    edited: Sequence[int]
    facts: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Received:
    """What the browser sent: the whole bank, the kernel that is chosen, and which message it is."""

    bank: Bank
    chosen: int
    revision: int
    origin: int


def kernel_bank(
    key: str,
    picture: Picture,
    settings: ConvSettings,
    shown: Shown,
    chosen: int,
    own_scales: bool,
    revision: int,
    origin: int,
    refusal: tuple[int, str],
    on_edit: Callable[[], None],
    on_paste: Callable[[], None],
) -> None:
    """Show a bank; one that was changed in the browser is in ``received(key)`` when ``on_edit`` is called.

    Args:
        chosen: the kernel whose cells are open.
        own_scales: each map takes its own range of colours; else all take one.
        revision: number of the last message that Python has heard of; the browser counts its own.
        origin: number of the bank that the edits start from; another one ends what the browser has pending.
        refusal: number of what was pasted and refused last, and why; "" once that is settled.
    """
    header = {
        "labels": _labels(),
        "route": server.path("bank"),
        "limit": kernels.MAX_WEIGHT,
        **laid_over(picture, settings, shown.geometry),
        "weight": shown.bank.weight.tolist(),
        "bias": shown.bank.bias.tolist(),
        "result_shape": [] if shown.maps is None else list(shown.maps.shape),
        **{name: getattr(shown, name) for name in ("error", "names", "edited", "facts")},
        "chosen": chosen,
        "own_scales": own_scales,
        "revision": revision,
        "origin": origin,
        "refusal": refusal,
    }
    blobs: dict[str, Data] = {
        "pixels": picture.pixels,
        "diverging": scales.table(scales.DIVERGING),
        "weights": scales.table(scales.WEIGHTS),
        "grey": scales.table(scales.GREY),
        "result": b"" if shown.maps is None else shown.maps,
    }
    _mount(key=key, data=pack(header, **blobs), on_bank_change=on_edit, on_paste_change=on_paste)


def received(key: str, event: str = "bank") -> Received | None:
    """The bank that the browser sent; None where it is not what the component sends."""
    try:
        payload: Any = st.session_state[key].get(event)
        weight, bias = (torch.tensor(payload[name], dtype=torch.float32) for name in ("weight", "bias"))
        made = bank.checked(Bank(weight, bias))
        chosen, revision, origin = (int(payload[name]) for name in ("chosen", "revision", "origin"))
    except (TypeError, ValueError, KeyError, OverflowError, RuntimeError, AttributeError):
        return None
    within = 0 <= chosen < made.count and max(abs(revision), abs(origin)) < 10**9
    return Received(made, chosen, revision, origin) if within else None


def _labels() -> dict[str, Any]:
    return {
        **editor_labels(),
        **settled_labels(),
        "input": _("Input"),
        "input_keys": _("Arrow keys move the window over the picture; Home and End go to the ends of a row."),
        "bank": _("All {count} kernels and their maps"),
        "with_keys": _("{name}. {keys}"),
        "keys": _("Arrow keys go from kernel to kernel, Enter opens its weights."),
        "kernel_n": _("Kernel {n}"),
        "edited": _("edited"),
        "weights_of": _("Weights of kernel {n}, an input channel below the other"),
        "map_of": _("Map of kernel {n}"),
        "chosen": _("Kernel {n}: weight[{n}] and bias[{n}]"),
        "bias": _("Bias"),
        "bias_cell": _("Bias of the kernel"),
        "map_range": _("{low} to {high}"),
        "at": _(
            "Row {row}, column {column}: this window makes {count} numbers, one in each map. "
            "Below each map stands its own."
        ),
        "weights_scale": _("Weights, one scale for all kernels"),
        "maps_shared": _("Maps, one scale for all: equal colours are equal values"),
        "maps_own": _(
            "Each map has a scale of its own, whose ends stand below it: two maps cannot be compared."
        ),
        "scale_signed": _("Blue is negative, white is zero, red is positive."),
        "scale_grey": _("Black is zero, white is the top of the scale."),
        "download_weights": _("Weights as .npy"),
        "download_maps": _("Maps as .npy"),
    }
