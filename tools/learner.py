"""A learner without a browser: opens pages of a live server, sets widgets, gives files, reads what comes.

It speaks to the server as Streamlit's page does, over its WebSocket, and as the lab's components do, over the
routes beside it. For load, for tests that need many learners at once, and for those that time a server.
"""

import asyncio
import json
import secrets
import struct
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from http.client import HTTPConnection, HTTPException
from typing import Any, TypeVar
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import FileURLsResponse
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tools.screen import Screen, unpacked

TIMEOUT_S = 60.0
FINISHED = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
BINARY = "application/octet-stream"
MOST_REQUESTS = 128  # at once, of all learners of a process
XSRF = "_streamlit_xsrf"

T = TypeVar("T")
File = tuple[str, bytes]  # name, content
_threads = ThreadPoolExecutor(MOST_REQUESTS, thread_name_prefix="learner")


class LearnerError(Exception):
    """The server did not answer as it should, or not at all."""


class Web:
    """The HTTP half: requests as a browser sends them for a page of this server, one at a time."""

    def __init__(self, url: str, timeout_s: float, cookies: dict[str, str]) -> None:
        parts = urlsplit(url)
        self.base = parts.path
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.cookies = cookies
        self._connection = HTTPConnection(parts.netloc, timeout=timeout_s)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes, float]:
        """Status, body, seconds. Headers are named as Python names things; LearnerError without an answer."""
        sent = {name.replace("_", "-"): text for name, text in headers.items()}
        sent |= {"Cookie": self.cookie} if self.cookies else {}
        start = time.perf_counter()
        for attempt in range(2):
            try:
                self._connection.request(method, self.base + path, body, sent)
                answer = self._connection.getresponse()
                self._keep(answer.headers.get_all("Set-Cookie", []))
                return answer.status, answer.read(), time.perf_counter() - start
            except (OSError, HTTPException) as error:
                self._connection.close()
                # Closed for having been idle: a browser too asks again. Nobody waits twice.
                if attempt or isinstance(error, TimeoutError):
                    raise LearnerError(f"{method} {path}: {type(error).__name__} {error}") from error
        raise AssertionError

    @property
    def cookie(self) -> str:
        """All cookies that the server has set, as they are sent back."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    @property
    def token(self) -> str:
        """Streamlit's token against forged requests."""
        return self.cookies.get(XSRF, "")

    def close(self) -> None:
        """Let the connection go."""
        self._connection.close()

    def _keep(self, cookies: Sequence[str]) -> None:
        for cookie in cookies:
            name, _equals, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value


