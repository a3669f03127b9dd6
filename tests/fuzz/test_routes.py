"""What anyone may send to the routes: bytes, headers and parts that lie; each gets a plain status."""

import asyncio
import json
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as some
from starlette.applications import Starlette
from starlette.types import Message
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string
from streamlit.web.server.starlette.starlette_routes import create_upload_routes

from convlab.convolution.conv2d import ConvSettings
from convlab.networks import receptive_field
from convlab.networks.recording import record
from convlab.networks.stacks import CONV_POOL_CONV, EXAMPLE, Stack
from convlab.ui import networks, server
from convlab.ui.feature_maps import open_pass
from convlab.ui.feature_maps.forward import ForwardPass
from convlab.ui.feature_maps.open_pass import OpenPass
from convlab.ui.gate import Gate
from convlab.ui.modules.controls import ModulesControls
from tests.fuzz.bounds import fuzzed, within

OWN = "127.0.0.1:8501"
UPLOAD = "/_stcore/upload_file/session/file"
PIXELS = bytes(range(75))
QUESTION = {
    "shape": [3, 5, 5],
    "normalised": False,
    "kernel": torch.full((1, 3, 3), 0.5).tolist(),
    "settings": ConvSettings().model_dump(),
}
BANK_QUESTION = {
    **{name: part for name, part in QUESTION.items() if name != "kernel"},
    "weight": torch.full((2, 3, 3, 3), 0.5).tolist(),
    "bias": [0.0, 1.0],
}
NETWORK_QUESTION = {
    "network": {"kind": "stack", "key": Stack(layers=CONV_POOL_CONV.layers[:2]).text(), "seed": 1},
    **{"shape": [3, 5, 5], "mean": [0.5] * 3, "std": [0.25] * 3, "behind": 1},
    "edits": [["0", 0, 2, torch.ones(3, 3).tolist()]],
}


def open_stack() -> OpenPass:
    """A pass that somebody has open."""
    model = networks.stack_model(CONV_POOL_CONV.text(), (3, 16, 16), 1)
    recording = record(model.probe.network, torch.rand(1, 3, 16, 16))
    assert recording.network is not None
    rows = {row.layer.name: row for row in receptive_field.table(recording.network)}
    return OpenPass("0" * 32, ForwardPass(model, recording, rows, "x", "x"), "en")


OPEN = open_stack()
open_pass._open[OPEN.secret] = OPEN
UNIT_QUESTION = {"secret": OPEN.secret, "layer": 1, "channel": 0, "row": 1, "col": 2, "known": [0, 1]}
PART_QUESTION: dict[str, Any] = {"controls": {"topic": "fit", "in_features": 7}, "language": "en"}
HONEST_QUESTIONS: dict[str, dict[str, Any]] = {
    "convolve": QUESTION,
    "bank": BANK_QUESTION,
    "network": NETWORK_QUESTION,
    "unit": UNIT_QUESTION,
    "part": PART_QUESTION,
}
FROM_OWN = {"host": OWN, "origin": f"http://{OWN}", "content-type": server.BINARY}
XSRF = generate_xsrf_token_string()


class Runtime:
    """As much of Streamlit's as its uploads ask."""

    def is_active_session(self, session_id: str) -> bool:
        return session_id == "session"


def door() -> tuple[Gate, MemoryUploadedFileManager]:
    """The gate, and behind it the routes of the lab and Streamlit's for uploads."""
    held: Any = MemoryUploadedFileManager("/upload")
    runtime: Any = Runtime()
    routes = [*server.routes(), *create_upload_routes(runtime, held, "")]
    return Gate(
        Starlette(routes=routes), {f"/{name}": most for name, (_, most) in server.ANSWERERS.items()}
    ), held


DOOR, HELD = door()


