"""How Python and a browser component meet: scripts joined into one module, data packed into one message."""

import json
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

_ROOT = Path(__file__).parents[1]  # the components' folders


def declare(name: str, scripts: list[str], styles: list[str]) -> Callable[..., Any]:
    """Register a component made of plain JavaScript files, joined in order (there is no build step).

    Args:
        name: the component's name, also the name of its folder.
        scripts: JavaScript files, relative to components/; the last one has the default export.
        styles: CSS files, relative to components/.
    """
    return st.components.v2.component(
        f"convlab_{name}",
        html='<div class="root"></div>',
        css=_joined(styles),
        js=_joined(scripts),
    )


def _joined(files: list[str]) -> str:
    return "\n".join((_ROOT / file).read_text(encoding="utf-8") for file in files)


def pack(header: Mapping[str, Any], **blobs: bytes) -> bytes:
    """One binary message: a JSON header and named binary blobs, each aligned to 4 bytes.

    JSON alone would turn 65,536 floats into a megabyte of text; Streamlit sends bytes as they are.
    Layout: uint32 header length, header (UTF-8, padded with spaces), blobs. The header's ``blobs``
    maps each name to [offset, length] in bytes, counted from the end of the header.
    """
    places: dict[str, tuple[int, int]] = {}
    body = bytearray()
    for name, blob in blobs.items():
        places[name] = (len(body), len(blob))
        body += blob + b"\0" * (-len(blob) % 4)
    text = json.dumps({**header, "blobs": places}, allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    return struct.pack("<I", len(text)) + text + bytes(body)


def parts(message: bytes) -> tuple[bytes, bytes]:
    """A message that came from the browser: the text in front, and the bytes behind it.

    Raises:
        ValueError: it is cut short.
    """
    length = int.from_bytes(message[:4], "little")
    if len(message) < 4 + length:
        raise ValueError(len(message))
    return message[4 : 4 + length], message[4 + length :]
