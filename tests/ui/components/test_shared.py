"""convlab.ui.components.shared: the message from Python to the browser, read by an unpacker of its own."""

import importlib
import math
import re
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from convlab.ui.components import kernel_lab, learning_player, shared
from convlab.ui.components.shared import numbers, pack, parts, rgba
from tests.ui.driver import unpack

plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
)
headers = st.dictionaries(st.text("aé🐱_", max_size=8), st.one_of(plain, st.lists(plain)), max_size=5)
names = st.from_regex(r"x[a-z]{0,8}", fullmatch=True)


def test_the_bytes_are_these() -> None:
    message = pack({"a": 1}, x=b"abcde", y=b"fgh")
    text = b'{"a": 1, "blobs": {"x": [0, 5], "y": [8, 3]}}'
    padded = text + b" " * (-len(text) % 4)
    assert message == struct.pack("<I", len(padded)) + padded + b"abcde\0\0\0" + b"fgh\0"


@settings(max_examples=50)
@given(headers, st.dictionaries(names, st.binary(max_size=40), max_size=4))
def test_everything_comes_back(header: dict[str, object], blobs: dict[str, bytes]) -> None:
    assert unpack(pack(header, **blobs)) == (header, blobs)


@settings(max_examples=50)
@given(headers, st.dictionaries(names, st.binary(max_size=40), max_size=4))
def test_every_blob_starts_at_a_multiple_of_4(header: dict[str, object], blobs: dict[str, bytes]) -> None:
    message = pack(header, **blobs)
    (length,) = struct.unpack_from("<I", message)
    assert length % 4 == 0
    assert len(message) % 4 == 0
    found = [message.index(blob, 4 + length) for blob in blobs.values() if len(blob) > 12]
    assert all(at % 4 == 0 for at in found) or len(set(blobs.values())) < len(blobs)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_json_cannot_say_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        pack({"outer": [{"inner": value}]})


def test_tensors_and_arrays_are_sent_in_c_order() -> None:
    across = torch.arange(6, dtype=torch.float32).reshape(2, 3).T
    assert not across.is_contiguous()
    _header, blobs = unpack(pack({}, tensor=across, array=np.arange(6, dtype=np.uint8).reshape(2, 3).T))
    assert np.frombuffer(blobs["tensor"], np.float32).tolist() == [0, 3, 1, 4, 2, 5]
    assert [*blobs["array"]] == [0, 3, 1, 4, 2, 5]


def test_a_message_from_the_browser_has_two_parts() -> None:
    assert parts(b"\x02\0\0\0{}abc") == (b"{}", b"abc")
    with pytest.raises(ValueError, match="5"):
        parts(b"\x02\0\0\0{")


def test_a_picture_becomes_opaque_and_grey_is_repeated() -> None:
    assert [*rgba(torch.tensor([[[7, 8]]], dtype=torch.uint8))] == [7, 7, 7, 255, 8, 8, 8, 255]
    colour = torch.tensor([[[1]], [[2]], [[3]]], dtype=torch.uint8)
    assert [*rgba(colour)] == [1, 2, 3, 255]


@pytest.mark.parametrize(
    ("payload", "found"),
    [
        ({"a": 1, "b": 2.0}, [1, 2]),
        ({"a": -1, "b": 10**9}, None),
        ({"a": 1}, None),
        ({"a": 1, "b": "x"}, None),
        ({"a": 1, "b": math.inf}, None),
        ("ab", None),
        (None, None),
    ],
)
def test_numbers_of_an_event(
    payload: object, found: list[int] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streamlit, "session_state", {"lab": {"move": payload}})
    assert numbers("lab", "move", ("a", "b")) == found
    assert numbers("lab", "other", ("a", "b")) is None


def test_the_files_of_a_component_are_its_folder_behind_the_shared_ones() -> None:
    assert {kernel_lab.__name__, learning_player.__name__} <= {
        f"convlab.ui.components.{name}" for name in shared.USED
    }
    for name, uses in shared.USED.items():
        scripts, styles = (shared.sources(name, kind) for kind in ("js", "css"))
        assert [file.stem for file in scripts[: len(uses) + 2]] == ["base", "newest", *uses]
        own = scripts[len(uses) + 2 :]
        assert {file.name for file in own} == {file.name for file in (shared.ROOT / name).glob("*.js")}
        assert own[-1].name == "main.js"
        assert [file.name for file in scripts if "export default" in file.read_text("utf-8")] == ["main.js"]
        assert styles[0].name == "base.css"
        assert styles[-1].parent.name == name


@pytest.mark.parametrize("name", sorted(folder.parent.name for folder in shared.ROOT.glob("*/main.js")))
def test_the_joined_scripts_of_a_component_are_one_module(name: str, tmp_path: Path) -> None:
    """No two of them share a name: a browser would show nothing at all."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not there: JavaScript is not tested")
    importlib.import_module(f"convlab.ui.components.{name}")
    joined = tmp_path / "joined.mjs"
    joined.write_text("\n".join(file.read_text("utf-8") for file in shared.sources(name, "js")), "utf-8")
    done = subprocess.run([node, "--check", joined], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_a_callback_of_a_component_raises_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr(streamlit.components.v2, "component", lambda name, **files: given.update)
    monkeypatch.setattr(streamlit, "session_state", {})
    mount = shared.declare("number_fields", "numerals")
    mount(key="fields", data=b"", on_refused_change=lambda: 1 / 0)
    given["on_refused_change"]()
    assert re.fullmatch("[0-9a-f]{8}", streamlit.session_state["boundary.failed"])
    assert (given["key"], given["data"]) == ("fields", b"")
