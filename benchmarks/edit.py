"""Edit to new picture in the browser, beside the round trip of an otherwise empty Streamlit page."""

import random
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from playwright.sync_api import Locator

from benchmarks.measures import Figure, median_figure, p95
from benchmarks.pages import awaited, lab_root, open_tab
from benchmarks.served import SETTLE_S, small_app
from tests.browser.harness import Tab, chromium, serve

EDITS = 50
WARM_UP = 5
LONGEST_PAUSE_MS = 600  # before an edit: it may meet Streamlit's work for the one before, as in life
MEDIAN_TIMES, P95_TIMES = 1.3, 1.0  # at most so many times the empty page's median and 95th percentile
PATHS = {
    "Kernels as it opens": "/kernels",
    "Kernels, 128 px": "/kernels?size=128",
    "Kernels, 256 px RGB": "/kernels?size=256&colour=rgb",
}
BANK = "Bank of 16 kernels, 32 px RGB"
BANK_PATH = "/kernels?experiment=bank"
BANK_TIMES = 2.0  # at most so many times the empty page's median
WITHOUT = "Kernels without the route"  # under `streamlit run app.py`


def presses(tab: Tab) -> Callable[[], float]:
    """A function that presses the empty page's button and gives the ms until the text has changed."""
    tab.page.get_by_role("button", name="Press").focus()
    count = 0

    def press() -> float:
        nonlocal count
        count += 1
        tab.page.evaluate("text => armText(text)", f"pressed {count}")
        tab.page.keyboard.press("Enter")
        return float(awaited(tab))

    return press


def edits(tab: Tab) -> Callable[[], dict[str, Any]]:
    """A function that makes a weight larger by 0.1 and gives what ``armLab`` tells."""
    return _edits(tab, lab_root(tab), "/convolve")


def bank_edits(tab: Tab) -> Callable[[], dict[str, Any]]:
    """As ``edits``, of the bank's first kernel; a later one would only be another card."""
    root = tab.page.locator(".root:has(.bank)[data-drawn-by=torch]")
    root.wait_for()
    return _edits(tab, root, "/bank")


def _edits(tab: Tab, root: Locator, route: str) -> Callable[[], dict[str, Any]]:
    root.locator("input.cell").nth(4).click()

    def edit() -> dict[str, Any]:
        asked = len(tab.requests)
        root.evaluate("root => armLab(root)")
        tab.page.keyboard.press("ArrowUp")
        told: dict[str, Any] = awaited(tab)
        return {**told, "routed": any(url.endswith(route) for url in tab.requests[asked:])}

    return edit


def run(count: int = EDITS, settle_s: float = SETTLE_S) -> list[Figure]:
    """All pages take turns, so that what else the machine does meets them alike."""
    with ExitStack() as stack:
        own = stack.enter_context(small_app("empty.py", lab_settings=False))
        prepared = stack.enter_context(small_app("prepared.py", lab_settings=True))
        lab = stack.enter_context(serve())
        plain = stack.enter_context(serve(script="app.py"))
        browser = stack.enter_context(chromium())
        empty = {
            "empty page, Streamlit's own settings": presses(open_tab(browser, own, "/")),
            "empty page, the lab's settings": presses(open_tab(browser, prepared, "/")),
        }
        labs = {name: edits(open_tab(browser, lab, path)) for name, path in PATHS.items()}
        labs[BANK] = bank_edits(open_tab(browser, lab, BANK_PATH))
        labs[WITHOUT] = edits(open_tab(browser, plain, "/kernels"))
        page, chance = browser.contexts[0].pages[0], random.Random(8)
        page.wait_for_timeout(1000 * settle_s)
        trips: dict[str, list[float]] = {name: [] for name in empty}
        drawn: dict[str, list[dict[str, Any]]] = {name: [] for name in labs}
        for number in range(-WARM_UP, count):
            pressed = {name: press() for name, press in empty.items()}
            edited = {}
            for name, edit in labs.items():
                page.wait_for_timeout(chance.uniform(0, LONGEST_PAUSE_MS))
                edited[name] = edit()
            if number >= 0:
                for name, ms in pressed.items():
                    trips[name].append(ms)
                for name, told in edited.items():
                    drawn[name].append(told)
    return figures(trips, drawn)


def figures(trips: dict[str, list[float]], drawn: dict[str, list[dict[str, Any]]]) -> list[Figure]:
    """The bars stand against the faster of the empty pages."""
    found = [median_figure(f"{name}, key to text", times, "ms") for name, times in trips.items()]
    reference = min(found, key=lambda figure: figure.value)
    slow = p95(trips[reference.name.removesuffix(", key to text")])
    for name, told in drawn.items():
        torch = [one["torch"] for one in told]
        own = [one["browser"] for one in told if "browser" in one]
        middle = median_figure(f"{name}: key to PyTorch's picture", torch, "ms")
        against = f"of {reference.name.removesuffix(', key to text')}"
        routed = sum(one["routed"] for one in told)
        bars = {WITHOUT: (None, None), BANK: (BANK_TIMES, None)}.get(name, (MEDIAN_TIMES, P95_TIMES))
        found += [
            *([median_figure(f"{name}: key to the browser's own drawing", own, "ms")] if own else []),
            middle,
            Figure(f"{name}: median", middle.value / reference.value, "x", bars[0], against),
            Figure(f"{name}: p95", p95(torch) / slow, "x", bars[1], f"{against} ({slow:.1f} ms)"),
            Figure(f"{name}: answered over the route", routed, "edits", detail=f"of {len(told)}"),
            Figure(f"{name}: PyTorch's picture drawn over", _overdrawn(told), "times", 0),
        ]
    return found


def _overdrawn(told: list[dict[str, Any]]) -> int:
    return sum(one["last"] != "torch" for one in told)
