"""Pointing at the pictures: nothing is sent, and a frame is enough to redraw."""

from typing import Any

from playwright.sync_api import Locator

from benchmarks.measures import Figure, median_figure, p95, spread
from benchmarks.pages import lab_root, open_tab
from benchmarks.served import SETTLE_S
from tests.browser.harness import Tab, chromium, serve

MOVES = 100
FRAME_MS = 1000 / 60
SEVEN = "; ".join(" ".join(f"{(row * 7 + col) % 5 - 2}" for col in range(7)) for row in range(7))
KERNELS = {"3x3": "-1 0 1; -2 0 2; -1 0 1", "7x7": SEVEN}


def point(tab: Tab, picture: Locator, moves: int) -> list[dict[str, float]]:
    """Move the mouse over a picture; what ``recordPointing`` told of each move."""
    tab.page.evaluate("window.moves = []")
    box = picture.bounding_box()
    assert box
    for number in range(moves):
        across, down = (number * 0.6180) % 1, (number * 0.7549) % 1  # all over the picture, no place twice
        tab.page.mouse.move(
            box["x"] + 2 + across * (box["width"] - 4), box["y"] + 2 + down * (box["height"] - 4)
        )
    tab.page.wait_for_timeout(100)
    told: list[dict[str, float]] = tab.page.evaluate("window.moves")
    return told


def figures(name: str, told: list[dict[str, float]]) -> list[Figure]:
    """The work that a move causes must fit into one frame, 95 times of 100."""
    work = [move["handler"] + move["frame"] for move in told]
    handler = [move["handler"] for move in told]
    return [
        median_figure(f"{name}: handler", handler, "ms"),
        Figure(f"{name}: handler and frame, p95", p95(work), "ms", FRAME_MS, spread(work)),
        median_figure(f"{name}: pointed to painted", [move["whole"] for move in told], "ms"),
    ]


def run(moves: int = MOVES, settle_s: float = SETTLE_S) -> list[Figure]:
    """Over the output and the input of a 256 px RGB picture, for a small and the largest kernel."""
    found: list[Figure] = []
    messages = slow = 0
    with serve() as server, chromium() as browser:
        for size, kernel in KERNELS.items():
            tab = open_tab(browser, server, f"/kernels?size=256&colour=rgb&kernel={kernel}")
            root = lab_root(tab)
            tab.page.wait_for_timeout(1000 * settle_s)
            tab.page.evaluate("recordPointing()")
            before = _messages(tab)
            for side in ("output", "input"):
                picture = root.locator(f".{'out' if side == 'output' else 'in'} canvas.cursor")
                picture.scroll_into_view_if_needed()
                told = point(tab, picture, moves)
                assert len(told) >= 0.9 * moves, f"{len(told)} of {moves} moves were seen"
                found += figures(f"256 px RGB, {size}, over the {side}", told)
            messages += _messages(tab) - before
            slow += tab.page.evaluate("window.slowFrames")
            tab.page.context.close()
    return [
        Figure("websocket messages while pointing", messages, "messages", 0, f"{4 * moves} moves"),
        Figure("frames of over 50 ms while pointing", slow, "frames"),
        *found,
    ]


def _messages(tab: Tab) -> int:
    sent: list[Any] = [*tab.sent, *tab.received]
    return len(sent)
