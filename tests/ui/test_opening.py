"""convlab.ui.opening: it draws what Kernels opens with; which answers it changes, which it leaves."""

import asyncio
import json
import math
import re
from pathlib import Path

import pytest
import streamlit
import torch
from starlette.types import Message, Receive, Scope, Send
from streamlit.web.server.starlette.starlette_static_routes import create_streamlit_static_handler

from convlab.convolution import kernels
from convlab.pictures.drawings import draw
from convlab.ui import opening, scales
from convlab.ui.kernels.controls import KernelsControls

PAGE = "text/html,application/xhtml+xml,*/*;q=0.8"
STATIC = Path(streamlit.__file__).parent / "static"
Answer = tuple[int, dict[str, str], bytes]


def answer(waits: bool = True, accept: str = PAGE, path: str = "/", **sends: str) -> Answer:
    """Status, headers and body of Streamlit's own document, or of another file; ``sends``: more headers."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    given = {"accept": accept, "accept-encoding": "gzip", **sends}
    headers = [(name.replace("_", "-").encode(), text.encode()) for name, text in given.items()]
    scope: Scope = {
        "type": "http",
        "method": "GET",
        "path": path.partition("?")[0],
        "query_string": path.partition("?")[2].encode(),
        "headers": headers,
    }
    scope["asgi"] = {"spec_version": "2.4"}  # it need not be asked whether somebody still listens
    app = create_streamlit_static_handler(str(STATIC), None)
    asyncio.run(opening.Opening(app, lambda: waits)({**scope, "root_path": ""}, receive, send))
    start, *bodies = sent
    told = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], told, b"".join(part.get("body", b"") for part in bodies)


def test_the_first_convolution_is_the_one_that_kernels_opens_with() -> None:
    house = draw(str(KernelsControls.opening["picture"]).removeprefix("drawing:"), 8)
    assert house.tolist() == torch.tensor(opening.GREYS).expand(3, -1, -1).tolist()
    kernel = kernels.parse(KernelsControls.model_fields["kernel"].default)
    assert kernel.tolist() == [[list(map(float, row)) for row in opening.KERNEL]]


def test_its_colours_lie_on_the_labs_scale() -> None:
    table = torch.tensor([*scales.table(scales.DIVERGING)]).reshape(256, 3).double()
    for place, text in enumerate(opening.COLOURS):
        at = 255 * place / (len(opening.COLOURS) - 1)
        between = (table[int(at)] + table[math.ceil(at)]) / 2 if at % 1 else table[int(at)]
        assert [int(text[n : n + 2], 16) for n in (1, 3, 5)] == pytest.approx(between.tolist(), abs=5)


def test_a_page_asked_for_while_pytorch_loads_says_so_and_draws() -> None:
    status, headers, body = answer(path="/kernels")
    text = body.decode()
    assert status == 200
    assert "PyTorch is loading." in text
    assert text.index('id="convlab-opening"') < text.index('<div id="root"></div>')
    data = re.search(r'id="convlab-opening-data">(.+?)</script>', text)
    assert data is not None
    assert json.loads(data[1])["kernel"] == [[-1, 0, 1]] * 3
    assert headers["content-length"] == str(len(body))
    assert headers["cache-control"] == "no-store"
    assert not {"etag", "last-modified", "content-encoding"} & headers.keys()


@pytest.mark.parametrize(
    ("path", "cookie", "speaks", "language"),
    [
        ("/?lang=zh", "convlab_language=en", "en-GB", "zh"),
        ("/?lang=no", "convlab_language=zh", "en-GB", "zh"),
        ("/", "convlab_language=en", "zh-CN,zh;q=0.9", "en"),
        ("/", "", "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("/", "convlab_language=; =", "no", "en"),
    ],
)
def test_it_speaks_as_the_page_that_follows(path: str, cookie: str, speaks: str, language: str) -> None:
    text = answer(path=path, cookie=cookie, accept_language=speaks)[2].decode()
    assert f'"language": "{language}"' in text
    assert ("PyTorch is loading." in text, "正在加载 PyTorch。" in text) == (
        language == "en",
        language == "zh",
    )


def test_a_page_that_the_browser_keeps_is_sent_anew_meanwhile() -> None:
    _status, headers, _body = answer(waits=False)
    assert answer(waits=False, if_none_match=headers["etag"])[0] == 304
    status, _headers, body = answer(if_none_match=headers["etag"])
    assert (status, b"PyTorch is loading." in body) == (200, True)


def test_once_pytorch_is_there_the_page_is_streamlits() -> None:
    assert answer(waits=False)[2] == (STATIC / "index.html").read_bytes()


@pytest.mark.parametrize(("accept", "path"), [("*/*", "/"), (PAGE, "/favicon.png")])
def test_what_is_no_page_stays_as_it_is(accept: str, path: str) -> None:
    assert answer(accept=accept, path=path) == answer(waits=False, accept=accept, path=path)


def test_a_socket_and_what_is_posted_pass() -> None:
    passed: list[Scope] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        passed.append(scope)

    async def receive() -> Message:
        return {}

    async def send(_message: Message) -> None:
        pass

    asked = [{"type": "websocket", "headers": []}, {"type": "http", "method": "POST", "headers": []}]
    for scope in asked:
        asyncio.run(opening.Opening(app, lambda: True)(scope, receive, send))
    assert passed == asked
