"""How Python and a browser component meet: scripts joined into one module, data packed into one message."""

import json
import struct
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st
from torch import Tensor

from convlab.ui.words import _

ROOT = Path(__file__).parents[1]  # the components' folders
Data = bytes | Tensor | npt.NDArray[Any]

USED: dict[str, tuple[str, ...]] = {}  # by each declared component, of the files in shared/


def declare(name: str, *uses: str) -> Callable[..., Any]:
    """Register a component: the files of its own folder, behind those of ``shared/`` that it uses.

    There is no build step: ``sources`` says which files are joined, and in which order.
    """
    USED[name] = uses
    js, css = ("\n".join(file.read_text("utf-8") for file in sources(name, kind)) for kind in ("js", "css"))
    return st.components.v2.component(f"convlab_{name}", html='<div class="root"></div>', css=css, js=js)


def sources(name: str, kind: str) -> list[Path]:
    """A declared component's files of a kind, "js" or "css": base, the shared ones, its own, its main.js."""
    shared = (ROOT / "shared" / f"{used}.{kind}" for used in ("base", *USED[name]))
    own = sorted((ROOT / name).glob(f"*.{kind}"), key=lambda file: (file.stem == "main", file.name))
    return [*(file for file in shared if kind == "js" or file.exists()), *own]


def pack(header: Mapping[str, Any], **blobs: Data) -> bytes:
    """One binary message: a JSON header and named binary blobs, each aligned to 4 bytes.

    JSON alone would turn 65,536 floats into a megabyte of text; Streamlit sends bytes as they are.
    Layout: uint32 header length, header (UTF-8, padded with spaces), blobs. The header's ``blobs``
    maps each name to [offset, length] in bytes, counted from the end of the header. A tensor or an
    array is sent as its values in C order.
    """
    places: dict[str, tuple[int, int]] = {}
    body = bytearray()
    for name, data in blobs.items():
        blob = as_bytes(data)
        places[name] = (len(body), len(blob))
        body += blob + b"\0" * (-len(blob) % 4)
    text = json.dumps({**header, "blobs": places}, allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    return struct.pack("<I", len(text)) + text + bytes(body)


def as_bytes(data: Data) -> bytes:
    """The values of a tensor or an array in C order; bytes as they are."""
    return data if isinstance(data, bytes) else np.asarray(data).tobytes()


def parts(message: bytes) -> tuple[bytes, bytes]:
    """The text in front of a browser's message, and the bytes behind it; ValueError where it is cut short."""
    length = int.from_bytes(message[:4], "little")
    if len(message) < 4 + length:
        raise ValueError(len(message))
    return message[4 : 4 + length], message[4 + length :]


def rgba(picture: Tensor) -> bytes:
    """Uint8 [1 or 3, H, W] -> opaque RGBA bytes, row by row."""
    opaque = picture.new_full((4, *picture.shape[1:]), 255)
    opaque[:3] = picture
    return as_bytes(opaque.permute(1, 2, 0))


def numbers(key: str, event: str, names: Sequence[str]) -> list[int] | None:
    """Whole numbers of an event that the browser sent; None where it is not what the component sends."""
    try:
        payload = st.session_state[key].get(event)
        found = [int(payload[name]) for name in names]
    except (TypeError, ValueError, KeyError, OverflowError, AttributeError):
        return None
    return found if all(abs(number) < 10**9 for number in found) else None


def revision(key: str) -> int:
    """Number of the last event of a component that Python has heard; the browser counts its own."""
    heard: int = st.session_state.get(f"{key}.revision", 0)
    return heard


def hear(key: str, number: int) -> None:
    """Keep the number of an event, for ``revision``."""
    st.session_state[f"{key}.revision"] = number


def player_labels() -> dict[str, str]:
    """What the buttons of a player say."""
    return {
        "play": _("Play"),
        "pause": _("Pause"),
        "step_back": _("Step back"),
        "step": _("Step"),
        "restart": _("Restart"),
        "speed": _("Speed"),
    }
