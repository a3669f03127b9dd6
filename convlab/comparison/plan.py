"""What is to be compared: designs, what they share, seeds; and plans that are ready to run."""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from convlab.datasets import shelf
from convlab.errors import N_, UserError
from convlab.training import cost, memory
from convlab.training.run_files import NAME_LENGTH
from convlab.training.settings import Settings

LABEL_LENGTH = 60  # a run is called by it and its seed
MOST_RUNS = 10_000  # of a sweep
MOST_DESIGNS = 1000
_MEASURED = 24  # designs of a plan; the others are taken to cost what these do
_EMPTY = N_("A comparison needs a design and a seed: give at least one of each.")
_MANY = N_("This comparison has {count:,} runs, and {most:,} are the most: take fewer seeds or designs.")
_NAME = N_("A comparison's name has 1 to {limit} characters: choose another.")
_LABEL = N_("A design of a comparison is called by 1 to {limit} characters: call {label} otherwise.")
_SEEDS = N_("Seeds are different whole numbers from 0 to 2147483647: {seeds} are not.")
_SEED_SET = N_("The seed is no setting of a comparison: give its seeds.")
_SAME = N_("{first} and {second} have the same settings: leave one of them out.")

Cell = tuple[str, int]  # a design's label and a seed: one run
Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Plan(BaseModel):
    """Designs x seeds, each an ordinary run.

    Attributes:
        designs: label -> the settings that differ from ``base``, the options as a whole.
        base: the settings that all share; what is in neither has its default.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str
    designs: dict[str, dict[str, Any]]
    base: dict[str, Any]
    seeds: tuple[Seed, ...]

    @model_validator(mode="after")
    def _checked(self) -> "Plan":
        if not self.designs or not self.seeds:
            raise UserError(_EMPTY)
        if (count := len(self.designs) * len(self.seeds)) > MOST_RUNS or len(self.designs) > MOST_DESIGNS:
            raise UserError(_MANY, count=count, most=MOST_RUNS)
        checked_name(self.name)
        if len(set(self.seeds)) < len(self.seeds):
            raise UserError(_SEEDS, seeds=repr(self.seeds)[:60])
        _check_designs(self)
        return self

    def settings(self, label: str, seed: int) -> Settings:
        """Of one run."""
        return self._of_seed_0[label].model_copy(update={"seed": seed})

    @cached_property
    def _of_seed_0(self) -> dict[str, Settings]:
        return {
            label: Settings.parse({**self.base, **differing, "seed": 0})
            for label, differing in self.designs.items()
        }

    @property
    def cells(self) -> list[Cell]:
        """All runs in the order in which they are made: every design once, then every design again."""
        return [(label, seed) for seed in self.seeds for label in self.designs]

    @property
    def data(self) -> frozenset[str]:
        """Keys of the data sets that it trains on."""
        return frozenset(self.settings(label, 0).data for label in self.designs)


def _check_designs(plan: Plan) -> None:
    """Every design by itself, and that no two are the same."""
    known: dict[str, str] = {}
    for label, differing in plan.designs.items():
        if not label.strip() or len(label) > LABEL_LENGTH:
            raise UserError(_LABEL, limit=LABEL_LENGTH, label=repr(label)[:40])
        if "seed" in plan.base or "seed" in differing:
            raise UserError(_SEED_SET)
        same = known.setdefault(plan.settings(label, 0).model_dump_json(), label)
        if same != label:
            raise UserError(_SAME, first=same, second=label)


def planned(
    name: str, designs: Mapping[str, Mapping[str, Any]], base: Mapping[str, Any], seeds: Sequence[int]
) -> Plan:
    """A plan of plain values. Raises UserError, one sentence that names what is wrong first."""
    told = {label: dict(differing) for label, differing in designs.items()}
    try:
        return Plan(name=name, designs=told, base=dict(base), seeds=tuple(seeds))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        said = first.get("ctx", {}).get("error")
        if isinstance(said, UserError):
            raise said from None
        raise UserError(_SEEDS, seeds=repr(tuple(seeds))[:60]) from None


def checked_name(name: str) -> str:
    """The name itself. Raises UserError for an empty or too long one."""
    if not name.strip() or len(name) > NAME_LENGTH:
        raise UserError(_NAME, limit=NAME_LENGTH)
    return name


def check(plan: Plan) -> None:
    """Raises UserError for data that are not there, and for runs that are too long or too large."""
    for label in plan.designs:
        settings = plan.settings(label, 0)
        shelf.get(settings.data)
        header = shelf.entries()[settings.data]
        cost.check_length(settings, header.train_count)
        memory.check(settings, len(header.classes), header.train_count + header.val_count)


def expected(plan: Plan) -> dict[str, float]:
    """Label -> seconds of one run that has a core to itself, from a few measured steps of it.

    Of more than 24 designs the first are measured, and the others are taken to cost their mean. Raises
    UserError for data that are not there.
    """
    found: dict[str, float] = {}
    for label in list(plan.designs)[:_MEASURED]:
        settings = plan.settings(label, 0)
        found[label] = cost.estimate(settings, shelf.get(settings.data)).seconds
    mean = sum(found.values()) / len(found)
    return {label: found.get(label, mean) for label in plan.designs}


def expected_seconds(plan: Plan, slots: int = 1) -> float:
    """How long the whole will take where so many runs train at once, as ``expected``."""
    each = expected(plan)
    return makespan((each[label] for label, _seed in turns(plan, each)), slots)


def turns(plan: Plan, each: Mapping[str, float]) -> list[Cell]:
    """All runs in the order in which they train: every design once, then every design again.

    Those that take longest go first each time: at the end no core waits long for the last one. In simulated
    comparisons of eight designs with three seeds on two cores, each run up to a third off what was expected,
    the whole took 1% longer than cores that never wait, and 3 to 5% longer in the order of the designs.
    Longest first over all seeds saves up to 1% more, but the last design would be seen only at the end, where
    now all designs have a bar after a third of the time.
    """
    longest = sorted(plan.designs, key=lambda label: -each[label])
    return [(label, seed) for seed in plan.seeds for label in longest]


def makespan(seconds: Iterable[float], slots: int) -> float:
    """When the last of some runs ends that begin as ``beginnings`` says; 0 without any."""
    took = list(seconds)
    return max((begin + one for begin, one in zip(beginnings(took, slots), took, strict=True)), default=0.0)


def beginnings(seconds: Iterable[float], slots: int) -> list[float]:
    """When each of some runs begins, in this order, each as soon as one of the slots is free."""
    free, found = [0.0] * slots, []
    for one in seconds:
        found.append(free[0])
        heapq.heapreplace(free, free[0] + one)
    return found
