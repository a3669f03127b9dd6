"""convlab.ui.server: its routes, and in which order it loads what the pages need."""

import asyncio
import gc
import platform
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import cast

import pytest
from starlette.requests import Request
from starlette.types import Message
from streamlit import config

from convlab.errors import UserError
from convlab.ui import server
from convlab.ui.lessons import LESSONS


@pytest.mark.parametrize(("base", "wanted"), [("", "/convolve"), ("/lab/", "/lab/convolve")])
def test_a_route_lies_below_the_servers_base(base: str, wanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = config.get_option("server.baseUrlPath")
    config.set_option("server.baseUrlPath", base)
    try:
        assert next(route.path for route in server.routes()) == wanted
        assert server.path("convolve") == ""  # as long as nobody answers
        monkeypatch.setattr(server, "_serving", True)
        assert server.path("convolve") == wanted
    finally:
        config.set_option("server.baseUrlPath", before)


@pytest.mark.parametrize("name", server.ANSWERERS)
def test_who_answers_is_there(name: str) -> None:
    assert callable(import_module(server.ANSWERERS[name][0]).answer)


@pytest.mark.parametrize(("size", "most"), [(server.LARGE_BYTES + 1, server.AT_ONCE), (1000, 5)])
def test_of_large_questions_two_are_answered_at_once(
    size: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = []

    def answer(question: bytes) -> bytes:
        at_once.append(1)
        time.sleep(0.1)
        found = sum(at_once)
        at_once.append(-1)
        return str(found).encode()

    monkeypatch.setattr(server, "import_module", lambda name: SimpleNamespace(answer=answer))

    async def ask() -> int:
        async def receive() -> Message:
            return {"type": "http.request", "body": bytes(size)}

        headers = [(b"content-type", server.BINARY.encode())]
        request = Request({"type": "http", "method": "POST", "headers": headers}, receive)
        return int((await endpoint(request)).body)

    async def together() -> list[int]:
        return await asyncio.gather(*(ask() for _ in range(5)))

    endpoint = server.routes()[1].endpoint
    assert max(asyncio.run(together())) == most


@pytest.mark.parametrize("refused", [False, True])
def test_large_questions_that_wait_or_were_refused_take_no_memory(
    refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(question: bytes) -> bytes:
        time.sleep(0.05)
        if refused:
            raise UserError("No picture.")
        return b""

    async def ask() -> int:
        left = [bytes(100_000)] * 100

        async def receive() -> Message:
            return {"type": "http.request", "body": left.pop(), "more_body": bool(left)}

        headers = [(b"content-type", server.BINARY.encode())]
        request = Request({"type": "http", "method": "POST", "headers": headers}, receive)
        return int((await endpoint(request)).status_code)

    async def together() -> list[int]:
        return await asyncio.gather(*(ask() for _ in range(8)))

    monkeypatch.setattr(server, "import_module", lambda name: SimpleNamespace(answer=answer))
    endpoint = server.routes()[1].endpoint
    gc.disable()  # nothing may wait for it
    tracemalloc.start()
    try:
        assert asyncio.run(together()) == [422 if refused else 200] * 8
        left, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        gc.enable()
    assert peak < (server.AT_ONCE + 1) * 10_000_000
    assert left < 5_000_000


def test_what_the_first_page_needs_is_loaded_before_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []

    def load(name: str) -> ModuleType:
        loaded.append(name)
        return server

    monkeypatch.setattr(server, "_loaded", threading.Event())
    monkeypatch.setattr(server, "import_module", load)
    monkeypatch.setattr("convlab.ui.server.time.sleep", lambda seconds: loaded.append(f"{seconds:.0f} s"))
    frozen = gc.get_freeze_count()
    server._load()
    gc.unfreeze()
    early, later = loaded[: loaded.index("10 s")], loaded[loaded.index("10 s") + 1 :]
    assert sorted(early) == sorted(name for lesson in LESSONS.values() for name in lesson.early)
    assert later == [name for lesson in LESSONS.values() for name in lesson.later]
    assert early[-2:] == ["convlab.ui.home", "convlab.ui.thumbnails"]
    assert gc.isenabled()
    assert frozen >= 0


def test_pages_wait_for_what_is_loading_and_for_nothing_that_cannot_be_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_name: str) -> ModuleType:
        assert waiting()
        raise ImportError

    monkeypatch.setattr(server, "_loaded", threading.Event())
    monkeypatch.setattr(server, "import_module", refuse)
    waiting = cast("Callable[[], bool]", server.middleware()[-1].kwargs["waiting"])
    with pytest.raises(ImportError):
        server._load()
    assert not waiting()


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps many places of memory")
def test_while_the_lab_is_served_threads_share_two_places_of_memory() -> None:
    """In a process of its own, where no thread has taken memory yet; the third begins no third place."""
    script = """
import asyncio, ctypes, tempfile, threading
from convlab.ui import server
async def serve():
    async with server.lifespan(None):
        pass
server._load = lambda: None
asyncio.run(serve())
barrier = threading.Barrier(8)
def take():
    held = bytearray(100_000)  # below the size that the system gives by itself
    barrier.wait()
threads = [threading.Thread(target=take) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
libc.fopen.argtypes = [ctypes.c_char_p, ctypes.c_char_p]
libc.fclose.argtypes = [ctypes.c_void_p]
libc.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
with tempfile.NamedTemporaryFile() as told:
    file = libc.fopen(told.name.encode(), b"w")
    libc.malloc_info(0, file)
    libc.fclose(file)
    print(told.read().count(b"<heap "))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert int(done.stdout) <= 2


def test_what_was_cut_goes_on_where_there_is_any(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))
    module = SimpleNamespace(resume_all=lambda: asked.append(1))
    monkeypatch.setattr(server, "import_module", lambda name: module)
    server._go_on()
    assert asked == []
    (tmp_path / "sweeps").mkdir()
    server._go_on()
    assert asked == [1]
