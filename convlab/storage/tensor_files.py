"""Safetensors files: their header read under a cap, their tensors, and a file written whole."""

import contextlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from convlab.errors import N_, UserError
from convlab.storage import atomic

MAX_HEADER_BYTES = 2**20  # names and shapes of the largest design take 90,000
_DAMAGED = N_("This file is damaged, or it is no file of tensors.")
_TYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}


@dataclass(frozen=True)
class Header:
    """What a file says of itself: its tensors, on the "meta" device without values, and words by name."""

    tensors: dict[str, Tensor]
    words: dict[str, str]


def header(source: bytes | Path) -> Header:
    """The header of a file that nobody trusts; no tensor is read.

    Raises UserError for no such file, cut short or longer than it says, or a header of more than 1 MiB.
    """
    try:
        with source.open("rb") if isinstance(source, Path) else io.BytesIO(source) as file:
            length = int.from_bytes(file.read(8), "little")
            if length > MAX_HEADER_BYTES:
                raise ValueError("header too long")
            entries = json.loads(file.read(length))
            behind = file.seek(0, io.SEEK_END) - 8 - length
        words = entries.pop("__metadata__", {})
        if behind != max((entry["data_offsets"][1] for entry in entries.values()), default=0):
            raise ValueError("of another length")
        tensors = {
            name: torch.empty(entry["shape"], dtype=_TYPES[entry["dtype"]], device="meta")
            for name, entry in entries.items()
        }
        return Header(tensors, {name: text for name, text in words.items() if isinstance(text, str)})
    except (ValueError, LookupError, TypeError, AttributeError, RuntimeError, RecursionError) as error:
        raise UserError(_DAMAGED) from error


def about(data: bytes) -> dict[str, Any]:
    """The file's words as far as they are JSON; empty where there are none, or for what is no such file."""
    found = {}
    with contextlib.suppress(UserError):
        for name, text in header(data).words.items():
            with contextlib.suppress(ValueError, RecursionError):
                found[name] = json.loads(text)
    return found


def load(data: bytes) -> dict[str, Tensor]:
    """A file's tensors, on the CPU. Raises UserError for what is no such file."""
    from safetensors import SafetensorError  # only who opens a file waits for these
    from safetensors.torch import load as load_safetensors

    try:
        return load_safetensors(data)
    except (SafetensorError, ValueError) as error:
        raise UserError(_DAMAGED) from error


def tensor(path: Path, name: str) -> Tensor:
    """One tensor of a file, on the CPU; the others are not read. Raises UserError, OSError."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as file:
            found: Tensor = file.get_tensor(name)
            return found
    except SafetensorError as error:
        raise UserError(_DAMAGED) from error


def save(path: Path, tensors: Mapping[str, Tensor], words: Mapping[str, str]) -> None:
    """Write a file of tensors that are contiguous, on the CPU, no two in the same memory; see ``atomic``."""
    from safetensors.torch import save as to_safetensors

    atomic.write(path, to_safetensors(dict(tensors), dict(words)))
