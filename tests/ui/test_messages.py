"""convlab.ui.messages: what a page may ask over its socket, how much of it and how often."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest
from starlette.types import Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

from convlab.ui import gate, messages


def run(**told: object) -> BackMsg:
    asked = BackMsg()
    asked.rerun_script.SetInParent()
    for name, value in told.items():
        setattr(asked.rerun_script, name, value)
    return asked


def operation(name: str) -> BackMsg:
    asked = BackMsg()
    getattr(asked.backend_operation_request, name).SetInParent()
    return asked


def files(count: int) -> BackMsg:
    asked = BackMsg()
    asked.file_urls_request.file_names.extend(["x"] * count)
    return asked


def coming(asked: Sequence[BackMsg | bytes]) -> Callable[[], Awaitable[Message]]:
    """A socket that is opened, brings messages all at once, and ends."""
    data = [one if isinstance(one, bytes) else one.SerializeToString() for one in asked]
    left: list[Message] = [{"type": "websocket.connect"}]
    left += [{"type": "websocket.receive", "bytes": one} for one in data]
    left += [{"type": "websocket.disconnect", "code": 1001}]

    async def receive() -> Message:
        return left.pop(0)

    return receive


def heard(*asked: BackMsg | bytes) -> tuple[list[bytes], int, list[Message]]:
    """What is handed on of it, the code of the end, and what the page is told."""
    told: list[Message] = []

    async def send(message: Message) -> None:
        told.append(message)

    async def listen() -> tuple[list[bytes], int]:
        page, found = messages.Messages(coming(asked), send), list[bytes]()
        assert (await page.receive())["type"] == "websocket.connect"
        while (message := await page.receive())["type"] == "websocket.receive":
            found.append(message["bytes"])
        return found, message["code"]

    return *asyncio.run(listen()), told


def test_what_pages_ask_is_handed_on_and_what_cannot_be_read_is_left_to_streamlit() -> None:
    asked: list[BackMsg | bytes] = [
        *(run(query_string="kernel=1"), BackMsg(stop_script=True), BackMsg(app_heartbeat=True), files(3)),
        *(operation("deferred_file"), operation("dataframe_chunk"), b"\xff\xff"),
    ]
    sent = [one if isinstance(one, bytes) else one.SerializeToString() for one in asked]
    assert heard(*asked) == (sent, 1001, [])


@pytest.mark.parametrize(
    "order",
    [
        *(BackMsg(load_git_info=True), BackMsg(clear_cache=True), BackMsg(set_run_on_save=True), BackMsg()),
        *(BackMsg(debug_shutdown_runtime=True), operation("install_skills")),
        *(operation("dismiss_skills_nudge"), BackMsg.FromString(b"\x9a\x3f\x00")),
    ],
    ids=lambda order: str(order).split("{")[0].strip() or "nothing",
)
def test_orders_for_developers_of_an_app_are_not(order: BackMsg) -> None:
    assert heard(order, run(), order)[0] == [run().SerializeToString()]


def test_a_million_things_in_one_message_end_the_page_before_anything_is_made_of_them() -> None:
    most = messages.MOST_ITEMS
    hashes = BackMsg()
    hashes.rerun_script.cached_message_hashes.extend(["x"] * (most + 1))
    controls = BackMsg()
    for _ in range(most + 1):
        controls.rerun_script.widget_states.widgets.add()
    for asked in (files(most + 1), hashes, controls):
        found, code, told = heard(asked, run())
        assert (found, code) == ([], 1009)
        assert told == [{"type": "websocket.close", "code": 1009}]
    assert len(heard(files(most))[0]) == 1


def test_who_sends_message_upon_message_waits_and_lets_others_go_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(messages, "PER_S", 100.0)
    monkeypatch.setattr(messages, "AT_ONCE", 10)
    others = 0

    async def other() -> None:
        nonlocal others
        while True:
            others += 1
            await asyncio.sleep(0)

    async def listen() -> list[float]:
        loop, came = asyncio.get_running_loop(), list[float]()
        beside, began = asyncio.create_task(other()), loop.time()
        page = messages.Messages(coming([run()] * 30), nobody)
        await page.receive()
        while (await page.receive())["type"] == "websocket.receive":
            came.append(loop.time() - began)
            assert others >= len(came)  # between any two messages others had their turn
        beside.cancel()
        return came

    came = asyncio.run(listen())
    assert len(came) == 30
    assert came[9] < 0.1 < came[-1]


async def nobody(_message: Message) -> None: ...


def test_the_gate_hands_on_no_more_than_that_of_a_socket() -> None:
    found: list[Message] = []

    async def inner(_scope: Scope, receive: Receive, _send: Send) -> None:
        found.extend([await receive(), await receive(), await receive()])

    headers = [(b"host", b"127.0.0.1"), (b"origin", b"http://127.0.0.1")]
    scope = {"type": "websocket", "path": "/_stcore/stream", "headers": headers}
    asyncio.run(gate.Gate(inner, {})(scope, coming([BackMsg(clear_cache=True), run()]), nobody))
    assert [message["type"].partition(".")[2] for message in found] == ["connect", "receive", "disconnect"]
