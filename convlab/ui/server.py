"""PyTorch on a route beside Streamlit: one POST, one convolution, without a run of the page; nothing is kept.

Not there under ``streamlit run app.py``: the lab then asks through Streamlit. What is heavy is imported
in threads, so that the server answers at once and PyTorch loads while the browser fetches its scripts.
"""

import gc
import threading
from collections.abc import AsyncIterator
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

MOST_BYTES = 256 * 256 * 3 + 16_384  # the largest working picture, and the text in front of it
BINARY = "application/octet-stream"
# What the pages and their first run import; the icons' names alone take a tenth of a second.
_HEAVY = (
    "convlab.ui.kernels.answer",
    "convlab.ui.kernels.toolbar",
    "convlab.ui.kernels.experiments",
    "streamlit.material_icon_names",
    "convlab.ui.home",
)

_served = ""


def path() -> str:
    """Where the browser asks PyTorch, an absolute path of this server; "" where nobody would answer."""
    return _served


def routes() -> list[Route]:
    """What serve.py puts beside Streamlit's own routes."""
    return [Route(_path(), _convolve, methods=["POST"])]


def _path() -> str:
    base = str(config.get_option("server.baseUrlPath")).strip("/")
    return f"/{base}/convolve" if base else "/convolve"


@asynccontextmanager
async def lifespan(_app: App) -> AsyncIterator[None]:
    """While the server runs: load PyTorch behind its back, and tell the pages that there is a route."""
    global _served
    threading.Thread(target=_load, name="convlab-load", daemon=True).start()
    _served = _path()
    yield
    _served = ""


def _load() -> None:
    """Import what the pages need; a page that comes first waits for the same imports."""
    gc.disable()  # imports make many objects and no garbage: collections cost a tenth of the time
    try:
        for name in _HEAVY:
            import_module(name)
    finally:
        gc.enable()
        gc.freeze()


async def _convolve(request: Request) -> Response:
    if not _is_ours(request):
        return Response(status_code=403)
    question = await _body(request)
    if question is None:
        return Response(status_code=413)
    try:
        answer = await run_in_threadpool(_answer, question)
    except UserError as error:
        return JSONResponse({"error": str(error)}, status_code=422)
    # Not compressed on the way: on one machine that takes longer than the bytes.
    headers = {"Content-Encoding": "identity", "Cache-Control": "no-store"}
    return Response(answer, media_type=BINARY, headers=headers)


def _answer(question: bytes) -> bytes:
    from convlab.ui.kernels.answer import answer

    return answer(question)


def _is_ours(request: Request) -> bool:
    """Whether a page of this server asks: browsers send Origin with every POST, and no page can change it."""
    headers = request.headers
    same_host = "host" in headers and urlsplit(headers.get("origin", "")).netloc == headers["host"]
    same_site = headers.get("sec-fetch-site", "same-origin") == "same-origin"
    return same_host and same_site and headers.get("content-type") == BINARY


async def _body(request: Request) -> bytes | None:
    """The whole body; None as soon as it is longer than any question."""
    found = bytearray()
    async for part in request.stream():
        found += part
        if len(found) > MOST_BYTES:
            return None
    return bytes(found)
