"""Stations that ask for a place: who clicks the right one in the picture is right, on both lessons."""

import re

import pytest
from playwright.sync_api import expect

from convlab.course import asking, stations
from tests.browser.conftest import OpenTab
from tests.browser.harness import Tab
from tests.browser.kernels_page import Lab as KernelsLab
from tests.browser.test_feature_maps import Lab as MapsLab

WAIT_MS = 30_000
PATH = {station.id: station for station in stations.shipped()}
PINS = {"shift-in-shift-out": 6, "ghosts-of-a-window": 8, "darker-to-the-right": 6, "small-crosses": 6}


def link(name: str) -> str:
    return f"/{PATH[name].lesson}?{PATH[name].link}&station={name}"


def answers(name: str) -> list[str]:
    found: list[str] = asking.answer(PATH[name])["answer"]
    return found


def say(tab: Tab) -> None:
    tab.page.wait_for_timeout(400)  # a pause, after which Python is told of the place
    tab.wait_idle()
    tab.page.get_by_role("button", name="This is my place").click()
    tab.wait_idle()


def clicked(tab: Tab) -> None:
    tab.page.mouse.down()
    tab.page.mouse.up()


def test_a_wrong_click_moves_the_pin_to_the_right_pixel(open_tab: OpenTab) -> None:
    tab, lab_card = open_tab(link("small-crosses")), ".st-key-course-card"
    row, column = answers("small-crosses")[0].split(",")
    KernelsLab(tab).point("out", 5, 5, 6, 6)
    clicked(tab)
    say(tab)
    expect(tab.page.locator(lab_card)).to_contain_text("Your guess: row 5, column 5.", timeout=WAIT_MS)
    pinned = tab.page.get_by_text(f"Output pixel: row {row}, column {column}").first
    expect(pinned).to_be_visible(timeout=WAIT_MS)
    expect(tab.page).to_have_url(re.compile(f"pin={row}(%2C|,){column}"))


@pytest.mark.parametrize("name", PINS)
def test_a_click_on_the_output_is_the_answer(name: str, open_tab: OpenTab) -> None:
    tab, size = open_tab(link(name)), PINS[name]
    row, column = map(int, answers(name)[0].split(","))
    KernelsLab(tab).point("out", row, column, size, size)
    clicked(tab)
    say(tab)
    card = tab.page.locator(".st-key-course-card")
    expect(card).to_contain_text(re.compile(rf"Right: row {row}, column {column}[.,]"), timeout=WAIT_MS)


def test_a_unit_of_the_map_is_the_answer(open_tab: OpenTab) -> None:
    tab = open_tab(link("large-cross"))
    row, column = map(int, answers("large-cross")[0].split()[1].split(","))
    lab, card = MapsLab(tab), tab.page.locator(".st-key-course-card")
    lab.part("unit").wait_for(timeout=WAIT_MS)
    say(tab)
    expect(card).to_contain_text("Click the place in the picture first", timeout=WAIT_MS)  # nobody has yet
    lab.over(lab.stage("map"), 6, 5, 8, 8)
    clicked(tab)
    say(tab)
    expect(card).to_contain_text("Your guess: conv2, row 6, column 5.", timeout=WAIT_MS)
    expect(tab.page).to_have_url(
        re.compile(f"row={row}&col={column}"), timeout=WAIT_MS
    )  # the right one opens
    tab.page.get_by_role("button", name="Ask again").click()
    tab.wait_idle()
    lab.over(lab.stage("map"), 5, 5, 8, 8)
    clicked(tab)
    tab.wait_idle(600)
    lab.over(lab.stage("map"), row, column, 8, 8)
    clicked(tab)
    say(tab)
    expect(card).to_contain_text(f"Right: conv2, row {row}, column {column}.", timeout=WAIT_MS)


def test_a_layer_is_the_answer(open_tab: OpenTab) -> None:
    tab = open_tab(link("half-of-the-picture"))
    MapsLab(tab).button(answers("half-of-the-picture")[0]).click()
    say(tab)
    card = tab.page.locator(".st-key-course-card")
    expect(card).to_contain_text("Right: conv3.", timeout=WAIT_MS)
