"""A step to another layer of a network, beside an empty page's round trip; pointing at its maps."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from playwright.sync_api import Locator

from benchmarks import edit, pointing
from benchmarks.measures import Figure, median_figure
from benchmarks.pages import awaited, open_tab
from benchmarks.served import SETTLE_S, small_app
from tests.browser.harness import Tab, chromium, serve

STEPS = 30
WARM_UP = 5
MEDIAN_TIMES = 2.0  # at most so many times the empty page's median
LARGE, LARGE_TIMES = "ResNet-18 at 224 px", 3.0  # from the key to the unit taken apart
PATHS = {
    "Net": "/feature_maps",
    "5 residual blocks": "/feature_maps?network=net_res_deep&weights=random",
    LARGE: "/feature_maps?network=torchvision&architecture=resnet18&weights=random",
}
EMPTY = "empty page, the lab's settings"


def network_root(tab: Tab) -> Locator:
    """The network lab's outermost element, once a unit is taken apart in it."""
    root = tab.page.locator(".root[data-told]", has=tab.page.locator(".columns"))
    root.wait_for()
    return root


def heard(tab: Tab, root: Locator) -> None:
    """Wait until Streamlit has heard of the unit, so that its run meets nobody else's measurement."""
    tab.page.wait_for_function("root => root.dataset.told === root.dataset.shown", arg=root.element_handle())
    tab.wait_idle()


def steps(tab: Tab, onward: bool = False) -> Callable[[], dict[str, float]]:
    """A function that goes a layer on, or also back, and gives what ``armLayer`` tells."""
    root = network_root(tab)
    root.locator(".inspector canvas.cursor").last.focus()
    count = 0

    def step() -> dict[str, float]:
        nonlocal count
        count += 1
        root.evaluate("root => armLayer(root)")
        tab.page.keyboard.press("PageDown" if onward or count % 4 in (1, 2) else "PageUp")
        told: dict[str, float] = awaited(tab)
        heard(tab, root)
        return told

    return step


def figures(empty: list[float], stepped: dict[str, list[dict[str, float]]]) -> list[Figure]:
    """The bar stands against the empty page under the lab's own settings."""
    reference = median_figure(f"{EMPTY}, key to text", empty, "ms")
    found = [reference]
    for name, told in stepped.items():
        drawn = median_figure(f"{name}: key to the layer's maps", [one["drawn"] for one in told], "ms")
        apart = median_figure(f"{name}: key to the unit taken apart", [one["apart"] for one in told], "ms")
        times = drawn.value / reference.value
        found += [drawn, apart, Figure(f"{name}: maps, median", times, "x", MEDIAN_TIMES, f"of {EMPTY}")]
        if name == LARGE:
            times = apart.value / reference.value
            found.append(Figure(f"{name}: unit, median", times, "x", LARGE_TIMES, f"of {EMPTY}"))
    return found


def point(tab: Tab, moves: int, name: str = "Net") -> list[Figure]:
    """Over the network and one map; nothing may be sent."""
    root = network_root(tab)
    tab.page.evaluate("recordPointing()")
    places = {
        "the network": root.locator(".layer canvas").nth(1),
        "the map": root.locator(".inspector canvas.cursor").nth(1),
    }
    before, found = _messages(tab), []
    for place, canvas in places.items():
        canvas.scroll_into_view_if_needed()
        told = pointing.point(tab, canvas, moves)
        assert len(told) >= 0.9 * moves, f"{len(told)} of {moves} moves were seen"
        found += pointing.figures(f"{name}, over {place}", told)
    sent = Figure(f"{name}: websocket messages while pointing", _messages(tab) - before, "messages", 0)
    return [sent, *found]


def run(count: int = STEPS, moves: int = pointing.MOVES, settle_s: float = SETTLE_S) -> list[Figure]:
    """All pages take turns, so that what else the machine does meets them alike."""
    with ExitStack() as stack:
        prepared = stack.enter_context(small_app("prepared.py", lab_settings=True))
        lab = stack.enter_context(serve())
        browser = stack.enter_context(chromium())
        press = edit.presses(open_tab(browser, prepared, "/"))
        tabs = {name: open_tab(browser, lab, path) for name, path in PATHS.items()}
        # Of a large network only layers that were open have their values in the browser.
        each = {name: steps(tab, onward=name == LARGE) for name, tab in tabs.items()}
        tabs["Net"].page.wait_for_timeout(1000 * settle_s)
        empty: list[float] = []
        stepped: dict[str, list[dict[str, float]]] = {name: [] for name in each}
        for number in range(-WARM_UP, count):
            pressed, walked = press(), {name: step() for name, step in each.items()}
            if number >= 0:
                empty.append(pressed)
                for name, told in walked.items():
                    stepped[name].append(told)
        return [*figures(empty, stepped), *point(tabs["Net"], moves)]


def _messages(tab: Tab) -> int:
    every: list[Any] = [*tab.sent, *tab.received]
    return len(every)
