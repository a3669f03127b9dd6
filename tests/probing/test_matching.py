"""Labels of a data set as a network counts its classes."""

import pytest
import torch
from torch import nn

from convlab.datasets.dataset import Split
from convlab.errors import UserError
from convlab.probing.matching import matched
from convlab.probing.probe import Probe

SPLIT = Split(torch.zeros(4, 3, 32, 32, dtype=torch.uint8), torch.tensor([0, 1, 1, 0]))


def probe(*classes: str) -> Probe:
    return Probe(nn.Identity(), classes)


def test_the_same_order() -> None:
    assert matched(probe("airplane", "bird"), ("airplane", "bird"), SPLIT).labels.tolist() == [0, 1, 1, 0]


def test_another_order_other_letters_and_the_plural() -> None:
    assert matched(probe("airplane", "bird"), ("Birds ", "AIRPLANES"), SPLIT).labels.tolist() == [1, 0, 0, 1]


def test_a_part_of_what_the_network_tells() -> None:
    assert matched(probe("cat", "bird", "dog"), ("dog", "bird"), SPLIT).labels.tolist() == [2, 1, 1, 2]


def test_weights_that_tell_no_names_count_in_order() -> None:
    assert matched(probe("class 0", "class 1"), ("left", "right"), SPLIT) is SPLIT


@pytest.mark.parametrize("classes", [("cat", "bird"), ("cat", "dog", "fish")])
def test_a_class_that_the_network_has_not(classes: tuple[str, ...]) -> None:
    with pytest.raises(UserError, match="'cat'"):
        matched(probe("airplane", "bird"), classes, SPLIT)
