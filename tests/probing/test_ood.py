"""Sure of what it never saw: AUROC by its definition, thresholds by hand, the book's weights (8.6)."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from convlab.datasets.dataset import Split
from convlab.errors import UserError
from convlab.probing.ood import (
    SCORES,
    SURE,
    Comparison,
    compare,
    max_softmax,
    negative_energy,
    plain_colours,
    sureness,
    uniform_noise,
)
from convlab.probing.probe import Probe

SMALL = st.lists(st.integers(-3, 3), min_size=1, max_size=12)


def by_pairs(inside: Tensor, outside: Tensor) -> float:
    """The definition: every pair compared."""
    pairs = (inside[:, None] > outside).double() + 0.5 * (inside[:, None] == outside).double()
    return float(pairs.mean())


@given(SMALL, SMALL)
def test_auroc_is_its_definition(inside: list[int], outside: list[int]) -> None:
    one, other = torch.tensor(inside).double(), torch.tensor(outside).double()
    assert Comparison(one, other).auroc == pytest.approx(by_pairs(one, other), abs=1e-12)
    assert Comparison(one, other).auroc + Comparison(other, one).auroc == pytest.approx(1, abs=1e-12)


def test_auroc_by_hand() -> None:
    low, high = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])
    assert Comparison(high, low).auroc == 1
    assert Comparison(low, high).auroc == 0
    assert Comparison(low, low).auroc == 0.5
    assert Comparison(torch.tensor([1.0, 3.0]), torch.tensor([2.0, 0.0])).auroc == 0.75


def test_scores_by_hand() -> None:
    logits = torch.tensor([[0.0, 0.0], [2.0, 0.0], [102.0, 100.0]])
    sure = 1 / (1 + 2.718281828459045**-2)
    assert max_softmax(logits).tolist() == pytest.approx([0.5, sure, sure])
    assert negative_energy(logits).tolist() == pytest.approx([0.693147, 2.126928, 102.126928], abs=1e-6)
    assert max_softmax(torch.tensor([[40.0, 0.0], [50.0, 0.0]])).dtype == torch.float64


def test_refusing_by_hand() -> None:
    comparison = Comparison(
        torch.tensor([0.125, 0.5, 0.625, 0.875]).double(), torch.tensor([0.25, 0.625]).double()
    )
    assert comparison.refused(0.625) == (0.5, 0.5)
    assert comparison.refused(0) == (0, 0)
    assert comparison.refused(1) == (1, 1)
    kept = [comparison.keeping(share) for share in (1, 0.75, 0.5, 0)]
    assert kept == [0.125, 0.5, 0.625, 0.875]
    for share in (-0.1, 1.1, float("nan")):
        with pytest.raises(UserError, match="choose 0 to 1"):
            comparison.keeping(share)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=40), st.floats(0, 1))
def test_a_threshold_keeps_what_it_promises(scores: list[float], share: float) -> None:
    inside = torch.tensor(scores, dtype=torch.float64)
    refused, _ = Comparison(inside, inside).refused(Comparison(inside, inside).keeping(share))
    assert refused <= 1 - share + 1e-9


def test_a_histogram_by_hand() -> None:
    comparison = Comparison(torch.tensor([0.0, 0.4, 1.0, 1.0]).double(), torch.tensor([0.5]).double())
    edges, inside, outside = comparison.histogram(4)
    assert edges.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert inside.tolist() == [0.25, 0.25, 0, 0.5]
    assert outside.tolist() == [0, 0, 1, 0]
    same = torch.ones(3).double()
    assert [part.sum() for part in Comparison(same, same).histogram(5)[1:]] == [1, 1]
    with pytest.raises(UserError, match="at least one bin, not 0"):
        comparison.histogram(0)


def test_noise_is_uniform_seeded_and_of_the_size_asked() -> None:
    x = uniform_noise(50, seed=3)
    assert x.shape == (50, 3, 32, 32)
    assert x.dtype == torch.uint8
    counts = torch.bincount(x.flatten().long(), minlength=256)
    assert counts.min() > 450  # 600 expected, deviation 24
    assert counts.max() < 750
    assert torch.equal(uniform_noise(50, seed=3), x)
    assert not torch.equal(uniform_noise(50, seed=4), x)
    for count in (0, -1, 20_001):
        with pytest.raises(UserError, match="choose 1 to 20000"):
            uniform_noise(count)


def test_plain_colours() -> None:
    colours = plain_colours()
    assert colours.shape == (216, 3, 32, 32)
    assert (int(colours[0].max()), int(colours[-1].min())) == (0, 255)
    assert len(colours[:, :, 0, 0].unique(dim=0)) == 216
    assert torch.equal(colours, colours[:, :, :1, :1].expand_as(colours))
    assert colours[[1, 6, 36], :, 31, 0].tolist() == [[0, 0, 51], [0, 51, 0], [51, 0, 0]]


def test_sureness_counts() -> None:
    logits = 4 * torch.randn(500, 2, generator=torch.Generator().manual_seed(0))
    p = logits.softmax(1)
    found = sureness(logits)
    assert found.verdicts == (int((p[:, 0] > p[:, 1]).sum()), int((p[:, 1] > p[:, 0]).sum()))
    assert found.above == {limit: float((p.amax(1) > limit).double().mean()) for limit in SURE}


def test_an_unknown_score() -> None:
    with pytest.raises(UserError, match="There is no score 'entropy': choose one of max_softmax, energy"):
        compare(torch.zeros(1, 2), torch.zeros(1, 2), "entropy")


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_noise_is_an_airplane(book: Probe, seed: int) -> None:
    """2,000 pictures, each value uniform on 0..255: 73% above .95; the deviation of such a share is 1%."""
    found = sureness(book.logits(uniform_noise(2000, seed)))
    assert found.above[0.95] == pytest.approx(0.73, abs=0.02)
    assert found.verdicts[0] / 2000 > 0.995


def test_black_is_a_bird_and_white_an_airplane(book: Probe) -> None:
    assert float(book.probabilities(plain_colours()[:1])[0, 1]) == pytest.approx(0.942, abs=0.0005)
    assert float(book.probabilities(plain_colours()[-1:])[0, 0]) == pytest.approx(0.921, abs=0.0005)
    assert sureness(book.logits(plain_colours())).verdicts == (110, 106)


def test_cats_and_others_get_a_verdict_too(
    book: Probe, others: tuple[Split, tuple[str, ...]], val: Split
) -> None:
    """The share of each class that the network is sure of, beside that of the birds and airplanes."""
    split, names = others
    assert len(split) == 2000
    logits = book.logits(split.images)
    found = {name: sureness(logits[split.labels == k]).above for k, name in enumerate(names)}
    above = {name: (round(at[0.95], 3), round(at[0.99], 3)) for name, at in found.items()}
    assert above == {
        "automobile": (0.428, 0.224),
        "cat": (0.604, 0.348),
        "deer": (0.708, 0.476),
        "dog": (0.688, 0.46),
        "frog": (0.732, 0.496),
        "horse": (0.516, 0.284),
        "ship": (0.528, 0.284),
        "truck": (0.412, 0.232),
    }
    assert sureness(logits).above == pytest.approx({0.95: 0.577, 0.99: 0.3505}, abs=0.001)
    assert sureness(book.logits(val.images)).above == pytest.approx({0.95: 0.6205, 0.99: 0.4185}, abs=0.001)


def test_neither_score_tells_inside_from_outside(
    book: Probe, others: tuple[Split, tuple[str, ...]], val: Split
) -> None:
    """AUROC with validation pictures inside: hardly better than a coin, which is the chapter's point."""
    inside = book.logits(val.images)
    sets = {"others": others[0].images, "noise": uniform_noise(2000), "plain": plain_colours()}
    outside = {name: book.logits(pictures) for name, pictures in sets.items()}
    found = {(name, score): compare(inside, outside[name], score).auroc for name in sets for score in SCORES}
    assert found == pytest.approx(
        {
            ("others", "max_softmax"): 0.538,
            ("others", "energy"): 0.535,
            ("noise", "max_softmax"): 0.554,
            ("noise", "energy"): 0.511,
            ("plain", "max_softmax"): 0.730,
            ("plain", "energy"): 0.7375,
        },
        abs=0.001,
    )
    sure = compare(inside, outside["others"], "max_softmax")
    assert sure.refused(sure.keeping(0.95)) == pytest.approx((0.05, 0.07), abs=0.001)
