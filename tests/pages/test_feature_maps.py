"""pages/feature_maps.py: every network opens, and what the lab is sent is PyTorch's own, bit for bit."""

from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import Tensor, nn

from convlab.convolution import kernels
from convlab.networks import checkpoints, receptive_field, stacks
from convlab.networks.crosses import find_cross
from convlab.networks.designs import DESIGNS
from convlab.networks.graph import trace
from convlab.networks.layer_kinds import ITSELF, Along
from convlab.probing import bundled
from convlab.ui.feature_maps.controls import FeatureMapsControls
from convlab.ui.networks import FOREIGN, NETWORKS, OPTIONS, OWN_STACK
from convlab.ui.picture import working_picture
from tests.ui.driver import open_page, received, send, troubles

PAGE, LAB = "pages/feature_maps.py", "feature_maps.lab"
OURS = [key for key in NETWORKS if key not in FOREIGN]


def controls(app: AppTest) -> FeatureMapsControls:
    found: FeatureMapsControls = app.session_state["feature_maps.controls"]
    return found


def choose(app: AppTest, layer: int, channel: int = 0, row: int = 0, col: int = 0) -> AppTest:
    """Open a unit as the browser does."""
    revision = received(app, LAB)[0]["place"]["revision"] + 1
    place = {"layer": layer, "channel": channel, "row": row, "col": col, "revision": revision}
    return send(app, LAB, "place", place)


def shown(app: AppTest) -> tuple[dict[str, Any], list[Tensor]]:
    """The lab's header and each layer's values."""
    header, blobs = received(app, LAB)
    values = [
        torch.frombuffer(bytearray(blobs[f"layer_{n}"]), dtype=torch.float32).reshape(layer["shape"])
        for n, layer in enumerate(header["layers"])
    ]
    return header, values


def module_of(c: FeatureMapsControls) -> nn.Module:
    """The network that the controls name, built apart from the page."""
    if c.own_stack:
        channels, height, width = working_picture(c.fitting)[0].pixels.shape
        return stacks.build(stacks.parse(c.stack), channels, (height, width), c.seed).eval()
    if c.cross:
        return find_cross(kernels.parse(c.first_kernel), kernels.parse(c.second_kernel)).eval()
    if c.weights == "trained":
        return checkpoints.load(bundled.file(c.network).read_bytes()).module
    torch.manual_seed(c.seed)
    return DESIGNS[c.network].build(**OPTIONS.get(c.network, {})).eval()


def plain_outputs(module: nn.Module, x: Tensor) -> list[Tensor]:
    """What PyTorch's own layers put out in one plain forward pass, by hooks of this test."""
    outputs: list[Tensor] = []

    def keep(_layer: nn.Module, _inputs: object, output: Tensor) -> None:
        outputs.append(output[0].clone())

    leaves = [layer for layer in module.modules() if not list(layer.children())]
    handles = [layer.register_forward_hook(keep) for layer in leaves]
    with torch.no_grad():
        outputs.append(module(x)[0])
    for handle in handles:
        handle.remove()
    return outputs


def assert_is_pytorchs(app: AppTest, module: nn.Module | None = None) -> dict[str, Any]:
    """All that a plain forward pass puts out is in the message; windows and fields are the library's."""
    assert troubles(app) == []
    header, values = shown(app)
    c = controls(app)
    module = module or module_of(c)
    picture = working_picture(c.fitting, exact=not c.own_stack)[0]
    assert torch.equal(values[0], picture.values)
    for output in plain_outputs(module, picture.values[None]):
        assert any(output.shape == value.shape and torch.equal(output, value) for value in values[1:])
    rows = receptive_field.table(trace(module, tuple(picture.values.shape)))
    assert len(rows) == len(header["layers"]) - 1
    for row, layer in zip(rows, header["layers"][1:], strict=True):
        assert layer["title"].split()[0] == row.layer.name
        assert layer["shape"] == list(row.layer.shape)
        assert layer["field"] == {name: list(getattr(row.field, name)) for name in ("size", "jump", "start")}
        assert layer["reach"] == [[list(span) for span in spans] for spans in row.reach]
        assert layer["sources"] == [header_names(header).index(name) for name in row.layer.inputs]
        check_window(row, layer["window"])
    check_ladder(app)
    return header


