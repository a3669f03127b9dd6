"""The table of layer kinds: what each row says holds for PyTorch's layer of that name."""

import inspect

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn

from convlab.networks import layer_kinds
from convlab.networks.graph import trace
from convlab.networks.layer_kinds import ITSELF, KINDS, Along, Bins, Kind, Transposed, Window
from convlab.networks.units import PARTS

OURS = {
    "Pad",
    "Mean",
    "Concat",
    "Add",
    "Subtract",
    "Multiply",
    "Divide",
    "Clamp",
    "Neg",
    "Abs",
    "Erf",
    "Permute",
    "Getitem",
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_a_row_names_what_pytorch_has(kind: Kind) -> None:
    assert kind.name in OURS or hasattr(nn, kind.name)
    assert kind.parts == "" or kind.parts in PARTS
    assert kind.merge is None or kind.reads is None


def signature(kind: Kind) -> list[str]:
    """Arguments of the kind's function of torch.nn.functional, the input first; [] where none can be read."""
    for call in kind.calls:
        function = getattr(F, call, None)
        if inspect.isfunction(function) and "args" not in inspect.signature(function).parameters:
            return list(inspect.signature(function).parameters)
    return []


READABLE = [kind for kind in KINDS.values() if kind.parameters and signature(kind)]


@pytest.mark.parametrize("kind", READABLE, ids=lambda kind: kind.name)
def test_arguments_stand_in_the_order_of_the_function(kind: Kind) -> None:
    names = [name for name in signature(kind) if not name.startswith("_")]
    assert names[1 : len(kind.parameters) + 1] == list(kind.parameters)


def test_no_function_stands_in_two_rows() -> None:
    calls = [call for kind in KINDS.values() for call in kind.calls]
    assert len(calls) == len(set(calls))


class Calls(nn.Module):
    """Functions and methods instead of modules."""

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu_(F.avg_pool2d(x, 2).neg())
        x += torch.sigmoid(x)
        x = F.adaptive_max_pool2d(1 - x, (2, 2)) / 2
        return F.dropout2d(F.leaky_relu(F.pad(x, (1, 0))), training=False).contiguous().flatten(1)


def test_functions_methods_and_operators_get_the_names_of_modules() -> None:
    kinds = [layer.kind for layer in trace(Calls(), (2, 8, 8)).layers]
    assert kinds == [
        *("AvgPool2d", "Neg", "ReLU", "Sigmoid", "Add", "Subtract", "AdaptiveMaxPool2d", "Divide"),
        *("Pad", "LeakyReLU", "Dropout2d", "Identity", "Flatten"),
    ]


def test_what_has_no_row_keeps_its_name_and_has_no_rule() -> None:
    node = fx.Graph().call_method("cumsum_")
    assert layer_kinds.kind_of_call(node) == "cumsum"
    assert layer_kinds.of("cumsum") == Kind("cumsum")


@pytest.mark.parametrize(
    ("layer", "pattern"),
    [
        (nn.Conv2d(4, 4, (2, 5), padding="same", dilation=(3, 1), groups=2),
         Window((2, 5), (1, 1), ((1, 2), (2, 2)), (3, 1), groups=2)),  # the odd ghost row goes below
        (nn.Conv2d(4, 4, 3, padding="valid", padding_mode="reflect"),
         Window((3, 3), (1, 1), padding_mode="reflect", groups=1)),
        (nn.ConvTranspose2d(4, 2, 3, stride=2, padding=1),
         Transposed(Window((3, 3), (2, 2), ((1, 1), (1, 1)), groups=1))),
        (nn.MaxPool2d(3), Window((3, 3), (3, 3))),
        (nn.AvgPool2d(3, stride=2, padding=1), Window((3, 3), (2, 2), ((1, 1), (1, 1)))),
        (nn.LPPool2d(2, (2, 3)), Window((2, 3), (2, 3))),
        (nn.ZeroPad2d((1, 2, 3, 4)), Window((1, 1), (1, 1), ((3, 4), (1, 2)))),
        (nn.CircularPad2d(1), Window((1, 1), (1, 1), ((1, 1), (1, 1)), padding_mode="circular")),
        (nn.AdaptiveAvgPool2d((6, 4)), Window((2, 3), (2, 3))),
        (nn.AdaptiveAvgPool2d((5, 4)), Bins((5, 4))),
        (nn.AdaptiveMaxPool2d(1), Along(frozenset((0, 1)))),
        (nn.Linear(12, 3), Along(frozenset((1,)))),
        (nn.LayerNorm(12), Along(frozenset((1,)))),
        (nn.LayerNorm((12, 12)), Along(frozenset((0, 1)))),
        (nn.LayerNorm((4, 12, 12)), Along(frozenset((0, 1)), groups=1)),
        (nn.GroupNorm(2, 4), Along(frozenset((0, 1)), groups=2)),
        (nn.InstanceNorm2d(4), Along(frozenset((0, 1)))),
        (nn.InstanceNorm2d(4, track_running_stats=True), ITSELF),
        (nn.BatchNorm2d(4), ITSELF),
        (nn.BatchNorm2d(4, track_running_stats=False), Along(frozenset((0, 1)))),
        (nn.Softmax(1), Along(groups=1)),
        (nn.Softmax(-2), Along(frozenset((0,)))),
        (nn.Dropout(), ITSELF),
        (nn.GLU(1), None),
    ],
    ids=repr,
)  # fmt: skip
def test_what_units_read(layer: nn.Module, pattern: object) -> None:
    assert trace(layer, (4, 12, 12)).layers[0].reads == pattern


def test_taps_and_what_they_show() -> None:
    window = Window((3, 3), (2, 2), ((1, 1), (1, 1)), (2, 1), "replicate")
    assert window.taps(0, 0) == [-1, 1, 3]
    assert window.reads(0, 0, 3) == [0, 1, 2]
    assert Window((3, 3), (2, 2), ((1, 1), (1, 1)), (2, 1)).reads(0, 0, 3) == [-1, 1, -1]
    transposed = Transposed(Window((3, 3), (2, 2), ((1, 1), (1, 1))))
    assert [transposed.reads(0, i, 2) for i in range(3)] == [[-1, 0, -1], [1, -1, 0], [-1, 1, -1]]
    assert [Bins((3, 1)).reads(0, i, 7) for i in range(3)] == [[0, 1, 2], [2, 3, 4], [4, 5, 6]]
    assert [Along(frozenset((1,))).reads(axis, 2, 4) for axis in (0, 1)] == [[2], [0, 1, 2, 3]]
