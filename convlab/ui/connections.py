"""Connections that ask nothing, or say too much at once: Streamlit has no option for either."""

import asyncio
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol as AutoHTTPProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

MOST = 800  # connections, open pages among them: below the 1024 files that a process may have open
REQUEST_S = 15.0  # one that brought no whole request for so long is closed, after twice that at the latest
MOST_MESSAGE_BYTES = 4_000_000  # from a page: the values of its controls; files come another way


@contextmanager
def bounded() -> Iterator[None]:
    """While the server runs: so many connections, none without a request, no huge message from a page."""
    http, page = AutoHTTPProtocol.connection_made, WebSocketsSansIOProtocol.connection_made

    def connected(self: Any, transport: Any) -> None:
        http(self, transport)
        _hurry(transport.get_extra_info("socket"))
        self.began = self.loop.time()
        if len(self.connections) > MOST:
            _make_room(self, self.connections - {self})
        self.loop.call_later(REQUEST_S, _look, self.loop, transport, None)

    def upgraded(self: Any, transport: Any) -> None:
        page(self, transport)
        self.conn.max_message_size = MOST_MESSAGE_BYTES

    _set(connected, upgraded)
    try:
        yield
    finally:
        _set(http, page)


def _set(http: Any, page: Any) -> None:
    AutoHTTPProtocol.connection_made = http  # type: ignore[method-assign]
    WebSocketsSansIOProtocol.connection_made = page  # type: ignore[method-assign]


def _hurry(connection: socket.socket) -> None:
    """Send each piece at once: else the second waits until the browser confirms the first, 40 ms at times.

    An answer goes in two pieces, what a run of a page shows in many. asyncio does so by itself, but does not
    know Streamlit's sockets for those of TCP.
    """
    if connection.family in (socket.AF_INET, socket.AF_INET6):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _make_room(newcomer: Any, connections: Iterable[Any]) -> None:
    """Close the connection that waits longest for a request, or else the oldest: who comes to ask gets in."""
    pages = WebSocketsSansIOProtocol
    told = [one for one in connections if not isinstance(one, pages) and not one.transport.is_closing()]
    min(told, key=lambda one: (not _waits(one), one.began), default=newcomer).transport.abort()


def _waits(protocol: Any) -> bool:
    cycle = getattr(protocol, "cycle", None)
    return cycle is None or bool(cycle.response_complete)


def _look(loop: asyncio.AbstractEventLoop, transport: Any, last: Any) -> None:
    """Close a connection that waits for a request, and has had none since the last look; else look again."""
    protocol = transport.get_protocol()
    if transport.is_closing() or getattr(protocol, "handshake_complete", False):
        return  # gone; or a page's socket, which Streamlit asks for a sign of life
    cycle = getattr(protocol, "cycle", None)
    if cycle is last and _waits(protocol):
        transport.abort()
    else:
        loop.call_later(REQUEST_S, _look, loop, transport, cycle)
