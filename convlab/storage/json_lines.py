"""JSON objects, one a line, in a file that grows while others read it.

A line that does not end, or is no object, was cut off by the end of its writer and does not count.
"""

import io
import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from pydantic import TypeAdapter

LONGEST = 2**20  # bytes of a line: the losses of 0.1 s take some thousands
_OBJECT: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])


def whole(data: bytes) -> bytes:
    """Up to the end of the last line that ends."""
    return data[: data.rfind(b"\n") + 1]


def parsed(data: bytes) -> Iterator[dict[str, Any]]:
    """The objects on the lines of ``whole(data)``."""
    for text in lines(io.BytesIO(data)):
        if (found := an_object(text)) is not None:
            yield found


def lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines of an open file that end. Raises ValueError for one of more than ``LONGEST`` bytes."""
    while (text := file.readline(LONGEST + 1)).endswith(b"\n"):
        yield text
    if len(text) > LONGEST:
        raise ValueError("a line without an end")


def an_object(text: bytes) -> dict[str, Any] | None:
    """What a line holds; None for what is no object."""
    try:
        return _OBJECT.validate_json(text)
    except ValueError:  # brackets in brackets without end among them
        return None


def line(values: dict[str, Any]) -> bytes:
    """An object as a line. Raises ValueError for a float that is not finite."""
    return json.dumps(values, allow_nan=False).encode() + b"\n"
