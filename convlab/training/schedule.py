"""The learning rate of every step, from its number alone, so that a run can go on anywhere."""

import math
from dataclasses import dataclass

WARM_UP = 0.3  # share of the steps; this and the next two are OneCycleLR's defaults
START, END = 25.0, 1e4


def one_cycle(step: int, steps: int, peak: float) -> float:
    """The rate of ``torch.optim.lr_scheduler.OneCycleLR`` at a step from 0 to steps - 1; see ``WARM_UP``."""
    top = WARM_UP * steps - 1
    if step <= top:
        return _cosine(peak / START, peak, step / top)
    return _cosine(peak, peak / START / END, (step - top) / (steps - 1 - top))


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) / 2 * (1 + math.cos(math.pi * share))


@dataclass
class LearningRate:
    """Of every step of a run. ``base``: the rate, or a cycle's peak; ``factor``: of the rest of the cycle."""

    schedule: str
    base: float
    steps: int
    factor: float = 1.0

    def at(self, step: int) -> float:
        """The rate of a step, 0 to steps - 1."""
        if self.schedule == "constant":
            return self.base
        return self.factor * one_cycle(min(step, self.steps - 1), self.steps, self.base)

    def change(self, step: int, lr: float) -> None:
        """From ``step`` on: a constant rate becomes lr, a cycle is scaled so that it goes on from lr."""
        if self.schedule == "constant":
            self.base = lr
        else:
            self.factor *= lr / self.at(step)
