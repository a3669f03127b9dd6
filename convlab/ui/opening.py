"""The page while PyTorch loads: it says what it waits for, and the browser draws a first convolution.

Streamlit's document is empty until its scripts have run and a page has imported PyTorch. What is added to
it here needs neither, and goes when the page has drawn its own.
"""

import json
import re
from collections.abc import Callable
from functools import cache
from html import escape
from pathlib import Path
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from convlab.ui import words
from convlab.ui.cookies import sent
from convlab.ui.words import _

# What the Kernels page opens with, in figures: what makes it needs PyTorch.
GREYS = (
    *((153, 153, 153, 153, 153, 153, 153, 153), (153, 153, 153, 51, 51, 153, 153, 153)),
    *((153, 153, 51, 51, 51, 51, 153, 153), (153, 51, 51, 51, 51, 51, 51, 153)),
    *((153, 255, 255, 255, 255, 255, 255, 153), (153, 255, 255, 255, 255, 0, 255, 153)),
    *((153, 255, 255, 255, 255, 0, 255, 153), (102, 102, 102, 102, 102, 102, 102, 102)),
)
KERNEL = ((-1, 0, 1),) * 3
COLOURS = (  # from -end to end, in even steps
    *("#053061", "#2166ac", "#4393c3", "#92c5de", "#d1e5f0", "#f7f7f7"),
    *("#fddbc7", "#f4a582", "#d6604d", "#b2182b", "#67001f"),
)

_HERE = Path(__file__).parent
SCRIPTS = (_HERE / "components" / "shared" / "convolve.js", _HERE / "opening.js")  # in one scope
_BEHIND = b'<div id="root"></div>'
_CONDITIONS = (b"if-none-match", b"if-modified-since", b"if-range", b"range", b"accept-encoding")


class Opening:
    """The middleware that adds it to documents for as long as ``waiting`` says so."""

    def __init__(self, app: ASGIApp, waiting: Callable[[], bool]) -> None:
        self.app, self.waiting = app, waiting

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand everything on."""
        if not _asks_for_a_page(scope) or not self.waiting():
            await self.app(scope, receive, send)
            return
        whole = [header for header in scope["headers"] if header[0] not in _CONDITIONS]
        document = _Document(send, _language(scope))
        await self.app({**scope, "headers": whole}, receive, document.send)


class _Document:
    """One answer; a page of Streamlit's is held back until it is whole."""

    def __init__(self, send: Send, language: str) -> None:
        self._send, self._language = send, language
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_page(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._send_whole(self._start)

    async def _send_whole(self, start: Message) -> None:
        body = added(self._body, self._language)
        headers = MutableHeaders(scope=start)
        headers["content-length"] = str(len(body))
        headers["cache-control"] = "no-store"  # once PyTorch is there, the page is another
        for name in ("etag", "last-modified"):
            del headers[name]
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


def added(document: bytes, language: str = words.DEFAULT_LANGUAGE) -> bytes:
    """Streamlit's document with the opening in it; any other as it is."""
    return document.replace(_BEHIND, _markup(language).encode() + _BEHIND, 1)


def _asks_for_a_page(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    return "text/html" in Headers(scope=scope).get("accept", "")


def _language(scope: Scope) -> str:
    """The link's, or what the browser remembers, or what it speaks, as on the page that follows."""
    headers = Headers(scope=scope)
    linked = parse_qs(scope["query_string"].decode("latin-1")).get(words.IN_LINK, [""])[0]
    remembered = sent(headers).get(words.COOKIE)
    spoken = re.split("[,;]", headers.get("accept-language", ""))[0].strip()
    return words.preferred(linked, remembered.value if remembered else "", spoken)


def _is_page(start: Message) -> bool:
    headers = Headers(raw=start.get("headers", []))
    return start["status"] == 200 and headers.get("content-type", "").startswith("text/html")


@cache
def _markup(language: str) -> str:
    with words.speaking(language):
        waits = _(
            "PyTorch is loading. The lab comes by itself, the first time after an installation more slowly."
        )
        meanwhile = _(
            "Meanwhile your browser draws a first convolution: nine products, added up, make one pixel."
        )
        names = (_("Picture"), _("Kernel"), _("Output"))
    data = json.dumps({"language": language, "greys": GREYS, "kernel": KERNEL, "colours": COLOURS})
    script = "\n".join(file.read_text("utf-8") for file in SCRIPTS)
    figures = "".join(
        f"<figure><figcaption>{escape(name)}</figcaption><div></div></figure>" for name in names
    )
    return (
        f"<style>{(_HERE / 'opening.css').read_text('utf-8')}</style>\n"
        f'<div id="convlab-opening"><h1>ConvLab</h1><p role="status">{escape(waits)}</p>'
        f'<p>{escape(meanwhile)}</p><div aria-hidden="true">{figures}<pre></pre></div></div>\n'
        f'<script type="application/json" id="convlab-opening-data">{data}</script>\n'
        f"<script>{{\n{script}\n}}</script>\n"
    )
