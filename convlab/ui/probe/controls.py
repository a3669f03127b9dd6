"""The Probe lesson's controls: what its link holds."""

from contextlib import suppress
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from convlab.convolution import kernels
from convlab.errors import N_, UserError
from convlab.pictures.board import Board
from convlab.probing import attribution, bundled, ood, perturbations
from convlab.training import runs
from convlab.ui import checkpoints
from convlab.ui.cropping import CroppedControls
from convlab.ui.networks import NEWEST, Epoch
from convlab.ui.picture import FALLBACK, data_of, fits
from convlab.ui.urls import DataKey, PageState, Seed, one_of

Experiment = Literal[
    "notice", "four_ways", "mistakes", "outside", "change", "arena", "modes", "surgery", "code", "maths"
]
Game = Literal["board", "paint", "ascend", "least"]
Other = Literal["noise", "plain", "photos", "data"]

NONE, CHECKPOINT = "", "checkpoint"
OPEN = ""  # nothing was chosen: what fits the rest is taken
ON_SKETCHES, ON_PHOTOGRAPHS = "shipped:net_sketches", "shipped:net"
FIRST_SKETCH = "sketch:bird"
_PHOTOGRAPHS = ("photo", "upload", "camera", "cifar10")  # kinds of a choice, and data sets
_MODEL = r"^(shipped:[a-z0-9_]{1,40}|run:[0-9a-f]{16}|checkpoint)?$"


def _own_kernel(text: str) -> str:
    if not text:
        return ""
    kernel = kernels.parse(text)
    if kernel.shape[0] != 1:
        raise UserError(N_("Write one kernel without bars, such as 0 1 0; 1 1 1; 0 1 0."))
    return kernels.format_kernel(kernel)


Model = Annotated[str, Field(pattern=_MODEL)]
Place = Annotated[int, Field(ge=0, le=10_000)]
LayerName = Annotated[str, Field(max_length=60, pattern=r"^[\w.]*$")]
Share = Annotated[float, Field(ge=0, le=1)]


class ProbeControls(CroppedControls):
    """Everything that can be set on the Probe page.

    Of picture and network the one that nobody chose follows the other: a photograph is shown to the network
    that learned from photographs, a sketch to that of the sketches, and the other way round. Where both are
    open, a sketch is shown to the network of the sketches. ``data`` that nobody chose are the network's own.
    ``cell`` of the confusion matrix is "class-verdict", as indices of the network's classes, or "".
    """

    picture: Annotated[str, AfterValidator(lambda text: text and fits(text))] = OPEN
    shown: Annotated[int, Field(ge=0, le=99)] = 0
    model: Model = OPEN
    epoch: Epoch = NEWEST
    second: Model = NONE
    second_epoch: Epoch = NEWEST
    temperature: Annotated[float, Field(ge=0.1, le=10)] = 1.0
    method: Annotated[str, one_of(attribution.METHODS)] = "occlusion"
    target: Annotated[int, Field(ge=-1, le=19)] = -1
    cam_layer: LayerName = ""
    over: bool = True
    experiment: Experiment = "notice"
    data: DataKey = OPEN
    cell: Annotated[str, Field(pattern=r"^([0-9]{1,2}-[0-9]{1,2})?$")] = NONE
    other: Other = "noise"
    other_data: DataKey = OPEN
    score: Annotated[str, one_of(ood.SCORES)] = "max_softmax"
    threshold: Share = 0.95
    change: Annotated[str, one_of(perturbations.KINDS)] = "shift"
    amount: Annotated[float, Field(ge=-180, le=180)] = 0.0
    game: Game = "board"
    goal: Annotated[int, Field(ge=0, le=19)] = 0
    norm: Literal["l2", "linf"] = "l2"
    budget: Annotated[float, Field(ge=0, le=5)] = 1.0
    painted: Annotated[str, AfterValidator(lambda text: text and Board.decode(text).encode())] = ""
    batch_size: Annotated[int, Field(ge=1, le=256)] = 16
    order: Literal["shuffled", "by_class"] = "by_class"
    seed: Seed = 0
    layer: LayerName = ""
    out_channel: Place = 0
    in_channel: Annotated[int, Field(ge=-1, le=10_000)] = -1
    kernel: Annotated[str, AfterValidator(_own_kernel)] = ""
    pruned: Share = 0.0

    def settled(self) -> "ProbeControls":
        """These with a picture and a network, whoever chose them."""
        if self.picture and self.model:
            return self
        drawn = self._drawn()
        picture = self.picture or (FIRST_SKETCH if drawn else FALLBACK)
        model = self.model or (ON_SKETCHES if drawn else ON_PHOTOGRAPHS)
        return self.model_copy(update={"picture": picture, "model": model})

    def _drawn(self) -> bool:
        """Whether sketches fit what was chosen; a square or paint without a picture were on the cat."""
        if self.picture:
            return drawn(self.picture) is True
        if self.model:
            return learned_from_sketches(self.model)
        if self.second:
            return learned_from_sketches(self.second, "second")
        fits = self.data in (OPEN, "sketches")
        return fits and not (self.window or self.painted or self.padding != "black")


def drawn(picture: str) -> bool | None:
    """Whether a picture is a sketch (True) or a photograph (False); None where nothing tells."""
    place = data_of(picture)
    kind = place[0] if place else picture.partition(":")[0]
    return {"sketch": True, "sketches": True, **dict.fromkeys(_PHOTOGRAPHS, False)}.get(kind)


def learned_from_sketches(model: str, slot: str = "model") -> bool:
    """Whether a network, as the controls name it, was trained on them; False where nothing tells."""
    kind, _sep, key = model.partition(":")
    if kind == "shipped":
        return key.endswith(bundled.SKETCHES)
    with suppress(UserError):
        if kind == "run":
            return _data_of_run(key) == "sketches"
        origin = checkpoints.opened(slot).about.data
        return origin is not None and origin.key == "sketches"
    return False


@lru_cache(maxsize=256)
def _data_of_run(id: str) -> str:
    return runs.get(id).settings.data  # it never changes


State = PageState[ProbeControls]
