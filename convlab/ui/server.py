"""PyTorch on routes beside Streamlit: one POST, one answer, without a run of the page; nothing is kept.

Not there under ``streamlit run app.py``: the lab then asks through Streamlit. Heavy imports are done in
threads, so that PyTorch loads while the browser fetches its scripts.
"""

import asyncio
import ctypes
import gc
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, nullcontext, suppress
from importlib import import_module
from tempfile import SpooledTemporaryFile

from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from streamlit import config
from streamlit.starlette import App

from convlab.errors import UserError
from convlab.storage import data_folder
from convlab.ui import connections
from convlab.ui.cookies import Cookies
from convlab.ui.gate import Gate, ask_nobody
from convlab.ui.lessons import LESSONS

BINARY = "application/octet-stream"
_TEXT_BYTES = 16_384  # the most that stands in front of a picture
_EDITS_BYTES = 600_000  # the most kernels of a network that can be changed

# Route -> the module whose ``answer`` takes a message and gives one, and the most bytes that it reads: the
# largest working picture, and the largest upload; in figures, since asking for them would import PyTorch.
ANSWERERS = {
    "convolve": ("convlab.ui.kernels.route", 256 * 256 * 3 + _TEXT_BYTES),
    "bank": ("convlab.ui.kernels.bank_route", 32 * 32 * 3 + _TEXT_BYTES),
    "network": ("convlab.ui.feature_maps.network_route", 256 * 256 * 3 + _EDITS_BYTES),
    "unit": ("convlab.ui.feature_maps.unit_route", _TEXT_BYTES),
    "part": ("convlab.ui.modules.route", _TEXT_BYTES),
    "cover": ("convlab.ui.probe.cover_route", _TEXT_BYTES),
    "look": ("convlab.ui.probe.look_route", _TEXT_BYTES),
    "verdict": ("convlab.ui.probe.route", 40_000_000 + _TEXT_BYTES),
}
LARGE_BYTES = 1_000_000  # a picture just given, not an edit: AT_ONCE are answered together, the others wait
AT_ONCE = 2
_M_ARENA_MAX = -8  # in glibc's malloc.h
_LATER_S = 10.0  # the first page is there by then

_serving = False


def path(name: str) -> str:
    """Where the browser asks PyTorch, for a key of ``ANSWERERS``: an absolute path; "" without routes."""
    return _path(name) if _serving else ""


def routes() -> list[Route]:
    """What serve.py puts beside Streamlit's own routes."""
    return [Route(_path(name), _endpoint(who), methods=["POST"]) for name, (who, _) in ANSWERERS.items()]


def middleware() -> list[Middleware]:
    """What serve.py puts in front of all routes, Streamlit's too."""
    longest = {_path(name): most for name, (_, most) in ANSWERERS.items()}
    return [Middleware(Gate, longest=longest), Middleware(Cookies)]


def _path(name: str) -> str:
    base = str(config.get_option("server.baseUrlPath")).strip("/")
    return f"/{base}/{name}" if base else f"/{name}"


@asynccontextmanager
async def lifespan(_app: App) -> AsyncIterator[None]:
    """While the server runs: load PyTorch behind its back, and tell the pages that there are routes."""
    global _serving
    threading.Thread(target=_load, name="convlab-load", daemon=True).start()
    ask_nobody()
    _share_memory()
    with connections.bounded():
        _serving = True
        yield
        _serving = False


def _share_memory() -> None:
    """Let all threads take memory from two places: glibc keeps many, and in each what a class has let go."""
    with suppress(AttributeError, OSError, TypeError):  # not with glibc
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


def _load() -> None:
    """Import what the pages need; a page that comes first waits for the same imports."""
    _import([module for lesson in reversed(LESSONS.values()) for module in lesson.early])
    time.sleep(_LATER_S)
    _import([module for lesson in LESSONS.values() for module in lesson.later])
    _go_on()


def _go_on() -> None:
    """Take up the comparisons that were cut when the server before this one ended."""
    if (data_folder.path() / "sweeps").is_dir():
        with suppress(UserError, OSError):  # whoever opens the page is told why
            import_module("convlab.comparison.sweep").resume_all()


def _import(modules: Iterable[str]) -> None:
    gc.disable()  # imports make many objects and no garbage: collections cost a tenth of the time
    try:
        for name in modules:
            import_module(name)
    finally:
        gc.enable()
        gc.freeze()


def _endpoint(module: str) -> Callable[[Request], Awaitable[Response]]:
    turns = asyncio.Semaphore(AT_ONCE)

    async def endpoint(request: Request) -> Response:
        if request.headers.get("content-type") != BINARY:
            return Response(status_code=415)
        with SpooledTemporaryFile(LARGE_BYTES) as question:  # what waits for its turn waits on disk
            size = 0
            async for part in request.stream():
                size += question.write(part)
            question.seek(0)
            async with turns if size > LARGE_BYTES else nullcontext():
                answer = await run_in_threadpool(lambda: _answered(module, question.read()))
        if isinstance(answer, str):
            return JSONResponse({"error": answer}, status_code=422)
        # Not compressed on the way: on one machine that takes longer than the bytes.
        headers = {"Content-Encoding": "identity", "Cache-Control": "no-store"}
        return Response(answer, media_type=BINARY, headers=headers)

    return endpoint


def _answered(module: str, question: bytes) -> bytes | str:
    """The answer, or the sentence why there is none: the error itself would hold the picture for a while."""
    try:
        found: bytes = import_module(module).answer(question)
    except UserError as error:
        return str(error)
    return found
