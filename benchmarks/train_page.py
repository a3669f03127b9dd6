"""The Train page: Start to the first point, redraws while a run trains, and what others notice of it."""

import asyncio
import os
import re
import statistics
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise

from playwright.sync_api import Browser

from benchmarks.client import connected
from benchmarks.measures import Figure
from benchmarks.served import SETTLE_S
from tests.browser.harness import Server, Tab, chromium, new_tab, serve

STARTS = 7
WATCH_S = 8.0
EDITS = 60
PAUSE_S = 0.05  # between two edits of the other learner
FIRST_POINT_BAR_S = 1.0
UPDATES_BAR = 4.0
OTHERS_BAR = 2.0
WAIT_MS = 180_000
DESIGN = "?epochs=1000"  # Net on the sketches, for longer than anybody looks

# Resolves with the milliseconds from the click on Start to the redraw that has the new run's first point.
START = """() => new Promise((resolve) => {
  const panel = () => {
    const search = (node) => {
      for (const one of node.querySelectorAll("*")) {
        const root = one.shadowRoot?.querySelector(".root[data-points]");
        if (root) return root;
      }
      return null;
    };
    return search(document);
  };
  const before = panel()?.dataset.identity;
  const begin = performance.now();
  document.querySelector(".st-key-train-start button").click();
  const look = () => {
    const root = panel();
    if (root && root.dataset.identity !== before && Number(root.dataset.points) > 0) {
      requestAnimationFrame(() => resolve(performance.now() - begin));
    } else setTimeout(look, 5);
  };
  look();
})"""
WATCH = """(root, limit) => new Promise((resolve) => {
  const times = [];
  const observer = new MutationObserver(() => times.push(performance.now()));
  observer.observe(root, { attributes: true, attributeFilter: ["data-updates"] });
  setTimeout(() => { observer.disconnect(); resolve(times); }, limit);
})"""


def run() -> list[Figure]:
    """A server with a folder of its own; the sketches are drawn before anything is measured."""
    with own_home(), serve() as server, chromium() as browser:
        tab = opened(browser, server)
        first = [start_ms(tab) for _ in range(STARTS)]
        redraws = watch(tab)
        busy = others_ms(server)
        stop(tab)
        idle = others_ms(server)
    return figures(first, redraws, busy, idle)


@contextmanager
def own_home() -> Iterator[None]:
    """An empty CONVLAB_HOME."""
    before = os.environ.get("CONVLAB_HOME")
    with tempfile.TemporaryDirectory(prefix="convlab-bench-home-", ignore_cleanup_errors=True) as folder:
        os.environ["CONVLAB_HOME"] = folder
        try:
            yield
        finally:
            os.environ.pop("CONVLAB_HOME")
            if before is not None:
                os.environ["CONVLAB_HOME"] = before


def opened(browser: Browser, server: Server) -> Tab:
    """The page once Start can be pressed and the trainer is warm."""
    tab = new_tab(browser, server)
    tab.page.goto(f"{server.url}/train{DESIGN}")
    tab.page.wait_for_selector(".st-key-train-start button:not([disabled])", timeout=WAIT_MS)
    tab.page.wait_for_timeout(SETTLE_S * 1000)
    return tab


def start_ms(tab: Tab) -> float:
    """One start; the run before it is stopped first."""
    if tab.page.get_by_role("button", name="Stop", exact=True).count():
        stop(tab)
    took: float = tab.page.evaluate(START)
    tab.page.wait_for_timeout(1500)
    return took


def stop(tab: Tab) -> None:
    """Stop the run on show and wait until it has."""
    tab.page.get_by_role("button", name="Stop", exact=True).click()
    tab.page.locator(".state", has_text=re.compile("Stopped")).wait_for(timeout=WAIT_MS)
    tab.page.wait_for_timeout(1000)


def watch(tab: Tab) -> list[float]:
    """Milliseconds between redraws."""
    times: list[float] = tab.page.locator(".root:has(> .status)").evaluate(WATCH, WATCH_S * 1000)
    return [later - earlier for earlier, later in pairwise(times)]


def others_ms(server: Server) -> list[float]:
    """Another learner edits kernels: milliseconds until each picture is there."""

    async def edits() -> list[float]:
        async with connected(server.url, 1) as client:
            await client.visit("")
            await client.visit("kernels")
            await client.settle(2.0)
            found = []
            for _ in range(EDITS):
                found.append(1000 * await client.edit())
                await asyncio.sleep(PAUSE_S)
            return found

    # Playwright keeps a loop running in this thread: the client needs one of its own.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(edits())).result()


def figures(first: list[float], redraws: list[float], busy: list[float], idle: list[float]) -> list[Figure]:
    """The table's rows."""
    per_s = 1000 / statistics.fmean(redraws)
    ratio = statistics.median(busy) / statistics.median(idle)
    told = f"{statistics.median(busy):.1f} ms against {statistics.median(idle):.1f} ms idle"
    return [
        Figure(
            "Start to the first point on the screen, warm, median",
            statistics.median(first) / 1000,
            "s",
            FIRST_POINT_BAR_S,
            f"{min(first) / 1000:.2f} to {max(first) / 1000:.2f} s, {len(first)} starts",
        ),
        Figure(
            "Mean time between two redraws of the curves while a run trains",
            statistics.fmean(redraws),
            "ms",
            1000 / UPDATES_BAR,
            f"{per_s:.1f} a second; the longest {max(redraws):.0f} ms",
        ),
        Figure("Another learner's kernel edit while a run trains, times idle", ratio, "x", OTHERS_BAR, told),
    ]
