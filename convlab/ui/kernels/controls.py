"""The Kernels lesson's controls: what its link holds, and the changes that a learner makes to the kernel."""

import re
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal

import torch
from pydantic import AfterValidator, Field
from torch import Tensor

from convlab.convolution import bank, comparison, kernels
from convlab.convolution.bank import Edits
from convlab.convolution.comparison import Layer
from convlab.convolution.conv2d import Activation, Bias, ConvSettings, Step
from convlab.convolution.padding import PaddingMode
from convlab.ui.picture import PictureControls
from convlab.ui.scales import Choice
from convlab.ui.urls import PageState, Seed

Shift = Annotated[int, Field(ge=-16, le=16)]
Experiment = Literal[
    "notice", "code", "matrix", "shift", "learn", "gradient", "parameters", "bank", "errata", "maths"
]
Target = Literal[
    "identity",
    "blur",
    "vertical_edges",
    "horizontal_edges",
    "diagonal_edges_down",
    "diagonal_edges_up",
    "cross",
    "checkerboard",
    "sharpen",
    "sobel_x",
    "sobel_y",
    "laplacian",
    "emboss",
    "gaussian",
    "motion_blur",
    "random",
]


@lru_cache(maxsize=256)
def _parsed(text: str) -> Tensor:
    """The kernel of a text, parsed once however often a run asks for it."""
    return kernels.parse(text)


@lru_cache(maxsize=256)
def _preset(text: str, channels: int, seed: int) -> str | None:
    return kernels.preset_of(_parsed(text)[:channels], seed)


@lru_cache(maxsize=256)
def _layer(text: str) -> Layer:
    """The layer of a text, as ``_parsed``."""
    return comparison.read(text)


_Frozen = Annotated[str, AfterValidator(lambda text: text and comparison.write(_layer(text)))]
_Kernel = Annotated[str, AfterValidator(lambda text: kernels.format_kernel(_parsed(text)))]


def _pin(text: str) -> str:
    row, comma, column = text.partition(",")
    if text and not (comma and all(re.fullmatch(r"[0-9]{1,4}", number) for number in (row, column))):
        raise ValueError(text)
    return text and f"{int(row)},{int(column)}"


def _weight(text: str) -> str:
    numbers = text.split(",") if text else []
    if text and not (len(numbers) == 3 and all(re.fullmatch(r"[0-6]", number) for number in numbers)):
        raise ValueError(text)
    return text


@lru_cache(maxsize=64)
def _edits(text: str) -> Edits:
    return bank.parse_edits(text)


_Edits = Annotated[str, AfterValidator(lambda text: bank.format_edits(_edits(text)))]


class KernelsControls(PictureControls):
    """Everything that can be set on the Kernels page; it opens on pixels with room for their numbers.

    ``frozen``: a kernel and its settings, kept for comparison, as ``comparison.write`` has them; "" for none.
    """

    opening: ClassVar[dict[str, Any]] = {"picture": "drawing:house", "size": 8}
    place: ClassVar[str] = "pin"

    kernel: _Kernel = "-1 0 1; -1 0 1; -1 0 1"
    padding: Literal["0", "1", "2", "3", "same"] = "0"
    padding_mode: PaddingMode = "zeros"
    stride: Step = 1
    dilation: Step = 1
    bias: Bias = 0.0
    activation: Activation = "none"
    flip: bool = False
    scale: Choice = "auto"
    scale_limit: Annotated[float, Field(ge=0, le=1e6)] = 0.0
    equal_pixels: bool = True  # on the screen, of input and output
    pin: Annotated[str, AfterValidator(_pin)] = ""  # "row,column" of an output pixel, "" for none
    frozen: _Frozen = ""
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
    gradient_target: Target = "blur"
    gradient_rate: Annotated[float, Field(ge=0, le=100)] = 0.0  # 0: the page finds one
    gradient_weight: Annotated[str, AfterValidator(_weight)] = ""  # "channel,row,column", "" for none
    bank_count: Annotated[int, Field(ge=1, le=bank.MAX_KERNELS)] = bank.MAX_KERNELS
    bank_start: Literal["pytorch", "presets", "net"] = "pytorch"
    bank_seed: Seed = 0
    bank_colour: Literal["rgb", "grey"] = "rgb"
    bank_scale: Literal["shared", "own"] = "shared"
    bank_kernel: Annotated[int, Field(ge=0, le=bank.MAX_KERNELS - 1)] = 0
    bank_edits: _Edits = ""

    @property
    def channels(self) -> int:
        """Channels of the working picture."""
        return 3 if self.colour == "rgb" else 1

    @property
    def settings(self) -> ConvSettings:
        """What the convolution layer is made of."""
        return ConvSettings(**self.model_dump(include=set(ConvSettings.model_fields)))

    @property
    def layer(self) -> Layer:
        """The kernel, all of it, with its settings."""
        return Layer(_parsed(self.kernel), self.settings)

    @property
    def frozen_layer(self) -> Layer | None:
        """The layer that is kept; None where none is."""
        return _layer(self.frozen) if self.frozen else None

    @property
    def weights(self) -> Tensor:
        """Float32 [1 or C, kh, kw], never written to; a grey picture meets the first of three kernels."""
        return _parsed(self.kernel)[: self.channels]

    @property
    def preset(self) -> str | None:
        """Which preset the kernel is; None for a kernel of the learner's own."""
        return _preset(self.kernel, self.channels, self.seed)

    @property
    def kernel_size(self) -> tuple[int, int]:
        """(kh, kw)."""
        _channels, kh, kw = self.weights.shape
        return kh, kw

    @property
    def bank_changes(self) -> Edits:
        """The kernels of the bank that a learner has changed."""
        return _edits(self.bank_edits)


State = PageState[KernelsControls]


def set_kernel(state: State, kernel: Tensor) -> None:
    """Make this the kernel; where a grey picture hides two kernels of three, those stay as they were."""
    whole = _parsed(state.value.kernel)
    if state.value.colour == "grey" and whole.shape[0] == 3 and whole.shape[1:] == kernel.shape[1:]:
        kernel = torch.cat([kernel[:1], whole[1:]])
    state.change(kernel=kernels.format_kernel(kernel))
