"""Recordings: bit for bit the forward pass, nothing left behind, two threads at once."""

import copy
import threading

import pytest
import torch
from torch import Tensor, nn

from convlab.errors import UserError
from convlab.networks import stacks
from convlab.networks.designs import DESIGNS, Net, NetModules
from convlab.networks.graph import Layer, stand_in
from convlab.networks.recording import facts, flat_maps, record, watching
from convlab.networks.variants import NetResDeep
from tests.networks.test_graph import Branching, Sized, state


def pictures(n: int = 2, size: int = 32) -> Tensor:
    return torch.randn(n, 3, size, size, generator=torch.Generator().manual_seed(0))


def hooks(module: nn.Module) -> int:
    return sum(len(part._forward_hooks) + len(part._forward_pre_hooks) for part in module.modules())


@pytest.mark.parametrize("key", DESIGNS)
@pytest.mark.parametrize("training", [True, False])
def test_a_recording_is_the_forward_pass_bit_for_bit(key: str, training: bool) -> None:
    module, x = DESIGNS[key].build(), pictures()
    wanted = module.eval()(x)
    module.train(training)
    before, generator = list(state(module)), torch.get_rng_state()
    recording = record(module, x)
    assert torch.equal(recording.result, wanted)
    assert list(state(module)) == before
    assert torch.equal(torch.get_rng_state(), generator)
    assert not recording.result.requires_grad


def test_every_layer_of_net_by_hand() -> None:
    net, x = Net(), pictures()
    recorded = record(net, x).outputs
    with torch.no_grad():
        step = x
        for name, function in (
            ("conv1", net.conv1),
            ("tanh1", torch.tanh),
            ("pool1", nn.MaxPool2d(2)),
            ("conv2", net.conv2),
            ("tanh2", torch.tanh),
            ("pool2", nn.MaxPool2d(2)),
            ("flatten1", nn.Flatten()),
            ("fc1", net.fc1),
            ("tanh3", torch.tanh),
            ("fc2", net.fc2),
        ):
            step = function(step)
            assert torch.equal(recorded[name], step), name
    assert torch.equal(recorded["input"], x)
    assert len(recorded) == 11


def test_modules_record_what_hooks_see() -> None:
    net, x = NetModules().eval(), pictures()
    seen: dict[str, Tensor] = {}

    def keep(path: str, layer: nn.Module, output: Tensor) -> None:
        seen[path] = output.clone()

    with watching(net, keep), torch.no_grad():
        net(x)
        assert hooks(net) == 9
    recorded = record(net, x).outputs
    assert len(seen) == 9
    assert all(torch.equal(recorded[name], output) for name, output in seen.items())
    assert hooks(net) == 0


def test_hooks_come_off_after_an_error_and_when_nested() -> None:
    net = NetModules()
    own = net.conv1.register_forward_hook(lambda *_: None)
    seen: list[str] = []

    def keep(path: str, layer: nn.Module, output: Tensor) -> None:
        seen.append(path)
        if path == "pool2":
            raise ValueError("stop")

    def fail() -> None:
        with watching(net, keep), watching(net, keep):
            assert hooks(net) == 19
            net(pictures())

    with pytest.raises(ValueError, match="stop"):
        fail()
    assert seen.count("conv1") == 2
    assert hooks(net) == 1
    assert own.id in net.conv1._forward_hooks


def test_a_failed_recording_leaves_nothing() -> None:
    for module in (Net(), Branching(), stacks.build(stacks.EXAMPLE)):
        before = list(state(module))
        with pytest.raises((UserError, RuntimeError)):
            record(module, torch.zeros(1, 5, 20, 20))
        assert hooks(module) == 0
        assert list(state(module)) == before


def test_layers_that_work_in_place_do_not_spoil_what_was_recorded() -> None:
    module = nn.Sequential(nn.ReLU(inplace=True), nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True)).eval()
    x = pictures()
    copy = x.clone()
    recording = record(module, x)
    assert torch.equal(x, copy)
    assert torch.equal(recording.outputs["input"], copy)
    assert (recording.outputs["1"] < 0).any()
    assert torch.equal(recording.outputs["2"], recording.outputs["1"].relu())
    sized = record(Sized(), pictures(size=9)).outputs
    assert (sized["add1"] < 0).any()


def test_a_module_that_cannot_be_traced_is_recorded_by_hooks() -> None:
    module, x = Branching().eval(), pictures(size=8)
    with torch.no_grad():
        module.conv.bias.fill_(-100)  # type: ignore[union-attr]
    with pytest.raises(RuntimeError):  # the second run of its convolution
        record(nn.Sequential(module, nn.Flatten(), nn.Linear(3, 1)), x)
    recording = record(module, x)
    assert recording.network is None
    assert [(layer.name, layer.shape, layer.parameters) for layer in recording.layers] == [
        ("conv", (2, 6, 6), 56),
        ("conv#2", (2, 4, 4), 0),  # the same weights, counted once
    ]
    assert torch.equal(recording.result, module(x))
    assert torch.equal(recording.outputs["conv"], module.conv(x))
    assert hooks(module) == 0


