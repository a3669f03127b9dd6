"""What autograd saves, against what the operations are known to need."""

import torch
from torch import nn

from convlab.networks.saved_tensors import saved


def test_an_input_once_and_no_parameters() -> None:
    layer, inputs = nn.Linear(3, 2), torch.ones(5, 3)
    with saved(layer) as kept:
        layer(inputs) + layer(inputs)
    assert [tensor.data_ptr() for tensor in kept.values()] == [inputs.data_ptr()]


def test_tanh_keeps_its_result() -> None:
    layer, inputs = nn.Sequential(nn.Linear(3, 2), nn.Tanh()), torch.ones(5, 3)
    with saved(layer) as kept:
        output = layer(inputs)
    assert {tensor.data_ptr() for tensor in kept.values()} == {inputs.data_ptr(), output.data_ptr()}


def test_nothing_where_nothing_is_trained() -> None:
    with saved(layer := nn.Linear(3, 2)) as kept, torch.no_grad():
        layer(torch.ones(5, 3))
    assert kept == {}
