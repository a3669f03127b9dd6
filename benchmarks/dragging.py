"""A weight dragged up and down: how often the browser shows another picture meanwhile."""

import time
from dataclasses import dataclass
from itertools import pairwise

from playwright.sync_api import Locator

from benchmarks.edit import PATHS
from benchmarks.measures import Figure, median_figure, p95
from benchmarks.pages import lab_root, open_tab
from benchmarks.served import SETTLE_S
from tests.browser.harness import Tab, chromium, serve

DRAGGED_PX = 240
FRAMES_A_SECOND = {"Kernels, 128 px": 60, "Kernels, 256 px RGB": 30}
TENTH_MS = 0.1  # to which browsers tell the time


@dataclass(frozen=True)
class Drag:
    """What was seen meanwhile.

    Attributes:
        frames_ms: between two frames of the screen.
        drawn_ms: when a picture was drawn.
    """

    frames_ms: list[float]
    drawn_ms: list[float]
    seconds: float


def middle(root: Locator) -> Locator:
    """The middle weight of the open kernel."""
    return root.locator("input.cell").nth(4)


def dragged(tab: Tab, root: Locator, drawn: str, moves: int = DRAGGED_PX) -> Drag:
    """Drag the middle weight; ``drawn`` is the attribute of the root that changes with each picture."""
    box, page = middle(root).bounding_box(), tab.page
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    root.evaluate("(root, drawn) => recordFrames(root, drawn)", drawn)
    started = time.perf_counter()
    for place in [*range(moves), *range(moves, 0, -1)]:
        page.mouse.move(x, y - place / 4)
    page.wait_for_timeout(100)
    told, seconds = page.evaluate("recordedFrames()"), time.perf_counter() - started
    page.mouse.up()
    return Drag(told["frames"], told["drawn"], seconds)


def figures(name: str, drag: Drag, frames_a_second: int) -> list[Figure]:
    """Pictures follow each other as fast as the frames of the screen that the bar asks for."""
    apart = [after - before for before, after in pairwise(drag.drawn_ms)]
    bar, told = 1000 / frames_a_second + TENTH_MS, f"{len(drag.drawn_ms) / drag.seconds:.0f} a second"
    return [
        median_figure(f"{name}, dragged: between two pictures", apart, "ms", bar),
        Figure(f"{name}, dragged: between two pictures, p95", p95(apart), "ms", None, told),
        median_figure(f"{name}, dragged: between two frames", drag.frames_ms, "ms"),
    ]


def run(moves: int = DRAGGED_PX, settle_s: float = SETTLE_S) -> list[Figure]:
    """The Kernels lab, one page after the other."""
    found: list[Figure] = []
    with serve() as server, chromium() as browser:
        for name, frames_a_second in FRAMES_A_SECOND.items():
            tab = open_tab(browser, server, PATHS[name])
            root = lab_root(tab)
            tab.page.wait_for_timeout(1000 * settle_s)
            dragged(tab, root, "data-revision", moves // 4)  # the first time, scripts are still compiled
            found += figures(name, dragged(tab, root, "data-revision", moves), frames_a_second)
            tab.page.context.close()
    return found
