"""The sketches: the same everywhere, fair to both classes, and learned the way the chapter says."""

import numpy as np
import pytest
import torch
from torch import Tensor

from benchmarks import sketches as benchmark
from convlab.datasets import sketches
from convlab.datasets.dataset import Dataset, Split
from convlab.errors import UserError
from convlab.networks import designs
from convlab.pictures import images


@pytest.fixture(scope="module")
def drawn() -> Dataset:
    return sketches.drawn(400, 250)


def keys(split: Split) -> set[bytes]:
    return {image.numpy().tobytes() for image in split.images}


def corner_and_mean_colours(split: Split) -> Tensor:
    """Mean colours [N, 16] of the picture and of its four corners of 8x8, and a one."""
    x = images.to_float(split.images)
    parts = [x, x[..., :8, :8], x[..., :8, -8:], x[..., -8:, :8], x[..., -8:, -8:]]
    return torch.cat([*(part.mean((2, 3)) for part in parts), torch.ones(len(x), 1)], dim=1)


def told_by_colour(data: Dataset) -> float:
    """Validation accuracy of the least-squares classifier on those colours."""
    solution = torch.linalg.lstsq(corner_and_mean_colours(data.train), 2.0 * data.train.labels[:, None] - 1)
    said = (corner_and_mean_colours(data.val) @ solution.solution)[:, 0] > 0
    return float((said == data.val.labels.bool()).float().mean())


def test_a_seed_gives_the_same_bytes_whatever_the_global_generators_do() -> None:
    np.random.seed(1)
    torch.manual_seed(1)
    one = sketches.drawn(6, 3, seed=5)
    np.random.seed(2)
    torch.manual_seed(2)
    state = torch.get_rng_state()
    other = sketches.drawn(6, 3, seed=5)
    assert one.digest == other.digest
    assert torch.equal(state, torch.get_rng_state())


def test_a_picture_does_not_depend_on_how_many_are_drawn() -> None:
    few, more = sketches.drawn(5, 2), sketches.drawn(9, 4)
    assert torch.equal(few.train.images, more.train.images[:10])
    assert torch.equal(few.val.images, more.val.images[:4])


def test_another_seed_gives_other_pictures() -> None:
    one, other = (sketches.drawn(10, 10, seed) for seed in (0, 1))
    assert not (keys(one.train) | keys(one.val)) & (keys(other.train) | keys(other.val))


def test_classes_are_balanced_and_no_picture_comes_twice(drawn: Dataset) -> None:
    assert (drawn.drawn, drawn.classes, drawn.unreadable) == (True, ("airplane", "bird"), ())
    for split, each in ((drawn.train, 400), (drawn.val, 250)):
        assert torch.bincount(split.labels).tolist() == [each, each]
        assert len(keys(split)) == 2 * each
    assert not keys(drawn.train) & keys(drawn.val)


def test_every_picture_can_be_seen(drawn: Dataset) -> None:
    x = drawn.train.images.double()
    assert float(x.std((1, 2, 3)).min()) > 12
    assert float(x.mean((1, 2, 3)).min()) > 15
    assert float(x.mean((1, 2, 3)).max()) < 235


def test_colours_and_background_tell_nothing(drawn: Dataset) -> None:
    assert told_by_colour(drawn) < 0.6


def test_a_colour_that_told_would_be_found(drawn: Dataset) -> None:
    def tinted(split: Split) -> Split:
        redder = split.images.clone()
        redder[split.labels == 1, 0] = redder[split.labels == 1, 0].clamp(max=230) + 25
        return Split(redder, split.labels)

    assert told_by_colour(Dataset("tinted", drawn.classes, tinted(drawn.train), tinted(drawn.val))) > 0.65


@pytest.mark.parametrize("wrong", [(0, 1, 0), (1, 0, 0), (100_001, 1, 0), (1, 100_001, 0), (1, 1, -1)])
def test_numbers_out_of_range_are_refused(wrong: tuple[int, int, int]) -> None:
    with pytest.raises(UserError, match=r"per_class is \d+: choose 1 to 100000|seed is -1: choose 0 to"):
        sketches.drawn(*wrong)


@pytest.mark.timeout(400)  # some 6 s, unless the machine is busy
def test_the_dense_net_learns_by_heart_and_net_learns_what_they_show(drawn: Dataset) -> None:
    """The story in small: 800 pictures, and Adam for speed. ``make bench`` has the book's recipe."""
    dense = benchmark.train(
        designs.dense_net, drawn, 8, 0, lambda network: torch.optim.Adam(network.parameters(), lr=3e-4)
    )
    net = benchmark.train(
        designs.Net, drawn, 8, 0, lambda network: torch.optim.Adam(network.parameters(), lr=3e-3)
    )
    assert dense.train > 85  # 91.8 when this was written, 91 to 94 with other seeds
    assert dense.train - dense.val > 20  # 29.6
    assert net.val - dense.val > 8  # 16.2; 20 and 21 with other seeds


def test_the_benchmark_judges_the_worst_seed() -> None:
    good, bad = benchmark.Trained(99, 70, 1), benchmark.Trained(96, 80, 2)
    net = benchmark.Trained(92, 86, 1)
    found = {figure.name: figure for figure in benchmark.figures([3.0, 11.0], [good, bad], [net, net])}
    assert [figure.verdict for figure in found.values() if figure.bar is not None] == ["MISSED"] * 3
    assert found["dense net's validation accuracy less Net's"].value == -6
    found = {figure.name: figure for figure in benchmark.figures([3.0], [good], [net])}
    assert [figure.verdict for figure in found.values() if figure.bar is not None] == ["met"] * 3
    assert found["Net: validation accuracy"].value == 86
