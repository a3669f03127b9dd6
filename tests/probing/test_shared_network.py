"""A shared network is left alone whatever is done to it, and two threads get what one gets."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
import torch
from torch import Tensor, nn

from convlab.datasets.dataset import Split
from convlab.errors import UserError
from convlab.networks import recording
from convlab.networks.designs import seeded
from convlab.networks.variants import NetBatchNorm, NetDropout
from convlab.probing import adversarial, attribution, evaluation, modes, perturbations, surgery
from convlab.probing.probe import Probe
from tests.networks.test_graph import state

_GENERATOR = torch.Generator().manual_seed(0)
IMAGES = torch.randint(0, 256, (24, 3, 32, 32), dtype=torch.uint8, generator=_GENERATOR)
DATA = Split(IMAGES, torch.randint(0, 2, (24,), generator=_GENERATOR))

SUCCESSES: dict[str, Callable[[Probe], object]] = {
    "accuracy": lambda probe: evaluation.evaluate(probe, DATA.images, DATA.labels).logits.tolist(),
    "along": lambda probe: perturbations.pictures(probe, IMAGES[0], "rotate", [-30, 0, 30]).tolist(),
    "accuracy_along": lambda probe: perturbations.accuracy_along(probe, DATA, "noise", [0, 0.2]),
    "ascend": lambda probe: adversarial.ascend(probe, IMAGES[1], 1, 1.0, steps=5).after.tolist(),
    "least_change": lambda probe: adversarial.least_change(
        probe, IMAGES[:1], 1, "linf"
    ).upper_bounds.tolist(),
    "edited": lambda probe: surgery.edited(probe, "conv1", 3, None, 0.0).logits(IMAGES).tolist(),
    "knock_outs": lambda probe: list(surgery.knock_outs(probe, DATA, "conv2"))[:4],
    "pruned": lambda probe: surgery.pruned(probe, 0.6).probe.logits(IMAGES).tolist(),
    "train": lambda probe: modes.measure(probe, DATA, True, 5),
    "eval": lambda probe: modes.measure(probe, DATA, False, 5),
}
FAILURES: dict[str, Callable[[Probe], object]] = {
    "accuracy": lambda probe: evaluation.evaluate(probe, IMAGES[:, :, 1:], DATA.labels),
    "along": lambda probe: perturbations.pictures(probe, IMAGES[0], "rotate", [0, 999]),
    "ascend": lambda probe: adversarial.ascend(probe, IMAGES[1, :, 1:], 1, 1.0),
    "least_change": lambda probe: adversarial.least_change(probe, IMAGES[:, :, 1:], 1),
    "edited": lambda probe: surgery.edited(probe, "conv1", 3, None, torch.zeros(9, 9)),
    "knock_outs": lambda probe: surgery.knock_outs(probe, DATA, "fc1"),
    "pruned": lambda probe: surgery.pruned(probe, 2),
    "train": lambda probe: modes.measure(probe, DATA, True, 0),
}


def _explained(method: str, probe: Probe) -> Tensor:
    return attribution.METHODS[method].explain(probe, IMAGES[0], 1)


def shared_network(make: type[nn.Module]) -> Probe:
    return Probe(seeded(lambda: make(8), 0).eval(), ("airplane", "bird"))


def seen(network: nn.Module) -> list[object]:
    """All that could be changed: modes, hooks, tensors by identity and version, and gradients."""
    gradients = [(parameter.requires_grad, parameter.grad) for parameter in network.parameters()]
    return [*state(network), gradients, torch.is_grad_enabled()]


def copied(network: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in network.state_dict().items()}


@pytest.mark.parametrize("make", [NetBatchNorm, NetDropout])
@pytest.mark.parametrize("name", SUCCESSES)
def test_success_leaves_the_network_alone(name: str, make: type[nn.Module]) -> None:
    probe = shared_network(make)
    before, values, generator = seen(probe.network), copied(probe.network), torch.get_rng_state()
    SUCCESSES[name](probe)
    assert seen(probe.network) == before
    assert all(torch.equal(values[key], tensor) for key, tensor in probe.network.state_dict().items())
    assert torch.equal(torch.get_rng_state(), generator)


@pytest.mark.parametrize("name", FAILURES)
def test_failure_leaves_the_network_alone(name: str) -> None:
    probe = shared_network(NetBatchNorm)
    before = seen(probe.network)
    with pytest.raises(UserError):
        FAILURES[name](probe)
    assert seen(probe.network) == before


class _Counter:
    count = 0


class _Failing(nn.Module):
    """Breaks in the middle of its second pass, in train() and eval() alike."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 2, 3, padding=1)
        self.norm = nn.BatchNorm2d(2)
        self.passes = _Counter()

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(self.conv1(x))
        self.passes.count += 1
        if self.passes.count > 1:
            raise RuntimeError("out of memory")
        return x.mean((2, 3))


