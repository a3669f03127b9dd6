"""Edit a picture until the network calls it something else: gradient ascent with a budget (exercise 2)."""

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from convlab.errors import N_, UserError
from convlab.networks.designs import INPUT_SHAPE
from convlab.pictures.images import to_float
from convlab.probing.probe import Probe

Norm = Literal["l2", "linf"]
STEPS = 40
MAX_STEPS = 500
LARGEST = {"l2": math.sqrt(math.prod(INPUT_SHAPE)), "linf": 1.0}  # from all black to all white
_ROUNDS = 10
_STEPS_EACH = 20  # of a round; 200 find changes that are 0.5% smaller


@dataclass(frozen=True, eq=False)
class Edit:
    """A picture before and after.

    Attributes:
        before, after: float32 [3, 32, 32], 0..1.
        probabilities: of the target class, float32 [steps + 1]; the first is ``before``'s. ``after`` is the
            step where it was largest, which need not be the last.
    """

    before: Tensor
    after: Tensor
    probabilities: Tensor

    @property
    def change(self) -> Tensor:
        """after - before, float32 [3, 32, 32], -1..1."""
        return self.after - self.before

    @property
    def l2(self) -> float:
        """Root of the summed squares of the change, 0..55.4."""
        return float(self.change.norm())

    @property
    def linf(self) -> float:
        """The largest change of any value, 0..1."""
        return float(self.change.abs().max())


@dataclass(frozen=True, eq=False)
class Flips:
    """For each picture the smallest change found that turns the verdict into the target.

    Attributes:
        upper_bounds: float32 [N], size of that change; an even smaller one may exist. 0 where the verdict is
            the target already, infinite where none was found.
        pictures: float32 [N, 3, 32, 32], 0..1; as given where none was found.
    """

    upper_bounds: Tensor
    pictures: Tensor


def ascend(
    probe: Probe,
    image: Tensor,
    target: int,
    budget: float,
    norm: Norm = "l2",
    steps: int = STEPS,
    step_size: float | None = None,
) -> Edit:
    """Push a picture towards a class, never further from itself than the budget.

    Projected gradient ascent on the target's log odds (Madry et al. 2018, https://arxiv.org/abs/1706.06083):
    step along the gradient (l2) or its sign (linf), back into the budget, back into 0..1.

    Args:
        image: uint8 0..255 or float 0..1, [3, 32, 32]; a grey one or noise will do.
        target: index of the class.
        budget: largest allowed change on the scale 0..1, measured by ``norm``: all 3072 values together (l2)
            or each by itself (linf). Kept up to rounding, 1e-5.
        steps: 1..``MAX_STEPS``.
        step_size: in the unit of the budget; 2.5 * budget / steps where it is None.

    Raises:
        UserError: an argument out of its range.
    """
    _check(probe, target, norm)
    if not 1 <= steps <= MAX_STEPS:
        raise UserError(N_("{steps} steps: choose 1 to {largest}."), steps=steps, largest=MAX_STEPS)
    for name, value in (("budget", budget), ("step_size", step_size)):
        if value is not None and not 0 <= value <= LARGEST[norm]:
            raise UserError(
                N_("{name} is {value:g}: choose 0 to {largest:g}."),
                name=name,
                value=value,
                largest=LARGEST[norm],
            )
    before = _pixels(image[None])
    size = 2.5 * budget / steps if step_size is None else step_size
    climb = _Climb(probe, before, target, norm)
    after, best, odds = before, climb.odds, [climb.odds]
    for _ in range(steps):
        x = climb.step(torch.tensor([float(budget)]), torch.tensor([float(size)]))
        odds.append(climb.odds)
        if bool(climb.odds > best):
            after, best = x, climb.odds
    return Edit(before[0], after[0], torch.cat(odds).sigmoid())


