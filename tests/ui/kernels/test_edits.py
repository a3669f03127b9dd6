"""What changes the kernel: pastes and steps from the browser, refusals at their fields, undo by numbers."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.ui.driver import lab, open_page, send, troubles

PAGE = "pages/kernels.py"
VERTICAL = [[[-1.0, 0.0, 1.0]] * 3]


@pytest.fixture
def app() -> AppTest:
    return open_page(PAGE, size=32)


def sent(app: AppTest, event: str, **asked: Any) -> dict[str, Any]:
    """Send an event with the kernel that the lab shows, or another; gives the next header."""
    header = lab(app).header
    payload = {"kernel": header["kernel"], "revision": 1, "origin": header["origin"], **asked}
    send(app, "kernels.lab", event, payload)
    assert troubles(app) == []
    return dict(lab(app).header)


def paste(app: AppTest, text: object, row: int = 0, column: int = 0, **asked: Any) -> dict[str, Any]:
    return sent(app, "paste", text=text, channel=0, row=row, column=column, **asked)


def test_what_is_pasted_fills_the_cells_from_its_place_on(app: AppTest) -> None:
    header = paste(app, "1/2 * [1 2; 3 4]", 1, 1)
    assert header["kernel"] == [[[-1, 0, 1], [-1, 0.5, 1], [-1, 1.5, 2]]]
    assert app.query_params["kernel"] == "-1 0 1; -1 0.5 1; -1 1.5 2"
    assert header["refusal"] == [0, ""]


def test_an_edit_on_its_way_is_not_lost_to_a_paste(app: AppTest) -> None:
    header = paste(app, "5\t6", 2, 0, kernel=[[[9, 0, 1], [-1, 0, 1], [-1, 0, 1]]])
    assert header["kernel"] == [[[9, 0, 1], [-1, 0, 1], [5, 6, 1]]]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("1 2 3 4", "room for 3 × 3"),
        ("0,5, 0", "The commas"),
        ("1 nan", "'nan' is not a weight"),
        ("1 2 | 3 4 | 5 6", "3 channels"),
    ],
)
def test_what_does_not_fit_is_refused_at_the_cells_until_the_next_change(
    app: AppTest, text: str, word: str
) -> None:
    header = paste(app, text)
    assert header["kernel"] == VERTICAL
    number, sentence = header["refusal"]
    assert word in sentence
    assert not app.warning
    assert paste(app, text)["refusal"] == [number + 1, sentence]
    assert paste(app, "1 2")["refusal"] == [0, ""]


@pytest.mark.parametrize(
    "asked",
    [
        {"text": None},
        {"text": ["1 2"]},
        {"row": 3},
        {"column": -1},
        {"channel": 1},
        {"row": "x"},
        {"kernel": "x"},
        {"row": None},
    ],
    ids=str,
)
def test_what_is_no_paste_changes_nothing(app: AppTest, asked: dict[str, Any]) -> None:
    asked = {"text": "1 2", "channel": 0, "row": 0, "column": 0, **asked}
    header = sent(app, "paste", **asked)
    assert header["kernel"] == VERTICAL
    assert header["refusal"] == [0, ""]


def test_a_kernel_for_each_channel_is_pasted_into_all(app: AppTest) -> None:
    app = open_page(PAGE, size=32, colour="rgb", kernel="1 0; 0 1 | 1 0; 0 1 | 1 0; 0 1")
    assert paste(app, "2 | 3 | 4", 0, 1)["kernel"] == [[[1, at], [0, 1]] for at in (2, 3, 4)]
    assert paste(app, "7", 1, 0)["kernel"] == [[[1, 2], [7, 1]], [[1, 3], [0, 1]], [[1, 4], [0, 1]]]


def test_the_browser_steps_back_and_forth_in_sum(app: AppTest) -> None:
    for kernel in ("1 0; 0 1", "2 0; 0 2", "3 0; 0 3"):
        app.text_area(key="kernels.text").set_value(kernel).run()
    header = lab(app).header
    assert (header["undo"], header["redo"], header["steps"]) == (3, 0, 0)
    assert sent(app, "step", steps=-2)["kernel"] == [[[1, 0], [0, 1]]]
    header = sent(app, "step", steps=-1)  # one of -2 and +1 came alone: the sum counts
    assert header["kernel"] == [[[2, 0], [0, 2]]]
    assert (header["undo"], header["redo"], header["steps"]) == (2, 1, -1)
    assert sent(app, "step", steps=-99)["kernel"] == VERTICAL
    for hostile in (None, "x", [1], 1e400):
        assert sent(app, "step", steps=hostile)["kernel"] == VERTICAL
    assert (app.selectbox(key="kernels.rows").value, app.selectbox(key="kernels.columns").value) == (3, 3)


def test_a_step_first_takes_the_edit_on_its_way(app: AppTest) -> None:
    edited = [[[9, 0, 1], [-1, 0, 1], [-1, 0, 1]]]
    assert sent(app, "step", steps=-1, kernel=edited)["kernel"] == VERTICAL
    assert sent(app, "step", steps=0)["kernel"] == edited


def test_undo_and_redo_by_numbers(app: AppTest) -> None:
    app.session_state["kernels.by_numbers"] = True
    app.run()
    assert app.button(key="kernels.undo").disabled
    app.selectbox(key="kernels.preset").set_value("identity").run()
    app.selectbox(key="kernels.rows").set_value(5).run()
    app.number_input(key="kernels.cell.0.0.0").set_value(4.0).run()
    tall = "0 0 0; 0 0 0; 0 1 0; 0 0 0; 0 0 0"
    kernels = [f"4{tall[1:]}", tall, "0 0 0; 0 1 0; 0 0 0"]
    for text in kernels:
        assert app.query_params["kernel"] == text
        app.button(key="kernels.undo").click().run()
        assert troubles(app) == []
    assert "kernel" not in app.query_params
    assert app.button(key="kernels.undo").disabled
    for text in reversed(kernels):
        app.button(key="kernels.redo").click().run()
        assert app.query_params["kernel"] == text
    assert app.button(key="kernels.redo").disabled
    assert app.selectbox(key="kernels.rows").value == 5


def test_a_refusal_stands_at_its_field_keeps_the_text_and_goes_with_the_next_change(app: AppTest) -> None:
    app.text_area(key="kernels.text").set_value("1 2; 3").run()
    app.text_input(key="kernels.factor").set_value("x").run()
    app.button(key="kernels.multiply").click().run()
    assert [warning.value.replace("\\", "") for warning in app.warning] == [
        "The factor is one number, such as 2, 0.5 or 1/9.",
        "Every row of a kernel needs the same number of weights.",
    ]
    assert app.text_area(key="kernels.text").value == "1 2; 3"
    assert app.text_input(key="kernels.factor").value == "x"
    assert lab(app).header["kernel"] == VERTICAL
    app.run()
    assert len(app.warning) == 2
    app.text_input(key="kernels.factor").set_value("3").run()
    app.button(key="kernels.multiply").click().run()
    assert not app.warning
    assert lab(app).header["kernel"] == [[[-3, 0, 3]] * 3]


def test_an_edit_in_the_lab_settles_a_refusal_above_it(app: AppTest) -> None:
    app.text_area(key="kernels.text").set_value("x").run()
    assert len(app.warning) == 1
    sent(app, "edit", kernel=[[[9, 0, 1], [-1, 0, 1], [-1, 0, 1]]])
    assert not app.warning
