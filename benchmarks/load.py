"""Thirty visitors without browsers edit at once, each thinking for two seconds between edits."""

import asyncio
import random
import statistics
import time
from dataclasses import dataclass, field

from benchmarks.client import Client, ClientError, connected
from benchmarks.machine import cpu_s
from benchmarks.measures import Figure, median_figure, p95, to_ms
from benchmarks.served import SETTLE_S
from tests.browser.harness import Server, serve

CLIENTS, EDITS, THINK_S = 30, 20, 2.0
TIMES = 3.0


@dataclass
class Visits:
    """Seconds each edit took, and why visits ended early."""

    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    async def edit(self, client: Client, edits: int, think_s: float) -> None:
        """Think, then edit, by turns."""
        for _ in range(edits):
            await asyncio.sleep(think_s)
            self.seconds.append(await client.edit())

    async def new(self, server: Server, number: int, edits: int, think_s: float) -> None:
        """A new visitor; any failure ends the visit."""
        try:
            async with connected(server.url, number) as client:
                await client.visit("kernels")
                await asyncio.sleep(random.Random(number).uniform(0, think_s))
                await self.edit(client, edits, think_s)
        except (ClientError, OSError) as error:
            self.failures.append(f"visitor {number}: {error}")


async def measure(
    server: Server, clients: int, edits: int, think_s: float, settle_s: float = SETTLE_S
) -> list[Figure]:
    """One visitor alone, all of them, the one alone again: machines drift."""
    alone, crowd = Visits(), Visits()
    async with connected(server.url) as first:
        await first.visit("kernels")
        await first.settle(settle_s)
        await alone.edit(first, edits // 2, think_s)
        start, used = time.perf_counter(), cpu_s(server.pid)
        await asyncio.gather(*(crowd.new(server, number, edits, think_s) for number in range(1, clients + 1)))
        busy = (cpu_s(server.pid) - used) / (time.perf_counter() - start)
        await alone.edit(first, edits - edits // 2, think_s)
    if not crowd.seconds:
        raise ClientError("; ".join(crowd.failures[:3]))
    ratio = statistics.median(crowd.seconds) / statistics.median(alone.seconds)
    return [
        median_figure("one visitor: edit", to_ms(alone.seconds), "ms"),
        median_figure(f"{clients} visitors: edit", to_ms(crowd.seconds), "ms"),
        Figure(f"{clients} visitors: median", ratio, "x", TIMES, "of one visitor's median"),
        Figure(
            f"{clients} visitors: p95", p95(crowd.seconds) / p95(alone.seconds), "x", None, "of one visitor's"
        ),
        Figure("visits that failed", len(crowd.failures), "visits", 0, "; ".join(crowd.failures[:3])),
        Figure("processor used by the server", busy, "cores"),
    ]


def run() -> list[Figure]:
    """All visitors are in this process, which takes processor time of its own."""
    with serve() as server:
        return asyncio.run(measure(server, CLIENTS, EDITS, THINK_S))
