"""The card of a station in a browser: a guess of each kind, the way onward, and what is kept on the way."""

import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page, expect

from convlab.course import own, stations
from convlab.course.stations import Choice, Station
from tests.browser import harness
from tests.browser.conftest import OpenTab
from tests.browser.harness import Scheme
from tests.browser.test_everywhere import SMALL_TEXT, SMALLEST_TEXT_PX, TOO_WIDE, WAIT_MS

LONG = "One picture, one kernel, one sum for each place of the output." + " It slides on." * 10  # 43 words
WHY = "Each channel has nine weights of its own." + " The sums of the channels are added up." * 9  # 80 words
DENSE = "dense-against-convolution"


@pytest.fixture(scope="module")
def course(app_server: harness.Server) -> str:
    """The key of a lesson with one station of each kind."""
    (number,) = (one for one in stations.shipped() if one.id == DENSE)
    number = number.model_copy(
        update={"lesson": "modules", "link": "part=registered", "light": ("modules.tree",)}
    )
    choices: tuple[Choice, ...] = (Choice(key="nine", text="9 weights", otherwise="Nine is right for grey."),)
    choices += (Choice(key="all", text="27 weights, nine for each of the three channels"),)
    house = "picture=drawing%3Ahouse&size=8"
    colours = Station(
        id="colours", title="Colours", lesson="kernels", link=f"{house}&colour=rgb", kind="choice",
        choices=choices, told="all", light=("kernels.lab",), question=LONG, why=WHY,
        next_step="Choose *Grey*.",
    )  # fmt: skip
    edge = Station(
        id="edge", title="Edge", lesson="kernels", link=house, kind="place", control="pin", told="4,3",
        question="Where?", why="There.",
    )  # fmt: skip
    return own.share(own.Lesson("One of each", (number, colours, edge)))


def at(station: str, course: str, **more: str) -> str:
    """The address of one of its stations."""
    lesson = "modules" if station == DENSE else "kernels"
    query = {"picture": "drawing:house", "size": "8", "colour": "rgb"} if station == "colours" else {}
    return f"/{lesson}?{urlencode({**query, 'station': station, 'course': course, **more})}"


def card(page: Page) -> Locator:
    return page.locator(".st-key-course-card")


def verdict(page: Page) -> Locator:
    return card(page).get_by_test_id("stAlert")


def way(page: Page, name: str) -> Locator:
    return card(page).get_by_role("link", name=name)


def test_from_guess_to_guess_and_back(open_tab: OpenTab, course: str) -> None:
    tab = open_tab(at(DENSE, course))
    page = tab.page
    field = card(page).get_by_role("textbox", name=re.compile("Your guess"))
    field.fill("16")
    field.press("Enter")
    expect(verdict(page)).to_contain_text("Your guess: 16 times as many. The answer: 206.6", timeout=WAIT_MS)
    expect(card(page)).to_contain_text("3,737,474 against 18,090")
    way(page, "Next").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kernels", timeout=WAIT_MS)
    expect(card(page)).to_contain_text("2 of 3", timeout=WAIT_MS)
    tab.wait_idle()
    page.get_by_role("radio", name="Grey").click()
    expect(page).to_have_url(re.compile("station=colours"))
    expect(page).not_to_have_url(re.compile("colour=rgb"), timeout=WAIT_MS)
    card(page).get_by_role("button", name="9 weights").click()
    expect(verdict(page)).to_contain_text("Nine is right for grey.", timeout=WAIT_MS)
    way(page, "Next").click()
    expect(card(page)).to_contain_text("Where?", timeout=WAIT_MS)
    expect(page).to_have_url(re.compile("station=edge"), timeout=WAIT_MS)  # though the lesson is the same
    tab.wait_idle()
    output = page.locator("[data-part=output] canvas.cursor")
    box = harness.still(output)
    output.click(position={"x": box["width"] * 3.5 / 6, "y": box["height"] * 4.5 / 6})
    expect(page).to_have_url(re.compile(r"pin=4(%2C|,)3"), timeout=WAIT_MS)
    card(page).get_by_role("button", name="This is my place").click()
    expect(verdict(page)).to_contain_text("Right: row 4, column 3.", timeout=WAIT_MS)
    expect(way(page, "Next")).to_have_count(0)
    way(page, "Previous").click()
    expect(card(page)).to_contain_text("2 of 3", timeout=WAIT_MS)
    tab.wait_idle()
    expect(page.get_by_role("radio", name="Grey")).to_be_checked()  # as it was left
    expect(verdict(page)).to_contain_text("Nine is right for grey.")
    page.reload()
    tab.wait_idle()
    expect(verdict(page)).to_contain_text("Nine is right for grey.", timeout=WAIT_MS)  # kept on this machine
    assert tab.errors == []
    assert tab.outside_requests() == []


