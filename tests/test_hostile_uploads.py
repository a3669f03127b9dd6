"""Eight learners at once give the same hostile file to a live server: who waits, how long, at what cost.

``-s`` prints the figures. The bars hold on a quiet machine; tests run beside each other on two
cores, so that seconds get ``PATIENCE`` times as many. CONVLAB_BARS=1 measures against the bars themselves.
"""

import asyncio
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests import hostile_files
from tests.browser import harness
from tests.datasets.files import two_classes, zipped
from tools.learner import LearnerError, arriving
from tools.screen import Screen

LEARNERS = 8
ANSWER_S, HEALTH_S, MEMORY_MB = 5.0, 1.0, 600
REST_S, RESTING = 60.0, 0.05  # a server that works less than this share of a second is idle
PATIENCE = 1 if "CONVLAB_BARS" in os.environ else 4
PROGRESS = "a bar shows how far it is"
LONG = ("deep_folders", "bomb")  # what may be honest until it is read: a bar shows how far that is
IN_CI = "doubled_key", "large_view", "blank_webp", "striped_tiff", "large_pictures", "many_members"
PAGES = {  # what a file is -> page, link, uploader, name of the file
    "checkpoint": ("feature_maps", "weights=checkpoint", "feature_maps.upload", "net.pt"),
    "picture": ("probe", "picture=upload", "probe.upload_pictures", "cat.png"),
    "archive": ("train", "data=upload", "train.upload", "pictures.zip"),
}
HOSTILE = {
    make.__name__: (what, make)
    for what, makers in (
        ("checkpoint", hostile_files.CHECKPOINTS),
        ("picture", hostile_files.PICTURES),
        ("archive", hostile_files.ARCHIVES),
    )
    for make in makers
}
# Asks for the server's health each 100 ms, from a process of its own, until its stdin is closed.
PING = """
import http.client, json, sys, threading, time
ended, took = threading.Event(), []
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
print("ready", flush=True)
while True:
    start = time.monotonic()
    try:
        asked = http.client.HTTPConnection(sys.argv[1], timeout=30)
        asked.request("GET", "/_stcore/health")
        healthy = asked.getresponse().status == 200
        asked.close()
    except OSError:
        healthy = False
    took.append(time.monotonic() - start if healthy else 30.0)
    if ended.wait(0.1):
        break
print(json.dumps(took))
"""


@dataclass
class Figures:
    """What eight learners saw, and what it cost."""

    seconds: list[float] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    health_s: float = 0.0
    memory_mb: float = 0.0


@contextmanager
def pinged(server: harness.Server, found: Figures) -> Iterator[None]:
    address = server.url.removeprefix("http://")
    command = [sys.executable, "-c", PING, address]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as pinging:
        assert pinging.stdout
        assert pinging.stdout.readline() == "ready\n"
        yield
        told, _ = pinging.communicate()
    found.health_s = max(json.loads(told))


