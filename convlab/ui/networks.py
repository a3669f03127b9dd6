"""Which network is open: bundled or random weights, a run after an epoch, a checkpoint, a learner's stack."""

from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated, Any, Literal, cast

import streamlit as st
from pydantic import Field
from torch import Tensor

from convlab.errors import N_, UserError
from convlab.networks import checkpoints, designs, stacks
from convlab.networks.checkpoints import Match
from convlab.probing import bundled, loading
from convlab.probing.loading import LoadedProbe
from convlab.probing.probe import Probe
from convlab.training import runs
from convlab.training.runs import Run
from convlab.ui import uploads
from convlab.ui.cropping import CroppedControls
from convlab.ui.urls import RunId, one_of
from convlab.ui.words import _

NEWEST = -1  # the last epoch of a run whose weights are kept
OWN_STACK = "stack"
NETWORKS = (*designs.DESIGNS, OWN_STACK)
TRAINED = bundled.designs()
OPTIONS = {"net_res_deep": {"n_blocks": 5}}  # the chapter's 100 blocks fill no screen
MAX_MB = checkpoints.MAX_BYTES // 2**20
_CLASSES = {"airplane": N_("airplane"), "bird": N_("bird")}
_CHECKPOINT = "networks.checkpoint."
_MOST_RUNS = 100  # in a list to choose from

Epoch = Annotated[int, Field(ge=NEWEST, le=100_000)]


class NetworkControls(CroppedControls):
    """A picture and a network: what one lesson's link tells another of what is open."""

    network: Annotated[str, one_of(NETWORKS)] = "net"
    weights: Literal["trained", "random", "checkpoint", "run"] = "trained"
    run: RunId = ""
    epoch: Epoch = NEWEST


@dataclass(frozen=True)
class Model:
    """An open network, the same object for all who hold it: never changed.

    Attributes:
        identity: two models with one identity have the same weights.
        probe: the network, its class names, mean and std; a stack may have other outputs than class names.
        title: plain text of unknown origin; that of bundled weights is ours.
        match: design and options that it was built from; the design of a stack is "".
        source: "shipped:DESIGN" for bundled weights, "run:ID", "checkpoint", "random" or "stack".
        epoch: of a run; ``NEWEST`` for anything else.
        weights_file: where a script finds the weights; "" for random ones.
    """

    identity: str
    probe: Probe = field(compare=False)
    title: str = field(compare=False)
    match: Match = field(compare=False)
    source: str = field(compare=False)
    epoch: int = field(default=NEWEST, compare=False)
    weights_file: str = field(default="", compare=False)

    @property
    def name(self) -> str:
        """Title and epoch as plain text of unknown origin; ours are in the session's language."""
        name = _(self.title) if self.source.startswith("shipped:") else self.title
        text = _("{name}, epoch {epoch}")
        return name if self.epoch == NEWEST else text.format(name=name, epoch=self.epoch)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Plain text of unknown origin, but the chapter's two in the session's language."""
        return tuple(_(_CLASSES[name]) if name in _CLASSES else name for name in self.probe.classes)

    def verdict(self, chances: Tensor, form: str = ".3f") -> str:
        """The likeliest class and its probability, "bird 0.942", as plain text; from float [K]."""
        return f"{self.class_names[int(chances.argmax())]} {float(chances.max()):{form}}"


@lru_cache(maxsize=8)
def bundled_model(design: str) -> Model:
    """A design with its bundled weights. Raises UserError where there are none."""
    title, file = designs.design(design).title, f"convlab/weights/{design}.safetensors"
    return _of_file(bundled.weights(design), title, f"shipped:{design}", file)


def _of_file(found: LoadedProbe, title: str, source: str, file: str) -> Model:
    known = found.checkpoint
    return Model(known.identity, found.probe, title, known.matches[0], source, weights_file=file)


@lru_cache(maxsize=16)
def random_model(design: str, seed: int) -> Model:
    """A design with random weights. Raises UserError for an unknown one."""
    found = designs.design(design)
    match = Match(design, OPTIONS.get(design, {}))
    network = designs.seeded(lambda: found.build(**match.options), seed).eval()
    return Model(f"{design}/{seed}", Probe(network, loading.CLASSES), found.title, match, "random")


def stack_model(text: str, input_shape: tuple[int, int, int], seed: int) -> Model:
    """A learner's stack with random weights, built for pictures [C, H, W]. Raises UserError as ``stacks``."""
    channels, height, width = input_shape
    network = stacks.build(stacks.parse(text), channels, (height, width), seed).eval()
    return Model(f"{text}/{seed}", Probe(network, loading.CLASSES), "", Match("", {}), "stack")


def run_model(run: Run, epoch: int = NEWEST) -> Model:
    """A run after one of its epochs. Raises UserError where its weights are not kept, or none yet."""
    stored = run.epochs_stored()
    if not stored:
        raise UserError(N_("This run has no weights yet: wait until it trains."))
    return _at_epoch(run, stored[-1] if epoch == NEWEST else epoch)


@lru_cache(maxsize=32)
def _at_epoch(run: Run, epoch: int) -> Model:
    about: dict[str, Any] = run.environment
    classes = tuple(str(name) for name in about["classes"])
    probe = Probe(run.network_at(epoch), classes, tuple(about["mean"]), tuple(about["std"]))
    options = dict(run.settings.options)
    if len(classes) != 2:
        options["num_classes"] = len(classes)
    match, file = Match(run.settings.design, options), f"convlab-{run.id}.safetensors"
    return Model(f"{run.id}/{epoch}", probe, run.name, match, f"run:{run.id}", epoch, file)


def offered_runs() -> list[Run]:
    """Runs that have weights, the newest first."""
    found = []
    for run in runs.all_runs():
        with suppress(UserError):  # deleted meanwhile, or of another version
            if run.settings and run.epochs_stored() and run.environment:
                found.append(run)
    return found[:_MOST_RUNS]


def upload_checkpoint(key: str, label: str, slot: str = "model") -> None:
    """Let the learner give a checkpoint, "model" or another slot; after a bad one the last good one stays.

    Every lesson opens the same one as "model".
    """

    def make(file: Any) -> None:
        found, name = loading.load_probe(file.getvalue()), uploads.shortened(file.name)
        st.session_state[_CHECKPOINT + slot] = _of_file(found, name, "checkpoint", "my_checkpoint.pt")

    tip = _("Weights of one of the chapter's designs, up to {limit} MB. Only tensors are read.")
    tip, types = tip.format(limit=MAX_MB), ["safetensors", "pt"]
    file = st.file_uploader(label, type=types, max_upload_size=MAX_MB, help=tip, key=key)
    uploads.read(key, [file] if file else [], make)


def checkpoint(slot: str = "model") -> Model:
    """The checkpoint that the learner gave. Raises UserError while there is none."""
    if _CHECKPOINT + slot not in st.session_state:
        raise UserError(N_("There is no checkpoint yet: upload one above, or choose other weights."))
    return cast(Model, st.session_state[_CHECKPOINT + slot])
