"""Who may ask, how much and how slowly: one middleware that every request and socket meets before Streamlit.

A browser carries what any web page sends to this machine's server too. So a request must name this server (an
address, or a name that it was given), come from one of its own pages, and may not be framed by another. An
address needs no list: only a name can be pointed at another machine behind the back of a browser.
"""

import asyncio
import ipaddress
import logging
import re
import socket
import time
from collections.abc import Mapping
from fnmatch import fnmatchcase

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config, net_util, runtime
from streamlit.runtime.stats import CacheStat

from convlab.errors import N_, Sentence
from convlab.ui.messages import Messages

log = logging.getLogger("convlab")

MOST_SOCKETS = 250  # open pages, of all browsers together
STALL_S = 30.0  # a body that brings nothing for so long is given up, and one that is slower than
SLOWEST_BYTES_S = 10_000  # a tenth of what 30 people who upload at once have on a slow network
SMALL_BYTES = 1_000_000  # never refused for want of room: an edit
MOST_BYTES = 2_000_000_000  # of all files that pages hold and bodies under way together

NO_FRAMES = (
    (b"content-security-policy", b"frame-ancestors 'none'"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),  # nor a picture or script of ours in another's page
)

UNKNOWN_NAME = N_(
    "ConvLab does not know itself by this name: open it by its address, such as http://127.0.0.1:{port}, or "
    "start it with --browser.serverAddress NAME."
)
OTHER_SITE = N_(
    "ConvLab answers its own pages only: open it in a tab of its own. Behind a proxy that has another "
    "name, start it with --server.corsAllowedOrigins https://NAME."
)
TOO_LONG = N_("That is more than ConvLab reads here: {most} MB at most.")
TOO_SLOW = N_("The upload stood still or was too slow: please send it again.")
ALL_OPEN = N_("As many pages are open as ConvLab serves at once, {most}: close one, then reload this one.")
NO_ROOM = N_("ConvLab holds as many files as it may: close tabs that have uploads, then send it again.")

_HOST = re.compile(r"(?:\[([^\]]*)\]|([^:\[\]]*))(?::\d*)?")
_READING = ("GET", "HEAD")


class Gate:
    """The middleware.

    Args:
        app: what stands behind it.
        longest: path -> the most bytes of a body; Streamlit has a limit of its own for its uploads.
    """

    def __init__(self, app: ASGIApp, longest: Mapping[str, int]) -> None:
        self.app, self.longest, self.names = app, longest, _own_names()
        self.sockets = self.bytes = 0
        self._logged: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what may not pass with one sentence; hand on all else."""
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if refusal := self._refusal(scope):
            self._log_once(refusal.detail)  # a browser shows its page nothing of it
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        self.sockets += 1
        try:
            await self.app(scope, Messages(receive, send).receive, send)
        finally:
            self.sockets -= 1

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *NO_FRAMES]}
            await send(message)

        if refusal := self._refusal(scope):
            answer = PlainTextResponse(refusal.detail, refusal.status_code, refusal.headers)
            await answer(scope, receive, guarded)
            return
        body = _Body(self, receive, self.longest.get(scope["path"]))
        try:
            await self.app(scope, body.receive, guarded)
        except ClientDisconnect:  # in the middle of an upload: nobody is left to be told
            pass
        finally:
            self.bytes -= body.size

    def _log_once(self, sentence: str) -> None:
        if sentence not in self._logged:
            self._logged.add(sentence)
            log.warning(sentence)

    def _refusal(self, scope: Scope) -> HTTPException | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "").lower()
        if not self._is_this_server(host):
            return _told(403, UNKNOWN_NAME, port=config.get_option("server.port"))
        if not _is_own(scope, headers, host):
            return _told(403, OTHER_SITE)
        page = scope["type"] == "websocket" or "text/html" in headers.get("accept", "")
        if page and self.sockets >= MOST_SOCKETS:
            return _told(503, ALL_OPEN, most=MOST_SOCKETS)
        return None

    def _is_this_server(self, host: str) -> bool:
        found = _HOST.fullmatch(host)
        name = ((found[1] or found[2]) if found else "") or ""
        return _is_address(name) or any(fnmatchcase(name.rstrip("."), known) for known in self.names)

    def room_for(self, size: int) -> bool:
        """Whether a body of so many bytes may grow on: a small one always."""
        return size <= SMALL_BYTES or self.bytes + _held() <= MOST_BYTES


class _Body:
    """The body of one request, as long as it comes: not too long, not too slow, and there is room for it."""

    def __init__(self, gate: Gate, receive: Receive, longest: int | None) -> None:
        self.gate, self._receive, self.longest = gate, receive, longest
        self.size, self.whole, self.began = 0, False, time.monotonic()

    async def receive(self) -> Message:
        if self.whole:  # what comes now is the end of the connection, and may take its time
            return await self._receive()
        try:
            async with asyncio.timeout(self._patience_s()):
                message = await self._receive()
        except TimeoutError:
            raise _told(408, TOO_SLOW) from None
        self.whole = not message.get("more_body", False)
        self._grow(len(message.get("body", b"")))
        return message

    def _patience_s(self) -> float:
        due = self.began + STALL_S + self.size / SLOWEST_BYTES_S
        return min(STALL_S, due - time.monotonic())

    def _grow(self, count: int) -> None:
        self.size += count
        self.gate.bytes += count
        if self.longest is not None and self.size > self.longest:
            raise _told(413, TOO_LONG, most=f"{self.longest / 1e6:.1f}")
        if not self.gate.room_for(self.size):
            raise _told(507, NO_ROOM)


def ask_nobody() -> None:
    """Streamlit asks an outside address for its own, to judge a socket by: it is told that there is none."""
    net_util.get_external_ip = _no_address


def _no_address() -> str | None:
    return None


def _own_names() -> tuple[str, ...]:
    """What this server may be called, ``*`` for any letters: the names that it and its machine were given.

    Streamlit's own list, which knows no addresses and guards its socket only, then has nothing to add.
    """
    machine = socket.gethostname()
    given = [*config.get_option("server.allowedHosts"), machine, f"{machine.partition('.')[0]}.local"]
    given += [config.get_option(name) or "" for name in ("server.address", "browser.serverAddress")]
    config.set_option("server.allowedHosts", [])
    named = (name.strip().rstrip(".").lower() for name in given)
    return ("localhost", "*.localhost", *filter(None, named))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_own(scope: Scope, headers: Headers, host: str) -> bool:
    """Whether a page of this server asks, or nobody's.

    Browsers say where a page came from with every socket and with all that changes something; those that
    are told this server is local also say so of what is only read, where a link to a page may be followed.
    """
    origin = headers.get("origin")
    if origin is not None:
        # A proxy may have replaced the host, so the person who runs the server can name origins too.
        return origin.partition("://")[2] == host or origin in config.get_option("server.corsAllowedOrigins")
    if scope["type"] == "websocket":
        return True
    followed = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    site = headers.get("sec-fetch-site", "none")
    return scope["method"] in _READING and (site in {"same-origin", "none"} or followed)


def _told(status: int, template: str, **values: object) -> HTTPException:
    return HTTPException(status, str(Sentence(template, values)), {"Connection": "close"})


def _held() -> int:
    """Bytes of the files that open pages hold."""
    if not runtime.exists():
        return 0
    stats = runtime.get_instance().uploaded_file_mgr.get_stats()
    return sum(stat.byte_length for told in stats.values() for stat in told if isinstance(stat, CacheStat))
