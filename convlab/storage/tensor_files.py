"""What a safetensors file says of itself, from its first bytes: https://github.com/huggingface/safetensors."""

import json
from typing import Any

MAX_HEADER_BYTES = 2**20  # names and shapes of the largest design take 90,000


def header(data: bytes) -> dict[str, Any]:
    """Name -> dtype, shape and place of each tensor, and "__metadata__"; nothing in it is checked.

    Raises:
        ValueError: there is no header, or one of more than a megabyte.
    """
    size = int.from_bytes(data[:8], "little")
    if len(data) < 10 or size > min(MAX_HEADER_BYTES, len(data) - 8):
        raise ValueError("no header")
    try:
        found = json.loads(data[8 : 8 + size])
    except RecursionError as error:
        raise ValueError("no header") from error
    if not isinstance(found, dict):
        raise ValueError("no header")
    return found


def about(data: bytes) -> dict[str, Any]:
    """The file's metadata as far as their values are JSON; empty where there are none."""
    found: dict[str, Any] = {}
    try:
        words = dict(header(data)["__metadata__"])
    except (ValueError, LookupError, TypeError):
        return found
    for name, text in words.items():
        try:
            found[name] = json.loads(text)
        except (ValueError, TypeError, RecursionError):
            continue
    return found
