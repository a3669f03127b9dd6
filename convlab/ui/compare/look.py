"""One look at a comparison: its runs with their states, and what they come to so far."""

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from convlab.comparison import outcome
from convlab.comparison.outcome import Comparison
from convlab.comparison.plan import Plan
from convlab.comparison.sweep import Progress, Sweep
from convlab.errors import UserError
from convlab.training import seeds
from convlab.training.kinds import Said
from convlab.training.runs import Run
from convlab.training.settings import Settings
from convlab.training.status import LIVE, OVER, Status
from convlab.ui.runs.findings import of_ended
from convlab.ui.words import _, escaped, explain


@dataclass(frozen=True)
class Look:
    """What was found at one moment.

    Attributes:
        runs: (design, seed) -> run and status, of those that have been made and can be read.
        goes_on: whether somebody sees to it that the next run begins.
    """

    sweep: Sweep
    plan: Plan
    progress: Progress
    runs: dict[tuple[str, int], tuple[Run, Status]]
    goes_on: bool

    @cached_property
    def measured(self) -> Comparison:
        """Of the runs that are done."""
        return outcome.measured(self.sweep)

    @property
    def is_live(self) -> bool:
        """Whether any run trains, waits, or will."""
        return self.goes_on or any(status.state in LIVE for _run, status in self.runs.values())

    def of(self, design: str) -> list[tuple[int, Run, Status]]:
        """The runs of a design, by seed."""
        found = [(seed, *one) for (name, seed), one in self.runs.items() if name == design]
        return sorted(found, key=lambda one: one[0])

    def settings(self, design: str) -> Settings:
        """What the runs of a design have in common, with the first seed."""
        return self.plan.settings(design, self.plan.seeds[0])

    def bands(self) -> list[tuple[str, list[Run]]]:
        """Name -> runs that one line stands for: the design's that count, or those that have begun."""
        found: list[tuple[str, list[Run]]] = []
        for design in self.plan.designs:
            outcome = self.measured.designs.get(design)
            if outcome is not None and outcome.runs:
                found.append((design, list(outcome.runs.values())))
                continue
            with suppress(UserError):  # deleted at this moment
                begun = [run for _seed, run, status in self.of(design) if status.last is not None]
                found += [(design, group) for group in seeds.alike(begun)]
        return found

    def troubles(self) -> list[str]:
        """What went wrong with runs that have ended, the first one of each design; Markdown.

        Not that one overfits: the gap between both bars says so.
        """
        found = []
        for design in self.plan.designs:
            for seed, run, status in self.of(design):
                if status.state in OVER and (said := _trouble(run, status)) is not None:
                    found.append(_of(design, seed, said))
                    break
        return found

    def left_out(self) -> list[str]:
        """Which runs that have ended do not count, and why; Markdown."""
        return [
            _of(design, left.seed, left.reason)
            for design, outcome in self.measured.designs.items()
            for left in outcome.left_out
            if (design, left.seed) in self.runs and self.runs[design, left.seed][1].state in OVER
        ]


def _of(design: str, seed: int, reason: Said) -> str:
    told = _("{design}, seed {seed}: {reason}")
    return told.format(design=escaped(design), seed=seed, reason=escaped(explain(reason)))


def _trouble(run: Run, status: Status) -> Said | None:
    with suppress(UserError):  # deleted at this moment
        found = of_ended(run, status)
        return found.said if found is not None and found.trouble and found.kind != "overfits" else None
    return None


def look(sweep: Sweep) -> Look:
    """Look now. Raises UserError where the comparison is gone."""
    found = {}
    for place, run in sweep.runs().items():
        with suppress(UserError):  # deleted, or damaged
            found[place] = run, run.status()
    progress = sweep.progress()
    goes_on = not progress.over and sweep.wish() == "go" and sweep.owner is not None
    return Look(sweep, sweep.plan, progress, found, goes_on)
