"""PyTorch on routes beside Streamlit: one POST, one answer, without a run of the page; nothing is kept.

Not there under ``streamlit run app.py``: the lab then asks through Streamlit. What is heavy is imported
in threads, so that the server answers at once and PyTorch loads while the browser fetches its scripts.
"""

import gc
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from importlib import import_module
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from streamlit import config
from streamlit.starlette import App

from convlab.errors import UserError
from convlab.ui.lessons import LESSONS

BINARY = "application/octet-stream"
_TEXT_BYTES = 16_384  # the most that stands in front of a picture

# Route -> the module whose ``answer`` takes a message and gives one, and the most bytes that it reads: the
# largest working picture, and the largest upload; in figures, since asking for them would import PyTorch.
ANSWERERS = {
    "convolve": ("convlab.ui.kernels.route", 256 * 256 * 3 + _TEXT_BYTES),
    "verdict": ("convlab.ui.probe.route", 20_000_000 + _TEXT_BYTES),
}
_LATER_S = 10.0  # the first page is there by then

_serving = False


def path(name: str) -> str:
    """Where the browser asks PyTorch, for a key of ``ANSWERERS``: an absolute path; "" without routes."""
    return _path(name) if _serving else ""


def routes() -> list[Route]:
    """What serve.py puts beside Streamlit's own routes."""
    return [Route(_path(name), _endpoint(*who), methods=["POST"]) for name, who in ANSWERERS.items()]


def _path(name: str) -> str:
    base = str(config.get_option("server.baseUrlPath")).strip("/")
    return f"/{base}/{name}" if base else f"/{name}"


@asynccontextmanager
async def lifespan(_app: App) -> AsyncIterator[None]:
    """While the server runs: load PyTorch behind its back, and tell the pages that there are routes."""
    global _serving
    threading.Thread(target=_load, name="convlab-load", daemon=True).start()
    _serving = True
    yield
    _serving = False


def _load() -> None:
    """Import what the pages need; a page that comes first waits for the same imports."""
    _import([module for lesson in reversed(LESSONS.values()) for module in lesson.early])
    time.sleep(_LATER_S)
    _import([module for lesson in LESSONS.values() for module in lesson.later])


def _import(modules: Iterable[str]) -> None:
    gc.disable()  # imports make many objects and no garbage: collections cost a tenth of the time
    try:
        for name in modules:
            import_module(name)
    finally:
        gc.enable()
        gc.freeze()


def _endpoint(module: str, most_bytes: int) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        if not _is_ours(request):
            return Response(status_code=403)
        question = await _body(request, most_bytes)
        if question is None:
            return Response(status_code=413)
        try:
            answer = await run_in_threadpool(lambda: import_module(module).answer(question))
        except UserError as error:
            return JSONResponse({"error": str(error)}, status_code=422)
        # Not compressed on the way: on one machine that takes longer than the bytes.
        headers = {"Content-Encoding": "identity", "Cache-Control": "no-store"}
        return Response(answer, media_type=BINARY, headers=headers)

    return endpoint


def _is_ours(request: Request) -> bool:
    """Whether a page of this server asks: browsers send Origin with every POST, and no page can change it."""
    headers = request.headers
    same_host = "host" in headers and urlsplit(headers.get("origin", "")).netloc == headers["host"]
    same_site = headers.get("sec-fetch-site", "same-origin") == "same-origin"
    return same_host and same_site and headers.get("content-type") == BINARY


async def _body(request: Request, most_bytes: int) -> bytes | None:
    """The whole body; None as soon as it is longer than any question."""
    found = bytearray()
    async for part in request.stream():
        found += part
        if len(found) > most_bytes:
            return None
    return bytes(found)