def check_ladder(app: AppTest) -> None:
    """Of an open convolution: what its maps add, with the bias, is the map that PyTorch made."""
    header, blobs = received(app, LAB)
    layer = header["layers"][header["place"]["layer"]]
    assert bool(header["ladder"]) == layer["kind"].startswith("Conv")
    if not (told := header["ladder"]):
        return
    _, values = shown(app)
    wanted = values[told["layer"]][told["channel"]]
    partial = torch.frombuffer(bytearray(blobs["partial"]), dtype=torch.float32).reshape(-1, *wanted.shape)
    assert len(partial) == len(told["maps"]) + bool(told["others"])
    total = partial.double().sum(0) + told["bias"]
    torch.testing.assert_close(total.float(), wanted, atol=1e-4, rtol=1e-4)
    assert header["layers"][told["layer"]]["sources"] == [told["source"]]


def check_window(row: receptive_field.Row, shown_window: dict[str, list[int]] | None) -> None:
    window = row.layer.window
    if window is None:
        assert (shown_window is None) == (isinstance(row.layer.reads, Along) and row.layer.reads != ITSELF)
        return
    assert shown_window is not None
    assert shown_window["kernel"] == list(window.kernel_size)
    assert shown_window["stride"] == list(window.stride)
    assert shown_window["dilation"] == list(window.dilation)
    assert shown_window["padding"] == [window.padding[0][0], window.padding[1][0]]


def header_names(header: dict[str, Any]) -> list[str]:
    return [layer["title"].split()[0] for layer in header["layers"]]


def set_to(app: AppTest, field: str, value: object) -> AppTest:
    """Set a control as a learner would, and run."""
    kinds: Any = (app.selectbox, app.segmented_control, app.toggle, app.number_input, app.text_area)
    (widget,) = [widget for kind in kinds for widget in kind if widget.key == f"feature_maps.{field}"]
    after: AppTest = widget.set_value(value).run()
    return after


def test_the_first_run_shows_the_trained_net_on_the_cat() -> None:
    app = open_page(PAGE)
    header = assert_is_pytorchs(app)
    assert header["place"] == {"layer": 1, "channel": 0, "row": 8, "col": 8, "revision": 0}
    assert app.query_params == {}
    assert not app.warning
    assert not app.info
    names = header_names(header)
    assert names[:4] == ["input", "conv1", "tanh1", "pool1"]
    assert [layer["shape"] for layer in header["layers"]][1:8:3] == [[16, 32, 32], [8, 16, 16], [512]]
    logits = shown(app)[1][-1]
    rows = header["classes"]["rows"]
    assert [row["name"] for row in rows] == ["airplane", "bird"]
    assert [row["logit"] for row in rows] == logits.tolist()
    assert [row["p"] for row in rows] == logits.softmax(0).tolist()


@pytest.mark.parametrize("network", OURS)
def test_every_network_opens_with_random_weights(network: str) -> None:
    app = open_page(PAGE, network=network, weights="random", seed=3)
    assert not app.warning
    assert_is_pytorchs(app)


def test_parameters_are_the_chapters() -> None:
    header = received(open_page(PAGE), LAB)[0]
    counts = [c for layer in header["layers"] for c in layer["captions"] if "par." in c]
    assert [int(c.split()[0].replace(",", "")) for c in counts] == [448, 1160, 16416, 66]


def test_switching_the_picture_keeps_the_place() -> None:
    app = choose(open_page(PAGE), 4, 3, 5, 6)
    before = received(app, LAB)[0]
    set_to(app, "picture", "photo:rocket")
    after = assert_is_pytorchs(app)
    assert {**after["place"], "revision": 0} == {**before["place"], "revision": 0}
    assert after["detail"]["title"] == before["detail"]["title"] == "conv2, unit 3, 5, 6"
    assert after["detail"]["terms"] != before["detail"]["terms"]


