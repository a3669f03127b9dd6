"""The fast form of a network: the same outputs, gradients and parameters, in fewer steps."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from convlab.networks.designs import DESIGNS, seeded
from convlab.training import fused
from convlab.training.fast import faster

CASES = [
    (key, options)
    for key, entry in DESIGNS.items()
    for options in (
        [{"activation": name} for name in ("tanh", "relu")] if "activation" in entry.options else [{}]
    )
]


def gradients(run: nn.Module, parameters: list[nn.Parameter], pictures: Tensor) -> list[Tensor]:
    torch.manual_seed(3)  # dropout
    logits = run(pictures)
    loss = F.cross_entropy(logits, torch.arange(len(pictures)) % 2)
    return [logits.detach(), *torch.autograd.grad(loss, parameters)]


@pytest.mark.parametrize(("key", "options"), CASES)
def test_it_computes_the_same(key: str, options: dict[str, Any]) -> None:
    small = {"n_blocks": 2} if key == "net_res_deep" else {}
    plain = seeded(lambda: DESIGNS[key].build(**options, **small), 0)
    fast = faster(plain)
    pictures = torch.randn(10, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    for layout in (torch.contiguous_format, torch.channels_last):
        given = pictures.contiguous(memory_format=layout)
        found = gradients(fast, list(plain.parameters()), given)
        wanted = gradients(plain, list(plain.parameters()), given)
        for one, other in zip(found, wanted, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)
    assert {id(p) for p in fast.parameters()} == {id(p) for p in plain.parameters()}
    plain.eval()
    with torch.no_grad():
        torch.testing.assert_close(fast(pictures), plain(pictures), rtol=1e-5, atol=1e-6)


def test_no_pool_is_left_behind_an_activation() -> None:
    for key, pools in {
        "net": 2,
        "sequential": 2,
        "net_depth": 3,
        "net_res": 2,
        "net_res_deep": 1,
        "net_fast": 2,
    }.items():
        code = faster(DESIGNS[key].build()).code
        assert code.count("pooled_tanh(") + code.count("pooled_relu(") == pools, key
        assert ("max_pool2d" in code) == (key in ("net_res", "net_res_deep"))  # behind their sums


@pytest.mark.parametrize("channels", [3, 8, 16])
def test_of_equal_values_the_first_gets_the_gradient_as_in_pytorch(channels: int) -> None:
    generator = torch.Generator().manual_seed(0)
    maps = torch.randint(-2, 3, (4, channels, 8, 6), generator=generator).float()  # full of equals
    for mine, theirs in ((fused.pooled_relu, torch.relu), (fused.pooled_tanh, torch.tanh)):
        for layout in (torch.contiguous_format, torch.channels_last):
            x, y = (maps.clone().contiguous(memory_format=layout).requires_grad_() for _ in range(2))
            weight = torch.randn(4, channels, 4, 3, generator=generator)
            out, wanted = mine(x * 1), theirs(F.max_pool2d(y * 1, 2))
            torch.testing.assert_close(out, wanted, rtol=1e-6, atol=2e-7)
            out.backward(weight)
            wanted.backward(weight)
            assert x.grad is not None
            torch.testing.assert_close(x.grad, y.grad, rtol=1e-5, atol=1e-6)


def test_a_nan_passes_through() -> None:
    maps = torch.randn(1, 16, 4, 4).contiguous(memory_format=torch.channels_last)
    maps[0, 3, 1, 1] = torch.nan
    assert fused.pooled_tanh(maps)[0, 3, 0, 0].isnan()


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
@pytest.mark.parametrize("activation", [None, torch.tanh, torch.relu])
def test_a_convolution_has_pytorchs_gradients(layer: nn.Conv2d, layout: Any, activation: Any) -> None:
    x = torch.randn(5, 3, 16, 18, generator=torch.Generator().manual_seed(0))
    how = layer.stride, layer.padding, layer.dilation, layer.groups
    steps = {None: fused.conv2d, torch.tanh: fused.conv2d_pooled_tanh, torch.relu: fused.conv2d_pooled_relu}
    found, wanted = list[Tensor](), list[Tensor]()
    for results in (found, wanted):
        given = x.clone().contiguous(memory_format=layout).requires_grad_()
        if results is found:
            out = steps[activation](given, layer.weight, layer.bias, *how)  # type: ignore[arg-type]
        else:
            out = layer(given)
            out = out if activation is None else activation(F.max_pool2d(out, 2))
        weight = torch.randn(out.shape, generator=torch.Generator().manual_seed(1))
        results += [out, *torch.autograd.grad(out, [given, *layer.parameters()], weight)]
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_frozen_weights_and_pictures_get_no_gradient() -> None:
    layer = nn.Conv2d(3, 8, 3, padding=1).requires_grad_(False)
    layer.bias.requires_grad_()  # type: ignore[union-attr]
    x = torch.randn(2, 3, 8, 8).contiguous(memory_format=torch.channels_last)
    how = layer.stride, layer.padding, layer.dilation, layer.groups
    for step in (fused.conv2d, fused.conv2d_pooled_tanh):
        step(x, layer.weight, layer.bias, *how).sum().backward()  # type: ignore[arg-type]
        assert layer.bias.grad is not None  # type: ignore[union-attr]
        assert (x.grad, layer.weight.grad) == (None, None)
