"""Pictures that are there more than once, counted by hand."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from convlab.datasets import twins
from convlab.datasets.twins import Twins

Part = list[tuple[int, int]]  # (grey, label)


def split(*pictures: tuple[int, int]) -> tuple[Tensor, Tensor]:
    greys = torch.tensor([grey for grey, _ in pictures], dtype=torch.uint8)
    return greys[:, None, None, None].expand(-1, 3, 32, 32), torch.tensor([label for _, label in pictures])


def test_by_hand() -> None:
    assert twins.find(split((1, 0), (2, 1)), split((3, 0), (4, 1))) == Twins()
    assert twins.find(split((1, 0), (2, 1), (1, 0)), split((3, 0))) == Twins(repeated=1)
    assert twins.find(split((1, 0), (2, 1)), split((1, 0), (1, 0), (9, 1))) == Twins(across=2, repeated=1)
    found = twins.find(split((1, 0), (1, 2), (2, 1)), split((2, 0), (3, 0), (3, 2)))
    assert found == Twins(across=1, repeated=2, contradicting=3, labels=(0, 2))


def test_one_pixel_tells_two_apart() -> None:
    images, labels = split((7, 0), (7, 0))
    images = images.clone()
    images[1, 2, 31, 31] = 8
    assert twins.find((images, labels), split((9, 1))) == Twins()


_parts = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2)), min_size=1, max_size=9)


@given(train=_parts, val=_parts)
def test_as_counted_pair_by_pair(train: Part, val: Part) -> None:
    found = twins.find(split(*train), split(*val))
    assert found.across == sum(any(one == grey for one, _ in train) for grey, _ in val)
    repeated = sum(len(part) - len({grey for grey, _ in part}) for part in (train, val))
    assert found.repeated == repeated
    labels = [{label for one, label in train + val if one == grey} for grey in range(6)]
    assert found.contradicting == sum(len(one) > 1 for one in labels)
    assert (found.labels == ()) == (found.contradicting == 0)
