"""What a page may ask over its socket: what the lab's pages need, so much at once, so often."""

import asyncio

from starlette.types import Message, Receive, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

MOST_ITEMS = 10_000  # controls, or names of files to come, in one message; a page of the lab has some hundred
AT_ONCE = 60  # messages without a wait: whoever drags a slider for a minute sends a dozen a second
PER_S = 20.0  # from then on

# Streamlit also takes orders for those who develop an app: to write its settings and files, to run Git, to
# forget what all sessions share.
KINDS = {"rerun_script", "stop_script", "app_heartbeat", "file_urls_request", "backend_operation_request"}
OPERATIONS = {"deferred_file", "dataframe_chunk"}

_TOO_BIG = 1009  # what a WebSocket is closed with


class Messages:
    """The messages of one page, as Streamlit is to get them."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._due = 0.0  # when all that came would have come, had it come evenly

    async def receive(self) -> Message:
        """The next message that a page may send; the end, where one says too much at once."""
        while True:
            message = await self._receive()
            if message["type"] != "websocket.receive":
                return message
            asked = _read(message.get("bytes") or b"")
            if asked is not None and _items(asked) > MOST_ITEMS:
                await self._send({"type": "websocket.close", "code": _TOO_BIG})
                return {"type": "websocket.disconnect", "code": _TOO_BIG}
            await self._turn()
            if asked is None or _is_known(asked):
                return message

    async def _turn(self) -> None:
        """Wait, so that others are answered meanwhile: Streamlit starts a run of the page each time."""
        now = asyncio.get_running_loop().time()
        self._due = max(now, self._due + 1 / PER_S)
        await asyncio.sleep(max(0.0, self._due - now - AT_ONCE / PER_S))


def _read(data: bytes) -> BackMsg | None:
    """None where it is no message: Streamlit closes the socket."""
    asked = BackMsg()
    try:
        asked.ParseFromString(data)
    except Exception:  # protobuf's own, which Streamlit brings along
        return None
    return asked


def _items(asked: BackMsg) -> int:
    rerun = asked.rerun_script
    return max(
        len(rerun.widget_states.widgets),
        len(rerun.cached_message_hashes),
        len(asked.file_urls_request.file_names),
    )


def _is_known(asked: BackMsg) -> bool:
    kind = asked.WhichOneof("type")
    if kind == "backend_operation_request":
        return str(asked.backend_operation_request.WhichOneof("payload")) in OPERATIONS
    return kind in KINDS