def test_batch_statistics_are_not_updated() -> None:
    module = DESIGNS["net_batch_norm"].build().train()
    buffers = {name: value.clone() for name, value in module.named_buffers()}
    record(module, pictures())
    assert all(torch.equal(value, buffers[name]) for name, value in module.named_buffers())


class Turning(nn.Module):
    """Its forward cannot be traced, and its layer would take statistics in train mode."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(x)
        return x if x.sum() > 0 else -x


def test_what_cannot_be_traced_is_recorded_in_eval_mode_and_left_in_its_own() -> None:
    module, x = Turning().train(), pictures()
    wanted = copy.deepcopy(module).eval()(x)
    assert torch.equal(record(module, x).result.abs(), wanted.abs())
    assert module.norm.num_batches_tracked == 0
    assert module.norm.training


def test_two_threads_record_one_module_as_one_after_the_other() -> None:
    module = NetResDeep(n_blocks=5)
    batches = [torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(n)) for n in range(2)]
    wanted = [record(module, x).outputs for x in batches]
    module.train()
    before, wrong = list(state(module)), []

    def work(n: int) -> None:
        for _ in range(8):
            found = record(module, batches[n]).outputs
            if any(not torch.equal(found[name], wanted[n][name]) for name in wanted[n]):
                wrong.append(n)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert list(state(module)) == before
    assert module.training


def test_weights_under_training_show_through_a_stand_in() -> None:
    net = Net()
    twin = stand_in(net)
    with torch.no_grad():
        net.fc2.weight.mul_(2)
        net.eval()
        assert torch.equal(twin(pictures()), net(pictures()))


def test_facts_by_hand() -> None:
    output = torch.tensor([[[[0.0, 0.0], [0.0, 0.0]], [[0.0, 2.0], [4.0, 2.0]], [[3.0, 3.0], [3.0, 3.0]]]])
    found = facts(Layer("relu1", "ReLU", ("conv1",), (3, 2, 2)), output)
    assert found.shape == (1, 3, 2, 2)
    assert (found.minimum, found.maximum) == (0.0, 4.0)
    assert found.mean == pytest.approx(20 / 12)
    assert found.zeros == pytest.approx(5 / 12)
    assert (found.dead, found.constant) == ((0,), (2,))
    other = facts(Layer("pool1", "MaxPool2d", ("relu1",), (3, 2, 2)), output)
    assert (other.dead, other.constant) == ((), (0, 2))
    assert flat_maps(found, output[0]) == flat_maps(other, output[0]) == ([0], [2])
    vector = facts(Layer("fc1", "Linear", ("flatten1",), (3,)), torch.tensor([[1.0, -1.0, 0.0]]))
    assert (vector.minimum, vector.dead, vector.constant) == (-1.0, (), ())
    assert vector.zeros == pytest.approx(1 / 3)


def test_a_dead_filter_in_a_network() -> None:
    net = DESIGNS["net_depth"].build()
    with torch.no_grad():
        weights = net.state_dict()
        weights["conv1.weight"][3].zero_()
        weights["conv1.bias"][3] = -1
    recording = record(net, pictures())
    layers = {layer.name: layer for layer in recording.layers}
    assert facts(layers["relu1"], recording.outputs["relu1"]).dead == (3,)
    assert facts(layers["conv1"], recording.outputs["conv1"]).constant == (3,)


def test_pictures_of_another_type_or_device_are_told_what_to_do() -> None:
    x = torch.zeros(1, 3, 32, 32)
    with pytest.raises(
        UserError, match=r"float32 and the network's weights float64: give .*x.to\(torch.float64"
    ):
        record(Net().double(), x)
    with pytest.raises(UserError, match=r"uint8 and the network's weights float32: give"):
        record(Net(), x.byte())
    with pytest.raises(UserError, match=r"on the meta device and hold no numbers: load some"):
        record(Net().to("meta"), x)
    with pytest.raises(UserError, match=r"on meta and the network's weights on cpu: give it x.to\('cpu'\)"):
        record(Net(), x.to("meta"))


def test_a_module_that_takes_more_than_pictures_is_said() -> None:
    class Pair(nn.Module):
        def forward(self, x: Tensor, y: Tensor) -> Tensor:
            return x + y

    with pytest.raises(UserError, match=r"Pair does not run on a batch of pictures alone \(.* 'y'\)"):
        record(Pair(), torch.zeros(1, 3, 8, 8))
