"""Edit a picture until the network calls it something else: gradient ascent with a budget (exercise 2)."""

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from convlab.errors import N_, check_range, chosen
from convlab.networks.designs import INPUT_SHAPE
from convlab.pictures.images import to_float
from convlab.probing.probe import Probe

Norm = Literal["l2", "linf"]
STEPS = 40
MAX_STEPS = 500
_ORDERS = {"l2": 2, "linf": math.inf}
LARGEST = {"l2": math.sqrt(math.prod(INPUT_SHAPE)), "linf": 1.0}  # from all black to all white
_ROUNDS, _STEPS_EACH = 10, 20  # 200 steps a round find changes that are 0.5% smaller


@dataclass(frozen=True, eq=False)
class Edit:
    """A picture before and after.

    Both are float32 [3, 32, 32], 0..1. Probabilities are those of the target class, float32 [steps + 1], from
    ``before`` on; ``after`` is the step where it was largest, which need not be the last.
    """

    before: Tensor
    after: Tensor
    probabilities: Tensor

    @property
    def change(self) -> Tensor:
        """after - before, float32 [3, 32, 32], -1..1."""
        return self.after - self.before


@dataclass(frozen=True, eq=False)
class Flips:
    """For each picture the smallest change found that turns the verdict into the target.

    The size of that change, float32 [N], is an upper bound: an even smaller one may exist. It is 0 where the
    verdict is the target already, and infinite where none was found: the picture is as given then.
    """

    upper_bounds: Tensor
    pictures: Tensor


def ascend(
    probe: Probe, image: Tensor, target: int, budget: float, norm: Norm = "l2", steps: int = STEPS
) -> Edit:
    """Push a picture towards a class, never further from itself than the budget.

    Projected gradient ascent on the target's log odds (Madry et al. 2018, https://arxiv.org/abs/1706.06083):
    step along the gradient (l2) or its sign (linf), back into the budget, back into 0..1.

    Args:
        image: uint8 0..255 or float 0..1, [3, 32, 32]; a grey one or noise will do.
        budget: largest allowed change on the scale 0..1, measured by ``norm``: all 3072 values together (l2)
            or each by itself (linf). Kept up to rounding, 1e-5.
        steps: 1..``MAX_STEPS``, each of 2.5 * budget / steps; a UserError for these or a target out of range.
    """
    _check(probe, target, norm)
    check_range("steps", steps, 1, MAX_STEPS)
    check_range("budget", budget, 0, LARGEST[norm])
    before = _pixels(image[None])
    budgets = torch.tensor([float(budget)])
    climb = _Climb(probe, before, target, norm)
    after, best, odds = before, climb.odds, [climb.odds]
    for _ in range(steps):
        climb.step(budgets, 2.5 * budgets / steps)
        odds.append(climb.odds)
        if bool(climb.odds > best):
            after, best = climb.x, climb.odds
    return Edit(before[0], after[0], torch.cat(odds).sigmoid())


def least_change(probe: Probe, images: Tensor, target: int, norm: Norm = "l2") -> Flips:
    """How little must change until each picture is taken for the target: an upper bound, by bisection.

    One ascent without limit brackets the budget, ten more halve the bracket. Every step of theirs that flips
    the verdict counts with the change that it really made. A cleverer attack may find less. Images are
    uint8 0..255 or float 0..1, [N, 3, 32, 32], each by itself. Raises UserError for no such class or norm.
    """
    _check(probe, target, norm)
    before = _pixels(images)
    pictures, lowest = before, torch.zeros(len(before))
    sizes, budgets = torch.full_like(lowest, math.inf), torch.full_like(lowest, LARGEST[norm])
    for _ in range(1 + _ROUNDS):
        climb = _Climb(probe, before, target, norm)
        found = torch.zeros_like(lowest, dtype=torch.bool)
        for step in range(1 + _STEPS_EACH):
            if step > 0:
                climb.step(budgets, 2.5 * budgets / _STEPS_EACH)
            size = torch.linalg.vector_norm((climb.x - before).flatten(1), _ORDERS[norm], dim=1)
            better = climb.flipped & (size < sizes)
            sizes = torch.where(better, size, sizes)
            pictures = torch.where(_each(better), climb.x, pictures)
            found |= climb.flipped
        lowest = torch.where(found, lowest, budgets)
        budgets = (lowest + sizes.clamp(max=LARGEST[norm])) / 2
    return Flips(sizes, pictures)


def picture_of(change: Tensor) -> tuple[Tensor, float]:
    """A change, float [3, H, W], as a picture, uint8 [3, H, W], and how much it was magnified (0: no change).

    Grey (128) is no change, brighter is more, darker is less; the largest change reaches 255 or 1.
    """
    largest = float(change.abs().max())
    gain = 0.5 / largest if largest > 0 else 0.0
    return (128 + 254 * gain * change).round().to(torch.uint8), gain


class _Climb:
    """Pictures on their way towards a class; each has its own budget and feels nothing of the others.

    ``x`` are the pictures now, ``odds`` the target's log odds [N], ``flipped`` where it is the verdict [N].
    """

    def __init__(self, probe: Probe, before: Tensor, target: int, norm: Norm) -> None:
        self._probe, self._before, self._target, self._norm = probe, before, target, norm
        self._look(before)

    def step(self, budgets: Tensor, sizes: Tensor) -> None:
        """Move once; budgets and sizes are [N]."""
        sizes, budgets = _each(sizes), _each(budgets)
        if self._norm == "linf":
            change = (self.x + sizes * self._gradient.sign() - self._before).clamp(-budgets, budgets)
        else:
            change = self.x + sizes * self._gradient / _length(self._gradient) - self._before
            change = change * (budgets / _length(change)).clamp(max=1)
        self._look((self._before + change).clamp(0, 1))

    def _look(self, x: Tensor) -> None:
        with torch.enable_grad():
            x = x.detach().requires_grad_()
            faster = self._probe.normalise(x).contiguous(memory_format=torch.channels_last)
            logits = self._probe.network(faster).cpu()
            others = torch.cat([logits[:, : self._target], logits[:, self._target + 1 :]], 1)
            odds = logits[:, self._target] - others.logsumexp(1)
            (self._gradient,) = torch.autograd.grad(odds.sum(), x)
        self.x, self.odds = x.detach(), odds.detach()
        self.flipped = logits.argmax(1) == self._target


def _each(values: Tensor) -> Tensor:
    """Numbers [N] as [N, 1, 1, 1], to meet the pictures."""
    return values[:, None, None, None]


def _length(x: Tensor) -> Tensor:
    """L2 norm of each picture, [N, 1, 1, 1], never 0."""
    return _each(x.flatten(1).norm(dim=1).clamp(min=1e-12))


def _pixels(images: Tensor) -> Tensor:
    return images.detach().clamp(0, 1).float() if images.is_floating_point() else to_float(images)


def _check(probe: Probe, target: int, norm: str) -> None:
    probe.check_class(target)
    chosen(LARGEST, norm, N_("There is no norm {key}: choose one of {keys}."))
