"""convlab.ui.connections: uvicorn as Streamlit starts it, connections that ask nothing or say too much."""

import base64
import os
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from convlab.ui import connections

ASK = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
UPLOAD = b"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nx"


async def answer(request: Request) -> Response:
    return PlainTextResponse("yes")


async def take(request: Request) -> Response:
    await request.body()
    return PlainTextResponse("taken")


async def listen(websocket: WebSocket) -> None:
    await websocket.accept()
    try:
        while True:
            await websocket.send_text(str(len(await websocket.receive_bytes())))
    except WebSocketDisconnect:
        pass


@contextmanager
def served() -> Iterator[int]:
    """The port of a server in a thread."""
    app = Starlette(
        routes=[
            Route("/", answer),
            Route("/upload", take, methods=["POST"]),
            WebSocketRoute("/socket", listen),
        ]
    )
    door = socket.create_server(("127.0.0.1", 0))
    settings = uvicorn.Config(app, ws="websockets-sansio", ws_max_size=50_000_000, log_level="critical")
    server = uvicorn.Server(settings)
    with connections.bounded():
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            yield door.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()
            door.close()


def connected(port: int, *said: bytes) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port), timeout=5)
    for part in said:
        made.sendall(part)
    return made


def until(end: bytes, one: socket.socket) -> bytes:
    """What comes up to an end."""
    found = b""
    while not found.endswith(end) and (part := one.recv(4096)):
        found += part
    return found


def lasts(one: socket.socket, seconds: float) -> bool:
    """Whether a connection is still open after so long, whatever it answered."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        one.settimeout(left)
        try:
            if not one.recv(65536):
                return False
        except TimeoutError:
            return True
        except OSError:
            return False
    return True


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nx",  # a body that is never whole
        ASK + b"GET / HTTP/1.1\r\nHo",
        b"GET /socket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + b"".join(b"X-%d: y\r\n" % number for number in range(300))
        + b"\r\n",
    ],
    ids=["silent", "slow headers", "body after its answer", "slow second request", "too many headers"],
)
def test_a_connection_that_brings_no_whole_request_is_closed(
    said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "REQUEST_S", 0.2)
    with served() as port, connected(port, said) as one:
        assert not lasts(one, 3)


def test_one_that_goes_on_asking_is_kept_and_so_is_a_pages_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "REQUEST_S", 0.2)
    with served() as port, connected(port) as one, upgraded(port) as page:
        for _ in range(10):
            one.sendall(ASK)
            assert until(b"yes", one).startswith(b"HTTP/1.1 200")
            time.sleep(0.1)
        assert lasts(page, 0.5)


def test_so_many_connections_and_no_more_and_who_comes_to_ask_gets_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connections, "MOST", 3)
    with served() as port:
        several = [connected(port) for _ in range(5)]
        time.sleep(0.2)
        assert [lasts(one, 0.05) for one in several] == [False] * 2 + [True] * 3
        with connected(port, ASK) as another:
            assert another.recv(4096).startswith(b"HTTP/1.1 200")
        for one in several:
            one.close()


def test_those_that_wait_for_a_request_make_room_before_an_upload_and_a_page_never_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connections, "MOST", 3)
    with served() as port, upgraded(port) as page, connected(port, UPLOAD) as upload:
        time.sleep(0.1)
        idle = [connected(port) for _ in range(4)]
        time.sleep(0.2)
        assert [lasts(one, 0.05) for one in idle] == [False] * 3 + [True]
        assert lasts(page, 0.05)
        assert lasts(upload, 0.05)
        with connected(port, UPLOAD) as second:
            time.sleep(0.2)
            with connected(port, UPLOAD) as third:
                time.sleep(0.2)
                assert [lasts(one, 0.05) for one in (page, upload, second, third)] == [
                    True,
                    False,
                    True,
                    True,
                ]
        for one in idle:
            one.close()


def upgraded(port: int) -> socket.socket:
    key = base64.b64encode(os.urandom(16))
    one = connected(
        port,
        b"GET /socket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n",
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key + b"\r\n\r\n",
    )
    assert one.recv(4096).startswith(b"HTTP/1.1 101")
    return one


def frame(size: int, last: bool, first: bool = True) -> bytes:
    head = bytes([(0x80 if last else 0) | (2 if first else 0), 0x80 | 127]) + struct.pack("!Q", size)
    return head + bytes(4) + bytes(size)


def test_a_huge_message_is_refused_in_one_piece_or_several(monkeypatch: pytest.MonkeyPatch) -> None:
    with served() as port:
        with upgraded(port) as page:
            page.sendall(frame(connections.MOST_MESSAGE_BYTES, last=True))
            assert page.recv(4096)[2:] == str(connections.MOST_MESSAGE_BYTES).encode()
        with upgraded(port) as page:
            page.sendall(frame(connections.MOST_MESSAGE_BYTES + 1, last=True)[:1000])
            assert page.recv(4096)[2:4] == struct.pack("!H", 1009)
        with upgraded(port) as page:
            page.sendall(frame(connections.MOST_MESSAGE_BYTES - 5, last=False))
            page.sendall(frame(10, last=False, first=False))
            assert page.recv(4096)[2:4] == struct.pack("!H", 1009)


def test_afterwards_uvicorn_is_as_it_was() -> None:
    before = connections.AutoHTTPProtocol.connection_made
    with connections.bounded():
        assert connections.AutoHTTPProtocol.connection_made is not before
    assert connections.AutoHTTPProtocol.connection_made is before


def test_the_second_piece_of_an_answer_does_not_wait_until_the_first_is_confirmed() -> None:
    """Of several in quick succession the quickest: one whose first piece waits takes 40 ms."""
    took = []
    with served() as port, connected(port) as one:
        for _ in range(20):
            began = time.monotonic()
            one.sendall(ASK)
            assert until(b"yes", one)
            took.append(time.monotonic() - began)
    assert min(took[5:]) < 0.03
