"""Thirty visitors without browsers edit at once, each thinking for two seconds between edits."""

import asyncio
import random
import statistics
import time

from benchmarks.client import Client, ClientError, connected
from benchmarks.machine import cpu_s
from benchmarks.measures import Figure, median_figure, p95, to_ms
from tests.browser.harness import Server, serve

CLIENTS, EDITS, THINK_S = 30, 20, 2.0
TIMES = 3.0


async def visitor(client: Client, edits: int, think_s: float, failures: list[str]) -> list[float]:
    """Open the page, then think and edit by turns: seconds each edit took. A failure ends the visit."""
    seconds: list[float] = []
    try:
        if client.lab is None:
            await client.visit("kernels")
        await asyncio.sleep(random.Random(client.number).uniform(0, think_s))
        for _ in range(edits):
            await asyncio.sleep(think_s)
            seconds.append(await client.edit())
    except (ClientError, OSError) as error:
        failures.append(f"client {client.number}: {error}")
    return seconds


async def measure(server: Server, clients: int, edits: int, think_s: float) -> list[Figure]:
    """One client alone, all of them, one alone again: machines drift."""
    failures: list[str] = []
    async with connected(server.url) as first:
        alone = await visitor(first, edits // 2, think_s, failures)
        start, used = time.perf_counter(), cpu_s(server.pid)
        crowd = await asyncio.gather(
            *(_new_visitor(server, number, edits, think_s, failures) for number in range(1, clients + 1))
        )
        busy = (cpu_s(server.pid) - used) / (time.perf_counter() - start)
        alone += await visitor(first, edits - edits // 2, think_s, failures)
    together = [seconds for visit in crowd for seconds in visit]
    if not alone or not together:
        raise RuntimeError("; ".join(failures[:3]))
    ratio = statistics.median(together) / statistics.median(alone)
    return [
        median_figure("one visitor: edit", to_ms(alone), "ms"),
        median_figure(f"{clients} visitors: edit", to_ms(together), "ms"),
        Figure(f"{clients} visitors: median", ratio, "x", TIMES, "of one visitor's median"),
        Figure(f"{clients} visitors: p95", p95(together) / p95(alone), "x", None, "of one visitor's p95"),
        Figure("visits that failed", len(failures), "visits", 0, "; ".join(failures[:3])),
        Figure("processor used by the server", busy, "cores"),
    ]


async def _new_visitor(
    server: Server, number: int, edits: int, think_s: float, failures: list[str]
) -> list[float]:
    async with connected(server.url, number) as client:
        return await visitor(client, edits, think_s, failures)


def run(clients: int = CLIENTS, edits: int = EDITS, think_s: float = THINK_S) -> list[Figure]:
    """All visitors are in this process, which takes processor time of its own."""
    with serve() as server:
        return asyncio.run(measure(server, clients, edits, think_s))
