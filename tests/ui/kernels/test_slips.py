"""The book's slips: figures on the learner's picture, and the lab set up so that each can be seen."""

from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest

from tests.pages.test_kernels import PAGE, assert_is_pytorchs, controls
from tests.ui.driver import lab, open_page, send, troubles
from tests.ui.kernels.test_staged import go_back

BLUR = torch.full((1, 3, 3), 1 / 9)


def plain(table: Any) -> list[tuple[str, str]]:
    """Labels and values of a table, less their escapes."""
    columns = ([text.replace("\\", "") for text in table.value[column]] for column in table.value.columns)
    return list(zip(*columns, strict=True))


def tables(app: AppTest) -> list[dict[str, str]]:
    """Label -> value of each table on the page (of equal labels the last)."""
    found = []
    for table in app.table:
        found.append(dict(plain(table)))
    return found


def test_the_books_slips_are_tried_on_the_picture() -> None:
    app = open_page(PAGE, experiment="errata", kernel="1 1 1; 1 1 1; 1 1 1", colour="rgb")
    sums, ones, _blur, even = tables(app)
    assert len(app.table) == 4
    assert "All slips of the chapter" in [link.value for link in app.page_link]
    assert sums["o11 with i13 * w02"] == sums["o11 from F.conv2d"]
    assert float(sums["Largest error of the printed sum in this picture"]) > 0.05
    assert "has no attribute 'one_'" in ones["conv.weight.one_() answers"]
    assert ones["Sum of all weights after fill_(1)"] == "27"
    assert [value for label, value in plain(app.table[2]) if label == "times the picture's mean"] == [
        "3",
        "1",
    ]
    assert even["Largest difference between F.pad and padding='same'"] == "0"
    assert even["Size of the kernel"] == "4 x 4"


def shown(app: AppTest, key: str) -> str:
    """Have the lab set up for a slip; what the line above it says."""
    app.button(key=f"kernels.slip.{key}").click().run()
    assert troubles(app) == []
    said: str = lab(app).header["remark"]["text"]
    return said


def test_the_lab_is_set_up_for_the_blur_of_rgb_and_goes_back() -> None:
    app = open_page(PAGE, experiment="errata", size=16, padding="1", normalised=1, activation="relu")
    before, link = controls(app), app.query_params
    assert lab(app).header["remark"] == {"text": "", "looks": 0}
    assert "three times the mean" in shown(app, "blur_of_rgb")
    drawn = assert_is_pytorchs(app)
    assert torch.allclose(drawn.kernel, BLUR)
    assert drawn.values.shape[0] == 3
    assert float(drawn.output.max()) > 1
    assert float(drawn.output.mean() / drawn.values.mean()) == pytest.approx(3, rel=0.1)
    assert lab(app).header["remark"]["looks"] == 1
    send(app, "kernels.lab", "ask", {"action": "go_back", **_sent(app)})
    assert controls(app) == before
    assert app.query_params == link
    assert lab(app).header["remark"] == {"text": "", "looks": 1}


def _sent(app: AppTest) -> dict[str, Any]:
    header = lab(app).header
    return {"kernel": header["kernel"], "revision": header["revision"], "origin": header["origin"]}


def test_each_slip_is_shown_from_the_learners_own_controls() -> None:
    app = open_page(PAGE, experiment="errata", size=16, stride=2, kernel="1 2 3; 4 5 6; 7 8 9")
    before = controls(app)
    assert "one ghost more" in shown(app, "even_kernel")
    assert lab(app).kernel.shape == (1, 4, 4)
    assert lab(app).header["padding"] == [1, 2, 1, 2]
    assert "each weight 1" in shown(app, "ones")
    assert torch.equal(assert_is_pytorchs(app).kernel, torch.ones(1, 3, 3))
    assert "i13" in shown(app, "first_output")
    drawn = assert_is_pytorchs(app)
    assert torch.equal(drawn.kernel, before.weights)
    pixels = drawn.values[0]
    row, column = drawn.header["pin"]["pixel"]
    error = (pixels[1:-1, 1:-1] - pixels[:-2, 2:]).abs()
    assert float(error[row, column]) == float(error.max()) > 0
    go_back(app)
    assert controls(app) == before


def test_a_slip_whose_weight_is_0_gets_a_kernel_that_shows_it() -> None:
    app = open_page(PAGE, experiment="errata", size=8, kernel="1 0 0; 0 0 0; 0 0 0")
    shown(app, "first_output")
    assert float(lab(app).kernel[0, 0, 2]) == 1
    assert lab(app).header["pin"]["pixel"] == [0, 0]


def test_nothing_is_said_of_a_slip_once_the_lab_shows_something_else() -> None:
    app = open_page(PAGE, experiment="errata", size=8)
    app.session_state["kernels.by_numbers"] = True
    shown(app, "ones")
    assert app.button(key="kernels.go_back")
    app.selectbox(key="kernels.preset").set_value("sharpen").run()
    assert lab(app).header["remark"]["text"] == ""
    assert not [button for button in app.button if button.key == "kernels.go_back"]
