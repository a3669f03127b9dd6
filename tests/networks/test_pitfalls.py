"""Item C14: what PyTorch registers, and what a direct call of forward leaves out."""

import pytest
import torch
from torch import nn

from convlab.networks import pitfalls


def test_a_plain_list_registers_nothing() -> None:
    assert pitfalls.registered(module_list=False) == 0
    assert pitfalls.registered(module_list=True) == 16 * 28 + 8 * 145
    assert pitfalls.Listed(module_list=False)(torch.zeros(1, 3, 8, 8)).shape == (1, 8, 8, 8)


def test_without_super_init() -> None:
    with pytest.raises(AttributeError) as error:
        pitfalls.WithoutSuper()
    assert pitfalls.without_super() == str(error.value) != ""


def test_forward_called_directly_skips_hooks() -> None:
    assert pitfalls.hooks_run(call=True) == 1
    assert pitfalls.hooks_run(call=False) == 0
    assert isinstance(pitfalls.Listed(module_list=True).convs, nn.ModuleList)