# How many pixels a unit sees, by hand.
FIELDS = {
    ("net", "conv2"): 8,
    ("net", "pool2"): 10,
    ("net_depth", "conv3"): 18,
    ("net_depth", "pool3"): 22,
}


@pytest.mark.parametrize(("network", "layer"), FIELDS, ids=str)
def test_receptive_fields(network: str, layer: str) -> None:
    app = open_page(PAGE, network=network, experiment="field", layer=layer)
    header = assert_is_pytorchs(app)
    size = FIELDS[network, layer]
    assert header["layers"][header["place"]["layer"]]["field"]["size"] == [size, size]
    assert {m.label: m.value for m in app.metric}["Window by the formula (px)"] == f"{size} × {size}"
    table = app.table[-1].value
    assert dict(zip(table["Layer"], table["Size (px)"], strict=True))[layer] == str(size)


def pixels_seen(app: AppTest) -> list[str]:
    return [metric.value for metric in app.metric][:3]


def test_receptive_field_of_conv3_pool2_conv3_inside_and_at_the_corner() -> None:
    text = stacks.CONV_POOL_CONV.text()
    app = open_page(PAGE, network=OWN_STACK, stack=text, size=16, experiment="field", layer="2", row=2, col=2)
    assert_is_pytorchs(app)
    assert pixels_seen(app) == ["8 × 8", "64", "64"]
    choose(app, 3)
    assert pixels_seen(app) == ["8 × 8", "49", "49"]
    layer = received(app, LAB)[0]["layers"][3]
    assert (layer["field"]["start"], layer["reach"][0][0]) == ([-1, -1], [0, 7])


def test_a_unit_whose_window_no_formula_places_is_shown_with_its_own() -> None:
    text = '[{"kind":"conv"},{"kind":"conv_transpose"},{"kind":"prelu"},{"kind":"mean"}]'
    app = open_page(PAGE, network=OWN_STACK, stack=text, size=16, experiment="field", layer="2", row=2, col=3)
    header = assert_is_pytorchs(app)
    assert header["layers"][2]["window"]["stride"] == [0.5, 0.5]
    assert pixels_seen(app) == ["3 × 3", "9", "9"]
    choose(app, 4)
    assert pixels_seen(app) == ["16 × 16", "256", "256"]


def test_a_skip_connection_shows_the_spread_over_its_paths() -> None:
    app = open_page(PAGE, network="net_res", experiment="field", layer="add1")
    table = app.table[-1].value
    rows = dict(zip(table["Layer"], table["How the size comes about"], strict=True))
    assert rows["add1"] == "paths of 10, 18: the largest counts"
    assert rows["conv2"] == "4 + (3 − 1) · 1 · 2 = 8"
    assert received(app, LAB)[0]["layers"][received(app, LAB)[0]["place"]["layer"]]["field"]["size"] == [
        18,
        18,
    ]


def numbers(text: str) -> list[float]:
    words = text.replace("−", "-").replace("(", " ").replace(")", " ").split()
    return [float(word) for word in words if word.lstrip("-").replace(".", "", 1).isdigit()]


def check_detail(app: AppTest, layer: int, place: tuple[int, int, int]) -> None:
    """The unit's own value stands at the end; sums that are shown with "=" add up as they are shown.

    Behind an entry of a vector stands what its activation makes of it.
    """
    header, values = shown(app)
    detail, told = header["detail"], header["layers"][layer]
    value = float(values[layer][place] if values[layer].dim() == 3 else values[layer][place[0]])
    steps = detail["steps"]
    if told["after"] is not None and len(told["shape"]) == 1:
        *steps, turned = steps
        behind = float(values[told["after"]][place[0]])
        assert numbers(turned.replace("=", " = "))[-1] == pytest.approx(behind, abs=0.5001e-4)
    assert numbers(steps[-1])[-1] == pytest.approx(value, abs=0.5001e-4)
    terms = [term for _name, term, _note in detail["terms"]]
    if "bias" in steps[-1] and len(steps) == 2:
        total, bias, end = numbers(steps[1])
        bias *= -1 if "\N{MINUS SIGN} bias" in steps[1] else 1
        assert sum(terms) == pytest.approx(total, abs=1e-4)
        assert sum(terms) + bias == pytest.approx(value, abs=2e-4)
        assert ("≈" in steps[0]) == (f"{sum(round(term, 4) for term in terms):.4f}" != f"{total:.4f}")
        assert ("≈" in steps[1]) == (round(abs(total + bias - end), 5) > 0)


