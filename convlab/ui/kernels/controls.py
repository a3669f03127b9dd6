"""The Kernels lesson's controls: what its link holds, and the changes that a learner makes to the kernel."""

from functools import lru_cache
from typing import Annotated, Literal

import torch
from pydantic import AfterValidator, Field
from torch import Tensor

from convlab.convolution import kernels
from convlab.convolution.conv2d import Activation, Bias, ConvSettings, Step
from convlab.convolution.padding import PaddingMode
from convlab.ui.picture import PictureControls
from convlab.ui.urls import PageState, Seed

Shift = Annotated[int, Field(ge=-16, le=16)]
Experiment = Literal["notice", "code", "matrix", "shift", "learn", "parameters", "errata", "maths"]


@lru_cache(maxsize=256)
def _parsed(text: str) -> Tensor:
    """The kernel of a text, parsed once however often a run asks for it."""
    return kernels.parse(text)


def _valid_kernel(text: str) -> str:
    return kernels.format_kernel(_parsed(text))


class KernelsControls(PictureControls):
    """Everything that can be set on the Kernels page."""

    kernel: Annotated[str, AfterValidator(_valid_kernel)] = "-1 0 1; -1 0 1; -1 0 1"
    padding: Literal["0", "1", "2", "3", "same"] = "0"
    padding_mode: PaddingMode = "zeros"
    stride: Step = 1
    dilation: Step = 1
    bias: Bias = 0.0
    activation: Activation = "none"
    flip: bool = False
    scale: Literal["auto", "signed", "grey"] = "auto"
    scale_limit: Annotated[float, Field(ge=0, le=1e6)] = 0.0
    seed: Seed = 0
    experiment: Experiment = "notice"
    matrix_size: Literal[4, 5, 6, 7, 8] = 6
    shift_x: Shift = 4
    shift_y: Shift = 0
    wrap: bool = False
    learning_rate: Annotated[float, Field(ge=0, le=100)] = 0.0
    steps: Literal[20, 50, 100, 200, 500] = 200
    start_seed: Seed = 0
    momentum: bool = False

    @property
    def channels(self) -> int:
        """Channels of the working picture."""
        return 3 if self.colour == "rgb" else 1

    @property
    def settings(self) -> ConvSettings:
        """What the convolution layer is made of."""
        return ConvSettings(**self.model_dump(include=set(ConvSettings.model_fields)))

    @property
    def weights(self) -> Tensor:
        """Float32 [1 or C, kh, kw], never written to; a grey picture meets the first of three kernels."""
        return _parsed(self.kernel)[: self.channels]

    @property
    def kernel_size(self) -> tuple[int, int]:
        """(kh, kw)."""
        _channels, kh, kw = self.weights.shape
        return kh, kw


State = PageState[KernelsControls]


def set_kernel(state: State, kernel: Tensor) -> None:
    """Make this the kernel; where a grey picture hides two kernels of three, those stay as they were."""
    whole = _parsed(state.value.kernel)
    if state.value.colour == "grey" and whole.shape[0] == 3 and whole.shape[1:] == kernel.shape[1:]:
        kernel = torch.cat([kernel[:1], whole[1:]])
    state.change(kernel=kernels.format_kernel(kernel))
