"""Gradient ascent on a picture: always within its budget, a linear network's optimum, the book's weights."""

import math
import time

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from convlab.datasets.dataset import Split
from convlab.errors import UserError
from convlab.networks.designs import Net, seeded
from convlab.networks.variants import NetWidth
from convlab.pictures.images import to_float
from convlab.probing.adversarial import LARGEST, Norm, ascend, least_change, picture_of
from convlab.probing.probe import Probe

NORMS: list[Norm] = ["l2", "linf"]


def noise(count: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (count, 3, 32, 32), dtype=torch.uint8, generator=generator)


def probe(seed: int = 0) -> Probe:
    return Probe(seeded(Net, seed).eval(), ("airplane", "bird"))


def linear(margin: float) -> Probe:
    """Logits (0, w x - margin) with a weight of 1 on 12 red values and of 2 on 3 green ones."""
    layer = nn.Linear(3072, 2)
    with torch.no_grad():
        layer.weight.zero_()
        layer.weight[1, 500:512] = 1
        layer.weight[1, 1524:1527] = 2
        layer.bias.copy_(torch.tensor([0, -margin]))
    return Probe(nn.Sequential(nn.Flatten(), layer).eval(), ("no", "yes"), (0.0,) * 3, (1.0,) * 3)


@settings(max_examples=30)
@given(
    st.sampled_from(NORMS),
    st.floats(0, 1),
    st.integers(1, 6),
    st.integers(0, 1),
    st.integers(0, 99),
)
def test_never_outside_the_budget_or_the_range(
    norm: Norm, budget: float, steps: int, target: int, seed: int
) -> None:
    """Also with one step larger than the budget, and from pictures with black and white in them."""
    budget = budget * LARGEST[norm]
    picture = noise(1, seed)[0].clamp(60, 200)
    picture[:, :8], picture[:, 24:] = 0, 255
    edit = ascend(probe(seed), picture, target, budget, norm, steps)
    assert float(edit.after.min()) >= 0
    assert float(edit.after.max()) <= 1
    assert float(edit.change.norm() if norm == "l2" else edit.change.abs().max()) <= budget + 1e-5
    assert len(edit.probabilities) == steps + 1
    assert torch.equal(edit.before, to_float(picture))
    assert torch.equal(edit.change, edit.after - edit.before)
    assert float(edit.probabilities.max()) >= float(edit.probabilities[0])


@pytest.mark.parametrize("norm", NORMS)
def test_the_probabilities_are_those_of_the_pictures(norm: Norm) -> None:
    one, picture = probe(), to_float(noise(1))[0]
    edit = ascend(one, picture, 1, 0.05 * LARGEST[norm], norm)
    assert float(edit.probabilities[0]) == pytest.approx(float(one.probabilities(edit.before[None])[0, 1]))
    assert float(edit.probabilities.max()) == pytest.approx(
        float(one.probabilities(edit.after[None])[0, 1]), abs=1e-6
    )
    assert float(edit.probabilities.max()) > float(edit.probabilities[0]) + 0.01


def test_the_optimum_of_a_linear_network() -> None:
    """The best change is along the weights (l2), or of full size wherever a weight is not 0 (linf)."""
    grey = torch.full((3, 32, 32), 0.5)
    length = math.sqrt(12 * 1 + 3 * 4)
    edit = ascend(linear(0), grey, 1, 0.3, "l2")
    assert float(edit.change.flatten()[500]) == pytest.approx(0.3 / length, abs=1e-5)
    assert float(edit.change.flatten()[1525]) == pytest.approx(0.6 / length, abs=1e-5)
    assert int((edit.change != 0).sum()) == 15
    edit = ascend(linear(0), grey, 1, 0.3, "linf")
    assert edit.change.flatten()[[500, 511, 1525]].tolist() == pytest.approx([0.3] * 3, abs=1e-6)
    assert float(edit.change.abs().max()) == pytest.approx(0.3, abs=1e-6)
    assert float(edit.probabilities.max()) == pytest.approx(1 / (1 + math.exp(-9 - 18 * 0.3)), abs=1e-6)
    assert float(ascend(linear(0), grey, 0, 1.0, "linf").probabilities.max()) == pytest.approx(0.5)


def test_the_least_change_of_a_linear_network_is_its_distance() -> None:
    """From grey, w x = 9: 1.5 more has to come, so l2 is 1.5 / |w| and linf is 1.5 / sum(|w|)."""
    grey = torch.full((3, 3, 32, 32), 0.5)
    grey[1] = 0.6  # w x = 10.8: already beyond 10.5
    grey[2] = 0.55  # w x = 9.9
    l2, linf = (least_change(linear(10.5), grey, 1, norm) for norm in NORMS)
    wanted = torch.tensor([1.5, 0, 0.6])
    assert torch.allclose(l2.upper_bounds, wanted / math.sqrt(24), rtol=0.01, atol=1e-6)
    assert torch.allclose(linf.upper_bounds, wanted / 18, rtol=0.01, atol=1e-6)
    for found, sizes in ((l2, wanted / math.sqrt(24)), (linf, wanted / 18)):
        assert bool((found.upper_bounds >= sizes - 1e-6).all())  # a bound from above, never below


