"""serve.py, the way `make run` starts it: the routes beside Streamlit, whom they answer, what they refuse."""

import asyncio
import base64
import json
import socket
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest
import torch
import torch.nn.functional as F

from convlab.convolution.conv2d import ConvSettings
from convlab.pictures import crop, images
from convlab.probing import bundled
from convlab.ui import connections, server
from convlab.ui.probe.controls import ProbeControls
from tests.browser import harness
from tests.ui.driver import unpack
from tests.ui.kernels.test_route import question
from tests.ui.probe.test_route import picture
from tests.ui.probe.test_route import question as probe_question
from tools.learner import arriving

PIXELS = torch.arange(64, dtype=torch.uint8).reshape(1, 8, 8)
KERNEL = torch.tensor([[[1.0, 0, -1], [2, 0.5, -2]]])
BINARY = "application/octet-stream"
STREAMLITS = (
    *("_stcore/health", "_stcore/host-config", "_stcore/metrics", "_stcore/upload_file/a/b", "media/a.png"),
    *("_stcore/agent/interact", "_stcore/bidi-components/a", "component/a", "static/a.js", "auth/login"),
)


@pytest.fixture(scope="module")
def served() -> Iterator[harness.Server]:
    """Under a base path, as behind a proxy."""
    with harness.serve(base="/lab/one") as server:
        yield server


def post(
    served: harness.Server, body: bytes, route: str = "convolve", **changed: str | None
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body; ``changed`` headers replace a browser's own, None leaves one out."""
    address = urlsplit(served.url).netloc
    own = {"origin": f"http://{address}", "content_type": BINARY, "sec_fetch_site": "same-origin"}
    headers = {name.replace("_", "-"): text for name, text in (own | changed).items() if text is not None}
    connection = HTTPConnection(address, timeout=30)
    try:
        connection.request("POST", f"/lab/one/{route}", body, headers)
        answer = connection.getresponse()
        return answer.status, {name.lower(): text for name, text in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def test_the_route_answers_with_pytorchs_map(served: harness.Server) -> None:
    status, headers, body = post(served, question(PIXELS, KERNEL, ConvSettings(padding=1, bias=0.25)))
    assert status == 200
    assert headers["content-type"] == BINARY
    assert headers["cache-control"] == "no-store"
    assert "set-cookie" not in headers
    header, blobs = unpack(body)
    expected = F.conv2d(PIXELS[None] / 255, KERNEL[None], torch.tensor([0.25]), padding=1)[0, 0]
    assert header["result_shape"] == [9, 8]
    found = torch.frombuffer(bytearray(blobs["result"]), dtype=torch.float32).reshape(9, 8)
    assert torch.equal(found, expected)


@pytest.mark.parametrize(
    "changed",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": None},
        {"host": "evil.example"},
        {"host": "evil.example", "origin": "http://evil.example"},  # a name that was pointed here
    ],
    ids=str,
)
def test_other_sites_are_refused(served: harness.Server, changed: dict[str, Any]) -> None:
    for route in (*server.ANSWERERS, "", "kernels", *STREAMLITS):
        status, headers, body = post(served, question(PIXELS, KERNEL), route, **changed)
        assert (status, headers["content-security-policy"]) == (403, "frame-ancestors 'none'")
        assert b"ConvLab" in body
        assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize("content_type", ["text/plain", None])  # what a form may send
def test_a_form_is_no_question(served: harness.Server, content_type: str | None) -> None:
    for route in server.ANSWERERS:
        assert post(served, question(PIXELS, KERNEL), route, content_type=content_type)[::2] == (415, b"")


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])
def test_no_path_of_streamlit_is_open_to_another_name_or_page(served: harness.Server, method: str) -> None:
    own = urlsplit(served.url).netloc
    for path in ("", "kernels", "convolve", *STREAMLITS):
        for host, origin in (("evil.example", "http://evil.example"), (own, "http://evil.example")):
            assert asked(served, method, path, host, origin) == 403
    assert asked(served, "GET", "", own, None) == asked(served, "GET", "", own, f"http://{own}") == 200


