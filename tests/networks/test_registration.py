"""What PyTorch registers, hands out and counts, held against PyTorch itself and the chapter's figures."""

import inspect

import pytest
import torch
from torch import nn

from convlab.networks import registration
from convlab.networks.designs import DESIGNS, Net, NetModules, parameter_counts, seeded
from convlab.networks.registration import HOLDERS, handovers, registering_lines
from convlab.networks.variants import NetResDeep, ResBlock

TWO_CONVOLUTIONS = 16 * 28 + 8 * 145


@pytest.mark.parametrize("holder", ["attribute", "ModuleList", "ModuleDict", "Sequential"])
def test_modules_in_these_are_registered(holder: str) -> None:
    found = registration.registered(holder)
    assert (found.parameters, found.given, found.message) == (TWO_CONVOLUTIONS, 4, "")
    assert found.output == (1, 8, 32, 32)
    assert registration.unregistered(found.module) == {}
    assert len(found.module.state_dict()) == 4


@pytest.mark.parametrize(
    ("holder", "names"), [("list", ["convs[0]", "convs[1]"]), ("dict", ["convs['first']", "convs['second']"])]
)
def test_modules_in_a_list_or_a_dict_work_and_are_lost(holder: str, names: list[str]) -> None:
    found = registration.registered(holder)
    assert (found.parameters, found.given, found.output) == (0, None, (1, 8, 32, 32))
    with pytest.raises(ValueError, match="optimizer got an empty parameter list") as error:
        torch.optim.SGD(found.module.parameters(), lr=1e-2)
    assert found.message == str(error.value)
    lost = registration.unregistered(found.module)
    assert [*lost] == names
    assert sum(count for part in lost.values() for count in parameter_counts(part)) == TWO_CONVOLUTIONS


def test_all_holders_compute_the_same() -> None:
    x = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        outputs = [registration.registered(holder).module(x) for holder in HOLDERS]
    assert all(torch.equal(outputs[0], other) for other in outputs)


def test_forgetting_super_raises() -> None:
    with pytest.raises(AttributeError) as error:
        registration.WithoutSuper()
    assert registration.without_super() == str(error.value)
    assert "before Module.__init__() call" in str(error.value)


@pytest.mark.parametrize(("calls", "forwards"), [(1, 0), (0, 1), (3, 2)])
def test_forward_called_directly_skips_the_hooks(calls: int, forwards: int) -> None:
    ran = registration.hooks_run(calls, forwards)
    assert (ran.net, ran.conv1, ran.equal) == (calls, calls + forwards, True)


def test_net_hands_out_the_chapters_tensors() -> None:
    found = [moment for moment in handovers(Net()) if moment.tensor]
    assert [moment.count for moment in found] == [432, 16, 1152, 8, 16384, 32, 64, 2]
    assert found[-1].total == 18_090
    first = next(handovers(Net()))
    assert (first.module, first.kind, first.asks) == ("", "Net", ("conv1", "conv2", "fc1", "fc2"))


MODULES = [
    *(design.build for design in DESIGNS.values()),
    NetModules,
    lambda: NetResDeep(n_blocks=3, shared=True),
]


@pytest.mark.parametrize("make", MODULES)
def test_handovers_are_those_of_named_parameters(make: type[nn.Module]) -> None:
    module = seeded(make, 0)
    found = [moment for moment in handovers(module) if moment.tensor]
    assert [moment.tensor for moment in found] == [name for name, _tensor in module.named_parameters()]
    assert [moment.count for moment in found] == [tensor.numel() for tensor in module.parameters()]
    assert found[-1].total == sum(moment.count for moment in found)


def test_each_module_is_registered_by_its_line() -> None:
    source = inspect.getsource(Net)
    lines = source.splitlines()
    found = registering_lines(Net(), source)
    assert {name: [lines[n].split()[0] for n in at] for name, at in found.items()} == {
        name: [f"self.{name}"] for name in ("conv1", "conv2", "fc1", "fc2")
    }
    assert "kernel_size" in lines[found["conv1"][0]]


def test_a_module_in_a_block_is_registered_by_two_lines() -> None:
    source = f"{inspect.getsource(ResBlock)}\n\n{inspect.getsource(NetResDeep)}"
    lines = source.splitlines()
    found = registering_lines(NetResDeep(n_blocks=2), source)
    assert [lines[n].split()[0] for n in found["resblocks.1.conv"]] == ["self.conv", "self.resblocks"]
    assert [lines[n].split()[0] for n in found["resblocks.1"]] == ["self.resblocks"]


def test_a_line_that_goes_on_counts_whole() -> None:
    source = inspect.getsource(HOLDERS["ModuleList"])
    found = registering_lines(registration.registered("ModuleList").module, source)
    lines = source.splitlines()
    assert lines[found["convs"][0]].strip() == "self.convs = nn.ModuleList(["
    assert len(found["convs"]) == 4
    assert found["convs.0"] == found["convs"]
