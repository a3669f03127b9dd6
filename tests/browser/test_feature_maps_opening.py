"""A unit is opened in a browser: all of it is there before Streamlit hears of it, which changes nothing."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.test_feature_maps import WAIT_MS, Lab, Place

# Keeps what is on the screen, texts and pixels, at the moment when a unit is whole, and what Python had told.
# What a screen reader is told beside it comes with Python's words, and so later.
KEEP = """(root) => {
  const parts = "[data-part=sum], [data-part=unit], .kernel-editor, .trail, .facts";
  const all = (selector, told) => [...root.querySelectorAll(selector)].map(told);
  const seen = (part) => {
    const unseen = part.querySelector(":scope > .visually-hidden")?.innerText ?? "";
    return part.innerText.slice(0, -unseen.length || undefined).trimEnd();
  };
  root.shownNow = () => ({
    texts: all(parts, seen),
    kernels: all("input.cell", (cell) => cell.value),
    pictures: all("canvas", (canvas) => canvas.width ? canvas.toDataURL() : ""),
  });
  root.kept = {};
  const keep = () => { root.kept[root.dataset.apart] = { told: root.dataset.told, ...root.shownNow() }; };
  new MutationObserver(keep).observe(root, { attributes: true, attributeFilter: ["data-apart"] });
}"""
# A pause of the learner's is longer than the answer takes, however busy the machine is.
PATIENT = "const soon = setTimeout; window.setTimeout = (act, ms) => soon(act, ms === 300 ? 5000 : ms)"
LARGE = "?network=torchvision&weights=random&layer=layer2.0.conv1"


@pytest.fixture(autouse=True, scope="module")
def patient(lab: Lab) -> None:
    lab.tab.page.add_init_script(PATIENT)


def kept(lab: Lab, place: Place) -> Any:
    """What was on the screen when the unit was whole for the last time before Python had told of it."""
    return lab.root.evaluate("(root, place) => root.kept[place]", ",".join(map(str, place)))


def assert_nothing_changes(lab: Lab, place: Place, before: Any) -> None:
    """Once Python has told of the unit, all that is shown is what was shown before."""
    lab.settle(place)
    lab.tab.page.mouse.move(2, 2)
    now = lab.root.evaluate("(root) => root.shownNow()")
    assert before["told"] != ",".join(map(str, place))
    assert before["texts"] == now["texts"]
    assert before["kernels"] == now["kernels"]
    assert [n for n, one in enumerate(now["pictures"]) if one != before["pictures"][n]] == []


def whole(lab: Lab, place: Place) -> None:
    expect(lab.root).to_have_attribute("data-apart", ",".join(map(str, place)), timeout=WAIT_MS)


def test_a_map_that_is_clicked_is_whole_before_python_tells_of_it(lab: Lab) -> None:
    lab.open("?layer=conv1")
    lab.settle((1, 0, 8, 8))
    lab.root.evaluate(KEEP)
    lab.canvas("conv2").click(position=lab.middle_of("conv2", 5))
    place = lab.shown()
    assert place[:2] == (4, 5)
    whole(lab, place)
    before = kept(lab, place)
    expect(lab.find(".ladder")).to_be_visible()
    assert len(before["kernels"]) == 9
    assert_nothing_changes(lab, place, before)
    expect(lab.tab.page).to_have_url(re.compile("layer=conv2&channel=5"), timeout=WAIT_MS)


@pytest.mark.parametrize(("query", "first"), [(LARGE, 19), ("?network=net_batch_norm&layer=conv1", 1)])
def test_a_step_shows_all_of_the_next_layer_before_python_tells_of_it(
    lab: Lab, query: str, first: int
) -> None:
    lab.open(query)
    lab.settle(lab.shown())
    assert lab.shown()[0] == first
    for _ in range(2):
        lab.root.evaluate(KEEP)
        lab.button("Next layer").click()
        place = lab.shown()
        whole(lab, place)
        assert_nothing_changes(lab, place, kept(lab, place))


def test_without_an_answer_python_tells_of_the_unit(lab: Lab) -> None:
    lab.tab.page.route("**/unit", lambda route: route.fulfill(status=422, body="{}"))
    lab.open("?layer=conv1")
    for channel in (3, 4, 5, 6):  # the route is left alone in the end
        lab.canvas("conv1").click(position=lab.middle_of("conv1", channel))
        place = lab.shown()
        assert place[1] == channel
        lab.settle(place)
        whole(lab, place)
    lab.tab.page.unroute("**/unit")


def test_whoever_turns_to_the_rest_of_the_page_finds_the_unit_there(lab: Lab) -> None:
    lab.open("?layer=conv1")
    lab.canvas("conv1").click(position=lab.middle_of("conv1", 3))
    lab.tab.page.get_by_text("By numbers").click()
    expect(lab.tab.page.get_by_role("spinbutton", name="Map", exact=True)).to_have_value("3", timeout=WAIT_MS)
