"""The Probe lesson's controls: what its link holds."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from convlab.convolution import kernels
from convlab.errors import N_, UserError
from convlab.pictures.board import Board
from convlab.probing import attribution, ood, perturbations
from convlab.ui.cropping import CroppedControls
from convlab.ui.networks import NEWEST, Epoch
from convlab.ui.urls import PageState, Seed, one_of

Experiment = Literal[
    "notice", "four_ways", "mistakes", "outside", "change", "arena", "modes", "surgery", "code", "maths"
]
Game = Literal["board", "paint", "ascend", "least"]
Other = Literal["noise", "plain", "photos", "data"]

NONE, CHECKPOINT = "", "checkpoint"
_MODEL = r"^(shipped:[a-z0-9_]{1,40}|run:[0-9a-f]{16}|checkpoint)$"
_KEY = r"^[a-z0-9_-]{1,64}$"


def _own_kernel(text: str) -> str:
    if not text:
        return ""
    kernel = kernels.parse(text)
    if kernel.shape[0] != 1:
        raise UserError(N_("Write one kernel without bars, such as 0 1 0; 1 1 1; 0 1 0."))
    return kernels.format_kernel(kernel)


def _own_board(text: str) -> str:
    return Board.decode(text).encode() if text else ""


Model = Annotated[str, Field(pattern=_MODEL)]
Place = Annotated[int, Field(ge=0, le=10_000)]
LayerName = Annotated[str, Field(max_length=60, pattern=r"^[\w.]*$")]
Share = Annotated[float, Field(ge=0, le=1)]


class ProbeControls(CroppedControls):
    """Everything that can be set on the Probe page."""

    shown: Annotated[int, Field(ge=0, le=99)] = 0
    model: Model = "shipped:net"
    epoch: Epoch = NEWEST
    second: Annotated[str, Field(pattern=_MODEL + "|^$")] = NONE
    second_epoch: Epoch = NEWEST
    temperature: Annotated[float, Field(ge=0.1, le=10)] = 1.0
    method: Annotated[str, one_of(attribution.METHODS)] = "occlusion"
    target: Annotated[int, Field(ge=-1, le=19)] = -1
    cam_layer: LayerName = ""
    over: bool = True
    experiment: Experiment = "notice"
    data: Annotated[str, Field(pattern=_KEY)] = "sketches"
    other: Other = "noise"
    other_data: Annotated[str, Field(pattern=r"^[a-z0-9_-]{0,64}$")] = ""
    score: Annotated[str, one_of(ood.SCORES)] = "max_softmax"
    threshold: Share = 0.95
    change: Annotated[str, one_of(perturbations.KINDS)] = "shift"
    amount: Annotated[float, Field(ge=-180, le=180)] = 0.0
    game: Game = "board"
    goal: Annotated[int, Field(ge=0, le=19)] = 0
    norm: Literal["l2", "linf"] = "l2"
    budget: Annotated[float, Field(ge=0, le=5)] = 1.0
    painted: Annotated[str, AfterValidator(_own_board)] = ""
    batch_size: Annotated[int, Field(ge=1, le=256)] = 16
    order: Literal["shuffled", "by_class"] = "by_class"
    seed: Seed = 0
    layer: LayerName = ""
    out_channel: Place = 0
    in_channel: Annotated[int, Field(ge=-1, le=10_000)] = -1
    kernel: Annotated[str, AfterValidator(_own_kernel)] = ""
    pruned: Share = 0.0


State = PageState[ProbeControls]
