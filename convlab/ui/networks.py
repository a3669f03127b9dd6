"""Which network is open: bundled or random weights, a run after an epoch, a checkpoint, a learner's stack."""

import os
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import torch
from pydantic import Field
from torch import Tensor

from convlab.convolution import kernels
from convlab.errors import N_, UserError
from convlab.networks import designs, stacks
from convlab.networks.about import About
from convlab.networks.checkpoints import Match, WeightsFile
from convlab.networks.crosses import find_cross
from convlab.networks.edits import NONE, Edits
from convlab.probing import bundled
from convlab.probing.probe import Probe
from convlab.training import network, run_files, runs, snapshots
from convlab.training.runs import Run
from convlab.ui.cropping import CroppedControls
from convlab.ui.person import seen
from convlab.ui.urls import RunId, one_of
from convlab.ui.words import _

NEWEST = -1  # the last epoch of a run whose weights are kept
OWN_STACK = "stack"
CROSS = "cross"  # figure 8.8, with kernels of the learner's
TORCHVISION, ONNX, TERMINAL = "torchvision", "onnx", "terminal"
FOREIGN = {
    TORCHVISION: N_("One of torchvision's"),
    ONNX: N_("Your ONNX file"),
    TERMINAL: N_("Opened from the terminal"),
}
NETWORKS = (*designs.DESIGNS, CROSS, OWN_STACK, *FOREIGN)
OPTIONS = {"net_res_deep": {"n_blocks": 5}}  # the chapter's 100 blocks fill no screen
_CLASSES = {"airplane": N_("airplane"), "bird": N_("bird"), "score": N_("score")}
_MOST_RUNS = 100  # in a list to choose from

Epoch = Annotated[int, Field(ge=NEWEST, le=100_000)]


class NetworkControls(CroppedControls):
    """A picture and a network: what one lesson's link tells another of what is open."""

    network: Annotated[str, one_of(NETWORKS)] = "net"
    architecture: Annotated[str, Field(max_length=40, pattern=r"^[a-z0-9_]+$")] = "resnet18"
    weights: Literal["trained", "random", "checkpoint", "run", "sketches"] = "trained"
    run: RunId = ""
    epoch: Epoch = NEWEST

    @property
    def foreign(self) -> bool:
        """Whether a network is named that is none of the chapter's designs, and no stack of them."""
        return self.network in FOREIGN


def class_title(name: str) -> str:
    """What a class is called: the chapter's two in the session's language, any other as it is."""
    return _(_CLASSES[name]) if name in _CLASSES else name


@dataclass(frozen=True)
class Model:
    """An open network, the same object for all who hold it: never changed.

    Attributes:
        identity: two models with one identity have the same weights.
        probe: the network, its class names, mean and std; the outputs of an untrained one have no names.
        title: plain text of unknown origin; that of bundled weights is ours.
        match: design and options that it was built from; the design of a stack is "".
        source: "shipped:KEY" for bundled weights, "run:ID", "checkpoint", "random", "stack" or "cross"; of a
            network that is none of ours "torchvision", "onnx" or "terminal".
        epoch: of a run; ``NEWEST`` for anything else.
        weights_file: where a script finds the weights, as they were before ``edits``; None for random ones.
        edits: the kernels that a learner has changed.
        unedited: the same network before that; None where nothing was changed.
        input_shape: of the pictures [C, H, W] that it is opened on.
        code: how a script builds a network that is none of ours: imports, then one expression.
    """

    identity: str
    probe: Probe = field(compare=False)
    title: str = field(compare=False)
    match: Match = field(compare=False)
    source: str = field(compare=False)
    epoch: int = field(default=NEWEST, compare=False)
    weights_file: WeightsFile | None = field(default=None, compare=False)
    about: About = field(default=About(), compare=False)
    edits: Edits = field(default=NONE, compare=False)
    unedited: "Model | None" = field(default=None, compare=False)
    input_shape: tuple[int, int, int] = field(default=designs.INPUT_SHAPE, compare=False)
    code: str = field(default="", compare=False)

    @property
    def name(self) -> str:
        """Title, epoch and changes as plain text of unknown origin; ours are in the session's language."""
        name = _(self.title) if self.source.startswith("shipped:") else self.title
        text = _("{name}, epoch {epoch}")
        name = name if self.epoch == NEWEST else text.format(name=name, epoch=self.epoch)
        text = _("{name}, kernels changed: {count}")
        return text.format(name=name, count=len(self.edits)) if self.edits else name

    @property
    def own(self) -> "Model":
        """The network with the kernels that it came with."""
        return self.unedited or self

    @property
    def fresh(self) -> bool:
        """Whether its weights are random: it never met a class."""
        return self.source in ("random", "stack")

    @property
    def card(self) -> dict[str, Any]:
        """The model card of bundled weights; {} for any others."""
        kind, _sep, key = self.source.partition(":")
        return bundled.card(key) if kind == "shipped" else {}

    @property
    def class_names(self) -> tuple[str, ...]:
        """Plain text of unknown origin, but the chapter's two in the session's language; () if ``fresh``."""
        return tuple(map(class_title, self.probe.classes))

    def verdict(self, chances: Tensor, form: str = ".3f") -> str:
        """The likeliest class and its probability, "bird 0.942", as plain text; from float [K]."""
        return f"{self.class_names[int(chances.argmax())]} {float(chances.max()):{form}}"


