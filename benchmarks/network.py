"""A kernel of a network edited: what PyTorch makes of it, beside an empty page; a unit opened; ResNet-18."""

import time
from collections.abc import Callable
from contextlib import ExitStack

from playwright.sync_api import Browser, Position

from benchmarks import dragging, edit, layers, pointing
from benchmarks.measures import Figure, median_figure, p95
from benchmarks.pages import awaited, open_tab
from benchmarks.served import SETTLE_S, small_app
from tests.browser.harness import Server, Tab, chromium, new_tab, serve

EDITS, WARM_UP, OPENINGS = 50, 5, 5
EDIT_TIMES, UNIT_TIMES, OPEN_S, FRAME_MS = 2.0, 1.5, 2.0, 1000 / 30
NET = "/feature_maps?layer=conv1"


def kernel_edits(tab: Tab) -> Callable[[], float]:
    """A function that makes a weight larger by 0.1 and gives the ms until all maps and the verdict follow."""
    root = layers.network_root(tab)

    def change() -> float:
        dragging.middle(root).focus()
        root.evaluate("root => armKernel(root)")
        tab.page.keyboard.press("ArrowUp")
        return float(awaited(tab))

    return change


def openings(tab: Tab) -> Callable[[], tuple[float, float]]:
    """A function that goes to the next unit of the map and opens it, then one of another map that is clicked.

    It gives the ms until each is taken apart, all of its map unfolded.
    """
    root = layers.network_root(tab)
    maps = root.locator(".layer canvas").nth(1)
    count = 0

    def opened() -> tuple[float, float]:
        nonlocal count
        count += 1
        root.locator("[data-part=unit] canvas.cursor").last.focus()
        root.evaluate("root => armUnit(root, 'keydown')")
        tab.page.keyboard.press("ArrowRight" if count % 8 < 4 else "ArrowLeft")
        beside = float(awaited(tab))
        tab.page.keyboard.press("Enter")
        layers.heard(tab, root)
        box = maps.bounding_box()
        assert box
        place: Position = {"x": box["width"] / 2, "y": box["height"] * (0.25 if count % 2 else 0.75)}
        maps.hover(position=place)
        tab.page.wait_for_timeout(100)  # until that is drawn
        root.evaluate("root => armUnit(root, 'click')")
        tab.page.mouse.down()
        tab.page.mouse.up()
        clicked = float(awaited(tab))
        tab.page.mouse.move(2, 2)
        layers.heard(tab, root)
        return beside, clicked

    return opened


def drag(tab: Tab) -> list[Figure]:
    """A weight dragged up and down: frames of the browser, answers of PyTorch."""
    told = dragging.dragged(tab, layers.network_root(tab), "data-edits-drawn")
    answers = f"{len(told.drawn_ms) / told.seconds:.0f} answers of PyTorch drawn a second"
    return [
        median_figure("Net, a kernel dragged: between two frames", told.frames_ms, "ms", FRAME_MS),
        Figure("Net, a kernel dragged: between two frames, p95", p95(told.frames_ms), "ms", None, answers),
    ]


def large(browser: Browser, server: Server, moves: int) -> list[Figure]:
    """ResNet-18: how soon it is there, where PyTorch is; pointing at its maps."""
    seconds = []
    for _ in range(OPENINGS):
        tab = new_tab(browser, server)
        started = time.perf_counter()
        tab.page.goto(server.url + layers.PATHS[layers.LARGE])
        layers.network_root(tab)
        seconds.append(time.perf_counter() - started)
        tab.page.context.close()
    tab = open_tab(browser, server, layers.PATHS[layers.LARGE])
    found = [median_figure(f"{layers.LARGE}: link to the network", seconds, "s", OPEN_S)]
    return [*found, *layers.point(tab, moves, layers.LARGE)]


def figures(
    empty: list[float], edited: list[float], beside: list[float], opened: list[float]
) -> list[Figure]:
    """The bars stand against the empty page under the lab's own settings."""
    reference = median_figure(f"{layers.EMPTY}, key to text", empty, "ms")
    found = [reference]
    for name, times, most in (
        ("Net, a weight of conv1: key to all maps and the verdict", edited, EDIT_TIMES),
        ("Net, the unit beside it: key to its parts", beside, UNIT_TIMES),
        ("Net, a unit of another map: click to its parts and its map unfolded", opened, UNIT_TIMES),
    ):
        middle = median_figure(name, times, "ms")
        found += [
            middle,
            Figure(f"{name}, median", middle.value / reference.value, "x", most, f"of {layers.EMPTY}"),
        ]
    return found


def run(count: int = EDITS, moves: int = pointing.MOVES, settle_s: float = SETTLE_S) -> list[Figure]:
    """All pages take turns, so that what else the machine does meets them alike."""
    with ExitStack() as stack:
        prepared = stack.enter_context(small_app("prepared.py", lab_settings=True))
        lab = stack.enter_context(serve())
        browser = stack.enter_context(chromium())
        press = edit.presses(open_tab(browser, prepared, "/"))
        tab, other = open_tab(browser, lab, NET), open_tab(browser, lab, NET)
        change, opened = kernel_edits(tab), openings(other)
        tab.page.wait_for_timeout(1000 * settle_s)
        times: tuple[list[float], ...] = [], [], [], []
        for number in range(-WARM_UP, count):
            measured = press(), change(), *opened()
            if number >= 0:
                for kept, ms in zip(times, measured, strict=True):
                    kept.append(ms)
        return [*figures(*times), *drag(tab), *large(browser, lab, moves)]
