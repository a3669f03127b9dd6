"""Networks opened: names, kinds, shapes, sharing; the module and other threads do not notice."""

import threading
from collections.abc import Iterator

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from convlab.errors import UserError
from convlab.networks import graph
from convlab.networks.designs import DESIGNS, Net, NetModules
from convlab.networks.graph import stand_in, trace
from convlab.networks.layer_kinds import Window
from convlab.networks.variants import NetResDeep


class BookNet(Net):
    """The chapter's own forward, with its view."""

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(torch.tanh(self.conv1(x)), 2)
        x = F.max_pool2d(torch.tanh(self.conv2(x)), 2)
        x = x.view(-1, 8 * 8 * 8)
        logits: Tensor = self.fc2(torch.tanh(self.fc1(x)))
        return logits


class Sized(nn.Module):
    """Reads shapes, uses weights in functions, splits nothing, works in place."""

    offset: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(4, 3, 3, 3))
        self.register_buffer("offset", torch.ones(4, 1, 1))
        self.scale = torch.tensor(2.0)

    def forward(self, x: Tensor) -> Tensor:
        x = F.conv2d(x, self.weight, stride=2, padding=1)
        x = F.relu(x + self.offset, inplace=True) * self.scale
        return x.reshape(x.size(0), -1)


class Branching(nn.Module):
    """Chooses by value, which no symbolic trace can follow."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        return x if x.sum() > 0 else self.conv(torch.cat([x, x[:, :1]], 1))


def summary(module: nn.Module) -> list[tuple[str, str, tuple[int, ...], int]]:
    return [
        (layer.name, layer.kind, layer.shape, layer.parameters) for layer in trace(module, (3, 32, 32)).layers
    ]


NET = [
    ("conv1", "Conv2d", (16, 32, 32), 448),
    ("tanh1", "Tanh", (16, 32, 32), 0),
    ("pool1", "MaxPool2d", (16, 16, 16), 0),
    ("conv2", "Conv2d", (8, 16, 16), 1160),
    ("tanh2", "Tanh", (8, 16, 16), 0),
    ("pool2", "MaxPool2d", (8, 8, 8), 0),
    ("flatten1", "Flatten", (512,), 0),
    ("fc1", "Linear", (32,), 16_416),
    ("tanh3", "Tanh", (32,), 0),
    ("fc2", "Linear", (2,), 66),
]


def test_net_layer_by_layer() -> None:
    assert summary(Net()) == NET
    assert [entry[1:] for entry in summary(NetModules())] == [entry[1:] for entry in NET]
    assert summary(NetModules())[1][0] == "act1"


def test_the_books_view_is_a_flatten() -> None:
    assert summary(BookNet()) == NET


def test_inputs_of_a_skip_connection() -> None:
    network = trace(DESIGNS["net_res"].build(), (3, 32, 32))
    assert network.layer("add1").inputs == ("relu3", "pool2")
    assert network.layer("conv1").inputs == ("input",)
    assert network.shape("input") == (3, 32, 32)
    assert network.shape("pool2") == (16, 8, 8)


@pytest.mark.parametrize("key", DESIGNS)
def test_parameters_of_the_layers_add_up(key: str) -> None:
    module = DESIGNS[key].build()
    wanted = sum(parameter.numel() for parameter in module.parameters())
    assert sum(layer.parameters for layer in trace(module, (3, 32, 32)).layers) == wanted


def test_residual_blocks_are_said_to_be_shared() -> None:
    network = trace(NetResDeep(n_blocks=3, shared=True), (3, 32, 32))
    blocks = [layer for layer in network.layers if layer.kind == "Conv2d"][1:]
    assert [layer.name for layer in blocks] == [f"resblocks.{n}.conv" for n in range(3)]
    assert [layer.shared_with for layer in blocks] == [None, "resblocks.0.conv", "resblocks.0.conv"]
    assert sum(layer.parameters for layer in network.layers if layer.shared_with is None) == 75_810


def test_a_module_that_runs_twice_has_two_names() -> None:
    conv = nn.Conv2d(3, 3, 3, padding=1)
    network = trace(nn.Sequential(conv, nn.Sequential(conv, nn.ReLU())), (3, 8, 8))
    assert [layer.name for layer in network.layers] == ["0", "1.0", "1.1"]
    assert network.layer("1.0").shared_with == "0"

    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = conv

        def forward(self, x: Tensor) -> Tensor:
            found: Tensor = self.conv(self.conv(x))
            return found

    assert [layer.name for layer in trace(Twice(), (3, 8, 8)).layers] == ["conv", "conv#2"]


def test_functions_with_weights_sizes_and_in_place_work() -> None:
    module = Sized()
    network = trace(module, (3, 9, 9))
    assert [(layer.name, layer.kind, layer.shape, layer.parameters) for layer in network.layers] == [
        ("conv1", "Conv2d", (4, 5, 5), 108),
        ("add1", "Add", (4, 5, 5), 0),
        ("relu1", "ReLU", (4, 5, 5), 0),
        ("multiply1", "Multiply", (4, 5, 5), 0),
        ("flatten1", "Flatten", (100,), 0),
    ]
    window = network.layer("conv1").window
    assert window is not None
    assert (window.kernel_size, window.stride, window.padding) == ((3, 3), (2, 2), ((1, 1), (1, 1)))
    assert network.tensors("conv1")["weight"].data_ptr() == module.weight.data_ptr()


def test_windows_of_modules() -> None:
    def window(layer: nn.Module) -> Window:
        found = trace(layer, (4, 20, 20)).layers[0].window
        assert found is not None
        return found

    same = window(nn.Conv2d(4, 4, (2, 5), padding="same", dilation=(3, 1), groups=2))
    assert same.padding == ((1, 2), (2, 2))  # the odd ghost row goes below
    assert (same.dilation, same.groups) == ((3, 1), 2)
    assert window(nn.MaxPool2d(3)).stride == (3, 3)
    assert window(nn.AvgPool2d(3, stride=2, padding=1)).taps(0, 0) == [-1, 0, 1]
    assert window(nn.Conv2d(4, 4, 3, padding="valid")).padding == ((0, 0), (0, 0))
    assert window(nn.ZeroPad2d((1, 2, 3, 4))).padding == ((3, 4), (1, 2))


def test_what_cannot_be_traced_is_said() -> None:
    with pytest.raises(graph.UntraceableError, match="Branching cannot be opened layer by layer") as error:
        trace(Branching(), (3, 8, 8))
    assert "control flow" in str(error.value)
    assert "write it without branches on values, or record it" in str(error.value)


def test_what_has_no_weights_or_no_layers_to_open_is_said() -> None:
    lazy = nn.Sequential(nn.Flatten(), nn.LazyLinear(4))
    for module, name in (
        (lazy, "1, a LazyLinear"),
        (nn.Sequential(nn.LazyConv2d(4, 3)), "0, a LazyConv2d"),
        (nn.LazyBatchNorm2d(), "0, a LazyBatchNorm2d"),
    ):
        with pytest.raises(UserError, match=f"{name} layer, has no weights yet.* run the network once"):
            trace(module, (3, 8, 8))
    lazy(torch.zeros(1, 3, 8, 8))
    assert trace(lazy, (3, 8, 8)).parameters == 192 * 4 + 4
    scripted = torch.jit.script(nn.Sequential(nn.Conv2d(3, 2, 3)))
    for compiled in (scripted, torch.compile(Net()), nn.Sequential(scripted)):
        with pytest.raises(UserError, match=r"is compiled \(.*\): open the module that it was compiled from"):
            trace(compiled, (3, 32, 32))  # type: ignore[arg-type]
    with pytest.raises(UserError, match="Sequential applies no layer to its input"):
        trace(nn.Sequential(), (3, 8, 8))


def test_a_module_may_return_several_tensors() -> None:
    class Several(nn.Module):
        def __init__(self, how: str) -> None:
            super().__init__()
            self.one, self.other, self.how = nn.Conv2d(3, 2, 3), nn.Conv2d(2, 1, 1), how

        def forward(self, x: Tensor) -> object:
            x = self.one(x)
            return {"out": self.other(x), "aux": x} if self.how == "dict" else (self.other(x), x)

    for how in ("dict", "tuple"):
        found = trace(Several(how), (3, 8, 8))
        assert [layer.name for layer in found.layers] == ["one", "other"]


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(UserError) as error:
        trace(Net(), (3, 33, 64))
    assert str(error.value) == (
        "fc1 does not fit what reaches it: mat1 and mat2 shapes cannot be multiplied (1x1024 and 512x32)"
    )
    with pytest.raises(UserError, match=r"no layer 'conv9': choose one of conv1, tanh1"):
        trace(Net(), (3, 32, 32)).layer("conv9")


def state(module: nn.Module) -> Iterator[object]:
    """All that could be changed in a module, tensors by identity and version."""
    for path, part in module.named_modules():
        yield path, type(part), part.training
        for name, value in vars(part).items():
            yield name, tuple(value) if isinstance(value, dict | list) else id(value)
    for tensor in module.state_dict().values():
        yield tensor.data_ptr(), tensor._version


@pytest.mark.parametrize("key", DESIGNS)
def test_the_module_is_left_alone(key: str) -> None:
    module = DESIGNS[key].build().train()
    before, generator = list(state(module)), torch.get_rng_state()
    trace(module, (3, 32, 32))
    assert list(state(module)) == before
    assert torch.equal(torch.get_rng_state(), generator)
    assert all(parameter.grad is None for parameter in module.parameters())


def test_a_stand_in_shares_tensors_and_nothing_else() -> None:
    net = Net().train()
    twin = stand_in(net)
    assert isinstance(twin, Net)
    assert net.training
    assert not twin.training
    assert not twin.conv1.training
    assert twin.conv1.weight.data_ptr() == net.conv1.weight.data_ptr()
    assert not twin.conv1.weight.requires_grad
    twin.conv1.register_forward_hook(lambda *_: None)
    assert not net.conv1._forward_hooks
    with torch.no_grad():
        net.conv1.weight.zero_()
    assert not twin.conv1.weight.any()


def test_tracing_does_not_disturb_other_threads() -> None:
    """fx.symbolic_trace patches nn.Module for everybody: a forward pass beside it would yield a Proxy."""
    module, other = NetResDeep(n_blocks=20), Net()
    pictures = torch.randn(1, 3, 32, 32)
    wanted = other(pictures)
    finished = threading.Event()
    wrong: list[object] = []

    def forward() -> None:
        while not finished.is_set():
            found = other(pictures)
            if not isinstance(found, Tensor) or not torch.equal(found, wanted):
                wrong.append(found)

    thread = threading.Thread(target=forward)
    thread.start()
    for _ in range(10):
        network = trace(module, (3, 32, 32))
    finished.set()
    thread.join()
    assert wrong == []
    assert len(network.layers) == 88


def test_nothing_behind_the_layer_asked_for_has_run() -> None:
    walk = graph.Walker(trace(nn.Sequential(nn.Conv2d(3, 2, 3), nn.ReLU(inplace=True)), (3, 8, 8)))
    pictures = torch.randn(1, 3, 8, 8)
    for layer, output in walk.walk(pictures):
        if layer.name == "0":
            assert bool((output < 0).any())  # the ReLU would have overwritten it
    assert bool((output >= 0).all())
