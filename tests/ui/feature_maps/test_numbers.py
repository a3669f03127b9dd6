"""ui/feature_maps/numbers.py: any unit of any layer is chosen and read without the browser's lab."""

from typing import Any

import pytest

from convlab.convolution import kernels
from convlab.networks import recording
from convlab.networks.crosses import find_cross
from convlab.pictures import drawings, images, photographs
from convlab.probing import bundled
from convlab.ui.feature_maps.controls import FIGURE_8_8
from tests.ui.driver import received, send, troubles
from tests.ui.panel import column, open_panel, results, set_number

LAB = "feature_maps.lab"


@pytest.fixture(scope="module")
def outputs() -> dict[str, Any]:
    """Every layer's output of the trained Net for the cat, computed without the page."""
    pixels = images.working(photographs.photograph("cat"), 32, grey=False)
    values = images.normalise(images.to_float(pixels), images.CIFAR10_MEAN, images.CIFAR10_STD)
    return recording.record(bundled.weights("net").probe.network, values[None]).outputs


def test_every_layer_can_be_chosen_and_read(outputs: dict[str, Any]) -> None:
    app = open_panel("feature_maps")
    names = app.selectbox(key="feature_maps.layer").options
    assert names == [layer["title"] for layer in received(app, LAB)[0]["layers"]]
    for layer in names:
        app.selectbox(key="feature_maps.layer").set_value(layer).run()
        assert troubles(app) == []
        output, found = outputs[layer][0], results(app)
        assert found["Output shape"] == " × ".join(map(str, output.shape))
        for name, value in (("Minimum", output.min()), ("Mean", output.mean()), ("Maximum", output.max())):
            assert float(found[name]) == pytest.approx(float(value), rel=1e-4, abs=1e-6)
        assert ("Receptive field" in found) == (layer != "input")


def test_a_unit_is_chosen_by_map_row_and_column(outputs: dict[str, Any]) -> None:
    app = open_panel("feature_maps", layer="conv2")
    for control, value in (("channel", 5), ("row", 3), ("col", 15)):
        set_number(app, f"feature_maps.{control}", value)
    assert app.query_params == {"layer": "conv2", "channel": "5", "row": "3", "col": "15"}
    found = results(app)
    assert float(found["Unit's value"]) == pytest.approx(float(outputs["conv2"][0, 5, 3, 15]), rel=1e-4)
    assert (found["Receptive field"], found["Jump"]) == ("8 × 8", "2 × 2")
    assert (found["Rows of the picture"], found["Columns of the picture"]) == ("3 to 10", "27 to 31")
    terms = received(app, LAB)[0]["detail"]["terms"]
    assert column(app, "Part") == [name for name, _value, _note in terms]
    assert [float(text) for text in column(app, "Value")] == pytest.approx(
        [term[1] for term in terms], rel=1e-5
    )
    assert received(app, LAB)[0]["place"] == {"layer": 4, "channel": 5, "row": 3, "col": 15, "revision": 0}


@pytest.mark.parametrize(
    ("network", "layer", "sides"),
    [
        ("net", "conv2", (3, 4, 8)),
        ("net", "pool2", (3, 4, 8, 10)),
        ("net_depth", "conv3", (3, 4, 8, 10, 18)),
        ("net_depth", "pool3", (3, 4, 8, 10, 18, 22)),
    ],
)
def test_receptive_fields_grow_as_the_chapter_says(network: str, layer: str, sides: tuple[int, ...]) -> None:
    found = results(open_panel("feature_maps", network=network, layer=layer, weights="random"))
    assert found["Receptive fields passed"] == ", ".join(f"{side} × {side}" for side in sides)


def test_the_score_of_figure_8_8_follows_an_edited_kernel() -> None:
    app = open_panel("feature_maps", **FIGURE_8_8)
    (told,) = [table.value for table in app.expander[0].table if "Output" in table.value]
    assert [list(told["Output"]), float(told["Value"].iloc[0])] == [["score"], pytest.approx(0.68)]
    set_number(app, "feature_maps.kernel.1.1", 0.7)
    assert troubles(app) == []
    cross = kernels.preset("cross")[None]
    edited = cross.clone()
    edited[0, 1, 1] = 0.7
    picture = images.to_float(images.working(drawings.draw("crosses", 16), 16, grey=True))
    wanted = recording.record(find_cross(cross, edited), picture[None]).result.item()
    assert received(app, LAB)[0]["classes"]["rows"][0]["logit"] == wanted
    assert wanted == pytest.approx(1.18)


def test_a_vectors_entry_is_chosen_by_one_number(outputs: dict[str, Any]) -> None:
    app = open_panel("feature_maps", layer="fc2", channel=1)
    assert [field.label for field in app.expander[0].number_input] == ["Entry"]
    assert app.number_input(key="feature_maps.channel").max == 1
    assert float(results(app)["Unit's value"]) == pytest.approx(float(outputs["fc2"][0, 1]), rel=1e-4)
    assert results(app)["Rows of the picture"] == "0 to 31"


def test_what_is_chosen_in_the_lab_stands_in_the_numbers() -> None:
    app = open_panel("feature_maps")
    send(app, LAB, "place", {"layer": 3, "channel": 2, "row": 7, "col": 1, "revision": 1})
    assert app.selectbox(key="feature_maps.layer").value == "pool1"
    found = [app.number_input(key=f"feature_maps.{name}").value for name in ("channel", "row", "col")]
    assert found == [2, 7, 1]


@pytest.mark.parametrize(
    ("stack", "shapes"),
    [
        ('[{"kind":"flatten"},{"kind":"linear","out_features":4}]', ["3 × 8 × 8", "192", "4"]),
        ('[{"kind":"conv","out_channels":2},{"kind":"relu"}]', ["3 × 8 × 8", "2 × 6 × 6", "2 × 6 × 6"]),
    ],
)
def test_a_stack_of_ones_own(stack: str, shapes: list[str]) -> None:
    app = open_panel("feature_maps", network="stack", stack=stack, size=8, colour="rgb")
    layers = app.selectbox(key="feature_maps.layer").options
    for name, shape in zip(layers, shapes, strict=True):
        app.selectbox(key="feature_maps.layer").set_value(name).run()
        assert troubles(app) == []
        assert results(app)["Output shape"] == shape


def test_the_classes_stand_in_the_numbers(outputs: dict[str, Any]) -> None:
    app = open_panel("feature_maps")
    numbers = [n for n, table in enumerate(app.expander[0].table) if "Class" in table.value]
    assert len(numbers) == 1
    logits = outputs["fc2"][0]
    assert column(app, "Class", numbers[0]) == ["airplane", "bird"]
    for name, values in (("Probability", logits.softmax(0)), ("Logit", logits)):
        found = [float(text) for text in column(app, name, numbers[0])]
        assert found == pytest.approx(values.tolist(), rel=1e-4)
