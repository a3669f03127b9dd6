"""The Feature maps lesson's controls: what its link holds."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

import streamlit as st
from pydantic import AfterValidator, Field

from convlab.convolution import kernels
from convlab.errors import N_, UserError
from convlab.networks import stacks
from convlab.networks.graph import INPUT
from convlab.probing import excitation
from convlab.ui.networks import CROSS as CROSS_NETWORK
from convlab.ui.networks import OWN_STACK, NetworkControls
from convlab.ui.urls import DataKey, PageState, Seed

Experiment = Literal[
    "notice", "field", "pooling", "cross", "compare", "modes", "excite", "fit", "code", "maths"
]
PHOTOGRAPHS = "_photographs"  # ConvLab's own, in place of a data set's key
Place = Annotated[int, Field(ge=0, le=100_000)]
_SHAPES = "feature_maps.shapes"  # layer -> shape of what it puts out, of the network that is open


def _cross_kernel(text: str) -> str:
    kernel = kernels.parse(text)
    if kernel.shape != (1, 3, 3):
        raise UserError(N_("Write one kernel of 3 rows with 3 numbers each, such as 0 1 0; 1 1 1; 0 1 0."))
    return kernels.format_kernel(kernel)


CrossKernel = Annotated[str, AfterValidator(_cross_kernel)]
CROSS = kernels.format_kernel(kernels.preset("cross")[None])
# Figure 8.8 on the lab's own stage: its subject, and the unit that the large cross lights.
FIGURE_8_8: dict[str, Any] = {
    **{"network": CROSS_NETWORK, "picture": "drawing:crosses", "size": 16, "window": "", "padding": "black"},
    **{"layer": "conv2", "channel": 0, "row": 1, "col": 1},
}


class FeatureMapsControls(NetworkControls):
    """Everything that can be set on the Feature maps page."""

    place: ClassVar[str] = "unit"

    seed: Seed = 0
    stack: Annotated[str, AfterValidator(lambda text: stacks.parse(text).text())] = stacks.EXAMPLE.text()
    ranges: Literal["map", "layer"] = "map"
    mode: Literal["eval", "train"] = "eval"
    draw: Seed = 0
    layer: Annotated[str, Field(max_length=60, pattern=r"^[\w.#]*$")] = ""
    channel: Place = 0
    row: Place = 8
    col: Place = 8
    experiment: Experiment = "notice"
    excite_data: DataKey = ""
    ascent_steps: Annotated[int, Field(ge=1, le=excitation.MAX_STEPS)] = 128
    ascent_seed: Seed = 0
    jitter: Annotated[int, Field(ge=0, le=excitation.MAX_JITTER_PX)] = 1
    blur: Annotated[float, Field(ge=0, le=1)] = 0.3
    l2: Annotated[float, Field(ge=0, le=1)] = 0.02
    first_kernel: CrossKernel = CROSS
    second_kernel: CrossKernel = CROSS

    @property
    def unit(self) -> str:
        """The unit that is open, as a station's answer names it: "conv2 1,4" by row and column.

        Of a layer that puts out a vector "fc1 17", by entry; "" where nobody has chosen a layer yet.
        """
        if not self.layer:
            return ""
        shape = st.session_state.get(_SHAPES, {}).get(self.layer)
        entry, *pixel = (self.channel, self.row, self.col) if shape is None else self.within(shape)
        return f"{self.layer} {','.join(map(str, pixel or [entry]))}"

    def within(self, shape: Sequence[int]) -> tuple[int, ...]:
        """What is open in a layer that puts out this shape: its nearest (channel, row, col), or (entry,)."""
        counts = shape if len(shape) == 3 else shape[:1]
        wanted = (self.channel, self.row, self.col)
        return tuple(min(at, count - 1) for at, count in zip(wanted, counts, strict=False))

    def pointed(self, control: str, place: str) -> Self:
        """As every page's; a unit is named as ``unit`` does."""
        if control != "unit":
            return super().pointed(control, place)
        layer, _space, unit = place.partition(" ")
        row, comma, column = unit.partition(",")
        at = {"row": int(row), "col": int(column)} if comma else {"channel": int(unit), "row": 0, "col": 0}
        return type(self)(**{**dict(self), "layer": layer, **at})

    def elsewhere(self) -> Self:
        """As every page's: the first unit of the layer, or the picture itself, which every network has."""
        first = {"row": 0, "col": 0} if "," in self.unit else {"channel": 0}
        away = type(self)(**{**dict(self), **first})
        return away if away.unit != self.unit else type(self)(**{**dict(self), "layer": INPUT})

    @property
    def own_stack(self) -> bool:
        """Whether the learner's stack is open; designs take 32 x 32 RGB pictures only."""
        return self.network == OWN_STACK

    @property
    def cross(self) -> bool:
        """Whether the network of figure 8.8 is open, whose kernels the controls hold."""
        return self.network == CROSS_NETWORK

    @property
    def free(self) -> bool:
        """Whether what is open takes pictures of many sizes, and has no weights to choose."""
        return self.own_stack or self.cross

    @property
    def fitting(self) -> "FeatureMapsControls":
        """The controls with a picture that the network takes."""
        if self.cross:  # its kernels are written for one channel of values from 0 to 1
            grey = {"colour": "grey", "normalised": False, "size": min(self.size, 64)}
            return self.model_copy(update=grey)
        if self.own_stack:
            return self if self.size <= 64 else self.model_copy(update={"size": 64})
        return self.model_copy(update={"size": 32, "colour": "rgb"})


def note_shapes(shapes: Mapping[str, Sequence[int]]) -> None:
    """Keep what each layer of the open network puts out: a place in a vector is named otherwise."""
    st.session_state[_SHAPES] = shapes


State = PageState[FeatureMapsControls]