@pytest.mark.parametrize("norm", NORMS)
def test_the_least_change_flips_and_has_the_size_it_says(norm: Norm) -> None:
    one, x = probe(), noise(4)
    verdicts = one.logits(x).argmax(1)
    target = 1 - int(verdicts[0])
    found = least_change(one, x, target, norm)
    change = (found.pictures - to_float(x)).flatten(1)
    sizes = change.norm(dim=1) if norm == "l2" else change.abs().amax(1)
    assert torch.allclose(found.upper_bounds, sizes, atol=1e-6)
    assert found.upper_bounds.isfinite().all()
    assert bool(((found.upper_bounds == 0) == (verdicts == target)).all())
    assert (one.logits(found.pictures).argmax(1) == target).all()
    alone = least_change(one, x[:1], target, norm)
    assert torch.allclose(alone.upper_bounds, found.upper_bounds[:1], rtol=0.01)
    smaller = ascend(one, x[0], target, 0.8 * float(found.upper_bounds[0]), norm)
    assert float(smaller.probabilities.max()) < 0.5


def test_what_cannot_be_flipped_has_no_bound() -> None:
    found = least_change(linear(1000), torch.full((2, 3, 32, 32), 0.5), 1)
    assert found.upper_bounds.tolist() == [math.inf] * 2
    assert (found.pictures == 0.5).all()


def test_more_classes_than_two() -> None:
    network = nn.Sequential(nn.Flatten(), seeded(lambda: nn.Linear(3072, 4), 0)).eval()
    one = Probe(network, ("a", "b", "c", "d"))
    x = noise(4)
    for target in (0, 2):
        edit = ascend(one, x[0], target, 3.0)
        assert float(edit.probabilities[0]) == pytest.approx(
            float(one.probabilities(x[:1])[0, target]), abs=1e-6
        )
        found = least_change(one, x, target)
        assert (one.logits(found.pictures).argmax(1) == target).all()


def test_it_works_where_gradients_are_off() -> None:
    with torch.no_grad():
        edit = ascend(probe(), noise(1)[0], 1, 2.0)
    assert float(edit.probabilities.max()) > float(edit.probabilities[0])
    assert not edit.after.requires_grad


def test_a_picture_of_the_change_by_hand() -> None:
    change = torch.zeros(3, 2, 2)
    change[0, 0, 0], change[1, 1, 1] = 0.02, -0.01
    picture, gain = picture_of(change)
    assert gain == pytest.approx(25)
    assert picture.dtype == torch.uint8
    assert (int(picture[0, 0, 0]), int(picture[1, 1, 1]), int(picture[2, 0, 0])) == (255, 64, 128)
    flat, gain = picture_of(torch.zeros(3, 2, 2))
    assert (int(flat.min()), int(flat.max()), gain) == (128, 128, 0)
    assert int(picture_of(-change)[0][0, 0, 0]) == 1


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"target": 2}, "There is no class 2: choose 0 to 1"),
        ({"target": -1}, "There is no class -1"),
        ({"norm": "l1"}, "There is no norm 'l1': choose one of l2, linf"),
        ({"steps": 0}, "steps is 0: choose 1 to 500"),
        ({"steps": 501}, "steps is 501"),
        ({"budget": -1.0}, "budget is -1: choose 0 to 55.4"),
        ({"budget": math.nan}, "budget is nan"),
        ({"budget": 1.5, "norm": "linf"}, "budget is 1.5: choose 0 to 1"),
    ],
)
def test_what_is_refused(changed: dict[str, object], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        ascend(probe(), noise(1)[0], **({"target": 1, "budget": 1.0} | changed))  # type: ignore[arg-type]


def test_a_least_change_towards_no_class() -> None:
    with pytest.raises(UserError, match="There is no class 7"):
        least_change(probe(), noise(1), 7)


def test_forty_steps_are_fast() -> None:
    one = Probe(seeded(lambda: NetWidth(64), 0).eval(), ("airplane", "bird"))
    ascend(one, noise(1)[0], 0, 1.0, steps=1)
    began = time.thread_time()
    ascend(one, noise(1)[0], 0, 1.0)
    assert time.thread_time() - began < 0.3


def test_the_book_s_weights_are_edited(book: Probe, val: Split) -> None:
    """Exercise 2: grey becomes an airplane above .95, and an airplane a bird by a change that nobody sees."""
    grey = torch.full((3, 32, 32), 128, dtype=torch.uint8)
    edit = ascend(book, grey, 0, 1.0)
    assert float(edit.probabilities[0]) == pytest.approx(0.437, abs=0.001)
    assert float(edit.probabilities.max()) > 0.99
    airplanes = val.images[val.labels == 0]
    right = airplanes[book.logits(airplanes).argmax(1) == 0][:8]
    linf = least_change(book, right, 1, "linf").upper_bounds
    assert float(linf.median()) < 3 / 255  # three grey levels of 256
    assert float(linf.max()) < 10 / 255
