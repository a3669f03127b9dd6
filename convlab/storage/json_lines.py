"""JSON objects, one a line, in a file that grows while others read it.

A line that does not end, or is no object, was cut off by the end of its writer and does not count.
"""

import json
from collections.abc import Iterator
from typing import Any


def whole(data: bytes) -> bytes:
    """Up to the end of the last line that ends."""
    return data[: data.rfind(b"\n") + 1]


def parsed(data: bytes) -> Iterator[dict[str, Any]]:
    """The objects on the lines of ``whole(data)``."""
    for text in whole(data).split(b"\n"):
        try:
            found = json.loads(text)
        except ValueError:
            continue
        if isinstance(found, dict):
            yield found


def line(values: dict[str, Any]) -> bytes:
    """An object as a line. Raises ValueError for a float that is not finite."""
    return json.dumps(values, allow_nan=False).encode() + b"\n"
