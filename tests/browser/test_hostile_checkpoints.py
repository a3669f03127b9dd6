"""Eight learners give eight hostile checkpoints at once: each is told, the server answers, memory stays."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.browser import harness
from tests.fuzz.test_checkpoints import COSTLY, HONEST
from tests.storage.opcodes import BEGIN, MANY, dict_of, nested, zipped
from tools.learner import arriving

WAIT_S, STILL_S, MORE_MB = 5.0, 1.0, 600.0  # for a sentence; without an answer of the server; above idle
UPLOADER = "probe.model.upload"


def hostile() -> dict[str, bytes]:
    """Eight files of different kinds."""
    made = {
        name: COSTLY[name]()
        for name in ("names", "headers", "dots", "blocks", "members", "a member compressed")
    }
    made["nested by reference"] = zipped(BEGIN + dict_of({nested(60): b"N"}) + b".")
    made["nested deep"] = zipped(BEGIN + b"})" + b"\x85" * 9 * MANY + b"K\1s.")
    return made


class Pulse:
    """Asks the server ten times a second whether it is well; ``worst`` is the longest wait."""

    def __init__(self, url: str) -> None:
        self.place, self.worst, self.over = urlsplit(url).netloc, 0.0, threading.Event()

    def watch(self) -> None:
        while not self.over.wait(0.1):
            began = time.perf_counter()
            connection = HTTPConnection(self.place, timeout=60)
            connection.request("GET", "/_stcore/health")
            connection.getresponse().read()
            connection.close()
            self.worst = max(self.worst, time.perf_counter() - began)


@contextmanager
def pulse(url: str) -> Iterator[Pulse]:
    watched = Pulse(url)
    thread = threading.Thread(target=watched.watch)
    thread.start()
    try:
        yield watched
    finally:
        watched.over.set()
        thread.join()


def memory_mb(server: harness.Server, peak: bool) -> float:
    """What the server's process has now, or had at most since that was forgotten."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    return int(status.partition("VmHWM:" if peak else "VmRSS:")[2].split()[0]) / 1024


async def at_once(url: str, files: list[bytes]) -> list[tuple[list[str], float]]:
    """What each learner is told, and after how many seconds: all of them begin together."""
    ready = asyncio.Barrier(len(files))

    async def give(data: bytes) -> tuple[list[str], float]:
        async with arriving(url) as learner:
            await learner.visit("probe", "model=checkpoint")
            await ready.wait()
            took = await learner.upload(UPLOADER, [("net.pt", data)])
            return learner.screen.errors(), took

    return await asyncio.gather(*map(give, files))


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux tells a process's memory")
def test_hazard_19_eight_hostile_checkpoints_at_once() -> None:
    files = hostile()
    with harness.serve() as server:
        with pulse(server.url) as idle:
            ((complaints, _took),) = asyncio.run(at_once(server.url, [HONEST["zip"]]))
            assert complaints == []
            time.sleep(11)  # behind the first page, the server loads what later ones need
        busy = max(1.0, idle.worst / 0.5)  # this machine has other work too
        before = memory_mb(server, peak=False)
        Path(f"/proc/{server.pid}/clear_refs").write_text("5")
        with pulse(server.url) as watched:
            told = asyncio.run(at_once(server.url, list(files.values())))
        for name, (complaints, took) in zip(files, told, strict=True):
            assert len(complaints) == 1, (name, complaints)
            assert "Something went wrong" not in complaints[0], name
            assert took < WAIT_S * busy, name
        assert watched.worst < STILL_S * busy
        assert memory_mb(server, peak=True) - before < MORE_MB
        assert "Traceback" not in server.log.read_text()
