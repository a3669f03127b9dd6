"""ui/feature_maps/numbers.py: any unit of any layer is chosen and read without the browser's lab."""

from typing import Any

import pytest

from convlab.networks import recording
from convlab.pictures import images, photographs
from convlab.probing import bundled
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
    layer = app.selectbox(key="feature_maps.layer")
    for name, shape in zip(layer.options, shapes, strict=True):
        layer.set_value(name).run()
        assert troubles(app) == []
        assert results(app)["Output shape"] == shape
