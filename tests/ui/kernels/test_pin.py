"""ui/kernels/pin.py: one pinned pixel, from a click, by numbers or in a link, at its place of the picture."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from convlab.convolution import conv2d
from convlab.ui.kernels.controls import KernelsControls
from convlab.ui.urls import parse, serialise
from tests.pages.test_kernels import PAGE, set_to
from tests.ui.driver import lab, open_page, send, troubles


def pinned(app: AppTest) -> Any:
    """The pixel that the lab is told of, once the link has been seen to agree."""
    assert troubles(app) == []
    pixel = lab(app).header["pin"]["pixel"]
    if pixel is not None:
        assert app.query_params["pin"] == ",".join(map(str, pixel))
    return pixel


def click(app: AppTest, at_row: int, at_column: int, **changes: object) -> AppTest:
    """Pin a pixel as the browser does; -1 frees."""
    origin = lab(app).header["pin"]["origin"]
    event = {"row": at_row, "column": at_column, "revision": 1, "origin": origin, **changes}
    return send(app, "kernels.lab", "pin", event)


def test_a_click_is_kept_in_the_link_and_freed_from_it() -> None:
    app = open_page(PAGE, size=8)
    assert pinned(app) is None
    click(app, 2, 3)
    assert pinned(app) == [2, 3]
    assert app.query_params == {"size": "8", "pin": "2,3"}
    assert lab(app).header["pin"] == {"pixel": [2, 3], "revision": 1, "origin": 0}
    click(app, -1, -1, revision=2)
    assert pinned(app) is None
    assert app.query_params == {"size": "8"}


def test_a_link_pins() -> None:
    app = open_page(PAGE, size=8, pin="0,5")
    assert pinned(app) == [0, 5]
    assert lab(app).header["pin"]["origin"] == 1  # the browser has made none


@pytest.mark.parametrize("text", ["", "0,0", "12,3", "9999,9999"])
def test_what_a_pin_may_be(text: str) -> None:
    controls, refused = parse(KernelsControls, {"pin": text})
    assert refused == []
    assert controls.pin == text
    assert serialise(controls) == ({"pin": text} if text else {})


@pytest.mark.parametrize(
    "text",
    ["1", ",", "1,", ",1", "1,2,3", "-1,2", "1.5,2", "a,b", "1;2", "10000,1", "\u0661,2", "1,2\n", "+1,2"],
)
def test_what_is_no_pin_is_refused_by_name(text: str) -> None:
    controls, refused = parse(KernelsControls, {"pin": text})
    assert (controls.pin, refused) == ("", ["pin"])


def test_a_pin_is_written_in_one_way() -> None:
    assert parse(KernelsControls, {"pin": "02,007"})[0].pin == "2,7"


@pytest.mark.parametrize(
    "link",
    [
        {"size": 8, "pin": "6,0"},  # rows 0 to 5
        {"size": 8, "pin": "9999,9999"},
        {"size": 128, "experiment": "matrix", "pin": "4,4"},  # of the small picture that it shows
        {"size": 16, "experiment": "shift", "pin": "14,0"},
    ],
    ids=str,
)
def test_a_pin_that_the_output_does_not_have_is_dropped_with_a_word(link: dict[str, object]) -> None:
    app = open_page(PAGE, **link)
    assert not app.exception
    assert lab(app).header["pin"]["pixel"] is None
    (said,) = app.warning
    assert said.value.endswith("pin.")
    assert "pin" not in app.query_params
    assert not app.run().warning
    set_to(app, "size", 48)
    assert pinned(app) is None


def test_a_pin_of_a_link_without_an_output_waits_for_one() -> None:
    app = open_page(PAGE, size=8, pin="1,2", dilation=4)
    assert not app.warning
    assert app.query_params["pin"] == "1,2"
    set_to(app, "dilation", 1)
    assert pinned(app) == [1, 2]


def window_middle(app: AppTest) -> tuple[float, float]:
    """Where the pinned pixel's window lies: its middle, in pixels of the picture."""
    controls: KernelsControls = app.session_state["kernels.controls"]
    shape = conv2d.geometry(controls.size, controls.size, controls.kernel_size, controls.settings)
    y, x = shape.place(*pinned(app))
    return y * controls.size, x * controls.size


