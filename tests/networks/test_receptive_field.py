"""Receptive fields: the chapter's, known networks', and 200 random stacks against plain autograd."""

import random

import pytest
import torch
import torchvision
from hypothesis import given, settings
from torch import Tensor, nn

from convlab.errors import UserError
from convlab.networks import receptive_field, stacks
from convlab.networks.designs import DESIGNS, Net, NetModules, sequential_net
from convlab.networks.footprint import footprint
from convlab.networks.graph import trace
from convlab.networks.receptive_field import Field, Row, row, table, unravel, window_of, without_rule
from convlab.networks.variants import NetResDeep
from tests.networks import modules


def field_of(module: nn.Module, layer: str, input_shape: tuple[int, int, int] = (3, 32, 32)) -> Field:
    return row(trace(module, input_shape), layer).field


def square(size: int, jump: int, start: int) -> Field:
    return Field((size, size), (jump, jump), (start, start))


@pytest.mark.parametrize(
    ("layer", "field"),
    [
        ("conv1", square(3, 1, -1)),
        ("tanh1", square(3, 1, -1)),
        ("pool1", square(4, 2, -1)),
        ("conv2", square(8, 2, -3)),
        ("pool2", square(10, 4, -3)),
        ("flatten1", square(10, 4, -3)),
        ("fc1", square(32, 0, 0)),
        ("fc2", square(32, 0, 0)),
    ],
)
def test_net(layer: str, field: Field) -> None:
    assert field_of(Net(), layer) == field


def test_net_depth() -> None:
    net = DESIGNS["net_depth"].build()
    assert field_of(net, "conv3") == square(18, 4, -7)
    assert field_of(net, "pool3") == square(22, 8, -7)


def test_conv_pool_conv_in_the_interior_and_at_the_corner() -> None:
    entry = row(trace(stacks.build(stacks.CONV_POOL_CONV), (3, 32, 32)), "2")
    assert entry.field == square(8, 2, -1)
    interior = window_of(entry, (0, 3, 4), (32, 32))
    assert (interior.rows, interior.cols) == (interior.real_rows, interior.real_cols) == ((5, 13), (7, 15))
    assert interior.ghosts == (0, 0, 0, 0)
    corner = window_of(entry, (0, 0, 0), (32, 32))
    assert (corner.rows, corner.cols) == ((-1, 7), (-1, 7))
    assert (corner.real_rows, corner.real_cols) == ((0, 7), (0, 7))
    assert corner.ghosts == (1, 0, 1, 0)  # left, right, top, bottom
    far = window_of(entry, (0, 13, 13), (32, 32))
    assert (far.real_rows, far.ghosts) == ((25, 32), (0, 1, 0, 1))


def test_all_three_forms_of_net_agree() -> None:
    forms = [table(trace(net, (3, 32, 32))) for net in (Net(), NetModules(), sequential_net())]
    assert [entry.field for entry in forms[0]] == [entry.field for entry in forms[1]]
    assert [entry.field for entry in forms[0]] == [entry.field for entry in forms[2]]


def test_formulas_with_their_numbers() -> None:
    network = trace(DESIGNS["net_res"].build(), (3, 32, 32))
    assert receptive_field.formulas(row(network, "conv2"), 0) == (
        "4 + (3-1)*1*2 = 8",
        "2*1 = 2",
        "-1 - 1*2 = -3",
    )
    assert receptive_field.formulas(row(network, "pool2"), 1)[:2] == ("8 + (2-1)*1*2 = 10", "2*2 = 4")
    assert receptive_field.formulas(row(network, "add1"), 0) == ("max(18, 10) = 18", "", "")
    assert receptive_field.formulas(row(network, "relu1"), 0) == ("", "", "")
    assert receptive_field.formulas(row(network, "fc1"), 0) == ("", "", "")


@pytest.mark.parametrize("seed", range(20))
def test_formulas_are_true(seed: int) -> None:
    for entry in table(trace(random_stack(random.Random(seed)).eval(), (1, 256, 256))):
        for axis in (0, 1):
            for formula, value in zip(
                receptive_field.formulas(entry, axis),
                (entry.field.size[axis], entry.field.jump[axis], entry.field.start[axis]),
                strict=True,
            ):
                if formula:
                    left, right = formula.split(" = ")
                    assert eval(left) == int(right) == value


def test_an_oblong_kernel() -> None:
    net = DESIGNS["net"].build(kernel_size=(1, 3))
    assert field_of(net, "pool2") == Field((4, 10), (4, 4), (0, -3))


