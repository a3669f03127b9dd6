"""The part "One training step" in a browser: walking through the loop, pointing at a weight, keeping one."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from convlab.ui.modules import step_words
from convlab.ui.modules.step_controls import StepControls
from convlab.ui.modules.step_taken import taken
from tests.browser.conftest import OpenTab
from tests.browser.harness import PHONE_PX, Tab

PATH = "/modules?part=step"
FOUND = taken(StepControls())


@pytest.fixture
def tab(open_tab: OpenTab) -> Iterator[Tab]:
    tab = open_tab(PATH)
    expect(stop(tab)).to_be_visible(timeout=30000)
    yield tab
    assert tab.errors == []


def stop(tab: Tab) -> Locator:
    """What the loop says."""
    return tab.page.locator(".st-key-modules-step-loop .says")


def button(tab: Tab, name: str) -> Locator:
    return tab.page.locator(".st-key-modules-step-loop").get_by_role("button", name=name, exact=True)


def sheet(tab: Tab) -> Locator:
    return tab.page.locator(".st-key-modules-step-sheet")


def titles(tab: Tab) -> list[str]:
    return sheet(tab).locator(".column .title").all_inner_texts()


def test_the_loop_is_walked_through_line_by_line_without_a_word_to_python(tab: Tab) -> None:
    expect(stop(tab)).to_have_text(step_words.sentence(FOUND, FOUND.start))
    sent = len(tab.sent)
    button(tab, "Restart").click()
    for n, place in enumerate(FOUND.places):
        expect(stop(tab)).to_have_text(step_words.sentence(FOUND, n))
        lit = tab.page.locator(".st-key-modules-step-loop .code li.lit")
        expect(lit).to_have_text(
            [step_words.code(FOUND)[line] for line in step_words.lit(FOUND, place.moment)]
        )
        shown = [column if column >= 0 else ~column for column in place.columns]
        assert titles(tab) == [FOUND.columns[column].title for column in shown]
        gone = sum(column < 0 for column in place.columns)
        expect(sheet(tab).locator(".body").get_by_text("not yet", exact=True)).to_have_count(
            gone * len(FOUND.rows)
        )
        button(tab, "Step").click()
    assert len(tab.sent) == sent


def test_the_batch_shows_what_the_last_forward_pass_made_of_it(tab: Tab) -> None:
    tiles = tab.page.locator(".st-key-modules-step-loop .tiles li")
    expect(tiles).to_have_count(8)
    expect(tiles.nth(1)).to_contain_text("bird")
    expect(tiles.nth(1)).to_contain_text("0.709")
    expect(tab.page.locator(".st-key-modules-step-loop h3")).to_have_text("The batch: mean loss 0.6728")
    button(tab, "Restart").click()
    expect(tiles.nth(1)).to_contain_text("no logits yet")
    button(tab, "Step").click()
    expect(tiles.nth(1)).to_contain_text("0.027, −0.004")
    expect(tiles.nth(1).locator(".loss")).to_have_text("")


def test_pointing_at_a_weight_reads_before_gradient_and_after_and_a_click_keeps_it(tab: Tab) -> None:
    sent = len(tab.sent)
    picture = sheet(tab).locator('[data-row="fc2.weight"] canvas').first
    picture.hover(position={"x": 3, "y": 3})
    formula = sheet(tab).locator(".formula")
    expect(formula).to_have_text(re.compile(r"^\S+ − 0\.01 × \S+ = \S+$"))
    values = sheet(tab).locator(".column .value").all_inner_texts()
    before, gradient, after = (float(value.replace("−", "-")) for value in values)
    assert after == pytest.approx(before - 0.01 * gradient, abs=2e-6)
    assert formula.inner_text() == f"{values[0]} − 0.01 × {values[1]} = {values[2]}"
    assert len(tab.sent) == sent
    picture.click(position={"x": 3, "y": 3})
    expect(tab.page.get_by_text("The gradient of fc2.weight[0, 0]")).to_be_visible()
    tab.wait_idle()
    assert "step_entry=fc2.weight%2C0%2C0" in tab.page.url


def test_a_loop_of_as_many_lines_begins_where_it_goes_wrong_too(tab: Tab) -> None:
    tab.choose("The loop", "step() before backward()")
    expect(stop(tab)).to_have_text("Every .grad is None, so step() leaves each weight as it is.")
    tab.choose("The loop", "as in the chapter")
    expect(stop(tab)).to_have_text(step_words.sentence(FOUND, FOUND.start))
    tab.wait_idle()


def test_another_loop_begins_where_it_goes_wrong(tab: Tab) -> None:
    tab.choose("The loop", "without zero_grad()")
    other = taken(StepControls(step_order="no_zero_grad"))
    lines = tab.page.locator(".st-key-modules-step-loop .code li")
    expect(lines).to_have_count(len(step_words.code(other)))  # the sentence is the same in both loops
    expect(stop(tab)).to_have_text(step_words.sentence(other, other.start))
    for _ in range(len(other.places) - 1 - other.start):
        button(tab, "Step").click()
    expect(stop(tab)).to_have_text(step_words.sentence(other, len(other.places) - 1))
    tab.wait_idle()


def test_on_a_phone_nothing_is_cut(open_tab: OpenTab) -> None:
    tab = open_tab(PATH, size_px=PHONE_PX)
    expect(stop(tab)).to_be_visible(timeout=30000)
    wide = tab.page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth - innerWidth")
    assert wide <= 0