def asked(served: harness.Server, method: str, path: str, host: str, origin: str | None) -> int:
    connection = HTTPConnection(urlsplit(served.url).netloc, timeout=30)
    try:
        headers = {"Host": host} | ({"Origin": origin} if origin else {})
        connection.request(method, f"/lab/one/{path}", headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


def socket_of(served: harness.Server, host: str, origin: str, base: str = "/lab/one") -> socket.socket:
    """A page's socket, its handshake sent."""
    address = urlsplit(served.url)
    made = socket.create_connection((address.hostname, address.port), timeout=30)
    key = base64.b64encode(bytes(16)).decode()
    lines = [
        f"GET {base}/_stcore/stream HTTP/1.1",
        f"Host: {host}",
        f"Origin: {origin}",
        "Upgrade: websocket",
    ]
    lines += ["Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", "", ""]
    made.sendall("\r\n".join(lines).encode())
    return made


def greeting(one: socket.socket) -> bytes:
    """What the server says first, and no more."""
    with one:
        return one.recv(12)


def test_a_socket_is_for_pages_of_this_server(served: harness.Server) -> None:
    own = urlsplit(served.url).netloc
    assert greeting(socket_of(served, own, f"http://{own}")) == b"HTTP/1.1 101"
    for host, origin in (
        (own, "http://evil.example"),
        ("evil.example", "http://evil.example"),
        (own, "null"),
    ):
        assert greeting(socket_of(served, host, origin)) == b"HTTP/1.1 403"


def test_a_huge_or_packed_message_ends_a_socket(served: harness.Server) -> None:
    own = urlsplit(served.url).netloc
    huge = bytes([0x82, 0xFF]) + (connections.MOST_MESSAGE_BYTES + 1).to_bytes(8) + bytes(4)
    packed = bytes([0xC2, 0x84]) + bytes(4) + zlib.compress(b"")[:4]  # deflated: no extension is offered
    for message, code in ((huge, 1009), (packed, 1002)):
        with socket_of(served, own, f"http://{own}") as page:
            assert page.recv(4096).startswith(b"HTTP/1.1 101")
            page.sendall(message)
            assert page.recv(4096)[2:4] == code.to_bytes(2)


def test_a_picture_gets_its_verdict(served: harness.Server) -> None:
    status, headers, body = post(served, probe_question(picture(1), model="shipped:net"), "verdict")
    assert (status, headers["content-type"]) == (200, BINARY)
    header, blobs = unpack(body)
    seen = crop.cut(images.load(picture(1)))
    assert blobs["seen"] == seen.numpy().tobytes()
    expected = bundled.weights("net").probe.probabilities(seen[None])[0].tolist()
    assert header["said"][0]["probabilities"] == pytest.approx(expected, abs=1e-6)


def test_a_browser_that_sends_no_fetch_metadata_is_answered(served: harness.Server) -> None:
    assert post(served, question(PIXELS, KERNEL), sec_fetch_site=None)[0] == 200


def test_what_cannot_be_done_is_one_sentence(served: harness.Server) -> None:
    for body in (b"", b"\xff\xff\xff\xff", question(PIXELS, KERNEL)[:-1], b"\x02\0\0\0{}"):
        status, _headers, text = post(served, body)
        assert status == 422
        assert json.loads(text) == {"error": "The page's request cannot be read: please reload the page."}
    status, _headers, text = post(served, question(PIXELS, KERNEL, ConvSettings(padding="same", stride=2)))
    assert status == 422
    assert "stride 1 only" in json.loads(text)["error"]
    assert "Traceback" not in served.log.read_text()


def test_too_long_a_body_is_refused_before_it_is_read_to_the_end(served: harness.Server) -> None:
    for route, (_module, most_bytes) in server.ANSWERERS.items():
        assert post(served, bytes(most_bytes + 1), route)[0] == 413


def test_the_largest_picture_and_kernel_fit() -> None:
    longest = question(
        torch.zeros(3, 256, 256, dtype=torch.uint8),
        torch.full((3, 7, 7), -1 / 3),
        ConvSettings(padding="same", padding_mode="replicate", bias=-1 / 3, activation="none"),
    )
    assert len(longest) < server.ANSWERERS["convolve"][1]
    longest = probe_question(bytes(images.MAX_UPLOAD_MB * 1_000_000), **ProbeControls().model_dump())
    assert len(longest) < server.ANSWERERS["verdict"][1]


def test_the_server_answers_before_pytorch_is_there() -> None:
    code = "import sys; from convlab.ui import server; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=harness.ROOT, check=False).returncode == 0


def test_make_run_starts_what_the_tests_and_benchmarks_start() -> None:
    # what that does is in tests/commands/test_serve.py
    assert "\n\t$(BIN)/convlab\n" in (harness.ROOT / "Makefile").read_text()


def test_a_page_that_is_not_served_by_it_is_told_of_no_route() -> None:
    assert {server.path(name) for name in server.ANSWERERS} == {""}


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every request of a server started now that was not for itself: all go to a proxy that notes them."""
    seen: list[str] = []

    class Noting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_error(403)

        do_CONNECT = do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Noting) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.server_port}")
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        yield seen
        proxy.shutdown()


def test_no_outside_address_is_asked_at_the_start_nor_for_a_socket(outside: list[str]) -> None:
    named = "--server.corsAllowedOrigins=https://lab.school.test"
    with harness.serve(harness.ROOT, "--server.address=0.0.0.0", named) as open_to_a_class:
        own = urlsplit(open_to_a_class.url).netloc
        for origin, said in (("http://evil.example", b"403"), ("https://lab.school.test", b"101")):
            assert greeting(socket_of(open_to_a_class, own, origin, base=""))[-3:] == said
    assert outside == []


async def visit(url: str) -> None:
    async with arriving(url) as learner:
        await learner.visit()


def test_without_a_gate_a_socket_needs_a_name_of_this_machine_and_a_page_first_stops_the_asking(
    outside: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with harness.serve(script="app.py") as plain:
        monkeypatch.setenv("no_proxy", "*")  # for the learner; the server has its proxy
        own = urlsplit(plain.url).netloc
        assert greeting(socket_of(plain, "evil.example", "http://evil.example", base="")) == b"HTTP/1.1 403"
        asyncio.run(visit(plain.url))
        assert greeting(socket_of(plain, own, "http://evil.example", base="")) == b"HTTP/1.1 403"
    assert outside == []