def ask(method: str, path: str, headers: Mapping[str, str], parts: list[bytes]) -> tuple[int, bytes]:
    """Status and body. An exception that the app does not handle is raised here."""
    left, sent = list(parts), list[Message]()

    async def receive() -> Message:
        return {"type": "http.request", "body": left.pop(0) if left else b"", "more_body": bool(left)}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b""}
    told = [(name.encode(), text.encode("latin-1", "replace")) for name, text in headers.items()]
    asyncio.run(DOOR({**scope, "root_path": "", "headers": told, "app": None}, receive, send))
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


NUMBERS = some.one_of(
    some.integers(-3, 300),
    some.sampled_from([2**31, 2**63, -(2**64), 10**30, 1e308, -1e308, 0.1]),
    some.sampled_from([float("nan"), float("inf")]),
)
JSON = some.recursive(
    some.none() | some.booleans() | NUMBERS | some.text(max_size=20),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=8), inner, max_size=3),
    max_leaves=20,
)
SETTINGS = some.dictionaries(
    some.sampled_from([*ConvSettings().model_dump(), "unknown"]),
    NUMBERS | some.sampled_from(["same", "valid", "replicate", "circular", "relu", "", "x" * 9000]),
    max_size=3,
)
SHAPES = some.lists(some.integers(-1, 300), min_size=0, max_size=4)
KERNELS = some.tuples(some.integers(0, 3), some.integers(0, 60), some.integers(0, 60)).map(
    lambda shape: torch.ones(shape).tolist()
)

BANKS = some.tuples(some.integers(0, 17), some.integers(0, 4), some.integers(0, 4), some.integers(2, 4)).map(
    lambda shape: torch.ones(shape).tolist()
)

EDITS = some.lists(
    some.tuples(some.sampled_from(["0", "2", "1", ""]), NUMBERS, NUMBERS, JSON | some.just([[1.0] * 3] * 3)),
    max_size=3,
)
NAMED = some.fixed_dictionaries(
    {
        "kind": some.sampled_from(["shipped", "run", "random", "stack", "x"]),
        "key": some.sampled_from(["net", "net_res_deep", "../net", "0" * 16, "[]", EXAMPLE.text()])
        | some.text(max_size=30),
    },
    optional={"seed": NUMBERS, "epoch": NUMBERS, "more": JSON},
)

CONTROLS = some.dictionaries(
    some.sampled_from([*ModulesControls.model_fields, "unknown"]), JSON | some.text(max_size=9), max_size=4
).map(lambda changes: {**PART_QUESTION["controls"], **changes})


@some.composite
def questions(draw: some.DrawFn) -> bytes:
    """An honest question, some of it replaced, and a length and pixels that may lie."""
    honest = draw(some.sampled_from(list(HONEST_QUESTIONS.values())))
    text: dict[str, Any] = dict(honest)
    if "settings" in honest:
        text["settings"] = {**ConvSettings().model_dump(), **draw(SETTINGS)}
    changes = {"kernel": KERNELS, "weight": BANKS, "bias": JSON, "shape": SHAPES}
    if honest is NETWORK_QUESTION:
        changes = {
            "edits": EDITS | JSON,
            "network": NAMED | JSON,
            "shape": SHAPES,
            "behind": NUMBERS,
            "std": JSON,
        }
    if honest is PART_QUESTION:
        changes = {"controls": CONTROLS | JSON, "language": JSON | some.text(max_size=30)}
    if honest is UNIT_QUESTION:
        changes = {"secret": JSON, "layer": NUMBERS, "channel": NUMBERS, "row": NUMBERS, "known": JSON}
    changes |= {"stock": some.text(max_size=70), draw(some.text()): JSON}
    for name in draw(some.lists(some.sampled_from(list(changes)), max_size=2)):
        text[name] = draw(changes[name])
    head = draw(some.just(json.dumps(text).encode()) | some.binary(max_size=40) | NESTS)
    length = draw(some.sampled_from([len(head), len(head) + 1, 0, 2**32 - 1]) | some.integers(0, 2**32 - 1))
    pixels = draw(some.just(PIXELS) | some.integers(0, 200_000).map(bytes))
    return length.to_bytes(4, "little") + head + pixels


