"""The quicker steps of autograd: values and gradients are PyTorch's but for rounding."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from convlab.training import fused

ACTIVATIONS = {"relu": torch.relu, "tanh": torch.tanh}


def convolved(x: Tensor, layer: nn.Conv2d, activation: str | None) -> Tensor:
    """The fused step that does what the layer does, and what follows it."""
    assert layer.bias is not None
    how = layer.stride, layer.padding, layer.dilation, layer.groups
    if activation is None:
        return fused.conv2d(x, layer.weight, layer.bias, *how)
    return fused.conv2d_pooled(x, layer.weight, layer.bias, activation, *how)


@pytest.mark.parametrize("channels", [3, 8, 16])
def test_of_equal_values_the_first_gets_the_gradient_as_in_pytorch(channels: int) -> None:
    generator = torch.Generator().manual_seed(0)
    maps = torch.randint(-2, 3, (4, channels, 8, 6), generator=generator).float()  # full of equals
    for name, theirs in ACTIVATIONS.items():
        for layout in (torch.contiguous_format, torch.channels_last):
            x, y = (maps.clone().contiguous(memory_format=layout).requires_grad_() for _ in range(2))
            weight = torch.randn(4, channels, 4, 3, generator=generator)
            out, wanted = fused.pooled(x * 1, name), theirs(F.max_pool2d(y * 1, 2))
            torch.testing.assert_close(out, wanted, rtol=1e-6, atol=2e-7)
            out.backward(weight)
            wanted.backward(weight)
            assert x.grad is not None
            torch.testing.assert_close(x.grad, y.grad, rtol=1e-5, atol=1e-6)


def test_a_nan_passes_through() -> None:
    maps = torch.randn(1, 16, 4, 4).contiguous(memory_format=torch.channels_last)
    maps[0, 3, 1, 1] = torch.nan
    assert fused.pooled(maps, "tanh")[0, 3, 0, 0].isnan()


@pytest.mark.parametrize("intel", [True, False])
def test_both_ways_to_tanh_are_tanh(intel: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fused, "_is_intel", lambda: intel)
    x = torch.linspace(-9, 9, 1001)
    torch.testing.assert_close(fused._tanh_(x.clone()), torch.tanh(x), rtol=1e-6, atol=2e-7)


@pytest.mark.parametrize(("processor", "intel"), [("Intel64 Family 6, GenuineIntel", True), ("arm", False)])
def test_the_maker_of_the_processor(processor: str, intel: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_args: object, **_options: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr("pathlib.Path.read_text", none)
    monkeypatch.setattr("platform.processor", lambda: processor)
    assert fused._is_intel.__wrapped__() is intel


LAYERS = [
    nn.Conv2d(3, 8, 3, padding=1),
    nn.Conv2d(3, 8, 4, stride=2, padding=1),
    nn.Conv2d(3, 12, (1, 3), padding=(0, 1), stride=(2, 1)),
    nn.Conv2d(3, 9, 3, dilation=2, groups=3),
    nn.Conv2d(3, 4, 3, padding=1),  # too few channels for the pool's own step
    nn.Conv2d(3, 8, 2),  # maps of 15 x 17: a row and a column that no pool reads
]


@pytest.mark.parametrize("layer", LAYERS, ids=str)
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("activation", [None, *ACTIVATIONS])
def test_a_convolution_has_pytorchs_gradients(layer: nn.Conv2d, layout: Any, activation: str | None) -> None:
    x = torch.randn(5, 3, 16, 18, generator=torch.Generator().manual_seed(0))
    found, wanted = list[Tensor](), list[Tensor]()
    for results in (found, wanted):
        given = x.clone().contiguous(memory_format=layout).requires_grad_()
        if results is found:
            out = convolved(given, layer, activation)
        else:
            out = layer(given)
            out = out if activation is None else ACTIVATIONS[activation](F.max_pool2d(out, 2))
        weight = torch.randn(out.shape, generator=torch.Generator().manual_seed(1))
        results += [out, *torch.autograd.grad(out, [given, *layer.parameters()], weight)]
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_frozen_weights_and_pictures_get_no_gradient() -> None:
    layer = nn.Conv2d(3, 8, 3, padding=1).requires_grad_(False)
    layer.bias.requires_grad_()  # type: ignore[union-attr]
    x = torch.randn(2, 3, 8, 8).contiguous(memory_format=torch.channels_last)
    for activation in (None, "tanh"):
        convolved(x, layer, activation).sum().backward()
        assert layer.bias.grad is not None  # type: ignore[union-attr]
        assert (x.grad, layer.weight.grad) == (None, None)