@lru_cache(maxsize=8)
def bundled_model(key: str) -> Model:
    """One of ``bundled.NETWORKS``. Raises UserError for another."""
    found, file = bundled.weights(key), WeightsFile(f"convlab/weights/{key}.safetensors")
    title, source, identity = bundled.NETWORKS[key], f"shipped:{key}", found.checkpoint.identity
    return Model(identity, found.probe, title, found.match, source, weights_file=file, about=found.about)


def bundled_key(design: str, weights: str) -> str:
    """Which of ``bundled.NETWORKS`` a design is with "trained" weights, or with "sketches"; "" for none."""
    key = {"trained": design, "sketches": design + bundled.SKETCHES}.get(weights, "")
    return key if key in bundled.NETWORKS else ""


@lru_cache(maxsize=16)
def random_model(design: str, seed: int) -> Model:
    """A design with random weights. Raises UserError for an unknown one."""
    found = designs.design(design)
    match = Match(design, OPTIONS.get(design, {}))
    network = designs.seeded(lambda: found.build(**match.options), seed).eval()
    return Model(f"{design}/{seed}", Probe(network, ()), found.title, match, "random")


def stack_model(text: str, input_shape: tuple[int, int, int], seed: int) -> Model:
    """A learner's stack with random weights, built for pictures [C, H, W]. Raises UserError as ``stacks``."""
    channels, height, width = input_shape
    network = stacks.build(stacks.parse(text), channels, (height, width), seed).eval()
    identity = f"{text}/{seed}/{channels}x{height}x{width}"  # so many arrive at its first layer
    return Model(identity, Probe(network, ()), "", Match("", {}), "stack")


@lru_cache(maxsize=16)
def cross_model(first: str, second: str) -> Model:
    """``crosses.find_cross`` with two kernels of 3x3, each as text; its output has the name "score"."""
    network = designs.seeded(lambda: find_cross(kernels.parse(first), kernels.parse(second)), 0).eval()
    probe = Probe(network, ("score",), (0.0,), (1.0,))
    return Model(f"{CROSS}/{first}/{second}", probe, N_("Find the large cross"), Match("", {}), CROSS)


def run_model(run: Run, epoch: int = NEWEST) -> Model:
    """A run after one of its epochs. Raises UserError where its weights are not kept, or none yet."""
    stored = run.epochs_stored()
    if not stored:
        raise UserError(N_("This run has no weights yet: wait until it trains."))
    return _at_epoch(run, stored[-1] if epoch == NEWEST else epoch)


@lru_cache(maxsize=32)
def _at_epoch(run: Run, epoch: int) -> Model:
    about = run.about(epoch)
    if about.classes is None or about.mean is None or about.std is None:
        raise UserError(N_("{file} of this run is damaged: start the run again."), file="environment.json")
    probe = Probe(run.network_at(epoch), about.classes, about.mean, about.std)
    match = Match(run.settings.design, network.options(run.settings, len(about.classes)))
    file = WeightsFile(weights_of(run, epoch)[0])
    return Model(f"{run.id}/{epoch}", probe, run.name, match, f"run:{run.id}", epoch, file, about)


def weights_of(run: Run, epoch: int) -> tuple[str, Path]:
    """The file with a run's weights after an epoch, and its name as a download.

    That of the run itself, as the Train page offers it, once it has ended with these very weights.
    """
    final, file = run.folder / "weights.safetensors", snapshots.epoch_file(run.folder / "epochs", epoch)
    if final.exists():
        ended, then = snapshots.load(final)[0], run.weights_at(epoch)
        if all(torch.equal(ended[name], value) for name, value in then.items()):
            return f"convlab-{run.id}.safetensors", final
    return f"convlab-{run.id}-epoch{epoch}.safetensors", file


def offered_runs() -> list[Run]:
    """Runs that have weights, the newest first; no more of them than a list can hold."""
    found: list[Run] = []
    for run in seen(runs.all_runs()):
        if len(found) == _MOST_RUNS:
            break
        with suppress(UserError):  # deleted meanwhile, or of another version
            if run.settings and run.epochs_stored() and run.environment:
                found.append(run)
    return found


def any_run() -> bool:
    """Whether one has weights. The first that has will do, so it costs no more where there are many."""
    with suppress(OSError), os.scandir(run_files.runs_folder()) as found:
        return any(_has_weights(entry.name) for entry in found)
    return False


def _has_weights(id: str) -> bool:
    with suppress(UserError):  # no run
        return bool(runs.get(id).epochs_stored())
    return False