@pytest.mark.parametrize("route", HONEST_QUESTIONS)
def test_a_question_that_is_not_changed_is_answered(route: str) -> None:
    head = json.dumps(HONEST_QUESTIONS[route]).encode()
    body = [len(head).to_bytes(4, "little"), head, PIXELS]
    assert ask("POST", f"/{route}", FROM_OWN, body)[0] == 200


NESTS = some.integers(1, 20_000).map(lambda deep: b"[" * deep) | some.integers(1, 20_000).map(
    lambda deep: b'{"kernel":' * deep
)


@given(
    questions(), some.sampled_from(sorted(server.ANSWERERS)), some.lists(some.integers(0, 2000), max_size=3)
)
@fuzzed(60)
def test_a_question_is_answered_or_told_in_one_sentence(body: bytes, route: str, cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(body)]
    parts = [body[start:end] for start, end in pairwise(edges)]
    with within(seconds=5, megabytes=600):
        status, said = ask("POST", f"/{route}", FROM_OWN, parts)
    assert status in {200, 413, 422}
    if status == 422:
        sentence = json.loads(said)["error"]
        assert "\n" not in sentence
        assert "Traceback" not in sentence
        assert len(sentence) < 600


HEADERS = some.dictionaries(
    some.sampled_from(
        [
            *("host", "origin", "content-type", "content-length", "sec-fetch-site", "sec-fetch-mode"),
            *("sec-fetch-dest", "cookie", "x-xsrftoken", "transfer-encoding", "x-forwarded-host"),
        ]
    ),
    some.sampled_from([OWN, "localhost", f"http://{OWN}", "null", "cross-site", "attacker.test", "-1", "1e9"])
    | some.text(max_size=40),
    max_size=6,
)
METHODS = some.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "X"])


@given(METHODS, some.sampled_from(["/convolve", "/verdict", UPLOAD, "/x", "//", "/../x"]), HEADERS)
@fuzzed(150)
def test_whatever_the_headers_nothing_gets_through_that_is_not_our_own(
    method: str, path: str, headers: dict[str, str]
) -> None:
    with within(seconds=2):
        status, _said = ask(method, path, headers, [b"x"])
    ours = headers.get("host", "").lower() in {OWN, "localhost"}
    origin = headers.get("origin", "").lower().removeprefix("http://")
    if status != 403 and method not in {"GET", "HEAD"}:
        assert ours
        assert origin == headers["host"].lower()
    assert status in {200, 400, 403, 404, 405, 413, 415, 422}


LINES = some.sampled_from(
    [
        b"--limit",
        b"--limit--",
        b"",
        b'Content-Disposition: form-data; name="a"; filename="a.png"',
        b'Content-Disposition: form-data; name="a"',
        b"Content-Disposition: form-data; filename*=utf-8''%ff%00..%2f",
        b"Content-Disposition: x",
        b"Content-Type: image/png",
        b"X" * 20_000,
        bytes(range(256)),
    ]
)


HONEST = [
    b"--limit",
    b'Content-Disposition: form-data; name="a"; filename="a.png"',
    b"",
    b"x",
    b"--limit--",
    b"",
]


@given(
    some.just(HONEST) | some.lists(LINES | some.binary(max_size=60), max_size=12),
    some.sampled_from(["limit", "", '"', "x" * 300, "limit; charset=nonsense"]),
)
@fuzzed(100)
def test_an_upload_of_parts_that_lie_is_one_file_or_refused(lines: list[bytes], limit: str) -> None:
    own = {"host": OWN, "origin": f"http://{OWN}", "content-type": f"multipart/form-data; boundary={limit}"}
    own |= {"cookie": f"_streamlit_xsrf={XSRF}", "x-xsrftoken": XSRF}
    with within(seconds=2):
        status, _said = ask("PUT", UPLOAD, own, [b"\r\n".join(lines)])
    assert status in {204, 400, 413}
    assert status == 204 or (lines, limit) != (HONEST, "limit")
    kept = HELD.get_files("session", ["file"])
    assert len(kept) == (status == 204)
    HELD.remove_session_files("session")
