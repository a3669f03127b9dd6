"""Two labs on one folder under kill -9, a full disk and clocks that jump: ``make chaos``.

``python -m benchmarks.two_labs [--minutes 15] [--seed 0]``: learners start, pause, resume, fork, rename and
delete runs through both labs; meanwhile servers and workers are killed at random moments, the disk fills up
and the clock jumps. Then every run is looked at (``benchmarks.aftermath``); 1 is the exit code if anything is
wrong.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import aftermath, machine
from benchmarks.measures import quantile
from convlab.training import runs
from tests.browser.harness import Server, serve
from tests.few import few_sketches
from tools.learner import Learner, LearnerError, arriving
from tools.screen import MissingError

Act = Callable[[], Awaitable[None]]
LABS, LEARNERS = 2, 4
EPOCHS, SEEDS = 60, 4
LINK = f"epochs={EPOCHS}&batch_size=16&flip=1&momentum=0.9&schedule=one_cycle"
DISK_MB = 600
OFTEN = {"start": 4, "pause": 3, "resume": 5, "stop": 2, "fork": 2, "rename": 1, "delete": 1}
MOST_RUNS = 20  # then nothing is started
KILL_S, WORKER_KILL_S, FULL_S, JUMP_S = (8, 25), (3, 12), (20, 40), (10, 30)  # between two of each kind
FULL_FOR_S = (0.5, 3.0)
JUMPS_S = (-86_400.0, -3_600.0, -30.0, 30.0, 3_600.0, 86_400.0 * 365)
# Python's own clock as the labs and their workers see it: the real one, and what a file says on top.
CLOCK = """
import os, time
_real, _file = time.time, os.environ["CHAOS_CLOCK"]
def _jumped():
    try:
        with open(_file) as file:
            return _real() + float(file.read() or 0)
    except (OSError, ValueError):
        return _real()
time.time = _jumped
"""


@dataclass
class Story:
    """What was done, what it led to, what went wrong."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    counts: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    known: set[str] = field(default_factory=set)  # ids of runs that a learner has seen
    deleted: set[str] = field(default_factory=set)  # that one has wanted to delete


