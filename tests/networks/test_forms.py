"""One network written in four ways, and numbers that do not fit, held against PyTorch."""

from typing import Any

import pytest
import torch
from torch import Tensor

from convlab.networks import forms
from convlab.networks.designs import Net, parameter_counts, seeded, sequential_net
from convlab.networks.shape_errors import try_forward


@pytest.fixture
def batch() -> Tensor:
    return torch.randn(64, 3, 32, 32, generator=torch.Generator().manual_seed(1))


def test_all_forms_give_the_same_logits_to_the_bit(batch: Tensor) -> None:
    found = forms.compared(batch, 3)
    with torch.no_grad():
        expected = seeded(Net, 3)(batch)
    assert [*found] == ["modules", "functional", "sequential", "function"]
    assert all(torch.equal(made.logits, expected) for made in found.values())


def test_forms_differ_in_what_they_register_and_in_names(batch: Tensor) -> None:
    found = forms.compared(batch)
    assert {form: made.modules for form, made in found.items()} == {
        "modules": 9,
        "functional": 4,
        "sequential": 10,
        "function": 0,
    }
    assert found["modules"].names == found["functional"].names == found["function"].names
    assert found["functional"].names[:2] == ("conv1.weight", "conv1.bias")
    assert found["sequential"].names[:2] == ("0.weight", "0.bias")


def test_the_stack_is_the_chapters() -> None:
    made = seeded(forms.stack, 0)
    assert parameter_counts(made) == [432, 16, 1152, 8, 16384, 32, 64, 2]
    assert repr(made) == repr(sequential_net())
    assert repr(forms.stack(flatten=False)) == repr(sequential_net(flatten=False))


@pytest.mark.parametrize(
    ("options", "said", "fits"),
    [
        ({"flatten": False}, "mat1 and mat2 shapes cannot be multiplied (64x8 and 512x32)", 6),
        ({"kernel_size": 5}, "mat1 and mat2 shapes cannot be multiplied (1x288 and 512x32)", 7),
        ({"in_features": 100}, "mat1 and mat2 shapes cannot be multiplied (1x512 and 100x32)", 7),
        ({"kernel_size": 5, "in_features": 288}, "", 10),
        ({"kernel_size": 5, "padding": 2}, "", 10),
        ({}, "", 10),
    ],
)
def test_pytorch_tells_what_does_not_fit(options: dict[str, Any], said: str, fits: int) -> None:
    made, x = forms.stack(**options), torch.zeros(1, 3, 32, 32)
    assert try_forward(made, x).error == said
    found = forms.shapes(made, x)
    assert sum(shape is not None for shape in found) == fits
    assert all(shape is None for shape in found[fits:])
    assert len(found) == len(made)


def test_shapes_are_those_of_the_chapter() -> None:
    found = forms.shapes(forms.stack(), torch.zeros(1, 3, 32, 32))
    assert found[5:] == [(1, 8, 8, 8), (1, 512), (1, 32), (1, 32), (1, 2)]
