"""Pictures unlike any that the network learned from: how sure it is of them, what would refuse them (8.6)."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from convlab.errors import N_, UserError, check_range, chosen
from convlab.networks.designs import INPUT_SHAPE

MAX_PICTURES = 20_000
SURE = (0.95, 0.99)
_STEPS = (0, 51, 102, 153, 204, 255)  # six values a channel: 216 colours from black to white


def uniform_noise(count: int, seed: int = 0) -> Tensor:
    """Noise, uint8 [count, 3, 32, 32], 0..255 equally likely; a UserError outside 1..``MAX_PICTURES``."""
    check_range("count", count, 1, MAX_PICTURES)
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (count, *INPUT_SHAPE), dtype=torch.uint8, generator=generator)


def plain_colours() -> Tensor:
    """216 pictures of one colour each, black first, white last: uint8 [216, 3, 32, 32]."""
    steps = torch.tensor(_STEPS, dtype=torch.uint8)
    return torch.cartesian_prod(steps, steps, steps)[:, :, None, None].repeat(1, 1, *INPUT_SHAPE[1:])


def max_softmax(logits: Tensor) -> Tensor:
    """The largest probability, 1/K..1: Hendrycks and Gimpel 2017, https://arxiv.org/abs/1610.02136."""
    return logits.double().softmax(1).amax(1)


def negative_energy(logits: Tensor) -> Tensor:
    """log(sum(exp(logits))), larger for what looks familiar.

    The energy score of Liu et al. 2020, https://arxiv.org/abs/2010.03759, negative, at temperature 1.
    """
    return logits.double().logsumexp(1)


SCORES: dict[str, Callable[[Tensor], Tensor]] = {"max_softmax": max_softmax, "energy": negative_energy}


@dataclass(frozen=True, eq=False)
class Comparison:
    """Scores inside the training distribution and outside, float64 [N] and [M]; larger should mean inside."""

    inside: Tensor
    outside: Tensor

    @property
    def auroc(self) -> float:
        """Chance that a picture from inside scores higher than one from outside, a tie counting half.

        The area under the ROC curve, by sorting: Fawcett 2006, https://doi.org/10.1016/j.patrec.2005.10.010.
        """
        ranked = self.outside.sort().values
        lower = torch.searchsorted(ranked, self.inside)
        not_higher = torch.searchsorted(ranked, self.inside, right=True)
        return float((lower + not_higher).double().mean()) / (2 * len(ranked))

    def refused(self, threshold: float) -> tuple[float, float]:
        """Shares, 0..1, of inside and outside that score below a threshold."""
        inside, outside = ((scores < threshold).double().mean() for scores in (self.inside, self.outside))
        return float(inside), float(outside)

    def keeping(self, share: float) -> float:
        """The highest threshold that keeps a share of the inside. Raises UserError outside 0..1."""
        check_range("share", share, 0, 1)
        may_go = int((1 - share) * len(self.inside) + 1e-9)
        return float(self.inside.sort().values[min(may_go, len(self.inside) - 1)])

    def histogram(self, bins: int) -> tuple[Tensor, Tensor, Tensor]:
        """(edges [bins + 1], share of inside [bins], share of outside [bins]), float64, over all scores.

        Raises UserError for fewer than one bin.
        """
        if bins < 1:
            raise UserError(N_("A histogram has at least one bin, not {bins}."), bins=bins)
        both = torch.cat([self.inside, self.outside])
        low, high = float(both.min()), float(both.max())
        edges = torch.linspace(low, high if high > low else low + 1, bins + 1, dtype=torch.float64)
        inside, outside = (torch.histogram(scores, edges).hist for scores in (self.inside, self.outside))
        return edges, inside / len(self.inside), outside / len(self.outside)


def compare(inside: Tensor, outside: Tensor, score: str) -> Comparison:
    """Score two sets of pictures by their logits, float [N, K] and [M, K], none of them empty.

    Inside are validation pictures, say; outside noise, other classes. Raises UserError for another score.
    """
    score_of = chosen(SCORES, score, N_("There is no score {key}: choose one of {keys}."))
    return Comparison(score_of(inside), score_of(outside))


@dataclass(frozen=True)
class Sureness:
    """How many pictures get each class, and each threshold of ``SURE`` -> share above it, 0..1."""

    verdicts: tuple[int, ...]
    above: dict[float, float]


def sureness(logits: Tensor) -> Sureness:
    """How sure a network is of a set of pictures, by their logits, float [N, K], N at least 1.

    The book's weights are above .95 on 73% of uniform noise, nearly all of it "airplane".
    """
    confidence = max_softmax(logits)
    verdicts = torch.bincount(logits.argmax(1), minlength=logits.shape[1])
    above = {threshold: float((confidence > threshold).double().mean()) for threshold in SURE}
    return Sureness(tuple(verdicts.tolist()), above)
