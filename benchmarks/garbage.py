"""What the lab's garbage treatment brings: an edit with it, and in Streamlit's own two ways."""

import asyncio
from contextlib import ExitStack

from benchmarks.client import connected
from benchmarks.machine import resident_mb
from benchmarks.measures import Figure, median_figure, to_ms
from benchmarks.served import APPS, SETTLE_S, python_path
from tests.browser.harness import Server, serve
from tests.sources import ROOT

EDITS, PAUSE_S = 100, 0.3


async def edit_times(server: Server, edits: int, settle_s: float) -> list[float]:
    """Seconds an edit takes, with a pause before each in which the collection of the last one ends."""
    async with connected(server.url) as client:
        await client.visit("kernels")
        await client.settle(settle_s)
        seconds = []
        for _ in range(edits):
            await asyncio.sleep(PAUSE_S)
            seconds.append(await client.edit())
    return seconds


def run(edits: int = EDITS, settle_s: float = SETTLE_S) -> list[Figure]:
    """As the lab is served; without its freezing; without that and without a collection after each run."""
    found = []
    for name, frozen, options in (
        ("as the lab is served (frozen after imports)", True, []),
        ("not frozen: Streamlit's own way", False, ["--runner.postScriptGC=true"]),
        ("not frozen, no collection after a run", False, ["--runner.postScriptGC=false"]),
    ):
        with ExitStack() as stack:
            if not frozen:
                stack.enter_context(python_path(APPS / "unfrozen"))
            server = stack.enter_context(serve(ROOT, *options))
            times = asyncio.run(edit_times(server, edits, settle_s))
            found.append(median_figure(f"edit, {name}", to_ms(times), "ms"))
            found.append(Figure(f"memory, {name}", resident_mb(server.pid), "MB"))
    return found
