"""An ONNX file before it is parsed: honest ones pass, those that would fill the memory do not."""

import pytest

from convlab.errors import UserError
from convlab.networks import onnx_structure


def varint(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def model(*parts: bytes) -> bytes:
    return field(7, b"".join(parts))


def tensor(values: int) -> bytes:
    return field(5, field(8, b"conv1.weight") + field(9, bytes(values)))


def test_weights_of_any_size_are_no_structure() -> None:
    onnx_structure.check(model(field(1, b"a node"), tensor(2 * onnx_structure.MAX_STRUCTURE_BYTES)))


def test_structure_that_would_fill_the_memory_is_refused() -> None:
    names = field(1, bytes(onnx_structure.MAX_STRUCTURE_BYTES + 1))
    many = b"".join([field(1, b"")] * (onnx_structure.MAX_FIELDS + 1))
    shapes = field(5, b"\x08\x01" * (onnx_structure.MAX_FIELDS + 1))
    for data in (model(names), model(many), model(shapes), names + model()):
        with pytest.raises(UserError, match="names and structure beside its weights"):
            onnx_structure.check(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\x00" * 8 + b"\x3a",
        b"\x3a\x10",
        b"\xff" * 20,
        b"\x3b",
        b"PK\x03\x04 an archive",
        model(b"\x2a\x7f"),
    ],
)
def test_what_is_damaged_or_no_such_file_is_refused(data: bytes) -> None:
    with pytest.raises(UserError, match="damaged or no ONNX file"):
        onnx_structure.check(data)
