"""What a hand changes on Probe with a slider or a brush: PyTorch's verdict is there before it lets go."""

import re
from collections.abc import Iterator

import pytest
import torch
from playwright.sync_api import Browser, Locator, expect

from convlab.convolution import kernels
from convlab.pictures import crop, photographs
from convlab.pictures.board import Board
from convlab.probing import bundled, perturbations, surgery
from convlab.probing.probe import Probe
from tests.browser import harness
from tests.browser.harness import Tab

WAIT_MS = 60_000
SEEN = crop.cut(photographs.photograph("cat"))
NET = bundled.weights("net").probe


@pytest.fixture
def tab(browser: Browser, app_server: harness.Server) -> Iterator[Tab]:
    found = harness.new_tab(browser, app_server)
    yield found
    assert found.errors == []
    found.page.context.close()


def shown(tab: Tab, path: str) -> None:
    """Open a link, and wait for the verdict on what is changed, however busy the machine is."""
    tab.page.goto(tab.base_url + path)
    expect(followed(tab).locator(".answer")).to_be_visible(timeout=WAIT_MS)
    tab.wait_idle(limit_s=WAIT_MS / 1000)


def followed(tab: Tab) -> Locator:
    return tab.page.locator(".root:has(.followed)")


def told_of(tab: Tab, before: str | None = None) -> str:
    """What the hand holds, once the verdict is on that; where ``before`` is given, once it holds another."""
    root = followed(tab)
    told: str = root.evaluate(
        """(root, before) => new Promise((resolve) => {
          const look = () => {
            const { told, held } = root.dataset;
            if (told === held && told !== before) resolve(told);
            else setTimeout(look, 20);
          };
          look();
        })""",
        before,
    )
    return told


def says(tab: Tab, picture: torch.Tensor, probe: Probe = NET) -> None:
    chances = probe.probabilities(picture[None])[0]
    found = followed(tab).locator("tbody td:nth-child(3)").all_inner_texts()
    assert [float(text) for text in found] == pytest.approx(chances.tolist(), abs=6e-5)


def taken(tab: Tab, thing: Locator, way_px: tuple[int, int]) -> str:
    """What a verdict is told once the hand has taken a thing by its middle so far, and holds it still."""
    mouse = tab.page.mouse
    thing.scroll_into_view_if_needed()
    box = harness.still(thing)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse.move(x, y)
    before = told_of(tab)
    mouse.down()
    mouse.move(x + way_px[0], y + way_px[1], steps=6)
    return told_of(tab, before)


def test_the_verdict_is_there_before_the_hand_lets_go(tab: Tab) -> None:
    shown(tab, "/probe?picture=photo:cat&experiment=change&change=rotate")
    page = tab.page
    thumb = page.locator(".st-key-probe-amount div:has(> [data-testid=stSliderThumbValue])")
    amount = float(taken(tab, thumb, (120, 0)))
    assert amount > 0
    assert "amount" not in page.url  # Streamlit has not heard of it
    says(tab, perturbations.pictures(NET, SEEN, "rotate", [amount])[0])
    page.mouse.up()
    page.wait_for_url("**amount=**", timeout=WAIT_MS)
    tab.wait_idle(limit_s=WAIT_MS / 1000)
    assert float(told_of(tab)) == amount

    shown(tab, "/probe?picture=photo:cat&experiment=arena&game=paint")
    board = page.locator(".pixel-board canvas.cursor")
    painted = Board.decode(taken(tab, board, (90, 15)))
    assert painted != Board.nearest(SEEN)
    assert "painted" not in page.url
    after = painted.painted_on(SEEN)
    says(tab, after)
    count = int((after != SEEN).any(0).sum())
    expect(followed(tab).locator(".painted")).to_have_text(f"You painted {count} of 1,024 pixels.")
    page.mouse.up()
    page.wait_for_url("**painted=**", timeout=WAIT_MS)


def test_a_weight_in_the_hand_turns_the_verdict_before_it_is_let_go(tab: Tab) -> None:
    shown(tab, "/probe?picture=photo:cat&experiment=surgery&layer=conv2&out_channel=3&in_channel=5")
    page = tab.page
    cell = page.locator(".kernel-cells input.cell").nth(4)
    kernel = kernels.parse(taken(tab, cell, (0, -120)))[0]
    assert float(kernel[1, 1]) == 3
    assert "kernel" not in page.url
    says(tab, SEEN, surgery.edited(NET, "conv2", 3, 5, kernel))
    page.mouse.up()
    page.wait_for_url("**kernel=**", timeout=WAIT_MS)
    tab.wait_idle(limit_s=WAIT_MS / 1000)
    expect(page.get_by_role("textbox", name="Its new weights")).to_have_value("0 0 0; 0 3 0; 0 0 0")
    page.get_by_role("button", name="As it came").press("Enter")
    expect(page).not_to_have_url(re.compile("0\\+3"), timeout=WAIT_MS)
    tab.wait_idle(limit_s=WAIT_MS / 1000)
    said = followed(tab).locator("tbody td:nth-child(3)").all_inner_texts()
    assert said == page.locator(".root:has(.lab) tbody td:nth-child(3)").all_inner_texts()