def least_change(probe: Probe, images: Tensor, target: int, norm: Norm = "l2") -> Flips:
    """How little must change until each picture is taken for the target: an upper bound, by bisection.

    One ascent without limit brackets the budget, ten more halve the bracket. Every step of theirs that flips
    the verdict counts with the change that it really made. A cleverer attack may find less.

    Args:
        images: uint8 0..255 or float 0..1, [N, 3, 32, 32], each handled by itself.
        target: index of the class.

    Raises:
        UserError: no such class or norm.
    """
    _check(probe, target, norm)
    before = _pixels(images)
    lowest = torch.zeros(len(before))
    flips = _Smallest(before, norm)
    budgets = torch.full_like(lowest, LARGEST[norm])
    for _ in range(1 + _ROUNDS):
        climb = _Climb(probe, before, target, norm)
        found = flips.meet(before, climb.flipped)
        for _ in range(_STEPS_EACH):
            x = climb.step(budgets, 2.5 * budgets / _STEPS_EACH)
            found |= flips.meet(x, climb.flipped)
        lowest = torch.where(found, lowest, budgets)
        budgets = (lowest + flips.sizes.clamp(max=LARGEST[norm])) / 2
    return Flips(flips.sizes, flips.pictures)


def picture_of(change: Tensor) -> tuple[Tensor, float]:
    """A change, float [3, H, W], as a picture to look at, and how many times it was magnified.

    Grey (128) is no change, brighter is more, darker is less; the largest change reaches 255 or 1.

    Returns:
        uint8 [3, H, W], and the factor, 0 for no change at all.
    """
    largest = float(change.abs().max())
    gain = 0.5 / largest if largest > 0 else 0.0
    return (128 + 254 * gain * change).round().to(torch.uint8), gain


class _Climb:
    """Pictures on their way towards a class; each has its own budget and feels nothing of the others.

    Attributes:
        odds: log odds of the target, [N], of where the pictures are now.
        flipped: bool [N]: the verdict is the target now.
    """

    def __init__(self, probe: Probe, before: Tensor, target: int, norm: Norm) -> None:
        self._probe, self._before, self._target, self._norm = probe, before, target, norm
        self._look(before)

    def step(self, budgets: Tensor, sizes: Tensor) -> Tensor:
        """Move once, budgets and sizes [N]; the pictures after it, float32 [N, 3, 32, 32]."""
        sizes, budgets = sizes[:, None, None, None], budgets[:, None, None, None]
        if self._norm == "linf":
            change = self._x + sizes * self._gradient.sign() - self._before
            change = change.clamp(-budgets, budgets)
        else:
            change = self._x + sizes * self._gradient / _length(self._gradient) - self._before
            change = change * (budgets / _length(change)).clamp(max=1)
        x = (self._before + change).clamp(0, 1)
        self._look(x)
        return x

    def _look(self, x: Tensor) -> None:
        with torch.enable_grad():
            self._x = x.detach().requires_grad_()
            x = self._probe.normalise(self._x).contiguous(
                memory_format=torch.channels_last
            )  # faster in a batch
            logits = self._probe.network(x).cpu()
            others = torch.cat([logits[:, : self._target], logits[:, self._target + 1 :]], 1)
            odds = logits[:, self._target] - others.logsumexp(1)
            (self._gradient,) = torch.autograd.grad(odds.sum(), self._x)
        self._x, self.odds = self._x.detach(), odds.detach()
        self.flipped = logits.argmax(1) == self._target


class _Smallest:
    """The smallest change of each picture that has flipped its verdict so far.

    Attributes:
        sizes: [N], infinite where none has.
        pictures: [N, 3, 32, 32].
    """

    def __init__(self, before: Tensor, norm: Norm) -> None:
        self._before, self._norm = before, norm
        self.sizes = torch.full((len(before),), math.inf)
        self.pictures = before

    def meet(self, x: Tensor, flipped: Tensor) -> Tensor:
        """Note the pictures that flipped; gives ``flipped`` back."""
        change = x - self._before
        sizes = change.flatten(1).norm(dim=1) if self._norm == "l2" else change.abs().amax((1, 2, 3))
        better = flipped & (sizes < self.sizes)
        self.sizes = torch.where(better, sizes, self.sizes)
        self.pictures = torch.where(better[:, None, None, None], x, self.pictures)
        return flipped.clone()


def _length(x: Tensor) -> Tensor:
    """L2 norm of each picture, [N, 1, 1, 1], never 0."""
    length: Tensor = x.flatten(1).norm(dim=1).clamp(min=1e-12)
    return length[:, None, None, None]


def _pixels(images: Tensor) -> Tensor:
    return images.detach().clamp(0, 1).float() if images.is_floating_point() else to_float(images)


def _check(probe: Probe, target: int, norm: str) -> None:
    probe.check_class(target)
    if norm not in LARGEST:
        raise UserError(
            N_("There is no norm {norm}: choose one of {norms}."),
            norm=repr(norm)[:40],
            norms=", ".join(LARGEST),
        )