class Learner:
    """One session: what it sees is ``screen``; every action gives the seconds until its run has finished."""

    def __init__(self, socket: ClientConnection, web: Web, timeout_s: float = TIMEOUT_S) -> None:
        self.socket = socket
        self.web = web
        self.timeout_s = timeout_s
        self.screen = Screen()
        self.query = ""
        self.page_hash = ""
        self.session = ""
        self.message_bytes = 0  # of all messages so far
        self._files: FileURLsResponse | None = None

    async def visit(self, page: str = "", query: str = "") -> float:
        """Go to a page of the app by its name ("" is home), as a link with a query does."""
        self.screen.clear()
        self.query = query
        message = BackMsg()
        message.rerun_script.page_name = page
        message.rerun_script.query_string = query
        return await self._run(message)

    async def follow(self, label: str) -> float:
        """Click a link to another page: the first of that name, which is the head's."""
        link = next(one for one in self.screen.all("page_link") if one.label == label)
        self.screen.clear()
        self.query = link.proto.query_string
        message = BackMsg()
        message.rerun_script.page_script_hash = link.proto.page_script_hash
        message.rerun_script.query_string = self.query
        return await self._run(message)

    async def set(self, name: str, value: Any, *kinds: str) -> float:
        """Give the widget with a key or label a number, a text, a truth, an option's label, or several."""
        one = self.screen.find(name, *kinds)
        return await self._rerun(one.fragment, self.screen.set(one, value))

    async def click(self, name: str) -> float:
        """Press a button."""
        one = self.screen.find(name, "button")
        if one.proto.disabled:
            raise LearnerError(f"the button {name!r} cannot be pressed")
        return await self._rerun(one.fragment, self.screen.set(one, True))

    async def send(self, key: str, event: str, payload: Any) -> float:
        """Let a component of the lab hand an event to Python."""
        one = self.screen.find(key, "bidi_component")
        state = WidgetState(id=f"$$STREAMLIT_INTERNAL_KEY_{one.id}__events")
        state.json_trigger_value = json.dumps([{"event": event, "value": payload}])
        return await self._rerun(one.fragment, state)

    async def upload(self, name: str, files: Sequence[File]) -> float:
        """Give files to an uploader, in place of those that it has."""
        start = time.perf_counter()
        one = self.screen.find(name, "file_uploader")
        state = WidgetState(id=one.id)
        state.file_uploader_state_value.SetInParent()
        for place, (file, content) in zip(await self._places(files), files, strict=True):
            told = state.file_uploader_state_value.uploaded_file_info.add()
            told.name, told.size, told.file_id = file, len(content), place.file_id
            told.file_urls.CopyFrom(place)
            await threaded(partial(self._put, place.upload_url, file, content))
        self.screen.states[one.id] = state
        await self._rerun(one.fragment, state)
        return time.perf_counter() - start

    async def watch(self, until: Callable[[], object], most_s: float = TIMEOUT_S) -> list[float]:
        """Look on: the parts that renew themselves do so, until something is so. Seconds of each renewal."""
        end, due, took = time.monotonic() + most_s, dict[str, float](), list[float]()
        while not until() and (now := time.monotonic()) < end:
            due = {name: due.get(name, now + gap) for name, gap in self.screen.every.items()}
            if not due or min(due.values()) > now:
                await asyncio.sleep(max(0.0, min([end, now + 0.2, *due.values()]) - now))
                continue
            fragment = min(due, key=lambda name: due[name])
            del due[fragment]
            took.append(await self._rerun(fragment, auto=True))
        return took

    async def post(
        self, route: str, header: Any, content: bytes = b""
    ) -> tuple[dict[str, Any], bytes, float]:
        """Ask PyTorch over a route that a component was told: header and blobs of the answer, and seconds.

        Raises:
            LearnerError: the server refused; its status and sentence.
        """
        text = json.dumps(header).encode()
        body = struct.pack("<I", len(text)) + text + content
        path = route.removeprefix(self.web.base)
        status, answer, seconds = await threaded(
            lambda: self.web.ask(
                "POST", path, body, Content_Type=BINARY, Origin=self.web.origin, Sec_Fetch_Site="same-origin"
            )
        )
        if status != 200:
            raise LearnerError(f"{route}: {status} {answer[:200].decode(errors='replace')}")
        return *unpacked(answer), seconds

    async def _rerun(self, fragment: str, *states: WidgetState, auto: bool = False) -> float:
        message = BackMsg()
        asked = message.rerun_script
        asked.query_string, asked.page_script_hash, asked.fragment_id = self.query, self.page_hash, fragment
        asked.is_auto_rerun = auto
        sent = {**self.screen.states, **{state.id: state for state in states}}
        asked.widget_states.widgets.extend(sent.values())
        self.screen.toasts.clear()
        return await self._run(message)

    async def _places(self, files: Sequence[File]) -> list[Any]:
        message = BackMsg()
        message.file_urls_request.request_id = secrets.token_hex(8)
        message.file_urls_request.session_id = self.session
        message.file_urls_request.file_names.extend(name for name, _content in files)
        self._files = None
        await self._until(message, lambda _told: self._files is not None)
        assert self._files is not None
        if self._files.error_msg:
            raise LearnerError(self._files.error_msg)
        return list(self._files.file_urls)

    def _put(self, url: str, name: str, content: bytes) -> None:
        limit = secrets.token_hex(16)
        head = f'--{limit}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n'
        body = f"{head}Content-Type: {BINARY}\r\n\r\n".encode() + content + f"\r\n--{limit}--\r\n".encode()
        status, answer, _seconds = self.web.ask(
            "PUT",
            url.removeprefix(self.web.base),
            body,
            Content_Type=f"multipart/form-data; boundary={limit}",
            Origin=self.web.origin,
            Sec_Fetch_Site="same-origin",
            X_Xsrftoken=self.web.token,
        )
        if status != 204:
            raise LearnerError(f"upload of {name}: {status} {answer[:200].decode(errors='replace')}")

    async def _run(self, message: BackMsg) -> float:
        return await self._until(message, _has_finished)

    async def _until(self, message: BackMsg, done: Callable[[ForwardMsg], bool]) -> float:
        start = time.perf_counter()
        try:
            await self.socket.send(message.SerializeToString())
            async with asyncio.timeout(self.timeout_s):
                while not done(self._take(await self.socket.recv())):
                    pass
        except TimeoutError as error:
            raise LearnerError(f"no answer within {self.timeout_s:.0f} s") from error
        except (WebSocketException, OSError) as error:
            raise LearnerError(f"the connection broke: {error}") from error
        return time.perf_counter() - start

    def _take(self, payload: str | bytes) -> ForwardMsg:
        if isinstance(payload, str):
            raise LearnerError("text where Streamlit sends protobuf")
        self.message_bytes += len(payload)
        message = ForwardMsg()
        message.ParseFromString(payload)
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self.page_hash = message.new_session.page_script_hash
            self.session = message.new_session.initialize.session_id or self.session
        elif kind == "navigation":
            self.page_hash = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "file_urls_response":
            self._files = message.file_urls_response
        elif kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            raise LearnerError("the page did not compile")
        self.screen.take(message)
        return message


def _has_finished(told: ForwardMsg) -> bool:
    return told.WhichOneof("type") == "script_finished" and told.script_finished in FINISHED


async def threaded(work: Callable[[], T]) -> T:
    """In a thread of the learners' own: asyncio's few are soon all waiting."""
    return await asyncio.get_running_loop().run_in_executor(_threads, work)


@asynccontextmanager
async def arriving(
    url: str, timeout_s: float = TIMEOUT_S, cookies: dict[str, str] | None = None
) -> AsyncIterator[Learner]:
    """A new session on the server at ``url``, as a browser begins one; nothing is open yet.

    Sessions with the same ``cookies``, which the first fills, are of the same browser.
    """
    web = Web(url, timeout_s, {} if cookies is None else cookies)
    try:
        for path in ("/", "/_stcore/health"):  # each sets a cookie
            status, _answer, _seconds = await threaded(partial(web.ask, "GET", path, Accept="text/html"))
            if status != 200:
                raise LearnerError(f"{path}: {status}")
        address = f"ws://{urlsplit(web.origin).netloc}{web.base}/_stcore/stream"
        options: Any = {"max_size": None, "compression": None, "origin": web.origin}
        options |= {"subprotocols": ["streamlit", web.token], "additional_headers": {"Cookie": web.cookie}}
        async with connect(address, **options) as socket:
            yield Learner(socket, web, timeout_s)
    except (WebSocketException, TimeoutError) as error:
        raise LearnerError(f"the connection broke: {error}") from error
    finally:
        web.close()
