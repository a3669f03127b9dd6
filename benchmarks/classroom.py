"""A class at work: thirty learners on all lessons, two runs that train, one server. ``make load``.

``python -m benchmarks.classroom [--minutes 10] [--learners 30] [--seed 0]`` prints how long each kind
of action takes, the server's memory and what failed; 1 is its exit code if anything did.
"""

import argparse
import asyncio
import math
import os
import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain

from benchmarks import machine
from benchmarks.lessons import LESSONS, Desk
from benchmarks.measures import quantile
from benchmarks.train_page import own_home
from convlab.errors import UserError
from convlab.training import runs
from convlab.training.runs import Run
from tests.browser.harness import Server, serve
from tools.learner import LearnerError, arriving
from tools.screen import MissingError

RUNS, EPOCHS = 2, 1000
ARRIVAL_S = 20.0  # within which all learners come
VISIT_ACTIONS = (4, 10)  # on a lesson, before another is opened
SETTLE_S = 10.0  # the server still imports
GROWTH_MB = 100.0  # that the last quarter may have over the second
LEAST_MINUTES = 5.0  # below, memory still fills what is kept, and is not judged
ROW = "{:<28} {:>7} {:>9} {:>9} {:>9} {:>9}"


@dataclass
class Diary:
    """What happened: seconds of each kind of action, failures, the server's memory each second."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failures: list[str] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)
    sessions: int = 0

    def failed(self, who: str, doing: str, why: object) -> None:
        """Something that no learner should see."""
        self.failures.append(f"{who}, {doing}: {why}")


async def attend(server: Server, number: int, end: float, seed: int, ids: list[str], diary: Diary) -> None:
    """One learner, who comes, works on lesson after lesson, and now and then comes again from a link."""
    chance = random.Random(f"{seed}/{number}")
    await asyncio.sleep(chance.uniform(0, min(ARRIVAL_S, (end - time.monotonic()) / 4)))
    link, cookies = (chance.choice([*LESSONS]), ""), dict[str, str]()
    while time.monotonic() < end:
        diary.sessions += 1
        try:
            async with arriving(server.url, cookies=cookies) as learner:
                link = await _sitting(Desk(learner, chance, number, ids), link, end, diary)
        except (LearnerError, OSError) as error:
            diary.failed(f"learner {number}", "as a session", error)
            await asyncio.sleep(1)


async def _sitting(desk: Desk, link: tuple[str, str], end: float, diary: Diary) -> tuple[str, str]:
    """One session; gives the link that the next one opens."""
    lesson, query = link
    doing = "open a link" if query else "open"
    for _ in range(desk.chance.randint(2, 5)):
        await _noted(desk, f"{lesson or 'home'}: {doing}", desk.open(lesson, query), diary)
        for _ in range(desk.chance.randint(*VISIT_ACTIONS)):
            await asyncio.sleep(desk.pause_s())
            if time.monotonic() > end:
                return link
            await _noted(desk, *desk.choose(lesson), diary)
        link = lesson, desk.learner.query
        lesson, query, doing = desk.chance.choice([*LESSONS]), "", "go to"
    return link


async def _noted(desk: Desk, kind: str, work: Awaitable[float], diary: Diary) -> None:
    """Note how long an action takes, and what its learner should not have seen."""
    who = f"learner {desk.number}"
    try:
        diary.seconds[kind].append(await work)
    except MissingError as error:
        diary.failed(who, kind, error)
    except LearnerError as error:
        diary.failed(who, kind, error)
        raise
    diary.failures.extend(f"{who}, {kind}: {error}" for error in desk.learner.screen.errors())


async def start_runs(server: Server, count: int) -> list[str]:
    """Press Start so often, on the sketches."""
    found = []
    async with arriving(server.url, 180) as learner:
        for number in range(count):
            await learner.visit("train", f"epochs={EPOCHS}&seed={number}")
            start = lambda: not learner.screen.find("train.start").proto.disabled  # noqa: E731
            await learner.watch(start, 180)
            await learner.click("train.start")
            if errors := learner.screen.errors():
                raise LearnerError(errors[0])
            (run,) = [part[4:] for part in learner.query.split("&") if part.startswith("run=")]
            found.append(run)
    return found


async def _remember(server: Server, end: float, diary: Diary) -> None:
    while time.monotonic() < end:
        diary.memory_mb.append(machine.resident_mb(server.pid))
        await asyncio.sleep(1)


async def work(server: Server, minutes: float, learners: int, seed: int) -> tuple[Diary, list[str]]:
    """The whole lesson."""
    diary = Diary()
    ids = await start_runs(server, RUNS)
    await asyncio.sleep(SETTLE_S)
    end = time.monotonic() + 60 * minutes
    class_ = [attend(server, number, end, seed, ids, diary) for number in range(learners)]
    await asyncio.gather(_remember(server, end, diary), *class_)
    diary.memory_mb.append(machine.resident_mb(server.pid))
    return diary, ids


def judged(run: Run, diary: Diary) -> str:
    """A run's losses, in a line; what is wrong with it is a failure."""
    try:
        state, records = run.status().state, run.metrics().records
    except UserError as error:
        diary.failed(f"run {run.id}", "reading", error)
        return str(error)
    epochs = [record.epoch for record in records]
    losses = [record.train_loss for record in records]
    right = state == "running" or (state == "finished" and len(epochs) == EPOCHS)
    if not right or epochs != list(range(1, len(epochs) + 1)) or not epochs:
        diary.failed(f"run {run.id}", "training", f"{state}, epochs {epochs[:3]} to {epochs[-3:]}")
        return state
    if not all(map(math.isfinite, losses)) or losses[-1] > losses[0]:
        diary.failed(f"run {run.id}", "training", f"losses {losses[0]} to {losses[-1]}")
    return f"{len(epochs)} epochs, loss {losses[0]:.4f} to {losses[-1]:.4f}"