@pytest.mark.parametrize(
    "act",
    [
        lambda probe: adversarial.ascend(probe, IMAGES[0], 1, 1.0),
        lambda probe: modes.measure(probe, DATA, True, 5),
        lambda probe: surgery.edited(probe, "conv1", 0, None, 0.0).logits(IMAGES.repeat(9, 1, 1, 1)),
    ],
)
def test_a_network_that_breaks_is_left_alone(act: Callable[[Probe], object]) -> None:
    probe = Probe(_Failing().eval(), ("a", "b"))
    before, values = seen(probe.network), copied(probe.network)
    with pytest.raises(RuntimeError, match="out of memory"):
        act(probe)
    assert seen(probe.network) == before
    assert all(torch.equal(values[key], tensor) for key, tensor in probe.network.state_dict().items())


class _Interrupted(BaseException):
    """As Streamlit ends a page that runs again, wherever it is at that moment."""


class _Cut(_Failing):
    def forward(self, x: Tensor) -> Tensor:
        self.norm(self.conv1(x))
        raise _Interrupted


def process() -> list[object]:
    """What all threads of a process share in PyTorch."""
    kinds = torch.get_default_dtype(), torch.get_default_device(), torch.get_num_threads()
    modes = torch.is_grad_enabled(), torch.is_inference_mode_enabled(), torch.is_anomaly_enabled()
    flags = torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.benchmark
    return [kinds, modes, flags, torch.get_rng_state().tolist()]


ACTS: dict[str, Callable[[Probe], object]] = {
    **{name: partial(_explained, name) for name in attribution.METHODS},
    **{name: SUCCESSES[name] for name in ("accuracy", "accuracy_along", "ascend", "least_change", "train")},
    "record": lambda probe: [recording.record(probe.network, probe.normalise(IMAGES)) for _ in range(3)],
    "kernel": lambda probe: surgery.edited(probe, "conv1", 0, None, 0.0).logits(IMAGES.repeat(9, 1, 1, 1)),
}


@pytest.mark.parametrize("name", ACTS)
def test_a_page_that_is_ended_on_the_way_leaves_all_alone(name: str) -> None:
    probe = Probe(_Cut().eval(), ("a", "b"))
    before, values, shared = seen(probe.network), copied(probe.network), process()
    with pytest.raises(_Interrupted):
        ACTS[name](probe)
    assert seen(probe.network) == before
    assert process() == shared
    assert all(torch.equal(values[key], tensor) for key, tensor in probe.network.state_dict().items())


@pytest.mark.parametrize("make", [NetBatchNorm, NetDropout])
def test_two_threads_at_once_get_what_one_gets(make: type[nn.Module]) -> None:
    probe = shared_network(make)
    alone = {name: act(probe) for name, act in SUCCESSES.items()}
    mixed = [*reversed(SUCCESSES), *SUCCESSES]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda name: SUCCESSES[name](probe), mixed))
    assert together == [alone[name] for name in mixed]
