"""What the runs of a comparison came to: each design's figures by seed, and the differences between them.

The last epoch counts, never the best one: whoever picks the best of many epochs by the validation pictures
flatters every design, and the noisiest most.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any, Literal, Protocol

from convlab.comparison.statistics import Interval, Pair, all_pairs, interval
from convlab.errors import N_, Sentence, UserError
from convlab.training import seeds
from convlab.training.engine import EpochRecord
from convlab.training.runs import Run
from convlab.training.status import Status

Measure = Literal["train_loss", "val_loss", "train_accuracy", "val_accuracy"]


class Runs(Protocol):
    """Several designs with several seeds each, as ``measured`` needs to know them."""

    @property
    def id(self) -> str:
        """Of the folder."""
        ...

    def runs(self) -> Mapping[tuple[str, int], Run]:
        """By the label of their design, and their seed."""
        ...


@dataclass(frozen=True)
class Left:
    """A run that does not count, and why."""

    seed: int
    reason: Sentence


@dataclass(frozen=True)
class Outcome:
    """One design: what its runs came to that were trained to the end and differ in their seed alone.

    Attributes:
        runs: by seed, ascending.
        ends: their last epochs.
        parameters: None before any run has begun.
        times: seconds of training, by seed.
        left_out: the other runs of the design.
    """

    runs: dict[int, Run] = field(default_factory=dict)
    ends: dict[int, EpochRecord] = field(default_factory=dict)
    parameters: int | None = None
    times: dict[int, float] = field(default_factory=dict)
    left_out: tuple[Left, ...] = ()

    @property
    def seeds(self) -> list[int]:
        """Those that count."""
        return list(self.ends)

    def values(self, measure: Measure = "val_accuracy") -> dict[int, float]:
        """Seed -> what the last epoch gave."""
        return {seed: getattr(end, measure) for seed, end in self.ends.items()}

    @property
    def train_accuracy(self) -> list[float]:
        """A number for each seed, of the last epoch."""
        return list(self.values("train_accuracy").values())

    @property
    def val_accuracy(self) -> list[float]:
        """A number for each seed, of the last epoch."""
        return list(self.values().values())

    @property
    def gap(self) -> list[float]:
        """How much better a network does on the pictures that it learned from: a number for each seed."""
        return [end.train_accuracy - end.val_accuracy for end in self.ends.values()]

    @property
    def interval(self) -> Interval | None:
        """Of the validation accuracy; None without any seed."""
        return interval(self.val_accuracy) if self.ends else None

    @property
    def seconds(self) -> float | None:
        """Of training, the mean of the runs."""
        return fmean(self.times.values()) if self.times else None

    @property
    def epochs(self) -> int | None:
        """That each run was trained."""
        return next((end.epoch for end in self.ends.values()), None)

    def curve(self, measure: Measure) -> list[tuple[int, Interval]]:
        """Epoch by epoch, the mean over the seeds with its interval. Raises UserError where a run is gone."""
        epochs: dict[int, list[float]] = {}
        for run in self.runs.values():
            for record in run.metrics().records:
                epochs.setdefault(record.epoch, []).append(getattr(record, measure))
        return [(epoch, interval(numbers)) for epoch, numbers in sorted(epochs.items())]

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        found = self.interval
        return {
            "seeds": self.seeds,
            "train_accuracy": self.train_accuracy,
            "val_accuracy": self.val_accuracy,
            "mean": None if found is None else found.mean,
            "interval": None if found is None or found.ends is None else list(found.ends),
            "parameters": self.parameters,
            "seconds": self.seconds,
        }


@dataclass(frozen=True)
class Comparison:
    """All designs by their labels, and every two of them compared by their validation accuracy."""

    sweep: str
    designs: dict[str, Outcome]
    pairs: list[Pair]

    def plain(self) -> dict[str, Any]:
        """For JSON: what the command prints."""
        return {
            "sweep": self.sweep,
            "designs": {label: outcome.plain() for label, outcome in self.designs.items()},
            "pairs": [_plain(pair) for pair in self.pairs],
        }


def _plain(pair: Pair) -> dict[str, Any]:
    found = pair.difference
    ends = None if found.low is None else [found.low, found.high]
    names = {"a": pair.a, "b": pair.b, "difference": found.mean}
    return {**names, "interval": ends, "verdict": str(found.said())}


def measured(sweep: Runs) -> Comparison:
    """What its runs have come to by now."""
    by_label: dict[str, dict[int, Run]] = {}
    for (label, seed), run in sweep.runs().items():
        by_label.setdefault(label, {})[seed] = run
    designs = {label: of_one(runs) for label, runs in by_label.items()}
    return Comparison(sweep.id, designs, all_pairs({label: one.values() for label, one in designs.items()}))


def of_one(runs: Mapping[int, Run]) -> Outcome:
    """One design, by seed. Of runs that differ in more than that those count of which there are most."""
    ended, left = {}, []
    for seed in sorted(runs):
        try:
            ended[seed] = _ended(runs[seed])
        except UserError as error:
            left.append(Left(seed, error.sentence))
    counted = max(seeds.alike(runs[seed] for seed in ended), key=len, default=[])
    ids = {run.id for run in counted}
    left += [Left(seed, _apart(runs[seed], counted[0])) for seed in ended if runs[seed].id not in ids]
    kept = {seed: status for seed, status in ended.items() if runs[seed].id in ids}
    return Outcome(
        {seed: runs[seed] for seed in kept},
        {seed: status.last for seed, status in kept.items() if status.last is not None},
        next((_parameters(run) for run in runs.values() if _parameters(run) is not None), None),
        {seed: status.seconds for seed, status in kept.items()},
        tuple(left),
    )


def _ended(run: Run) -> Status:
    """Its last status. Raises UserError, with the reason, where it does not count."""
    status = run.status()
    if not seeds.complete(status):
        raise UserError(N_("not trained to the end"))
    if seeds.steered(run.story()):
        raise UserError(N_("forked, or with a changed learning rate"))
    return status


def _parameters(run: Run) -> int | None:
    try:
        return run.environment.get("parameters")
    except UserError:
        return None


def _apart(run: Run, other: Run) -> Sentence:
    """In what a run differs from one that counts."""
    return Sentence(N_("other than the rest in: {names}"), {"names": ", ".join(_differing(run, other))})


def _differing(run: Run, other: Run) -> Iterable[str]:
    """Settings, or what it was trained on, that are not the other's; "seed" where that is the same again."""
    one, two = (some.settings.model_dump(exclude={"seed"}) for some in (run, other))
    found = [name for name in one if one[name] != two[name]]
    told, known = run.environment.get("data", {}), other.environment.get("data", {})
    found += ["data"] if told.get("digest") != known.get("digest") and "data" not in found else []
    found += ["device"] if run.story().leg.devices != other.story().leg.devices else []
    return found or ["seed"]