def test_a_pin_keeps_its_place_of_the_picture() -> None:
    app = open_page(PAGE, size=16, pin="4,9")
    before = window_middle(app)
    for field, value, pixel in (
        ("padding", "1", [5, 10]),
        ("padding", "3", [7, 12]),
        ("padding", "same", [5, 10]),
        ("dilation", 2, [5, 10]),
        ("dilation", 1, [5, 10]),
        ("padding", "0", [4, 9]),
    ):
        set_to(app, field, value)
        assert pinned(app) == pixel
        assert window_middle(app) == before


def test_a_pin_comes_back_from_where_its_place_was_rounded() -> None:
    app = open_page(PAGE, size=24, pin="7,10")
    for field, value, back in (("stride", 4, 1), ("size", 8, 24), ("stride", 3, 1)):
        set_to(app, field, value)
        assert pinned(app) is not None
        set_to(app, field, back)
        assert pinned(app) == [7, 10]


def test_a_pin_outlives_settings_that_give_no_output() -> None:
    app = open_page(PAGE, size=8, pin="1,2")
    set_to(app, "dilation", 4)
    assert troubles(app) == []
    assert lab(app).header["pin"]["pixel"] is None
    assert app.query_params["pin"] == "1,2"
    set_to(app, "padding", "3")
    set_to(app, "dilation", 1)
    assert pinned(app) == [4, 5]
    set_to(app, "padding", "0")
    assert pinned(app) == [1, 2]


def test_back_to_another_size_finds_the_pin_that_the_link_had() -> None:
    app = open_page(PAGE, size=8, pin="2,2")
    set_to(app, "size", 16)
    assert pinned(app) == [6, 6]  # of 5.5, as everywhere
    click(app, 2, 2)
    app.query_params["size"] = "8"  # the same text: in the link it is the first one's
    app.run()
    assert pinned(app) == [2, 2]


def test_a_pin_and_what_moves_it_in_one_run() -> None:
    app = open_page(PAGE, size=8)
    state = app.selectbox(key="kernels.padding").set_value("1")
    assert state.value == "1"
    click(app, 2, 3)  # before the padding, which is in the same message
    assert pinned(app) == [3, 4]


@pytest.mark.parametrize(
    "changes",
    [
        {"row": 6},
        {"column": 6},
        {"row": 10**8},
        {"row": None},
        {"row": "first"},
        {"row": [1]},
        {"row": float("nan")},
        {"row": float("inf")},
        {"origin": 7},
        {"origin": "first"},
        {"revision": None},
    ],
    ids=str,
)
def test_what_is_no_pin_changes_nothing(changes: dict[str, object]) -> None:
    app = open_page(PAGE, size=8, pin="1,1")
    before = lab(app).header["pin"]
    click(app, 2, 2, **changes)
    assert pinned(app) == [1, 1]
    assert lab(app).header["pin"] == before


@pytest.mark.parametrize("payload", [None, 0, "2,2", [2, 2], {}], ids=str)
def test_what_is_no_event_changes_nothing(payload: object) -> None:
    app = open_page(PAGE, size=8, pin="1,1")
    send(app, "kernels.lab", "pin", payload)
    assert pinned(app) == [1, 1]


def test_a_click_that_a_choice_by_numbers_overtook_comes_too_late() -> None:
    app = open_page(PAGE, size=8)
    origin = lab(app).header["pin"]["origin"]
    app.session_state["kernels.by_numbers"] = True
    app.run()
    app.number_input(key="kernels.pixel.row").set_value(1).run()
    assert pinned(app) == [1, 3]
    assert lab(app).header["pin"]["origin"] > origin
    click(app, 5, 5, origin=origin)
    assert pinned(app) == [1, 3]
