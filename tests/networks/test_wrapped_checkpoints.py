"""What people save in place of a state_dict: wrapped, inside a training checkpoint, in another precision."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save as save_safetensors
from torch import nn

from convlab.errors import UserError
from convlab.networks import checkpoints
from convlab.networks.checkpoints import Match, load
from convlab.networks.designs import DESIGNS, Net, design, seeded
from tests.networks.test_checkpoints import prefixed, saved


def optimised(module: nn.Module, kind: str) -> dict[str, Any]:
    """The state of an optimiser that has made a step."""
    of: dict[str, Callable[[], torch.optim.Optimizer]] = {
        "sgd": lambda: torch.optim.SGD(module.parameters(), lr=0.01, momentum=0.9),
        "adam": lambda: torch.optim.AdamW(module.parameters(), lr=0.01, amsgrad=True),
    }
    optimizer = of[kind]()
    module(torch.zeros(2, 3, 32, 32)).sum().backward()
    optimizer.step()
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [3, 3, 5])
    return {"optimizer": optimizer.state_dict(), "schedule": schedule.state_dict()}


def tutorial(module: nn.Module) -> dict[str, Any]:
    """As PyTorch's tutorial saves a checkpoint."""
    state = optimised(module, "sgd")["optimizer"]
    weights = module.state_dict()
    return {"epoch": 5, "model_state_dict": weights, "optimizer_state_dict": state, "loss": torch.tensor(0.3)}


def lightning(module: nn.Module) -> dict[str, Any]:
    """As Lightning's trainer writes a .ckpt."""
    state = optimised(module, "adam")
    progress = {"total": {"ready": 3, "completed": 3}, "current": {"ready": 0, "completed": 0}}
    return {
        "epoch": 2,
        "global_step": 314,
        "pytorch-lightning_version": "2.5.0",
        "state_dict": prefixed(module, "model."),
        "loops": {"fit_loop": {"state_dict": {}, "epoch_progress": progress}},
        "callbacks": {"ModelCheckpoint{'monitor': 'loss'}": {"best": torch.tensor(0.25), "path": "x.ckpt"}},
        "optimizer_states": [state["optimizer"]],
        "lr_schedulers": [state["schedule"]],
        "hparams_name": "kwargs",
        "hyper_parameters": {"lr": 0.01, "layers": [16, 8], "size": torch.Size([3, 32]), "bias": None},
    }


# What people save in place of a state_dict: kind -> (what it makes of a module, keys, prefix).
WRAPPED: dict[str, tuple[Callable[[nn.Module], Any], tuple[str, ...], str]] = {
    "plain": (lambda module: module.state_dict(), (), ""),
    "DataParallel": (lambda module: nn.DataParallel(copy.deepcopy(module)).state_dict(), (), "module."),
    "torch.compile": (lambda module: prefixed(module, "_orig_mod."), (), "_orig_mod."),
    "both": (lambda module: prefixed(module, "_orig_mod.module."), (), "_orig_mod.module."),
    "averaged": (lambda module: torch.optim.swa_utils.AveragedModel(module).state_dict(), (), "module."),
    "any prefix": (lambda module: prefixed(module, "réseau.0."), (), "réseau.0."),
    "tutorial": (tutorial, ("model_state_dict",), ""),
    "state_dict": (lambda module: {"state_dict": module.state_dict()}, ("state_dict",), ""),
    "deep": (
        lambda module: {"a": {"b": {"c": prefixed(module, "m.")}}, "rng": torch.get_rng_state()},
        ("a", "b", "c"),
        "m.",
    ),
    "Lightning": (lightning, ("state_dict",), "model."),
    "twice the same": (lambda module: dict.fromkeys(("last", "best"), module.state_dict()), ("last",), ""),
}
CHOICES: dict[str, dict[str, list[Any]]] = {
    key: {name: list(values) for name, values in found.options.items()} for key, found in DESIGNS.items()
}
SMALL = {"n_blocks": [1, 2, 3], "n_chans1": [4, 8, 16, 32]}


@st.composite
def networks(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A design and some of its options."""
    key = draw(st.sampled_from(list(DESIGNS)))
    offered = {name: SMALL.get(name, values) for name, values in CHOICES[key].items()}
    chosen = draw(st.sets(st.sampled_from(list(offered))))
    return key, {name: draw(st.sampled_from(offered[name])) for name in sorted(chosen)}


@settings(max_examples=60, deadline=None)
@given(
    network=networks(),
    wrapper=st.sampled_from(list(WRAPPED)),
    number=st.sampled_from([torch.float32, torch.float64, torch.float16, torch.bfloat16]),
    old=st.booleans(),
    seed=st.integers(0, 99),
)
def test_what_people_save_is_read_to_the_same_logits(
    network: tuple[str, dict[str, Any]], wrapper: str, number: torch.dtype, old: bool, seed: int
) -> None:
    key, options = network
    module = seeded(lambda: design(key).build(**options), seed).to(number)
    make, keys, prefix = WRAPPED[wrapper]
    if wrapper in ("tutorial", "Lightning"):
        module = module.float()  # half precision has no backward on every CPU
    found = load(saved(make(module), old))
    assert (found.file.keys, found.file.prefix) == (keys, prefix)
    activation = {name: value for name, value in options.items() if name == "activation"}
    match = next(match for match in found.matches if match.design == key)
    pictures = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(seed))
    filled = checkpoints.fill(Match(key, match.options | activation), found.state_dict)
    assert torch.equal(filled(pictures), module.float().eval()(pictures))
    assert {tensor.dtype for tensor in found.state_dict.values()} <= {torch.float32, torch.int64}


@pytest.mark.parametrize("number", [torch.float64, torch.float16, torch.bfloat16])
def test_safetensors_of_another_precision_and_with_a_prefix(number: torch.dtype) -> None:
    module = seeded(Net, 3).to(number)
    found = load(save_safetensors(prefixed(module, "module.")))
    assert found.file.prefix == "module."
    pictures = torch.randn(2, 3, 32, 32)
    assert torch.equal(found.module(pictures), module.float()(pictures))


@pytest.mark.parametrize("number", ["float8_e4m3fn", "float8_e5m2", "int8", "int16", "uint8", "complex64"])
def test_another_kind_of_number_is_named(number: str) -> None:
    kind: torch.dtype = getattr(torch, number)
    weights = {name: tensor.to(kind) for name, tensor in Net().state_dict().items()}
    files = [saved(weights), saved(weights, old=True)] if "float8" not in number else [saved(weights)]
    files += [save_safetensors(weights)] if number != "complex64" else []
    for data in files:
        with pytest.raises(UserError) as error:
            load(data)
        assert str(error.value) == (
            "These weights fit no design; in the nearest, net, conv1.weight is float32 [16, 3, 3, 3], "
            f"not {number} [16, 3, 3, 3]."
        )
