"""The squares on Probe: fields understand or refuse what is typed; one that covers asks what it costs."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from convlab.pictures import crop, photographs
from convlab.probing import attribution, bundled
from tests.browser import harness
from tests.browser.harness import Tab

WAIT_MS = 60_000


@pytest.fixture
def tab(browser: Browser, app_server: harness.Server) -> Iterator[Tab]:
    """Probe with the cat, 451 x 300 px."""
    found = harness.new_tab(browser, app_server)
    found.page.goto(f"{found.base_url}/probe?picture=photo:cat")
    expect(root(found).locator(".answer").first).to_be_visible(timeout=WAIT_MS)
    found.wait_idle()
    yield found
    assert found.errors == []
    found.page.context.close()


def root(tab: Tab) -> Locator:
    return tab.page.locator(".root:has(.lab)").filter(has=tab.page.locator("canvas.crop"))


def field(tab: Tab, name: str) -> Locator:
    return root(tab).get_by_role("spinbutton", name=name, exact=True)


def put(tab: Tab, name: str, text: str) -> None:
    field(tab, name).fill(text)
    field(tab, name).press("Enter")
    tab.wait_idle(quiet_ms=400)


def test_a_number_is_understood_or_refused_and_never_another(tab: Tab) -> None:
    problem = root(tab).locator(".problem")
    for text, shown in (("120", "120"), ("\uff11\uff10\uff10", "100"), ("90,0", "90"), ("80.0", "80")):
        put(tab, "Side (px)", text)
        expect(field(tab, "Side (px)")).to_have_value(shown)
        expect(problem).to_be_hidden()
    for text in ("", "12,5", "1,200", "x", "1e999"):
        put(tab, "Side (px)", text)
        expect(field(tab, "Side (px)")).to_have_value("80")
        expect(problem).to_contain_text("no whole number of pixels")
    put(tab, "Side (px)", "99999")
    expect(problem).to_contain_text("at most")
    put(tab, "Side (px)", "200")
    expect(problem).to_be_hidden()
    field(tab, "Side (px)").press("ArrowUp")
    expect(field(tab, "Side (px)")).to_have_value("201")


def test_an_answer_does_not_take_back_the_moves_since(tab: Tab) -> None:
    """Each key goes down before the one before has rested, and so before Python has heard of it."""
    moves = root(tab).evaluate(
        """async (root) => {
          const told = root.dataset.told;
          const canvas = root.querySelector("canvas.crop");
          [...root.querySelectorAll("button")].find((one) => one.textContent === "Whole").click();
          const how = { key: "ArrowDown", shiftKey: true, bubbles: true };
          let moves = 0;
          while (root.dataset.told === told) {
            canvas.dispatchEvent(new KeyboardEvent("keydown", how));
            moves++;
            await new Promise((done) => setTimeout(done, 40));
          }
          return moves;
        }"""
    )
    tab.wait_idle(quiet_ms=600)
    top = -76 + moves
    expect(field(tab, "Top (px)")).to_have_value(str(top))
    expect(root(tab)).to_have_attribute("data-told", re.compile(f"/0,{top},451,black/"))
    assert f"window=0%2C{top}%2C451" in tab.page.url


def test_back_stays_when_the_field_is_left(tab: Tab) -> None:
    side = field(tab, "Side (px)")
    put(tab, "Side (px)", "120")
    put(tab, "Side (px)", "240")
    side.fill("7")
    tab.page.go_back()
    expect(side).to_have_value("120", timeout=WAIT_MS)
    side.evaluate("field => field.blur()")
    tab.wait_idle(quiet_ms=600)
    expect(side).to_have_value("120")
    assert "120" in tab.page.url


def test_a_covering_square_says_what_the_logit_loses(tab: Tab) -> None:
    probe = bundled.weights("net").probe
    seen = crop.cut(photographs.photograph("cat"))
    maps = tab.page.locator(".root:has(.whys)")
    picture = maps.locator("canvas.cursor")
    whole = probe.logits(seen[None])[0]
    best = int(whole.argmax())

    def says(row: int, column: int, side: int = 5) -> None:
        expect(maps).to_have_attribute("data-told", re.compile(f"@{row},{column},{side}$"), timeout=WAIT_MS)
        kept = float(attribution.covered(probe, seen, [(row, column)], side)[0, best])
        told = f"from {whole[best]:.3f} to {kept:.3f} and loses {float(whole[best]) - kept:.3f}."
        expect(maps.locator(".reading")).to_contain_text(told.replace("-", "\u2212"))

    picture.press("ArrowDown")  # from the middle
    says(15, 14)
    picture.press("ArrowRight")
    says(15, 15)
    box = harness.still(picture)
    tab.page.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + box["height"] / 4 + 2)
    says(6, 22)
    tab.page.mouse.move(box["x"] - 40, box["y"])
    tab.choose("Method", "Integrated gradients")  # a value of its is about one pixel
    says(8, 24, 1)
    picture.press("ArrowUp")
    says(7, 24, 1)
    value = float(attribution.integrated_gradients(probe, seen, best)[7, 24])
    expect(maps.locator(".reading")).to_contain_text(f"Row 7, column 24: {value:.3g}".replace("-", "\u2212"))


def test_the_experiments_are_on_the_first_screen(tab: Tab) -> None:
    for path in ("", "/probe?picture=val:sketches:3&experiment=mistakes"):
        if path:
            tab.page.goto(tab.base_url + path)
            expect(tab.page.locator("nav.trail")).to_be_visible(timeout=WAIT_MS)
            tab.wait_idle(limit_s=WAIT_MS / 1000)
        box = harness.still(tab.page.locator(".st-key-probe-experiment"))
        assert box["y"] + box["height"] <= harness.DESKTOP_PX[1]
