"""What the lab is told of a kernel that is kept, and what it asks for: A beside B, the present one."""

from dataclasses import dataclass
from typing import Any

import streamlit as st
from torch import Tensor

from convlab.convolution import comparison
from convlab.convolution.comparison import Layer
from convlab.convolution.conv2d import Geometry
from convlab.errors import N_
from convlab.ui.words import _

THREE_CHANNELS = N_(
    "Three channels are added: the weights add up to {total}, so the output is {total} times as bright."
)
ACTIONS = ("keep", "put_back", "let_go", "normalise", "go_back")


@dataclass(frozen=True, eq=False)
class Kept:
    """A on the present picture: its layer, PyTorch's map, or why there is none."""

    layer: Layer
    output: Tensor | None
    geometry: Geometry | None
    error: str

    def apart(self, other: Tensor | None) -> str:
        """Why there is no difference between A and another map; "" where there is one, or no such map."""
        if self.error:
            return _("A has no output here. {why}").format(why=self.error)
        if self.output is None or other is None or self.output.shape == other.shape:
            return ""
        a, b = (" × ".join(map(str, values.shape)) for values in (self.output, other))
        sentence = _("A has {a} pixels and B {b}, so there is no difference until the two agree.")
        return sentence.format(a=a, b=b)


def header(kept: Kept | None, other: Tensor | None) -> dict[str, Any]:
    """The part of the lab's header about A; ``other`` is B."""
    if kept is None:
        return {"kept": None}
    told: dict[str, Any] = {"text": comparison.write(kept.layer), "apart": kept.apart(other), "shape": ""}
    if kept.output is not None and (place := kept.geometry) is not None:
        left, _right, top, _bottom = place.padding
        windows = {"stride": place.stride, "dilation": place.dilation, "kernel": place.kernel_size}
        told["windows"] = {**windows, "before": (top, left), "size": (place.height, place.width)}
        told["result_shape"] = list(kept.output.shape)
        told["shape"] = str([1, *kept.output.shape])
        told["mean"] = float(kept.output.mean())
    return {"kept": told}


def asked(key: str) -> str:
    """What the learner asks for by one of the lab's buttons, one of ``ACTIONS``; "" for anything else."""
    try:
        action = st.session_state[key].get("ask")["action"]
    except (TypeError, KeyError, AttributeError):
        return ""
    return action if isinstance(action, str) and action in ACTIONS else ""


def labels() -> dict[str, str]:
    """What the comparison says."""
    return {
        "normalise": _("Normalise to sum 1"),
        "three_channels": _(THREE_CHANNELS),
        "keep": _("Keep this output"),
        "put_back": _("Put A back"),
        "let_go": _("Let go"),
        "name": _("The kept kernel and the present one"),
        "kept": _("A, kept"),
        "difference": _("B − A"),
        "difference_keys": _("Arrow keys move over the pixels of A, B and their difference at once."),
        "kernel_of_a": _("A: {kernel}"),
        "mean_of": _("mean of A {a}, of B {b}"),
        "largest_difference": _("Largest difference: {difference}, in row {row}, column {column}."),
        "no_difference": _("A and B are equal everywhere."),
        "at_both": _("Row {row}, column {column}: A {a}, B {b}, B\u00a0−\u00a0A {difference}"),
        "at_each": _("Row {row}, column {column}: B {b}; A {a} in row {row_a}, column {column_a}"),
        "scale_difference": _("Blue: A is larger; white: equal; red: B is larger."),
    }
