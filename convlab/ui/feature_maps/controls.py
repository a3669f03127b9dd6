"""The Feature maps lesson's controls: what its link holds."""

from typing import Annotated, Any, ClassVar, Literal, Self

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
        """Layer, row and column of the unit that is open, as a station's answer names it: "conv2 1,4".

        "" where nobody has chosen a layer yet.
        """
        return f"{self.layer} {self.row},{self.col}" if self.layer else ""

    def pointed(self, control: str, place: str) -> Self:
        """As every page's; a unit is named by layer, row and column."""
        if control != "unit":
            return super().pointed(control, place)
        layer, _space, pixel = place.partition(" ")
        row, _comma, column = pixel.partition(",")
        return type(self)(**{**dict(self), "layer": layer, "row": int(row), "col": int(column)})

    def elsewhere(self) -> Self:
        """As every page's: the first unit of the layer, or the picture itself, which every network has."""
        away = {"row": 0, "col": 0} if self.row or self.col else {"layer": INPUT}
        return type(self)(**{**dict(self), **away})

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


State = PageState[FeatureMapsControls]
