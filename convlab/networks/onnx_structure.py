"""An ONNX file before it is parsed: how much of it is structure, which takes many times its size in memory.

Protocol buffers: https://protobuf.dev/programming-guides/encoding. A file is a message of fields, each with a
number and a kind; what has a length may be a message again.
"""

from collections.abc import Iterator

from convlab.errors import N_, UserError

MAX_STRUCTURE_BYTES = 8 * 2**20  # names, shapes and notes of exporters; a network of 3000 nodes has 5 MiB
MAX_FIELDS = 200_000  # of the model, its graph and its tensors
_GRAPH, _INITIALIZER = 7, 5
_RAW = (4, 9)  # of a tensor: its values as they lie in memory
_MOST_BITS = 64


def unreadable() -> UserError:
    """The sentence for a file that is damaged or none of ONNX."""
    return UserError(N_("This file is damaged or no ONNX file: use torch.onnx.export(model, picture, path)."))


def check(data: bytes) -> None:
    """Refuse a file with a UserError that is damaged, or whose structure would fill the memory."""
    structure, fields = 0, 0
    try:
        for number, begin, stop in _fields(data, 0, len(data)):
            fields += 1
            if number != _GRAPH or stop == begin:
                structure += stop - begin
                _check(structure, fields)
                continue
            for within, first, last in _fields(data, begin, stop):
                fields += 1
                if within != _INITIALIZER:
                    structure += last - first + 2
                else:
                    for what, one, end in _fields(data, first, last):
                        fields += 1
                        structure += 0 if what in _RAW and end - one > 8 else end - one + 2
                        _check(structure, fields)
                _check(structure, fields)
    except (IndexError, ValueError) as error:
        if isinstance(error, UserError):
            raise
        raise unreadable() from error
    if not fields:
        raise unreadable()


def _check(structure: int, fields: int) -> None:
    if structure > MAX_STRUCTURE_BYTES or fields > MAX_FIELDS:
        told = N_("This ONNX file has more than {limit} MB of names and structure beside its weights.")
        raise UserError(told, limit=MAX_STRUCTURE_BYTES // 2**20)


def _fields(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Number, begin and end of each field's content. Raises ValueError, IndexError where it is damaged."""
    while at < end:
        key, at = _varint(data, at)
        number, kind = key >> 3, key & 7
        begin = at
        if kind == 0:
            _value, at = _varint(data, at)
        elif kind == 1:
            at += 8
        elif kind == 2:
            length, begin = _varint(data, at)
            at = begin + length
        elif kind == 5:
            at += 4
        else:
            raise ValueError("no such kind of field")
        if at > end:
            raise ValueError("cut short")
        yield number, begin, at


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, _MOST_BITS, 7):
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise ValueError("too long a number")
