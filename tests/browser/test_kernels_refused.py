"""A convolution that cannot be, amid all else: no mark, word, drawing or late answer of the one before."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Route, expect

from convlab.ui.kernels.controls import KernelsControls
from tests.browser.kernels_page import WAIT_MS, Lab, convolved

WIDE = "; ".join(["1 2 0 -1 -2"] * 5)  # 13 pixels wide where it is dilated by 3
EDITED = "2" + WIDE[1:]


@pytest.fixture
def wide(lab: Lab) -> Iterator[Lab]:
    """A wide kernel on the cat at 48 px, whose pixels are read through loupes."""
    lab.open(size=48, kernel=WIDE, dilation=3)
    lab.tab.errors.clear()
    yield lab
    lab.tab.page.unroute_all(behavior="ignoreErrors")


def look_at_numbers(lab: Lab) -> None:
    """Turn to the picture of 8 x 8 pixels, for which the kernel is too wide."""
    lab.tab.page.get_by_role("radio", name="Numbers", exact=True).click()
    expect(lab.find(".out .problem")).to_contain_text("The kernel spans 13 pixels", timeout=WAIT_MS)
    lab.tab.wait_idle(quiet_ms=500)  # whatever was to be drawn still


def comes_back(lab: Lab, kernel: str) -> None:
    """The picture before is as it was, and nothing went wrong in between."""
    with lab.settling():
        lab.tab.page.get_by_role("radio", name="Photograph", exact=True).click()
    expected = convolved(KernelsControls(size=48, kernel=kernel, dilation=3))
    assert np.array_equal(lab.tensor(), expected.numpy())
    assert lab.tab.errors == []


def test_nothing_is_marked_or_said_of_a_window_that_is_not_there(wide: Lab) -> None:
    wide.point("out", 3, 4, 36, 36)
    assert wide.canvas("in", "cursor")[..., 3].any()
    look_at_numbers(wide)
    for side in ("in", "out"):
        assert not wide.canvas(side, "cursor")[..., 3].any()
    assert wide.find(".in > .reading").inner_text().strip() == ""
    comes_back(wide, WIDE)


def test_a_kept_output_stays_where_the_present_one_goes(wide: Lab) -> None:
    wide.button("Keep this output").click()
    expect(wide.find(".kept-kernel")).to_be_visible(timeout=WAIT_MS)
    wide.tab.wait_idle()
    look_at_numbers(wide)
    comes_back(wide, WIDE)


def test_an_edit_just_before_is_kept_and_drawn_no_more(wide: Lab) -> None:
    wide.cell(0, 0).fill("2")
    wide.cell(0, 0).press("Enter")
    look_at_numbers(wide)
    comes_back(wide, EDITED)


def test_a_late_answer_is_not_drawn_for_another_picture(wide: Lab) -> None:
    page = wide.tab.page
    held: list[Route] = []
    page.route("**/convolve", lambda route: held.append(route))
    wide.cell(0, 0).fill("2")
    wide.cell(0, 0).press("Enter")
    page.get_by_role("radio", name="RGB", exact=True).click()
    expect(wide.find(".in h3")).to_contain_text("[3, 48, 48]", timeout=WAIT_MS)
    wide.tab.wait_idle()
    assert len(held) == 1
    answer = held[0].fetch()
    with page.expect_response("**/convolve"):
        held[0].fulfill(response=answer)
    wide.tab.wait_idle(quiet_ms=500)
    controls = KernelsControls(size=48, kernel=EDITED, dilation=3, colour="rgb")
    assert parse_qs(urlsplit(page.url).query)["kernel"] == [EDITED]
    assert np.array_equal(wide.tensor(), convolved(controls).numpy())
    assert wide.tab.errors == []
