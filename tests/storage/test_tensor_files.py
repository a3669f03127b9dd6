"""The header of a safetensors file, read without its tensors."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save

from convlab.storage import tensor_files


def file(words: dict[str, str] | None = None) -> bytes:
    return save({"a": torch.zeros(2, 3), "b": torch.arange(4)}, words)


def test_the_header_names_the_tensors() -> None:
    found = tensor_files.header(file())
    assert {name: (entry["dtype"], entry["shape"]) for name, entry in found.items()} == {
        "a": ("F32", [2, 3]),
        "b": ("I64", [4]),
    }


def test_metadata_are_json_and_what_is_none_is_left_out() -> None:
    words = {"epoch": "3", "classes": '["ä", null]', "format": "pt", "deep": "[" * 100_000}
    assert tensor_files.about(file(words)) == {"epoch": 3, "classes": ["ä", None]}
    assert tensor_files.about(file()) == {}


def long(text: bytes) -> bytes:
    return len(text).to_bytes(8, "little") + text


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04" + bytes(100),
        file()[:9],
        file()[:40],
        long(b"[1, 2]"),
        long(b"{not JSON}"),
        long(b"\xff\xfe {}  "),
        long(b"[" * 200_000),
        long(b" " * (tensor_files.MAX_HEADER_BYTES + 1)),
        (2**63).to_bytes(8, "little") + b"{}",
    ],
)
def test_what_is_no_header_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"no header|Expecting|codec"):
        tensor_files.header(data)
    assert tensor_files.about(data) == {}


@pytest.mark.parametrize("words", [None, 3, [1], "text", {"a": 1}, {"a": None}])
def test_metadata_of_another_kind_are_none(words: object) -> None:
    assert tensor_files.about(long(json.dumps({"__metadata__": words}).encode())) == {}


def test_the_bundled_weights_say_their_design() -> None:
    path = next(Path("convlab/weights").glob("net.safetensors"))
    assert tensor_files.about(path.read_bytes())["design"] == "net"
