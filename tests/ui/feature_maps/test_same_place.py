"""ui/feature_maps/same_place.py: the open unit stays where it is in the picture."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.ui.driver import open_page
from tests.ui.panel import open_panel, results

PAGE = "pages/feature_maps.py"
SEVEN = '{"kind":"conv","kernel_size":7}'
VALID = f'[{SEVEN},{SEVEN},{{"kind":"max_pool"}},{{"kind":"flatten"}}]'


def place(app: AppTest) -> tuple[int, ...]:
    """The open unit: map, row and column, or an entry."""
    found = {one.key: int(one.value or 0) for one in app.number_input}
    keys = [f"feature_maps.{axis}" for axis in ("channel", "row", "col")]
    return tuple(found[key] for key in keys if key in found)


def open_layer(app: AppTest, name: str) -> tuple[int, ...]:
    app.selectbox(key="feature_maps.layer").set_value(name).run()
    assert not app.exception
    return place(app)


def test_another_layer_is_opened_at_the_same_place() -> None:
    app = open_panel("feature_maps", layer="conv1", channel=3, row=20, col=9)
    assert open_layer(app, "pool1") == (3, 10, 4)
    assert open_layer(app, "conv1") == (3, 20, 9)
    assert open_layer(app, "pool2") == (3, 5, 2)
    assert open_layer(app, "flatten1") == ((3 * 8 + 5) * 8 + 2,)
    assert open_layer(app, "fc1") == (3,)  # an entry of this layer has no place
    assert open_layer(app, "pool1") == (3, 10, 4)


def test_windows_without_padding_lie_further_in() -> None:
    app = open_panel("feature_maps", network="stack", stack=VALID, layer="input", row=15, col=6, size=32)
    assert open_layer(app, "1") == (0, 9, 0)  # unit 0 sees rows 0 to 12, and lies at their middle
    assert results(app)["Rows of the picture"] == "9 to 21"


@pytest.mark.parametrize(("before", "after"), [(32, 64), (64, 16), (16, 48)])
def test_another_size_of_the_picture_moves_the_unit_along(before: int, after: int) -> None:
    app = open_panel("feature_maps", network="stack", size=before, layer="0", row=before // 4, col=before - 1)
    app.selectbox(key="feature_maps.size").set_value(after).run()
    _map, row, col = place(app)
    assert (row + 0.5) / after == pytest.approx((before // 4 + 0.5) / before, abs=0.5 / after + 1e-9)
    assert col >= after - max(1, after // before)
    assert app.query_params["row"] == str(row)
    app.selectbox(key="feature_maps.size").set_value(before).run()
    assert abs(place(app)[1] - before // 4) <= before / after


def test_a_unit_of_a_link_is_not_moved() -> None:
    app = open_panel("feature_maps", network="stack", size=32, layer="0", row=8, col=8)
    app.query_params["size"], app.query_params["row"] = "64", "9"
    app.run()
    assert place(app) == (0, 9, 8)


def test_another_network_with_maps_of_the_same_size_changes_nothing() -> None:
    app = open_page(PAGE, layer="conv2", channel=2, row=3, col=11)
    app.selectbox(key="feature_maps.network").set_value("net_res").run()
    assert (app.query_params["row"], app.query_params["col"]) == ("3", "11")