class Lab:
    """A server that is started again each time it is killed."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.logs: list[str] = []
        self.start()

    def start(self) -> None:
        """A new server on the same folder."""
        self._own = self._stack.enter_context(ExitStack())
        self.server: Server = self._own.enter_context(serve())

    def end(self, sign: signal.Signals) -> None:
        """Kill the server alone: its workers have to notice."""
        os.kill(self.server.pid, sign)
        deadline = time.monotonic() + aftermath.PATIENCE_S
        while aftermath.alive(self.server.pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.logs.append(self.server.log.read_text(errors="replace"))

    def clear(self) -> None:
        """What is left of its process group goes too."""
        self._own.close()


class Hand:
    """A learner at one of the labs, with dice."""

    def __init__(self, labs: list[Lab], number: int, chance: random.Random, story: Story) -> None:
        self.labs, self.number, self.chance, self.story = labs, number, chance, story

    async def work(self, end: float) -> None:
        """Come again whenever the lab has been killed."""
        while time.monotonic() < end:
            try:
                async with arriving(self.labs[self.number % LABS].server.url, 30) as learner:
                    while time.monotonic() < end:
                        await self._do_one(learner)
                        await asyncio.sleep(self.chance.uniform(0.1, 1.0))
            except (LearnerError, OSError):
                self.story.counts["cut off"] += 1
                await asyncio.sleep(0.5)

    async def _do_one(self, learner: Learner) -> None:
        fitting = aftermath.fitting()
        often = {**OFTEN, "start": OFTEN["start"] * (len(fitting["rename"]) < MOST_RUNS)}
        able = {kind: often[kind] for kind in often if fitting[kind]} or {"start": 1}
        (kind,) = self.chance.choices([*able], [*able.values()])
        begun = time.perf_counter()
        try:
            done = await getattr(self, f"_{kind}")(learner, self.chance.choice(fitting[kind]))
        except MissingError:  # the run is in another state, or gone
            done = False
        told = [*learner.screen.errors(), *learner.screen.toasts]
        for text in told:
            if "Something went wrong" in text or not text.strip():
                self.story.errors.append(f"{kind}: {text}")
            else:
                self.story.refusals[text[:70]] += 1
        self.story.seconds[kind].append(time.perf_counter() - begun)
        self.story.counts[f"{kind} done"] += bool(done and not told)

    async def _start(self, learner: Learner, _run: str) -> bool:
        await learner.visit("train", f"{LINK}&seed={self.chance.randrange(SEEDS)}")
        if learner.screen.find("train.start").proto.disabled:
            return False
        await learner.click("train.start")
        return self._seen(learner)

    def _seen(self, learner: Learner) -> bool:
        """Keep the run that the page shows now."""
        shown = [part[4:] for part in learner.query.split("&") if part.startswith("run=")]
        self.story.known.update(shown)
        return bool(shown)

    async def _press(self, learner: Learner, run: str, button: str) -> bool:
        await learner.visit("train", f"run={run}")
        await learner.click(f"train.{button}")
        return True

    async def _pause(self, learner: Learner, run: str) -> bool:
        return await self._press(learner, run, "pause")

    async def _resume(self, learner: Learner, run: str) -> bool:
        return await self._press(learner, run, "resume")

    async def _stop(self, learner: Learner, run: str) -> bool:
        return await self._press(learner, run, "stop")

    async def _fork(self, learner: Learner, run: str) -> bool:
        await self._press(learner, run, "fork")
        return self._seen(learner)

    async def _ticked(self, learner: Learner, run: str) -> None:
        await learner.visit("train", "experiment=past")
        listed = [one.id for one in runs.all_runs()]
        if run not in listed:
            raise MissingError(run)
        (table,) = [one for one in learner.screen.all("dataframe") if one.id]
        ticks = json.dumps({"selection": {"rows": [listed.index(run)], "columns": [], "cells": []}})
        await learner.set(table.key, ticks)
        if not learner.screen.has(f"train.renamed.{run}"):  # the list has changed at this moment
            raise MissingError(run)

    async def _rename(self, learner: Learner, run: str) -> bool:
        await self._ticked(learner, run)
        await learner.set(f"train.renamed.{run}", f"renamed {self.chance.randrange(1000)}")
        return True

    async def _delete(self, learner: Learner, run: str) -> bool:
        await self._ticked(learner, run)
        self.story.deleted.add(run)
        await learner.click("train.delete")
        return True


async def _again(end: float, gap_s: tuple[float, float], chance: random.Random, act: Act) -> None:
    """Do it again and again, at random moments."""
    while (wait := chance.uniform(*gap_s)) < end - time.monotonic():
        await asyncio.sleep(wait)
        await act()


class Fate:
    """What happens to the labs."""

    def __init__(self, labs: list[Lab], home: Path, disk: bool, chance: random.Random, story: Story) -> None:
        self.labs, self.home, self.disk, self.chance, self.story = labs, home, disk, chance, story
        self.clock = Path(os.environ["CHAOS_CLOCK"])

    async def kill_a_lab(self) -> None:
        """kill -9 of a server; a new one takes its place."""
        lab = self.chance.choice(self.labs)
        await asyncio.to_thread(lab.end, signal.SIGKILL)
        self.story.counts["servers killed"] += 1
        await asyncio.to_thread(lab.start)

    async def kill_a_worker(self) -> None:
        """kill -9 of a process that trains or waits to."""
        if pids := aftermath.workers(self.home):
            with suppress(ProcessLookupError):
                os.kill(self.chance.choice(pids), signal.SIGKILL)
                self.story.counts["workers killed"] += 1

    async def fill_the_disk(self) -> None:
        """Not a byte is free for a moment."""
        if not self.disk:
            return
        filler = self.home / "filler"
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            self.story.counts["disk full"] += 1
            while file.write(bytes(2**16)):
                pass
        await asyncio.sleep(self.chance.uniform(*FULL_FOR_S))
        filler.unlink(missing_ok=True)

    async def jump(self) -> None:
        """The clock is moved."""
        self.clock.write_text(str(self.chance.choice(JUMPS_S)), encoding="ascii")
        self.story.counts["clock jumps"] += 1

    async def look(self) -> None:
        """Whether a run is trained by two."""
        self.story.errors += [f"trained twice at once: {run}" for run in aftermath.twice(self.home)]


def _dice(seed: int, name: object) -> random.Random:
    return random.Random(f"{seed}/{name}")


async def rage(labs: list[Lab], home: Path, disk: bool, minutes: float, seed: int, story: Story) -> None:
    """All of it at once."""
    end = time.monotonic() + 60 * minutes
    fate = Fate(labs, home, disk, _dice(seed, "fate"), story)
    hands = [Hand(labs, number, _dice(seed, number), story).work(end) for number in range(LEARNERS)]
    blows = [
        (KILL_S, fate.kill_a_lab),
        (WORKER_KILL_S, fate.kill_a_worker),
        (FULL_S, fate.fill_the_disk),
        (JUMP_S, fate.jump),
        ((0.3, 0.3), fate.look),
    ]
    struck = [_again(end, gap_s, _dice(seed, act.__name__), act) for gap_s, act in blows]
    await asyncio.gather(*hands, *struck)
    fate.clock.write_text("0", encoding="ascii")


@contextmanager
def home_of_two() -> Iterator[tuple[Path, bool]]:
    """A ConvLab folder with few sketches, on a small disk of its own where this account may mount one."""
    with tempfile.TemporaryDirectory(prefix="convlab-chaos-", ignore_cleanup_errors=True) as scratch:
        home, code = Path(scratch) / "home", Path(scratch) / "code"
        home.mkdir()
        code.mkdir()
        (code / "sitecustomize.py").write_text(CLOCK, encoding="utf-8")
        disk = (mount := shutil.which("mount")) is not None
        if mount:
            asked = [mount, "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(home)]
            disk = not subprocess.run(asked, check=False, stderr=subprocess.DEVNULL).returncode
        before = dict(os.environ)
        path = os.pathsep.join(filter(None, (str(code), os.environ.get("PYTHONPATH"))))
        os.environ |= {"CONVLAB_HOME": str(home), "PYTHONPATH": path, "CHAOS_CLOCK": f"{scratch}/clock"}
        try:
            few_sketches()
            yield home, disk
        finally:
            os.environ.clear()
            os.environ |= before
            if disk:
                subprocess.run([shutil.which("umount") or "", "-l", str(home)], check=False)


def run(minutes: float, seed: int) -> list[str]:
    """Print what happened; gives what is wrong."""
    story = Story()
    with home_of_two() as (home, disk), ExitStack() as stack:
        labs = [Lab(stack) for _ in range(LABS)]
        asyncio.run(rage(labs, home, disk, minutes, seed, story))
        for lab in labs:
            lab.end(signal.SIGTERM)
        wrong = story.errors + aftermath.found(home, story.known - story.deleted, LINK)
        wrong += aftermath.tracebacks("\n".join(log for lab in labs for log in lab.logs))
    print(*told(story, wrong, minutes, seed, disk), sep="\n", flush=True)
    return wrong


def told(story: Story, wrong: list[str], minutes: float, seed: int, disk: bool) -> Iterator[str]:
    """The lines that are printed."""
    yield f"{LEARNERS} learners at {LABS} labs on one folder for {minutes:g} minutes, seed {seed}"
    yield (
        "the folder lay on a disk of its own, which was filled"
        if disk
        else "no disk could be mounted: none was filled"
    )
    yield ", ".join(f"{what}: {count}" for what, count in sorted(story.counts.items()))
    for kind, seconds in sorted(story.seconds.items()):
        p50, p95 = (1000 * quantile(seconds, share) for share in (0.5, 0.95))
        yield f"{kind:<8} {len(seconds):>5} times, p50 {p50:.0f} ms, p95 {p95:.0f} ms"
    yield from (f"{count:>5} × {text}" for text, count in story.refusals.most_common(12))
    yield f"runs that a learner has seen: {len(story.known)}, deleted: {len(story.deleted)}"
    yield f"wrong: {len(wrong)}"
    yield from sorted(set(wrong))[:30]


def main(arguments: list[str] | None = None) -> int:
    """1 if anything is wrong, else 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.two_labs", description="Nothing is lost.")
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    print(f"{machine.description()}, load average {machine.load_average():.1f} before", flush=True)
    return int(bool(run(options.minutes, options.seed)))


if __name__ == "__main__":
    sys.exit(main())
