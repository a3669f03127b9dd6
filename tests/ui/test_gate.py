"""convlab.ui.gate: who may ask, how much, how slowly; tests/test_serve.py shows it in front of Streamlit."""

import asyncio
import importlib
import time
from collections.abc import Awaitable, Callable, Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send
from streamlit import config, net_util
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from streamlit.web.server import server_util

from convlab.ui import gate
from convlab.ui.gate import Gate

OWN = "127.0.0.1:8501"
ORIGIN = f"http://{OWN}"
OPTIONS = ("server.allowedHosts", "server.address", "browser.serverAddress", "server.corsAllowedOrigins")


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Streamlit's options as they are shipped, before and after; nobody is asked."""
    before = {name: config.get_option(name) for name in OPTIONS}
    monkeypatch.setattr(net_util, "get_external_ip", net_util.get_external_ip)
    yield
    for name, value in before.items():
        config.set_option(name, value)


async def read(request: Request) -> Response:
    return PlainTextResponse(f"{len(await request.body())} bytes")


def app(**longest: int) -> Gate:
    """The gate, and an app behind it that reads what it is sent."""
    routes = [Route("/{name}", read, methods=["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])]
    return Gate(Starlette(routes=routes), {f"/{name}": most for name, most in longest.items()})


def headers(**changed: str | None) -> list[tuple[bytes, bytes]]:
    own = {"host": OWN, "origin": ORIGIN}
    return [
        (name.replace("_", "-").encode(), text.encode("latin-1"))
        for name, text in (own | changed).items()
        if text is not None
    ]


async def nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def ask(
    guard: Gate,
    receive: Callable[[], Awaitable[Message]] = nothing,
    method: str = "POST",
    kind: str = "http",
    **changed: str | None,
) -> tuple[int, dict[str, str], str]:
    """Status, headers and text of an answer."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": kind, "method": method, "path": "/x", "raw_path": b"/x", "root_path": ""}
    scope |= {"query_string": b"", "headers": headers(**changed), "subprotocols": []}
    await guard(scope, receive, send)
    if kind == "websocket":
        return sent[0].get("code", 0), {}, ""
    told = {name.decode().lower(): text.decode() for name, text in sent[0]["headers"]}
    return sent[0]["status"], told, b"".join(part.get("body", b"") for part in sent[1:]).decode()


def asked(method: str = "POST", kind: str = "http", **changed: str | None) -> tuple[int, dict[str, str], str]:
    return asyncio.run(ask(app(), nothing, method, kind, **changed))


@pytest.mark.parametrize(
    "host",
    [
        *(OWN, "localhost:8501", "LOCALHOST", "lab.localhost:80", "localhost.", "192.168.1.5:8501"),
        *("10.0.0.1", "[::1]:8501", "[fe80::1%25eth0]:8501", "0.0.0.0:8501"),
    ],
)
def test_by_its_address_or_a_name_of_this_machine_the_server_answers(host: str) -> None:
    assert asked(host=host, origin=f"http://{host.lower()}")[0] == 200
    assert asked(method="GET", host=host, origin=None)[0] == 200


@pytest.mark.parametrize(
    "host",
    [
        *(
            "attacker.test",
            "attacker.test:8501",
            "localhost.attacker.test",
            "127.0.0.1.attacker.test",
            "",
            None,
        ),
        *("127.0.0.1@attacker.test", "attacker.test#127.0.0.1", "[::1", "[attacker.test]:1", "é", "0x7f.1"),
        *("127.0.0.1:80:80", "2130706433", "notlocalhost", None, "[]:80", ":80", "."),
    ],
)
def test_by_another_name_it_does_not_though_the_page_has_that_name_too(host: str | None) -> None:
    config.set_option("server.address", None)
    for method in ("GET", "POST", "PUT", "OPTIONS"):
        status, told, text = asked(method=method, host=host, origin=f"http://{host}" if host else None)
        assert status == 403
        assert text.startswith("ConvLab does not know itself by this name: open it by its address")
        assert told["connection"] == "close"
    assert asked(kind="websocket", host=host, origin=f"http://{host}" if host else None)[0] == 1008


@pytest.mark.parametrize("option", ["server.address", "browser.serverAddress", "server.allowedHosts"])
def test_a_name_that_it_was_given_is_its_own(option: str) -> None:
    config.set_option(option, ["*.School.test"] if option == "server.allowedHosts" else "Lab.school.test")
    assert asked(host="lab.school.test:8501", origin="https://lab.school.test:8501")[0] == 200
    assert asked(host="school.test", origin="https://school.test")[0] == 403
    assert config.get_option("server.allowedHosts") == []  # Streamlit's own list would refuse an address


@pytest.mark.parametrize(
    "origin",
    ["http://attacker.test", "null", "", "http://127.0.0.1:8502", "http://localhost:8501", "http://"],
)
def test_a_page_of_another_site_gets_nothing(origin: str) -> None:
    for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE"):
        status, told, _text = asked(method=method, origin=origin)
        assert status == 403
        assert "access-control-allow-origin" not in told
    assert asked(kind="websocket", origin=origin)[0] == 1008
    sentence = asked(origin=origin)[2]
    assert sentence.startswith(
        "ConvLab answers its own pages only: open it in a tab of its own. Behind a proxy"
    )
    assert "--server.corsAllowedOrigins https://NAME" in sentence


def test_an_origin_that_was_named_may_ask_as_behind_a_proxy_that_hides_the_host() -> None:
    config.set_option("server.corsAllowedOrigins", ["https://lab.school.test"])
    assert asked(origin="https://lab.school.test")[0] == 200
    assert asked(origin="http://lab.school.test")[0] == 403


def test_what_changes_something_needs_an_origin() -> None:
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert asked(method=method, origin=None)[0] == 403
    for method in ("GET", "HEAD"):
        assert asked(method=method, origin=None)[0] == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_may_link_here_and_no_more(site: str) -> None:
    def told(method: str, mode: str, dest: str, site: str = site) -> int:
        fetch = {"sec_fetch_site": site, "sec_fetch_mode": mode, "sec_fetch_dest": dest}
        return asked(method, "http", origin=None, **fetch)[0]

    assert told("GET", "navigate", "document") == 200
    assert told("GET", "no-cors", "image") == 403
    assert told("GET", "navigate", "iframe") == 403
    assert told("POST", "navigate", "document") == 403
    assert told("GET", "cors", "empty", "same-origin") == told("GET", "navigate", "document", "none") == 200


def test_every_answer_forbids_frames_a_refusal_too() -> None:
    for host, origin in ((OWN, ORIGIN), ("attacker.test", ORIGIN), (OWN, "null")):
        _status, told, _text = asked(host=host, origin=origin)
        assert told["content-security-policy"] == "frame-ancestors 'none'"
        assert told["x-frame-options"] == "DENY"
        assert told["cross-origin-resource-policy"] == "same-origin"


def coming(*parts: tuple[float, bytes], end: bool = True) -> Callable[[], Awaitable[Message]]:
    """A body in parts, each so many seconds after the one before; then it ends, or stands still."""
    left = list(parts)

    async def receive() -> Message:
        if not left:
            await asyncio.sleep(60)
        seconds, part = left.pop(0)
        await asyncio.sleep(seconds)
        return {"type": "http.request", "body": part, "more_body": bool(left) or not end}

    return receive


def test_too_long_a_body_is_given_up_as_soon_as_it_is() -> None:
    body = [(0.0, bytes(600))] * 4
    status, told, text = asyncio.run(ask(app(x=1500), coming(*body, end=False)))
    assert (status, told["connection"]) == (413, "close")
    assert text == "That is more than ConvLab reads here: 0.0 MB at most."
    assert asyncio.run(ask(app(x=2400), coming(*body)))[2] == "2400 bytes"
    assert asyncio.run(ask(app(), coming(*body)))[2] == "2400 bytes"


def test_a_body_that_stands_still_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "STALL_S", 0.1)
    for parts in ([], [(0.0, bytes(5_000_000))]):
        guard = app()
        began = time.monotonic()
        status, told, text = asyncio.run(ask(guard, coming(*parts, end=False)))
        assert (status, told["connection"]) == (408, "close")
        assert text == "The upload stood still or was too slow: please send it again."
        assert time.monotonic() - began < 1
        assert guard.bytes == 0


def test_a_body_that_trickles_is_given_up_and_a_slow_one_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gate, "STALL_S", 0.2)
    trickle, honest = [(0.05, b"x")] * 20, [(0.05, bytes(1000))] * 20
    assert asyncio.run(ask(app(), coming(*trickle)))[0] == 408
    assert asyncio.run(ask(app(), coming(*honest)))[2] == "20000 bytes"


def test_a_reader_may_wait_for_the_end_of_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "STALL_S", 0.05)
    heard: list[str] = []

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        heard.extend([(await receive())["type"], (await receive())["type"]])

    async def receive() -> Message:
        if not heard and not begun:
            begun.append(True)
            return await nothing()
        await asyncio.sleep(0.2)
        return {"type": "http.disconnect"}

    begun: list[bool] = []
    asyncio.run(ask_only(Gate(inner, {}), receive))
    assert heard == ["http.request", "http.disconnect"]


async def ask_only(guard: Gate, receive: Callable[[], Awaitable[Message]]) -> list[Message]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await guard({"type": "http", "method": "GET", "path": "/x", "headers": headers()}, receive, send)
    return sent


def test_forty_half_sent_bodies_stop_nobody_and_are_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "STALL_S", 0.5)

    async def together() -> tuple[list[int], tuple[int, dict[str, str], str], float]:
        guard = app()
        half = [asyncio.create_task(ask(guard, coming((0, bytes(900_000)), end=False))) for _ in range(40)]
        await asyncio.sleep(0.05)
        assert guard.bytes == 40 * 900_000
        began = time.monotonic()
        answer = await ask(guard, coming((0, bytes(3_000_000))))
        taken = time.monotonic() - began
        statuses = [status for status, _told, _text in await asyncio.gather(*half)]
        assert guard.bytes == 0
        return statuses, answer, taken

    statuses, answer, taken = asyncio.run(together())
    assert statuses == [408] * 40
    assert answer[2] == "3000000 bytes"
    assert taken < 0.3


class Lab:
    """What is known of a running lab: the files that its pages hold."""

    def __init__(self) -> None:
        self.uploaded_file_mgr = MemoryUploadedFileManager("/upload")


def test_more_than_there_is_room_for_is_refused_and_an_edit_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "MOST_BYTES", 5_000_000)
    lab = Lab()
    monkeypatch.setattr("convlab.ui.gate.runtime.exists", lambda: True)
    monkeypatch.setattr("convlab.ui.gate.runtime.get_instance", lambda: lab)
    large, small = coming((0, bytes(3_000_000))), coming((0, bytes(1_000_000)))
    assert asyncio.run(ask(app(), large))[0] == 200
    lab.uploaded_file_mgr.add_file("session", UploadedFileRec("1", "a.zip", "", bytes(4_000_000)))
    status, _told, text = asyncio.run(ask(app(), coming((0, bytes(3_000_000)))))
    assert (status, text) == (
        507,
        "ConvLab holds as many files as it may: close tabs that have uploads, then send it again.",
    )
    assert asyncio.run(ask(app(), small))[0] == 200
    lab.uploaded_file_mgr.remove_session_files("session")
    assert asyncio.run(ask(app(), coming((0, bytes(3_000_000)))))[0] == 200


def test_who_leaves_in_the_middle_of_a_body_leaves_no_error() -> None:
    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        await Request(scope, receive).body()

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    assert asyncio.run(ask_only(Gate(inner, {}), receive)) == []


def test_so_many_sockets_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "MOST_SOCKETS", 2)
    open_: list[bool] = []

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        open_.append(True)
        await receive()

    async def together() -> list[Message]:
        guard, done = Gate(inner, {}), asyncio.Event()

        async def receive() -> Message:
            await done.wait()
            return {"type": "websocket.connect"}

        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {"type": "websocket", "path": "/x", "headers": headers()}
        tasks = [asyncio.create_task(guard(scope, receive, send)) for _ in range(3)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        status, _told, text = await ask(guard, method="GET", origin=None, accept="text/html,*/*")
        assert status == 503
        assert text == "As many pages are open as ConvLab serves at once, 2: close one, then reload this one."
        done.set()
        await asyncio.gather(*tasks)
        assert guard.sockets == 0
        return sent

    assert asyncio.run(together()) == [{"type": "websocket.close", "code": 1008}]
    assert len(open_) == 2


def test_a_socket_that_is_refused_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """A browser shows nothing of it, and its page asks again and again."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def refused(guard: Gate) -> None:
        for _ in range(3):
            await guard(
                {"type": "websocket", "path": "/x", "headers": headers(origin="https://lab.test")},
                nothing,
                send,
            )

    asyncio.run(refused(app()))
    assert sent == [{"type": "websocket.close", "code": 1008}] * 3
    assert [record.message for record in caplog.records] == [gate.OTHER_SITE]


def test_nobody_is_asked_for_the_servers_own_address(monkeypatch: pytest.MonkeyPatch) -> None:
    out: list[str] = []
    monkeypatch.setattr(net_util, "get_external_ip", net_util.get_external_ip)  # put back at the end
    importlib.reload(net_util)  # a test before this one may have loaded a page
    monkeypatch.setattr(net_util, "_make_blocking_http_get", lambda url, timeout=0: out.append(url))
    assert not server_util.is_url_from_allowed_origins("http://attacker.test")
    assert out != []  # Streamlit's own way
    out.clear()
    gate.ask_nobody()
    assert not server_util.is_url_from_allowed_origins("http://attacker.test")
    assert out == []
