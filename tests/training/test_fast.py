"""The fast form of a network: the same outputs, gradients and parameters, in fewer steps."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from convlab.networks.designs import DESIGNS, seeded
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
        trained = [parameter for parameter in plain.parameters() if parameter.requires_grad]
        found = gradients(fast, trained, given)
        wanted = gradients(plain, trained, given)
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
        "net_fixed": 2,
    }.items():
        code = faster(DESIGNS[key].build()).code
        assert code.count("pooled(") == pools, key
        assert ("max_pool2d" in code) == (key in ("net_res", "net_res_deep"))  # behind their sums
