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

from convlab.ui import late
from convlab.ui.boundary import keeping
from convlab.ui.components.shared import ahead
from convlab.ui.words import _, language

ROOT = Path(__file__).parents[1]  # the components' folders
Data = bytes | Tensor | npt.NDArray[Any]
_BASE = ("base", "newest")  # what all have
USED: dict[str, tuple[str, ...]] = {}  # by each declared component, of the files in shared/


def declare(name: str, *uses: str) -> Callable[..., Any]:
    """Register a component: the files of its own folder, behind those of ``shared/`` that it uses.

    There is no build step: ``sources`` says which files are joined, and in which order. What its callbacks
    raise is kept for the page: a browser may be made to send anything.
    """
    USED[name] = uses
    js, css = ("\n".join(file.read_text("utf-8") for file in sources(name, kind)) for kind in ("js", "css"))
    mount: Callable[..., Any] = st.components.v2.component(
        f"convlab_{name}", html='<div class="root"></div>', css=css, js=js
    )

    def mounted(**options: Any) -> Any:
        if ahead.gather(options["key"], options["data"]):
            return None
        if (told := ahead.told()) is not None:
            answers = {"answers": {"key": options["key"], "told": told}}
            options["data"] = pack(answers, message=options["data"])
        kept = {key: keeping(value) if key.startswith("on_") else value for key, value in options.items()}
        events = (key.removeprefix("on_").removesuffix("_change") for key in options if key.startswith("on_"))
        late.listen(options["key"], events)
        return mount(**kept)

    return mounted


def sources(name: str, kind: str) -> list[Path]:
    """A declared component's files of a kind, "js" or "css": base, the shared ones, its own, its main.js."""
    shared = (ROOT / "shared" / f"{used}.{kind}" for used in (*_BASE, *USED[name]))
    own = sorted((ROOT / name).glob(f"*.{kind}"), key=lambda file: (file.stem == "main", file.name))
    return [*(file for file in shared if kind == "js" or file.exists()), *own]


def pack(header: Mapping[str, Any], **blobs: Data) -> bytes:
    """One binary message: a JSON header and named binary blobs, each aligned to 4 bytes.

    Layout: uint32 header length, header (UTF-8, padded with spaces), blobs. The header's ``blobs`` maps each
    name to [offset, length] in bytes, counted from the end of the header. Tensors and arrays are in C order.
    A header with labels says in which language they are.
    """
    places: dict[str, tuple[int, int]] = {}
    body = bytearray()
    for name, data in blobs.items():
        blob = as_bytes(data)
        places[name] = (len(body), len(blob))
        body += blob + b"\0" * (-len(blob) % 4)
    told = {"language": language()} if "labels" in header else {}
    text = json.dumps({**header, **told, "blobs": places}, allow_nan=False).encode()
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


def pasted(key: str, shape: Sequence[int]) -> tuple[str, tuple[int, int, int]] | None:
    """A text that was pasted into a kernel of this shape, and the channel, row and column of its cell."""
    at = numbers(key, "paste", ("channel", "row", "column"))
    if at is None or not all(0 <= place < size for place, size in zip(at, shape, strict=True)):
        return None
    text = st.session_state[key].get("paste").get("text")
    return (text, (at[0], at[1], at[2])) if isinstance(text, str) else None


def class_of(key: str) -> str:
    """The class that Streamlit gives the container with a key."""
    return f"st-key-{key.replace('.', '-')}"


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
        "times": _("{speed}×"),
    }


def editor_labels() -> dict[str, Any]:
    """What the cells of a kernel say."""
    return {
        "kernel": _("Kernel"),
        "kernel_of": _("Kernel for {channel}"),
        "channels": [_("red"), _("green"), _("blue")],
        "weight": _("Weight in row {row}, column {column}"),
        "bad_weight": _("That is no weight: type a number from -1000 to 1000, such as -1, 0.5 or 1/9."),
        "weight_signed": _("Green is negative, white is zero, purple is positive."),
        "editing_hint": _("Type, paste, drag a cell up or down, use the arrow keys or the wheel on one."),
    }


def undo_labels() -> dict[str, str]:
    """What the buttons that undo and redo say."""
    return {
        "undo": _("Undo"),
        "redo": _("Redo"),
        "undo_hint": _("Undo the last change of the kernel (Ctrl+Z)"),
        "redo_hint": _("Redo what was undone (Ctrl+Shift+Z)"),
    }


def settled_labels() -> dict[str, str]:
    """Who has drawn what is on the screen."""
    return {
        "drawn_here": _("Drawn by your browser; PyTorch follows when you let go."),
        "torch": _("This is PyTorch's result."),
        "settled": _("This is PyTorch's result; the browser's own drawing differs by at most {difference}."),
    }
