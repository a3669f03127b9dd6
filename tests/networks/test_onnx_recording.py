"""What is recorded of an ONNX file: PyTorch's own layers and functions; constants are computed."""

import pytest
import torch
from torch import nn

from convlab.errors import UserError
from convlab.networks import onnx_files, onnx_recording
from tests.networks.test_onnx_files import Small, exported, needed


@needed
def test_nothing_but_pytorchs_own_layers_and_functions_is_left() -> None:
    made = onnx_files.load(exported(Small(), 3, 32, 32)).network
    kinds = {type(part).__module__ for part in made.modules()}
    assert {kind for kind in kinds if not kind.startswith("torch.nn")} == {"convlab.networks.onnx_recording"}
    assert all(step.op != "call_module" or hasattr(made, str(step.target)) for step in made.steps.nodes)  # type: ignore[union-attr]


def test_a_constant_is_computed_where_it_cannot_fill_the_memory() -> None:
    class Doubled(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.cat([x, x])

    few, many = torch.ones(4), torch.ones(onnx_recording._MOST_FOLDED + 1)
    assert onnx_recording._folded(Doubled(), (few,), {}).tolist() == [1.0] * 8
    with pytest.raises(UserError, match="weights from weights"):
        onnx_recording._folded(Doubled(), (many,), {})


def test_numbers_are_taken_out_of_tensors() -> None:
    assert onnx_recording._plain(torch.tensor(3)) == 3
    assert onnx_recording._plain(slice(torch.tensor(0), torch.tensor(4), None)) == slice(0, 4, None)
    assert onnx_recording._plain(True) is True
    kept = torch.ones(2)
    assert onnx_recording._plain(kept) is kept
