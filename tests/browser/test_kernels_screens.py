"""The Kernels page as it opens, on screens of other sizes."""

import pytest
from playwright.sync_api import expect

from tests.browser import harness
from tests.browser.conftest import OpenTab
from tests.browser.kernels_page import WAIT_MS, Lab


def test_the_opening_shows_all_of_it(open_tab: OpenTab) -> None:
    lab = Lab(open_tab("/kernels"))
    expect(lab.root).to_be_visible(timeout=WAIT_MS)
    assert max(bottom for _left, _top, _right, bottom in lab.parts().values()) <= harness.DESKTOP_PX[1]
    assert lab.cell_px("in", 8) >= 36  # room for each pixel's number


@pytest.mark.parametrize("size_px", [(1920, 1080), (1280, 720)])
def test_other_screens_show_the_opening_whole(open_tab: OpenTab, size_px: tuple[int, int]) -> None:
    lab = Lab(open_tab("/kernels", size_px=size_px))
    expect(lab.root).to_be_visible(timeout=WAIT_MS)
    assert max(bottom for _left, _top, _right, bottom in lab.parts().values()) <= size_px[1]
    assert lab.cell_px("in", 8) >= 36


@pytest.mark.parametrize("path", ["/kernels", "/kernels?picture=drawing:house&size=8&colour=rgb"])
def test_a_small_laptop_shows_the_player_and_the_question_in_a_line(open_tab: OpenTab, path: str) -> None:
    lab = Lab(open_tab(path, size_px=(1280, 720)))
    expect(lab.root).to_be_visible(timeout=WAIT_MS)
    player = lab.find(".player").bounding_box()
    question = lab.tab.page.get_by_text("This is a convolution.").first.bounding_box()
    row = lab.tab.page.locator(".st-key-kernels-row1").bounding_box()
    assert player
    assert question
    assert row
    assert player["y"] + player["height"] <= 720
    assert question["height"] < 30
    assert row["height"] < 90


CARDS = ("padding", "stride", "dilation", "bias", "activation")
BURNT_OUT = "/kernels?size=8&colour=rgb&kernel=1/9 1/9 1/9; 1/9 1/9 1/9; 1/9 1/9 1/9"


def test_padding_is_changed_while_one_sees_the_pictures(open_tab: OpenTab) -> None:
    tab = open_tab("/kernels")
    for name in CARDS:
        card = tab.page.locator(f".st-key-kernels-card-{name}")
        widgets = card.locator('[data-testid="stSelectbox"], [data-testid="stNumberInput"]')
        expect(widgets.first).to_be_visible(timeout=WAIT_MS)
        for widget in widgets.all():
            box = widget.bounding_box()
            assert box
            assert box["y"] + box["height"] <= 880, name


def test_what_is_looked_up_is_folded_and_one_click_away(open_tab: OpenTab) -> None:
    lab = Lab(open_tab("/kernels"))
    expect(lab.find(".facts")).to_be_hidden(timeout=WAIT_MS)
    lab.find("details.summary summary").click()
    for selector in (".facts", ".histogram canvas", ".downloads button >> nth=0"):
        expect(lab.find(selector)).to_be_visible()


def test_a_mean_that_is_only_rounding_is_said_to_be_about_nought(open_tab: OpenTab) -> None:
    lab = Lab(open_tab("/kernels"))
    expect(lab.find(".stats")).to_have_text(
        "min \N{MINUS SIGN}2, mean \N{ALMOST EQUAL TO} 0, max 1.2", timeout=WAIT_MS
    )


@pytest.mark.parametrize("path", ["/kernels", BURNT_OUT])
def test_a_phone_shows_picture_kernel_and_output_on_its_first_screen(open_tab: OpenTab, path: str) -> None:
    lab = Lab(open_tab(path, size_px=harness.PHONE_PX))
    expect(lab.root).to_be_visible(timeout=WAIT_MS)
    expect(lab.find(".asks .keep")).to_be_visible()
    expect(lab.find(".asks .normalise")).to_be_visible(visible=path == BURNT_OUT)
    parts = lab.parts()
    for name in ("picture", "kernel", "output"):
        left, _top, right, bottom = parts[name]
        assert left >= 0, name
        assert right <= harness.PHONE_PX[0], name
        assert bottom <= harness.PHONE_PX[1], name
    assert parts["picture"][2] <= parts["output"][0]  # beside each other
    assert parts["kernel"][1] >= max(parts["picture"][3], parts["output"][3])
    assert parts["sum"][1] >= parts["kernel"][3]
    expect(lab.find(".lines")).to_be_hidden()


def test_the_cards_of_an_rgb_kernel_are_begun_to_be_seen(open_tab: OpenTab) -> None:
    tab = open_tab("/kernels?picture=drawing:house&size=8&colour=rgb")
    box = tab.page.locator(".st-key-kernels-card-padding").bounding_box()
    assert box
    assert box["y"] <= 830


@pytest.mark.parametrize("path", ["/kernels?size=8&padding=2", "/kernels?size=12"])
def test_twelve_columns_have_room_for_their_numbers(open_tab: OpenTab, path: str) -> None:
    lab = Lab(open_tab(path))
    expect(lab.root).to_be_visible(timeout=WAIT_MS)
    assert lab.cell_px("in", 12) >= 36
    assert lab.cell_px("out", 10) >= 36
    expect(lab.find(".in .loupe")).to_be_hidden()


def test_the_player_of_five_by_five_weights_a_channel_is_on_the_first_screen(open_tab: OpenTab) -> None:
    grid = "; ".join(["0.1 0.2 0.1 -0.2 0.3"] * 5)
    lab = Lab(open_tab(f"/kernels?size=8&colour=rgb&kernel={grid} | {grid} | {grid}"))
    expect(lab.root).to_be_visible(timeout=WAIT_MS)
    box = lab.find(".player").bounding_box()
    assert box
    assert box["y"] + box["height"] <= harness.DESKTOP_PX[1]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("padding=1", "Hatched: the ghost pixels of the padding."),
        ("stride=3", "Hatched: no window reaches these rows and columns."),
        ("padding=1&stride=2", "Hatched: ghost pixels; at the end, what no window reaches."),
    ],
)
def test_why_cells_are_hatched_is_said_below_them(open_tab: OpenTab, query: str, sentence: str) -> None:
    lab = Lab(open_tab(f"/kernels?size=8&{query}"))
    expect(lab.find(".in .reading")).to_contain_text(sentence, timeout=WAIT_MS)


MORE = "(row) => Number(getComputedStyle(row, '::after').opacity)"


def test_a_strip_of_controls_says_that_it_goes_on(open_tab: OpenTab) -> None:
    tab = open_tab("/kernels", size_px=harness.PHONE_PX)
    row = tab.page.locator(".st-key-kernels-row1")
    assert row.evaluate(MORE) == 1
    row.evaluate("(row) => { row.scrollLeft = row.scrollWidth; }")
    tab.page.wait_for_function(f"() => ({MORE})(document.querySelector('.st-key-kernels-row1')) < 0.1")