def test_a_skip_connection_takes_the_largest_path_and_keeps_all() -> None:
    network = trace(DESIGNS["net_res"].build(), (3, 32, 32))
    add, pool = row(network, "add1"), row(network, "pool3")
    assert add.field == square(18, 4, -7)
    assert add.sizes == ((10, 10), (18, 18))
    assert pool.field == square(22, 8, -7)
    assert pool.sizes == ((14, 14), (22, 22))
    assert add.before == (square(18, 4, -7), square(10, 4, -3))


@pytest.mark.parametrize(("n_blocks", "largest"), [(1, 8), (10, 44), (100, 404)])
def test_the_spread_over_paths_of_net_res_deep(n_blocks: int, largest: int) -> None:
    """Each block is passed or gone through: 4 pixels more at jump 2."""
    network = trace(NetResDeep(n_chans1=2, n_blocks=n_blocks, shared=True), (3, 32, 32))
    last = row(network, f"add{n_blocks}")
    assert last.field.size == (largest, largest)
    assert last.sizes == tuple((4 + 4 * k, 4 + 4 * k) for k in range(n_blocks + 1))


@pytest.mark.parametrize(
    ("name", "layer", "size", "jump"),
    [
        ("resnet18", "layer4.1.relu#2", 435, 32),
        ("vgg16", "features.30", 212, 32),
        ("alexnet", "features.12", 195, 32),
    ],
)
def test_networks_that_people_know(name: str, layer: str, size: int, jump: int) -> None:
    with torch.device("meta"):
        module = getattr(torchvision.models, name)(weights=None)
    rows = table(trace(module, (3, 224, 224)))
    found = next(entry for entry in rows if entry.layer.name == layer)
    assert found.field.size == (size, size)
    assert found.field.jump == (jump, jump)
    assert rows[-1].field == square(224, 0, 0)


