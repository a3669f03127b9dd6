"""Numbers over steps in the format of TensorBoard's event files, written without its package.

A file is a row of TFRecords (https://www.tensorflow.org/tutorials/load_data/tfrecord), each an ``Event`` as
protocol buffers write it (https://github.com/tensorflow/tensorboard/tree/master/tensorboard/compat/proto).
"""

import struct
from collections.abc import Iterable, Mapping

Step = tuple[int, Mapping[str, float]]  # its number, and what was measured by name

_POLYNOMIAL = 0x82F63B78  # CRC-32C (Castagnoli), the lowest bit first
_MASK = 0xA282EAD8
_VARINT, _DOUBLE, _BYTES, _FLOAT = 0, 1, 2, 5  # how a field of a message is written


def events(steps: Iterable[Step], when: float) -> bytes:
    """A whole file; ``when`` is the Unix time in seconds that every event bears."""
    time = _field(1, _DOUBLE) + struct.pack("<d", when)
    found = [_record(time + _within(3, b"brain.Event:2"))]
    for number, values in steps:
        summary = b"".join(
            _within(1, _within(1, name.encode()) + _field(2, _FLOAT) + struct.pack("<f", value))
            for name, value in values.items()
        )
        found.append(_record(time + _field(2, _VARINT) + _varint(number) + _within(5, summary)))
    return b"".join(found)


def masked_crc(data: bytes) -> int:
    """The checksum of a TFRecord: CRC-32C, turned and moved so that it is none of data that hold one."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + _MASK) & 0xFFFFFFFF


def _record(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    ends = (struct.pack("<I", masked_crc(part)) for part in (length, data))
    return length + next(ends) + data + next(ends)


def _within(number: int, data: bytes) -> bytes:
    """A field that holds a text or another message."""
    return _field(number, _BYTES) + _varint(len(data)) + data


def _field(number: int, kind: int) -> bytes:
    return _varint(number << 3 | kind)


def _varint(value: int) -> bytes:
    """Of a number that is not negative: seven bits a byte, the lowest first."""
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def _row(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (_POLYNOMIAL if byte & 1 else 0)
    return byte


_TABLE = [_row(byte) for byte in range(256)]
