"""Event files are read back as their format is specified: TFRecords with checksums, messages in them."""

import math
import struct
from typing import Any

import pytest

from convlab.comparison import event_files
from convlab.comparison.event_files import events, masked_crc

protobuf = pytest.importorskip("google.protobuf")

FIELDS = {  # of TensorFlow's event.proto and summary.proto: name, number, kind
    "Event": [("wall_time", 1, "DOUBLE"), ("step", 2, "INT64"), ("file_version", 3, "STRING")],
    "Value": [("tag", 1, "STRING"), ("simple_value", 2, "FLOAT")],
}


def crc32c(data: bytes) -> int:
    """Bit by bit, as RFC 3720 defines it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def checked(data: bytes, masked: bytes) -> bytes:
    rotated = struct.unpack("<I", masked)[0] - 0xA282EAD8 & 0xFFFFFFFF
    assert (rotated << 15 | rotated >> 17) & 0xFFFFFFFF == crc32c(data)
    return data


def records(file: bytes) -> list[bytes]:
    found = []
    while file:
        (length,) = struct.unpack("<Q", checked(file[:8], file[8:12]))
        found.append(checked(file[12 : 12 + length], file[12 + length : 16 + length]))
        file = file[16 + length :]
    return found


def message() -> Any:
    """TensorFlow's ``Event``, as far as it is written here, as Google's own package reads it."""
    from google.protobuf import (  # type: ignore[import-untyped]
        descriptor_pb2,
        descriptor_pool,
        message_factory,
    )

    file = descriptor_pb2.FileDescriptorProto(name="events.proto", syntax="proto3")
    kinds = descriptor_pb2.FieldDescriptorProto
    for name in ("Event", "Summary", "Value"):
        made = file.message_type.add(name=name)
        for field, number, kind in FIELDS.get(name, []):
            made.field.add(name=field, number=number, type=getattr(kinds, f"TYPE_{kind}"), label=1)
    inner = {"type": kinds.TYPE_MESSAGE}
    file.message_type[0].field.add(name="summary", number=5, type_name=".Summary", label=1, **inner)
    file.message_type[1].field.add(name="value", number=1, type_name=".Value", label=3, **inner)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("Event"))


def test_the_checksum_is_the_standards() -> None:
    assert crc32c(b"123456789") == 0xE3069283
    assert crc32c(bytes(32)) == 0x8A9136AA  # RFC 3720, B.4
    for data in (b"", b"123456789", bytes(32)):
        checked(data, struct.pack("<I", masked_crc(data)))


def test_what_was_written_is_read_back() -> None:
    steps = [(1, {"loss": 0.5, "loss of \u00fc": 0.25}), (300, {"loss": math.nan}), (2**40, {})]
    first, *others = [message().FromString(one) for one in records(events(steps, 1234.5))]
    assert (first.wall_time, first.file_version) == (1234.5, "brain.Event:2")
    assert [one.step for one in others] == [1, 300, 2**40]
    assert {one.wall_time for one in others} == {1234.5}
    told = [{value.tag: value.simple_value for value in one.summary.value} for one in others]
    assert told[0] == {"loss": 0.5, "loss of \u00fc": 0.25}
    assert math.isnan(told[1]["loss"])
    assert told[2] == {}


def test_a_number_takes_as_many_bytes_as_it_needs() -> None:
    assert [event_files._varint(n) for n in (0, 1, 127, 128, 300)] == [
        b"\x00", b"\x01", b"\x7f", b"\x80\x01", b"\xac\x02",
    ]  # fmt: skip
