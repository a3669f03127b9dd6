"""Two thousand edits from one visitor: the server's memory must stay flat."""

import asyncio
import statistics
from dataclasses import dataclass, field

from benchmarks.client import connected
from benchmarks.machine import resident_mb
from benchmarks.measures import Figure, median_figure, to_ms
from tests.browser.harness import Server, serve

EDITS = 2000
SAMPLE, WARM_UP, SWITCH, SESSION = 100, 200, 100, 200  # every so many edits; the warm-up is on top
GROWTH, GROWTH_MB = 0.05, 15.0


@dataclass
class Soak:
    """Seconds an edit took, and resident MB after every ``sample`` edits; four samples at least."""

    sample: int
    seconds: list[float] = field(default_factory=list)
    resident_mb: list[float] = field(default_factory=list)

    @property
    def growth_mb(self) -> float:
        """Mean of the last quarter less mean of the second."""
        quarter = len(self.resident_mb) // 4
        return statistics.mean(self.resident_mb[-quarter:]) - self.second_quarter_mb

    @property
    def second_quarter_mb(self) -> float:
        """Mean of the second quarter: the first still fills caches."""
        quarter = len(self.resident_mb) // 4
        return statistics.mean(self.resident_mb[quarter : 2 * quarter])

    @property
    def slope_mb(self) -> float:
        """MB per 1,000 edits, by least squares."""
        edits = [self.sample * n / 1000 for n in range(len(self.resident_mb))]
        return statistics.linear_regression(edits, self.resident_mb).slope


async def soak(server: Server, edits: int, warm_up: int, sample: int, switch: int, session: int) -> Soak:
    """Edit without a pause; home and back every ``switch`` edits, a new session every ``session``."""
    result, done = Soak(sample), 0
    total = warm_up + edits
    while done < total:
        async with connected(server.url) as client:
            await client.visit("kernels")
            for number in range(done, min(done + session, total)):
                if number % switch == 0:
                    await client.visit("")
                    await client.visit("kernels")
                seconds = await client.edit()
                if number >= warm_up:
                    result.seconds.append(seconds)
                    if (number + 1 - warm_up) % sample == 0:
                        result.resident_mb.append(resident_mb(server.pid))
        done += session
    return result


def figures(result: Soak) -> list[Figure]:
    """Flat: the last quarter within 5% or 15 MB of the second."""
    series = " ".join(f"{mb:.0f}" for mb in result.resident_mb)
    bar = max(GROWTH_MB, GROWTH * result.second_quarter_mb)
    return [
        Figure(
            "memory, last quarter less second",
            result.growth_mb,
            "MB",
            bar,
            f"every {result.sample} edits: {series}",
        ),
        Figure("memory, slope", result.slope_mb, "MB per 1,000 edits"),
        median_figure("edit without a pause", to_ms(result.seconds), "ms"),
    ]


def run(edits: int = EDITS, warm_up: int = WARM_UP) -> list[Figure]:
    """The lab as it is served."""
    with serve() as server:
        return figures(asyncio.run(soak(server, edits, warm_up, SAMPLE, SWITCH, SESSION)))