def growth_mb(resident: list[float]) -> float:
    """Mean of the last quarter less mean of the second: what is kept grows at first."""
    quarter = max(len(resident) // 4, 1)
    return statistics.mean(resident[-quarter:]) - statistics.mean(resident[quarter : 2 * quarter])


def told(diary: Diary, trained: list[str], minutes: float, learners: int) -> Iterator[str]:
    """The lines that are printed."""
    yield f"{learners} learners, {RUNS} runs, {minutes:g} minutes, {diary.sessions} sessions; seconds in ms"
    yield ROW.format("action", "times", "p50", "p95", "p99", "longest")
    for kind, seconds in [*sorted(diary.seconds.items()), ("all", list(chain(*diary.seconds.values())))]:
        if seconds:
            marks = [1000 * quantile(seconds, share) for share in (0.5, 0.95, 0.99, 1.0)]
            yield ROW.format(kind, len(seconds), *(f"{mark:.0f}" for mark in marks))
    mb = diary.memory_mb
    yield (
        f"server's memory: {mb[0]:.0f} MB at the start, {max(mb):.0f} at most, {mb[-1]:.0f} at the end; "
        f"last quarter less second {growth_mb(mb):+.0f} MB"
    )
    yield from (f"run {number}: {line}" for number, line in enumerate(trained, 1))
    yield f"failures: {len(diary.failures)}"
    yield from sorted(set(diary.failures))[:20]


def run(minutes: float, learners: int, seed: int) -> list[str]:
    """Print the figures; gives the failures."""
    with slots(RUNS), own_home(), serve() as server:
        diary, ids = asyncio.run(work(server, minutes, learners, seed))
        trained = [judged(runs.get(id), diary) for id in ids]
        log = server.log.read_text(errors="replace")
    if "Traceback" in log:
        diary.failed("server", "logging", log[log.index("Traceback") :][:3000])
    if minutes >= LEAST_MINUTES and growth_mb(diary.memory_mb) > GROWTH_MB:
        diary.failed("server", "growing", f"{growth_mb(diary.memory_mb):+.0f} MB")
    print(*told(diary, trained, minutes, learners), sep="\n", flush=True)
    return diary.failures


@contextmanager
def slots(count: int) -> Iterator[None]:
    """Servers started meanwhile train so many runs at once."""
    before = os.environ.get("CONVLAB_SLOTS")
    os.environ["CONVLAB_SLOTS"] = str(count)
    try:
        yield
    finally:
        os.environ.pop("CONVLAB_SLOTS")
        if before is not None:
            os.environ["CONVLAB_SLOTS"] = before


def main(arguments: list[str] | None = None) -> int:
    """1 if anything failed, else 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.classroom", description="A class at work.")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--learners", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    print(f"{machine.description()}, load average {machine.load_average():.1f} before", flush=True)
    return int(bool(run(options.minutes, options.learners, options.seed)))


if __name__ == "__main__":
    sys.exit(main())