@pytest.mark.parametrize("network", [*DESIGNS, "stack"])
def test_a_units_numbers_add_up_in_every_layer(network: str) -> None:
    link: dict[str, object] = {"network": network}
    if network == "stack":  # every kind of layer; what takes maps comes before the flatten
        last = ("mean", "flatten", "linear")
        kinds = sorted(stacks.KINDS, key=lambda kind: last.index(kind) if kind in last else -1)
        parts = [stacks.KINDS[kind]() for kind in kinds]
        link = {"network": OWN_STACK, "stack": stacks.Stack(layers=tuple(parts)).text()}
    app = open_page(PAGE, **link)
    layers = received(app, LAB)[0]["layers"]
    for n in range(1, len(layers)):
        shape = [*layers[n]["shape"], 1, 1][:3]
        place = (shape[0] // 2, shape[1] - 1, 0)
        choose(app, n, *place)
        assert troubles(app) == []
        assert received(app, LAB)[0]["place"]["layer"] == n
        check_detail(app, n, place)


def test_what_each_kind_of_layer_tells() -> None:
    app = open_page(PAGE, network="net_res")
    names = header_names(received(app, LAB)[0])

    def detail(layer: str) -> dict[str, Any]:
        choose(app, names.index(layer), 1, *((0, 0) if layer == "fc1" else (1, 1)))
        found: dict[str, Any] = received(app, LAB)[0]["detail"]
        return found

    assert [term[0] for term in detail("conv1")["terms"]] == ["from map 0", "from map 1", "from map 2"]
    pool = detail("pool1")
    assert len(pool["terms"]) == 4
    winner = max(pool["terms"], key=lambda term: term[1])
    assert winner[2] == "the largest"
    assert pool["remark"] == "4 values enter, one survives."
    assert [term[0] for term in detail("add1")["terms"]] == ["relu3", "pool2"]
    assert detail("fc1")["terms"][-1][0] == "248 others"
    norm = open_page(PAGE, network="net_batch_norm", layer="conv1_batchnorm")
    terms = received(norm, LAB)[0]["detail"]["terms"]
    assert [term[0] for term in terms] == ["input", "mean", "variance", "scale", "shift"]


def test_dead_maps_are_named() -> None:
    app = open_page(PAGE, network="net_depth", seed=0, weights="random", picture="drawing:small_cross")
    header, values = shown(app)
    found = 0
    for layer, value in zip(header["layers"], values, strict=True):
        if layer["title"].startswith("relu") and value.dim() == 3:
            dead = [n for n, one in enumerate(value) if not one.any()]
            assert set(dead) <= set(layer["dead"])
            found += len(dead)
    assert found > 0
    assert header["labels"]["dead"].startswith("Dead map")


BAD_PLACES: list[object] = [
    None,
    7,
    [],
    "x",
    {},
    {"layer": 1},
    {"layer": "x", "channel": 0, "row": 0, "col": 0, "revision": 1},
    {"layer": -1, "channel": 0, "row": 0, "col": 0, "revision": 1},
    {"layer": 99, "channel": 0, "row": 0, "col": 0, "revision": 1},
    {"layer": 1, "channel": 10**12, "row": 0, "col": 0, "revision": 1},
    {"layer": 1, "channel": 0, "row": 500_000, "col": 0, "revision": 1},
    {"layer": 1, "channel": 1e999, "row": 0, "col": 0, "revision": 1},
]


@pytest.mark.parametrize("payload", BAD_PLACES, ids=lambda payload: ascii(payload)[:40])
def test_an_invalid_place_changes_nothing(payload: object) -> None:
    app = open_page(PAGE)
    before = controls(app)
    send(app, LAB, "place", payload)
    assert troubles(app) == []
    assert controls(app) == before
