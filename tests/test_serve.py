"""serve.py, the way `make run` starts it: the routes beside Streamlit, whom they answer, what they refuse."""

import json
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
import torch
import torch.nn.functional as F

from convlab.convolution.conv2d import ConvSettings
from convlab.pictures import crop, images
from convlab.probing import bundled
from convlab.ui import server
from convlab.ui.probe.controls import ProbeControls
from tests.browser import harness
from tests.ui.driver import unpack
from tests.ui.kernels.test_route import question
from tests.ui.probe.test_route import picture
from tests.ui.probe.test_route import question as probe_question

PIXELS = torch.arange(64, dtype=torch.uint8).reshape(1, 8, 8)
KERNEL = torch.tensor([[[1.0, 0, -1], [2, 0.5, -2]]])
BINARY = "application/octet-stream"


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
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"content_type": "text/plain"},  # what a form of another site may send unasked
        {"content_type": None},
    ],
    ids=str,
)
def test_other_sites_are_refused(served: harness.Server, changed: dict[str, Any]) -> None:
    for route in server.ANSWERERS:
        status, headers, body = post(served, question(PIXELS, KERNEL), route, **changed)
        assert (status, body) == (403, b"")
        assert "access-control-allow-origin" not in headers


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
    assert "-m streamlit run serve.py\n" in (harness.ROOT / "Makefile").read_text()


def test_a_page_that_is_not_served_by_it_is_told_of_no_route() -> None:
    assert [server.path(name) for name in server.ANSWERERS] == ["", ""]
