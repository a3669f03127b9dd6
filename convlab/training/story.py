"""What happened to a run, and to those that it was forked from: enough to do it all again.

A story goes along a line of runs: the one that began with random weights first, the run itself last. A fork
takes its parents' part with it, so that it stays what it is when they are deleted.
"""

import hashlib
import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter

from convlab.errors import N_, Sentence
from convlab.networks import designs
from convlab.training.environment import Environment
from convlab.training.kinds import Count, Id, Word
from convlab.training.metrics import Halt, Outline
from convlab.training.schedule import LearningRate
from convlab.training.settings import Settings

_SEVERAL = 100  # batches, of a run whose number of them is not known; a schedule of one begins at its end
MOST_PAIRS = 5  # of classes, in a sentence
_MOST_LEGS = 1000


@dataclass(frozen=True)
class Parent:
    """Where a fork began."""

    run: Id
    epoch: Count


def _settings(told: Any) -> Settings:
    if not isinstance(told, Settings | Mapping):
        raise ValueError(type(told))
    return told if isinstance(told, Settings) else Settings.parse(told)


@dataclass(frozen=True)
class Leg:
    """One run of a line: what it was told, and what happened to it.

    Attributes:
        settings: what was asked for.
        run, name: its id, and what it was called; "" for a run that is not there yet.
        environment: as ``Run.environment``; empty where it has not begun.
        per_epoch: batches of an epoch, 0 where it has not begun.
        outline: how far it went, with changes of the rate and halts; of a parent, up to where the fork began.
        state: as in its status; "" for a parent.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")  # what another version tells may change what happened

    settings: Annotated[Settings, BeforeValidator(_settings)]
    run: Id | Literal[""] = ""
    name: Word = ""
    environment: Environment = field(default_factory=dict)
    per_epoch: Count = 0
    outline: Outline = field(default_factory=Outline)
    state: Word = ""

    @property
    def steps(self) -> int:
        """Batches that it was asked to train."""
        return self.settings.epochs * self.per_epoch

    @property
    def done(self) -> int:
        """Batches that it trained."""
        return self.outline.epochs * self.per_epoch + self.outline.batches

    def step(self, epoch: int, batch: int) -> int:
        """How many batches come before one, whose epoch and place in it count from 1."""
        return (epoch - 1) * self.per_epoch + batch - 1

    @cached_property
    def changes(self) -> dict[int, float]:
        """Batch, from 0 -> what the learning rate was set to from there on, ascending."""
        if not self.per_epoch:
            return {}
        found = {self.step(epoch, batch): lr for epoch, batch, lr in self.outline.lrs}
        return {step: found[step] for step in sorted(found) if step < self.steps}

    def rates(self, steps: Iterable[int]) -> list[float]:
        """The learning rates of some batches, from 0, ascending: as the engine had them."""
        rate = LearningRate(self.settings.schedule, self.settings.lr, max(1, self.steps))
        waiting, found = list(self.changes.items()), []
        for step in steps:
            while waiting and waiting[0][0] <= step:
                rate.change(*waiting.pop(0))
            found.append(rate.at(step))
        return found

    @property
    def lr(self) -> float:
        """The rate of the batch to come; of the last one where none comes."""
        if not self.per_epoch:
            return LearningRate(self.settings.schedule, self.settings.lr, _SEVERAL).at(0)
        return self.rates([min(self.done, self.steps - 1)])[0]

    @property
    def epoch(self) -> float:
        """How far it came, in epochs."""
        return self.at(self.done)

    def at(self, step: int) -> float:
        """A place on the axis of epochs."""
        return step / self.per_epoch if self.per_epoch else 0.0

    @property
    def halts(self) -> list[tuple[float, Halt]]:
        """Place on the axis of epochs, and what it was."""
        return [(self.at(self.step(halt.epoch, halt.batch)), halt) for halt in self.outline.halts]

    @property
    def untold(self) -> int:
        """How often it went on without a word of where."""
        return max(0, self.outline.resumed - sum(halt.state == "resumed" for halt in self.outline.halts))

    @property
    def devices(self) -> list[str]:
        """What it was trained on, each once; empty before it has begun."""
        told = [self.environment.get("device"), *(halt.device for halt in self.outline.halts)]
        return list(dict.fromkeys(str(device) for device in told if device is not None))

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        told = {"settings": self.settings.model_dump(mode="json"), "outline": asdict(self.outline)}
        return {name: getattr(self, name) for name in ("run", "name", "environment", "per_epoch")} | told

    def until(self, epoch: int) -> "Leg":
        """Its part in the story of a fork that begins with the weights of an epoch."""
        end = epoch * self.per_epoch
        lrs = tuple(one for one in self.outline.lrs if self.step(*one[:2]) < end)
        halts = tuple(one for one in self.outline.halts if self.step(one.epoch, one.batch) < end)
        return replace(self, outline=Outline(epoch, 0, self.outline.resumed, lrs, halts), state="")


@dataclass(frozen=True)
class Story:
    """A line of runs, the oldest first; each begins with the weights that the one before came to.

    The first began with a given file of weights, called so by who gave it ("": nobody knows) and made for
    those classes, where it told of any; None for random ones. ``lost`` is where it was forked from, if that
    run is gone and told nothing of itself.
    """

    legs: tuple[Leg, ...]
    given: Path | None = None
    file: str = ""
    lost: Parent | None = None
    classes: tuple[str, ...] = ()

    @property
    def leg(self) -> Leg:
        """The run itself."""
        return self.legs[-1]

    @property
    def parents(self) -> tuple[Leg, ...]:
        """The runs before it, up to where the next one began."""
        return self.legs[:-1]

    def until(self, epoch: int) -> "Story":
        """The parents' part of a fork's story."""
        return replace(self, legs=(*self.legs[:-1], self.leg.until(epoch)))

    def plain(self) -> dict[str, Any]:
        """For JSON, without the given file itself."""
        legs, lost = [leg.plain() for leg in self.legs], self.lost and asdict(self.lost)
        return {"legs": legs, "file": self.file, "classes": self.classes, "lost": lost}

    def alike(self) -> str:
        """The same for runs in which the same happened, with the same data, but for seeds and for halts."""
        legs = [_alike(leg, last=leg is self.leg) for leg in self.legs]
        given = "" if self.given is None else _digest(self.given, self.given.stat().st_mtime_ns)
        return json.dumps([legs, given, self.lost and asdict(self.lost)], sort_keys=True)


@dataclass(frozen=True)
class _Told:
    """What ``Story.plain`` makes."""

    legs: Annotated[tuple[Leg, ...], Field(max_length=_MOST_LEGS)]
    file: Word
    lost: Parent | None
    classes: tuple[Word, ...] = ()

    def story(self) -> Story:
        """Without the file of weights."""
        return Story(self.legs, None, self.file, self.lost, self.classes)


KIND = TypeAdapter(_Told)  # of a story as JSON


def _alike(leg: Leg, last: bool) -> list[Any]:
    settings, told = leg.settings.changed(seed=0).model_dump(mode="json"), leg.environment.get("data", {})
    design = designs.design(leg.settings.design)
    settings["options"] = {name: design.default(name) for name in design.options} | settings["options"]
    end = None if last else leg.outline.epochs
    return [settings, told.get("digest"), leg.devices, list(leg.changes.items()), end]


@lru_cache(maxsize=128)
def _digest(path: Path, _changed_ns: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


_WORDS = {  # what a halt is called in a sentence
    "paused": N_("paused at epoch {epoch}"),
    "stopped": N_("stopped at epoch {epoch}"),
    "timed out": N_("out of time at epoch {epoch}"),
    "diverged": N_("diverged at epoch {epoch}"),
    "interrupted": N_("interrupted at epoch {epoch}"),
    "resumed": N_("resumed at epoch {epoch}"),
}


def events(story: Story, names: Sequence[str] = ()) -> list[Sentence]:
    """What happened, in order, a sentence each: for the run itself, after where it began.

    ``names``: what the parents are called today, where that is not what they were called then.
    """
    leg, found = story.leg, [*beginning(story, names), *_other_classes(story)]
    placed = [(leg.at(step), 1, _rate(leg, step, lr)) for step, lr in leg.changes.items()]
    for at, halt in leg.halts:
        moved = halt.device or halt.torch
        told = N_("resumed at epoch {epoch} on {device}, PyTorch {torch}") if moved else _WORDS[halt.state]
        values = {"epoch": place(at), "device": halt.device or "", "torch": halt.torch or ""}
        placed.append((at, 0, Sentence(told, values)))
    found += [said for *_, said in sorted(placed, key=lambda one: one[:2])]
    if leg.untold:
        found.append(Sentence(N_("resumed {count}×, nobody wrote down where"), {"count": leg.untold}))
    return found


def _rate(leg: Leg, step: int, lr: float) -> Sentence:
    before = leg.rates([step - 1])[0] if step else leg.settings.lr
    values = {"before": f"{before:.4g}", "lr": f"{lr:g}", "epoch": place(leg.at(step))}
    return Sentence(N_("lr {before} → {lr} at epoch {epoch}"), values)


def beginning(story: Story, names: Sequence[str] = ()) -> list[Sentence]:
    """Where the weights came from that are not random: parents, the newest first, or a file."""
    called = list(names) or [leg.name for leg in story.parents]
    found = [
        Sentence(N_("fork of {name} at epoch {epoch}"), {"name": name, "epoch": leg.outline.epochs})
        for leg, name in zip(reversed(story.parents), reversed(called), strict=True)
    ]
    if story.lost is not None:
        told = N_("fork of a deleted run ({run}) at epoch {epoch}")
        found.append(Sentence(told, {"run": story.lost.run[:6], "epoch": story.lost.epoch}))
    elif story.given is not None:
        told = N_("begun with the weights of {file}") if story.file else N_("begun with weights from a file")
        found.append(Sentence(told, {"file": story.file}))
    return found


def _other_classes(story: Story) -> list[Sentence]:
    """Where a last layer went on from other classes, the newest first, as ``beginning``."""
    known = [story.classes, *(leg.environment.get("classes", ()) for leg in story.legs)]
    told = N_("the last layer was trained for other classes before: {pairs}")
    pairs = [renamed(before, now) for before, now in itertools.pairwise(known)]
    return [Sentence(told, {"pairs": some}) for some in reversed(pairs) if some]


def renamed(before: Sequence[str], now: Sequence[str]) -> str:
    """Classes of a last layer that goes on, where they are others or in another order: "cat → bird, …".

    "" where they are the same, and where one of both is not known.
    """
    pairs = [f"{old} → {new}" for old, new in zip(before, now, strict=False) if old != new]
    return ", ".join([*pairs[:MOST_PAIRS], *(["…"] if len(pairs) > MOST_PAIRS else [])])


def place(at: float) -> str:
    """A place on the axis of epochs as people say it: "3", "3.4"."""
    return f"{at:.2f}".rstrip("0").rstrip(".")