def stats(group: int) -> Iterator[list[str]]:
    """What the system tells of a server and all processes that it has started: see proc(5), from "state"."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        if int(fields[2]) == group:
            yield fields


def resident_mb(group: int) -> float:
    return sum(int(fields[21]) for fields in stats(group)) * os.sysconf("SC_PAGE_SIZE") / 1e6


def come_to_rest(group: int) -> None:
    """Wait until a server has nothing left to do: while it works for others before, it is not idle."""
    end, worked = time.monotonic() + REST_S, -REST_S
    while time.monotonic() < end:
        before = worked
        ticks = sum(int(fields[11]) + int(fields[12]) for fields in stats(group))
        worked = ticks / os.sysconf("SC_CLK_TCK")
        if worked - before < RESTING:
            return
        time.sleep(1)


@contextmanager
def watched(server: harness.Server, found: Figures) -> Iterator[None]:
    """How much more memory than before was in use at most, of the server and what it starts."""
    idle, most, ended = resident_mb(server.pid), [0.0], threading.Event()
    own = Path(f"/proc/{server.pid}")
    (own / "clear_refs").write_text("5")  # begins the peak of its own memory anew
    before = _peak_mb(own)

    def watch() -> None:
        while not ended.wait(0.05):
            most[0] = max(most[0], resident_mb(server.pid))

    thread = threading.Thread(target=watch)
    thread.start()
    yield
    ended.set()
    thread.join()
    found.memory_mb = max(most[0] - idle, _peak_mb(own) - before)


def _peak_mb(own: Path) -> float:
    (peak,) = re.findall(r"VmHWM:\s+(\d+) kB", (own / "status").read_text())
    return int(peak) * 1024 / 1e6


def outcome(screen: Screen) -> str:
    """The sentence below the uploader, or "used" where the file turned out to be of use."""
    return " ".join(screen.errors()) or "used"


async def given(server: harness.Server, what: str, content: bytes, found: Figures, bar_will_do: bool) -> None:
    """All learners have the page open; then they give the file at once."""
    page, query, key, name = PAGES[what]
    together = asyncio.Barrier(LEARNERS)

    async def one() -> None:
        async with arriving(server.url, ANSWER_S * PATIENCE * 2) as learner:
            await learner.visit(page, query)
            await together.wait()
            start = time.perf_counter()
            giving = asyncio.ensure_future(learner.upload(key, [(name, content)]))
            while not (giving.done() or (bar_will_do and learner.screen.all("progress"))):
                await asyncio.sleep(0.02)
            found.seconds.append(time.perf_counter() - start)
            if not giving.done():  # what is read for long says how far it is, and can be left
                giving.cancel()
                found.told.append(PROGRESS)
                return
            try:
                await giving
                found.told.append(outcome(learner.screen))
            except LearnerError as error:
                found.seconds[-1] = float("inf")
                found.told.append(f"failed: {error}")

    await asyncio.gather(*(one() for _ in range(LEARNERS)))


def measured(server: harness.Server, what: str, content: bytes, bar_will_do: bool = False) -> Figures:
    found = Figures()
    with pinged(server, found), watched(server, found):
        asyncio.run(given(server, what, content, found, bar_will_do))
    return found


class Servers:
    """One server for all; another takes its place once it does not answer."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._running: tuple[ExitStack, harness.Server] | None = None

    def healthy(self) -> harness.Server:
        if self._running is None:
            own = self._stack.enter_context(ExitStack())
            server = own.enter_context(harness.serve())
            self._running = own, server
            for what, content in honest().items():
                measured(server, what, content)  # what is loaded for the first file counts as idle
        come_to_rest(self._running[1].pid)
        return self._running[1]

    def give_up(self) -> None:
        assert self._running
        self._running[0].close()
        self._running = None


def honest() -> dict[str, bytes]:
    weights = harness.ROOT / "convlab" / "weights" / "net.safetensors"
    archive = zipped(two_classes()).getvalue()
    return {
        "checkpoint": weights.read_bytes(),
        "picture": two_classes()["bird/0.png"],
        "archive": archive,
    }


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with ExitStack() as stack:
        yield Servers(stack)


@pytest.mark.timeout(300)
@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="memory is read from Linux's /proc")
@pytest.mark.parametrize("name", HOSTILE if PATIENCE == 1 else IN_CI)
def test_eight_at_once_get_their_sentence_and_nobody_else_waits(servers: Servers, name: str) -> None:
    what, make = HOSTILE[name]
    content = make()
    found = measured(server := servers.healthy(), what, content, name in LONG)
    told = set(found.told)
    print(
        f"\n{name}: {len(content):,} bytes, sentence after {max(found.seconds):.1f} s, "
        f"health after {1000 * found.health_s:.0f} ms, {found.memory_mb:+.0f} MB: {told}"
    )
    if max(found.seconds) == float("inf"):
        servers.give_up()
    assert "used" not in told or what == "picture"
    assert not any(text.startswith("failed") or "Something went wrong" in text for text in told)
    assert max(found.seconds) <= ANSWER_S * PATIENCE
    assert found.health_s <= HEALTH_S * PATIENCE
    assert found.memory_mb <= MEMORY_MB
    assert "Traceback" not in server.log.read_text()


def test_an_honest_file_is_of_use(servers: Servers) -> None:
    for what, content in honest().items():
        assert set(measured(servers.healthy(), what, content).told) == {"used"}
