"""The Feature maps lesson's controls: what its link holds."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from convlab.convolution import kernels
from convlab.errors import N_, UserError
from convlab.networks import stacks
from convlab.ui.networks import OWN_STACK, NetworkControls
from convlab.ui.urls import PageState, Seed

Experiment = Literal["notice", "field", "pooling", "cross", "compare", "fit", "code", "maths"]
Place = Annotated[int, Field(ge=0, le=100_000)]


def _valid_stack(text: str) -> str:
    return stacks.parse(text).text()


def _cross_kernel(text: str) -> str:
    kernel = kernels.parse(text)
    if kernel.shape != (1, 3, 3):
        raise UserError(N_("Write one kernel of 3 rows with 3 numbers each, such as 0 1 0; 1 1 1; 0 1 0."))
    return kernels.format_kernel(kernel)


CrossKernel = Annotated[str, AfterValidator(_cross_kernel)]
CROSS = kernels.format_kernel(kernels.preset("cross")[None])


class FeatureMapsControls(NetworkControls):
    """Everything that can be set on the Feature maps page."""

    seed: Seed = 0
    stack: Annotated[str, AfterValidator(_valid_stack)] = stacks.EXAMPLE.text()
    ranges: Literal["map", "layer"] = "map"
    layer: Annotated[str, Field(max_length=60, pattern=r"^[\w.#]*$")] = ""
    channel: Place = 0
    row: Place = 8
    col: Place = 8
    experiment: Experiment = "notice"
    first_kernel: CrossKernel = CROSS
    second_kernel: CrossKernel = CROSS

    @property
    def own_stack(self) -> bool:
        """Whether the learner's stack is open; designs take 32 x 32 RGB pictures only."""
        return self.network == OWN_STACK

    @property
    def fitting(self) -> "FeatureMapsControls":
        """The controls with a picture that the network takes."""
        if self.own_stack:
            return self if self.size <= 64 else self.model_copy(update={"size": 64})
        return self.model_copy(update={"size": 32, "colour": "rgb"})


State = PageState[FeatureMapsControls]
