"""A visitor without a browser: speaks Streamlit's protobuf over the websocket and edits kernels."""

import asyncio
import json
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

LAB = "convlab_kernel_lab"
TIMEOUT_S = 60.0
FINISHED = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)


class ClientError(Exception):
    """The server answered with something that a visitor should not see, or not at all."""


@dataclass
class Lab:
    """The Kernels lab as this visitor last received it."""

    widget: str
    fragment: str
    header: dict[str, Any]
    message_bytes: int


def edited_kernel(client: int, revision: int) -> list[list[list[float]]]:
    """A kernel that no other client (0 to 63) sends: its middle is float32 without rounding."""
    return [[[-1.0, 0.0, 1.0], [-1.0, revision % 900 + client / 64, 1.0], [-1.0, 0.0, 1.0]]]


class Client:
    """One session: visits pages, edits the kernel and checks that the answer is to its own edit."""

    def __init__(self, socket: ClientConnection, number: int) -> None:
        self.socket = socket
        self.number = number
        self.lab: Lab | None = None
        self.query = ""
        self.page_hash = ""
        self.revision = 0

    async def visit(self, page: str) -> float:
        """Go to a page of the app ("" is home): seconds until its script has finished."""
        self.query, self.lab = "", None
        message = BackMsg()
        message.rerun_script.page_name = page
        return await self._run(message)

    async def edit(self) -> float:
        """Change the kernel as the component does: seconds until the lab's new picture is here.

        Raises:
            ClientError: no answer in time, an error on the page, or another kernel's picture.
        """
        if self.lab is None:
            raise ClientError("the page has no lab to edit in")
        self.revision += 1
        kernel = edited_kernel(self.number, self.revision)
        origin = self.lab.header["origin"]
        value = {"revision": self.revision, "origin": origin, "kernel": kernel}
        event = {"event": "edit", "value": value}
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.page_script_hash = self.page_hash
        message.rerun_script.fragment_id = self.lab.fragment
        widget = message.rerun_script.widget_states.widgets.add()
        widget.id = f"$$STREAMLIT_INTERNAL_KEY_{self.lab.widget}__events"
        widget.json_trigger_value = json.dumps([event])
        before = self.lab
        seconds = await self._run(message)
        if self.lab is before:
            raise ClientError(f"edit {self.revision} brought no picture")
        header = self.lab.header
        if (header["revision"], header["kernel"], header["error"]) != (self.revision, kernel, ""):
            raise ClientError(
                f"sent edit {self.revision} {kernel}, received {header['kernel']} {header['error']}"
            )
        return seconds

    async def settle(self, seconds: float) -> None:
        """Edit for a while: after its first page a server still imports in the background."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            await self.edit()
            await asyncio.sleep(0.1)

    async def _run(self, message: BackMsg) -> float:
        start = time.perf_counter()
        try:
            await self.socket.send(message.SerializeToString())
            async with asyncio.timeout(TIMEOUT_S):
                while not self._take(await self.socket.recv()):
                    pass
        except TimeoutError as error:
            raise ClientError(f"no answer within {TIMEOUT_S:.0f} s") from error
        except WebSocketException as error:
            raise ClientError(f"the connection broke: {error}") from error
        return time.perf_counter() - start

    def _take(self, payload: str | bytes) -> bool:
        """Read one message; True if the script has finished."""
        if isinstance(payload, str):
            raise ClientError("text where Streamlit sends protobuf")
        message = ForwardMsg.FromString(payload)
        kind = message.WhichOneof("type")
        if kind == "delta":
            self._take_delta(message.delta, len(payload))
        elif kind == "navigation":
            self.page_hash = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            raise ClientError("the page did not compile")
        return kind == "script_finished" and message.script_finished in FINISHED

    def _take_delta(self, delta: Delta, size: int) -> None:
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception" or (kind == "alert" and element.alert.format == Alert.ERROR):
            raise ClientError(f"error on the page: {element.exception.message or element.alert.body}")
        if kind == "bidi_component" and element.bidi_component.component_name == LAB:
            component = element.bidi_component
            self.lab = Lab(component.id, delta.fragment_id, _header(component.bytes), size)


def _header(message: bytes) -> dict[str, Any]:
    """The JSON part of what ``convlab.ui.components.shared.pack`` made."""
    (length,) = struct.unpack_from("<I", message)
    header: dict[str, Any] = json.loads(message[4 : 4 + length])
    return header


@asynccontextmanager
async def connected(url: str, number: int = 0) -> AsyncIterator[Client]:
    """A new session on the server at ``url``."""
    address = f"ws://{urlsplit(url).netloc}/_stcore/stream"
    async with connect(address, subprotocols=["streamlit"], max_size=None, compression=None) as socket:  # type: ignore[list-item]
        yield Client(socket, number)