def random_stack(chance: random.Random) -> nn.Sequential:
    parts: list[nn.Module] = []
    for _ in range(chance.randint(1, 4)):
        kind, k, stride = (
            chance.choice(("conv", "conv", "max", "avg")),
            chance.randint(1, 4),
            chance.randint(1, 2),
        )
        if kind == "conv":
            oblong = (k, chance.randint(1, 4))
            padding, dilation = chance.randint(0, 2), chance.randint(1, 2)
            parts.append(nn.Conv2d(1, 1, oblong, stride=stride, padding=padding, dilation=dilation))
            parts.append(chance.choice((nn.Tanh(), nn.ReLU(), nn.BatchNorm2d(1))))
        else:
            pool = nn.MaxPool2d if kind == "max" else nn.AvgPool2d
            parts.append(pool(k, stride=stride, padding=chance.randint(0, k // 2)))
    return nn.Sequential(*parts)


def positive(stack: nn.Sequential) -> nn.Sequential:
    """The same windows with weights 1, written down apart from the library: average pools, no activation."""
    parts: list[nn.Module] = []
    for layer in stack:
        if isinstance(layer, nn.Conv2d):
            given = {name: vars(layer)[name] for name in ("kernel_size", "stride", "padding", "dilation")}
            conv = nn.Conv2d(1, 1, bias=False, **given)
            nn.init.ones_(conv.weight)
            parts.append(conv)
        elif isinstance(layer, nn.MaxPool2d | nn.AvgPool2d):
            parts.append(nn.AvgPool2d(layer.kernel_size, layer.stride, layer.padding))
    return nn.Sequential(*parts).double()


def seen_by(stack: nn.Sequential, height: int, width: int, at: tuple[int, int]) -> Tensor:
    """Which pixels have a gradient: bool [H, W]."""
    x = torch.zeros(1, 1, height, width, dtype=torch.float64, requires_grad=True)
    positive(stack)(x)[0, 0, at[0], at[1]].backward()
    assert x.grad is not None
    return x.grad[0, 0] != 0


def box(seen: Tensor) -> tuple[tuple[int, int], tuple[int, int]]:
    """Rows and columns of the smallest rectangle around what is seen, (0, 0) for nothing."""
    spans = []
    for axis in (1, 0):
        places = seen.any(axis).nonzero().flatten().tolist()
        spans.append((places[0], places[-1] + 1) if places else (0, 0))
    return spans[0], spans[1]


@pytest.mark.parametrize("seed", range(200))
def test_200_random_stacks_formula_and_footprint_of_an_interior_unit(seed: int) -> None:
    stack = random_stack(random.Random(seed)).eval()
    field = table(trace(stack, (1, 256, 256)))[-1].field
    height, width = (size + 4 * jump for size, jump in zip(field.size, field.jump, strict=True))
    rows = table(trace(stack, (1, height, width)))
    down, right = (-(start // jump) for start, jump in zip(field.start, field.jump, strict=True))
    view = window_of(rows[-1], (0, down, right), (height, width))
    assert view.ghosts == (0, 0, 0, 0)
    assert box(seen_by(stack, height, width, (down, right))) == (view.rows, view.cols)
    assert (view.rows, view.cols) == (view.real_rows, view.real_cols)


@pytest.mark.parametrize("seed", range(40))
def test_reach_and_footprint_of_every_unit_at_the_border_too(seed: int) -> None:
    stack = random_stack(random.Random(1000 + seed)).eval()
    height, width = 15, 13
    try:
        network = trace(stack, (1, height, width))
    except UserError:
        return  # too small a picture for this stack
    last = table(network)[-1]
    _, rows, cols = last.layer.shape
    for at in [(r, c) for r in range(rows) for c in range(cols)][:: max(1, rows * cols // 6)]:
        seen = seen_by(stack, height, width, at)
        view = window_of(last, (0, *at), (height, width))
        if seen.any():
            assert box(seen) == (view.real_rows, view.real_cols)
        else:
            assert (0, 0) in (view.real_rows, view.real_cols)
        assert torch.equal(footprint(network, last.layer.name, (0, *at)), seen)


def test_a_window_of_padding_alone_sees_nothing() -> None:
    entry = table(trace(nn.Sequential(nn.Conv2d(1, 1, 1, padding=2)), (1, 4, 4)))[-1]
    view = window_of(entry, (0, 0, 3), (4, 4))
    assert (view.rows, view.cols) == ((-2, -1), (1, 2))
    assert view.real_rows == (0, 0)
    assert view.ghosts == (0, 0, 1, 0)


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
def test_ghost_pixels_that_show_real_ones(mode: str) -> None:
    network = trace(nn.Sequential(nn.Conv2d(1, 1, 3, padding=2, padding_mode=mode)), (1, 6, 6))  # type: ignore[arg-type]
    entry = table(network)[-1]
    for at in ((0, 0), (0, 3), (7, 7), (4, 1)):
        view = window_of(entry, (0, *at), (6, 6))
        assert box(footprint(network, "0", (0, *at))) == (view.real_rows, view.real_cols)


def test_pixels_that_no_window_reaches_are_not_seen_by_linear() -> None:
    module = nn.Sequential(nn.Conv2d(3, 2, 2, stride=3), nn.Flatten(), nn.Linear(2 * 3 * 3, 2))
    network = trace(module, (3, 10, 9))
    assert row(network, "2").field == Field((8, 8), (0, 0), (0, 0))
    assert footprint(network, "2", (1,)).sum() == 36  # and not those between the windows either


def test_a_flattened_entry_sees_what_its_unit_did() -> None:
    network = trace(Net(), (3, 32, 32))
    entry = row(network, "flatten1")
    assert entry.grid == (8, 8, 8)
    assert unravel(100, (8, 8, 8)) == (1, 4, 4)
    assert window_of(entry, (100,), (32, 32)) == window_of(row(network, "pool2"), (1, 4, 4), (32, 32))
    assert torch.equal(footprint(network, "flatten1", (100,)), footprint(network, "pool2", (1, 4, 4)))


class Squeezing(nn.Module):
    """Branches of unequal jump: squeeze-and-excitation."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, stride=2)
        self.pool = nn.AdaptiveAvgPool2d(1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        return x * torch.sigmoid(self.pool(x))


def test_a_branch_that_sees_everything() -> None:
    network = trace(Squeezing(), (3, 17, 17))
    assert row(network, "pool").field == square(17, 0, 0)
    merged = row(network, "multiply1")
    assert merged.field == square(17, 0, 0)
    assert merged.sizes == ((3, 3), (17, 17))
    assert footprint(network, "multiply1", (0, 0, 0)).all()


class Parallel(nn.Module):
    """Concatenation: a 1x1 and a 5x5 branch."""

    def __init__(self) -> None:
        super().__init__()
        self.narrow, self.wide = nn.Conv2d(1, 2, 1), nn.Conv2d(1, 3, 5, padding=2)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.narrow(x), self.wide(x)], dim=1)


def test_a_concatenation() -> None:
    network = trace(Parallel(), (1, 9, 9))
    merged = row(network, "concat1")
    assert merged.layer.shape == (5, 9, 9)
    assert (merged.field, merged.sizes) == (square(5, 1, -2), ((1, 1), (5, 5)))
    assert footprint(network, "concat1", (1, 4, 4)).sum() == 1
    assert footprint(network, "concat1", (2, 4, 4)).sum() == 25


@pytest.mark.parametrize(("size", "wanted"), [(8, 4), (7, 3), (6, 6), (3, 5)])
def test_adaptive_pooling(size: int, wanted: int) -> None:
    network = trace(
        nn.Sequential(nn.Conv2d(1, 1, 3, padding=1), nn.AdaptiveAvgPool2d(wanted)), (1, size, size)
    )
    entry = row(network, "1")
    regular = size % wanted == 0
    assert entry.field == (square(size // wanted + 2, size // wanted, -1) if regular else square(size, 0, 0))
    assert entry.differs is not regular
    for place in range(wanted):
        seen = box(footprint(network, "1", (0, place, place)))
        view = window_of(entry, (0, place, place), (size, size))
        assert seen == (view.real_rows, view.real_cols)


def test_where_windows_differ_no_formula_is_shown() -> None:
    layers = nn.Conv2d(1, 1, 3, padding=1), nn.ConvTranspose2d(1, 1, 2, stride=2), nn.AvgPool2d(2)
    entry = row(trace(nn.Sequential(*layers), (1, 32, 32)), "2")
    assert entry.differs
    assert receptive_field.formulas(entry, 0) == ("", "", "")
    assert window_of(entry, (0, 8, 8), (32, 32)).rows == (7, 10)


def test_ceil_mode_windows_hang_over() -> None:
    network = trace(nn.Sequential(nn.MaxPool2d(3, stride=2, ceil_mode=True)), (1, 8, 8))
    entry = row(network, "0")
    view = window_of(entry, (0, 3, 3), (8, 8))
    assert (view.rows, view.real_rows, view.ghosts) == ((6, 9), (6, 8), (0, 1, 0, 1))
    assert box(footprint(network, "0", (0, 3, 3))) == ((6, 8), (6, 8))


def test_linear_along_the_last_axis_sees_whole_rows() -> None:
    network = trace(nn.Sequential(nn.Conv2d(3, 2, 3), nn.Linear(6, 4)), (3, 8, 8))
    assert row(network, "1").field == Field((3, 8), (1, 0), (0, 0))
    assert box(footprint(network, "1", (0, 2, 1))) == ((2, 5), (0, 8))


def test_centre() -> None:
    assert square(10, 4, -3).centre == (1.5, 1.5)
    assert square(3, 1, -1).centre == (0.0, 0.0)


class Enlarged(nn.Module):
    """Two layers, then one without a rule and what is behind it, and a branch that does not meet it."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 3)
        self.up, self.behind = nn.Upsample(scale_factor=2), nn.Conv2d(4, 4, 1)
        self.beside = nn.Conv2d(4, 4, 5, padding=2)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = self.second(self.first(x))
        return self.behind(self.up(x)), self.beside(x)


def test_a_layer_without_a_rule_is_named_and_the_others_have_their_rows() -> None:
    network = trace(Enlarged(), (3, 12, 12))
    found = {entry.layer.name: entry.field.size for entry in table(network)}
    assert found == {"first": (3, 3), "second": (5, 5), "beside": (9, 9)}
    reasons = without_rule(network)
    assert list(reasons) == ["up", "behind"]
    for name, reason in reasons.items():
        assert str(reason).startswith(
            "There is no receptive-field rule for up, a Upsample layer, so none for"
        )
        with pytest.raises(UserError, match="no receptive-field rule for up, a Upsample layer"):
            row(network, name)
    assert row(network, "beside").field.size == (9, 9)
    assert without_rule(trace(Net(), (3, 32, 32))) == {}


@settings(max_examples=40)
@given(modules.modules())
def test_rows_of_any_module_are_what_autograd_sees(module: nn.Module) -> None:
    shape = (modules.CHANNELS, 9, 7)
    network = trace(module, shape)
    last = table(network)[-1]
    assert last.layer == network.layers[-1]
    for share in (0, 0.5, 1):
        unit = tuple(int(share * (size - 1)) for size in last.layer.shape)
        seen = modules.seen(module, shape, unit)
        view = window_of(last, unit, shape[1:])
        assert box(seen) == (view.real_rows, view.real_cols)
        assert torch.equal(footprint(network, last.layer.name, unit), seen)


@pytest.mark.parametrize("unit", [(0,), (0, 0, 8), (8, 0, 0), (0, -1, 0)])
def test_a_unit_that_is_not_there(unit: tuple[int, ...]) -> None:
    entry: Row = row(trace(Net(), (3, 32, 32)), "pool2")
    with pytest.raises(UserError, match=r"pool2 has no unit .*: its output is \[8, 8, 8\]"):
        receptive_field.window_of(entry, unit, (32, 32))