def test_back_and_forward_lead_along_the_stations(open_tab: OpenTab, course: str) -> None:
    tab = open_tab(at("colours", course))
    page, steps = tab.page, tab.page.evaluate("history.length")
    way(page, "Next").click()
    expect(page).to_have_url(re.compile("station=edge"), timeout=WAIT_MS)
    tab.wait_idle()
    assert page.evaluate("history.length") == steps + 1
    page.go_back()
    expect(card(page)).to_contain_text("2 of 3", timeout=WAIT_MS)
    tab.wait_idle()
    expect(page).to_have_url(re.compile("station=colours"))
    page.go_forward()
    expect(card(page)).to_contain_text("3 of 3", timeout=WAIT_MS)
    tab.wait_idle()
    expect(page).to_have_url(re.compile("station=edge"))
    page.reload()
    tab.wait_idle()
    expect(card(page)).to_contain_text("3 of 3", timeout=WAIT_MS)
    assert page.evaluate("history.length") == steps + 1


def test_the_keyboard_alone_answers_and_goes_on(open_tab: OpenTab, course: str) -> None:
    tab = open_tab(at("colours", course))
    page = tab.page
    way(page, "Next").focus()
    page.keyboard.press("Tab")
    expect(card(page).get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Tab")
    expect(card(page).get_by_role("button", name="9 weights")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(verdict(page)).to_contain_text("Right: 27 weights", timeout=WAIT_MS)
    way(page, "Next").focus()
    page.keyboard.press("Enter")
    expect(card(page)).to_contain_text("Where?", timeout=WAIT_MS)


def test_what_the_card_speaks_of_is_lit_up_and_on_the_first_screen(open_tab: OpenTab, course: str) -> None:
    tab = open_tab(at("colours", course))
    page = tab.page
    lit = page.locator(".st-key-kernels-lab")
    assert lit.evaluate("node => getComputedStyle(node).outlineStyle") == "solid"
    for _step in ("asked", "answered"):
        box, picture = card(page).bounding_box(), page.locator("[data-part=picture] .stage").bounding_box()
        assert box
        assert picture
        assert box["height"] <= 200
        assert picture["y"] + 200 <= harness.DESKTOP_PX[1]
        card(page).get_by_role("button", name="9 weights").click()
        expect(verdict(page)).to_be_visible(timeout=WAIT_MS)
        tab.wait_idle()
        if _step == "answered":
            break
        expect(card(page).get_by_role("button", name="9 weights")).to_have_count(0)
        card(page).get_by_role("button", name="Ask again").click()
        expect(card(page).get_by_role("button", name="9 weights")).to_be_visible(timeout=WAIT_MS)


def test_the_code_of_the_answer_opens(open_tab: OpenTab, course: str) -> None:
    page = open_tab(at(DENSE, course)).page
    card(page).get_by_role("button", name="Show the answer").click()
    card(page).get_by_role("button", name="PyTorch code").click()
    code = page.get_by_test_id("stPopoverBody").get_by_test_id("stCode")
    expect(code).to_contain_text("def dense_against_convolution", timeout=WAIT_MS)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size_px", [harness.DESKTOP_PX, harness.PHONE_PX], ids=["desktop", "phone"])
def test_the_card_has_no_barrier_and_fits(
    open_tab: OpenTab, course: str, size_px: tuple[int, int], scheme: Scheme
) -> None:
    for station in ("colours", DENSE):
        tab = open_tab(at(station, course), size_px=size_px, scheme=scheme)
        for _turn in range(2):
            assert tab.page.evaluate(TOO_WIDE) == []
            assert tab.page.evaluate(SMALL_TEXT, SMALLEST_TEXT_PX) == []
            assert tab.axe() == []
            if _turn == 0:
                card(tab.page).get_by_role("button", name="Show the answer").click()
                expect(verdict(tab.page)).to_be_visible(timeout=WAIT_MS)
                tab.wait_idle()


# The answer of the third is shorter than its question, so its card keeps its height.
@pytest.mark.parametrize("name", ["shift-in-shift-out", "hidden-in-a-list", "thirty-two-becomes-thirty"])
def test_on_a_phone_the_picture_below_stays_where_it_was(open_tab: OpenTab, name: str) -> None:
    (asked,) = (one for one in stations.shipped() if one.id == name)
    tab = open_tab(asked.address, size_px=harness.PHONE_PX)
    page, below = tab.page, tab.page.locator(f".st-key-{asked.lesson}-row1")
    before = harness.still(below)
    card(page).get_by_role("button", name="Show the answer").click()
    expect(verdict(page)).to_be_visible(timeout=WAIT_MS)
    tab.wait_idle(400)
    after, box = harness.still(below), harness.still(card(page))
    assert after["y"] == pytest.approx(before["y"], abs=4)
    assert box["y"] >= 0  # the whole card is still there


def test_the_height_of_a_question_is_kept_for_its_own_answer_alone(open_tab: OpenTab) -> None:
    (asked,) = (one for one in stations.shipped() if one.id == "thirty-two-becomes-thirty")
    tab = open_tab(asked.address, size_px=harness.PHONE_PX)
    card(tab.page).get_by_role("button", name="Show the answer").click()
    expect(verdict(tab.page)).to_be_visible(timeout=WAIT_MS)
    expect(card(tab.page)).to_have_attribute("style", re.compile("--asked-height: [0-9]+px"))
    card(tab.page).get_by_role("link", name="Next").click()
    expect(card(tab.page)).not_to_have_attribute("style", re.compile("--asked-height"), timeout=WAIT_MS)
