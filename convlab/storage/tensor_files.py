"""Safetensors files: their header read under a cap, their tensors, and a file written whole."""

import contextlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

from convlab.errors import N_, UserError
from convlab.storage import atomic, plain_files

MOST_BYTES = 2**29  # of a file of ours; the checkpoint of the largest network takes 240 MB
MAX_HEADER_BYTES = 2**20  # names and shapes of the largest design take 90,000
_MAX_AXES = 64  # of a tensor, as PyTorch has it
_DAMAGED = N_("This file is damaged, or it is no file of tensors.")
_TYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}


@dataclass(frozen=True)
class Header:
    """What a file says of itself: its tensors, on the "meta" device without values, and words by name."""

    tensors: dict[str, Tensor]
    words: dict[str, str]

    @property
    def about(self) -> dict[str, Any]:
        """The words as far as they are JSON."""
        found = {}
        for name, text in self.words.items():
            with contextlib.suppress(ValueError, RecursionError):
                found[name] = json.loads(text)
        return found


def header(source: bytes | Path) -> Header:
    """The header of a file that nobody trusts; no tensor is read.

    Raises UserError for no such file, cut short or longer than it says, or a header of more than 1 MiB.
    """
    with source.open("rb") if isinstance(source, Path) else io.BytesIO(source) as file:
        return _entries(file)[0]


def _entries(file: BinaryIO) -> tuple[Header, dict[str, Any]]:
    """The header of an open file, and where in it the bytes of each tensor are said to begin."""
    try:
        length = int.from_bytes(file.read(8), "little")
        if length > MAX_HEADER_BYTES:
            raise ValueError("header too long")
        entries = json.loads(file.read(length))
        behind = file.seek(0, io.SEEK_END) - 8 - length
        words = entries.pop("__metadata__", {})
        if behind != max((entry["data_offsets"][1] for entry in entries.values()), default=0):
            raise ValueError("of another length")
        if any(len(entry["shape"]) > _MAX_AXES for entry in entries.values()):
            raise ValueError("too many axes")
        told = {name: (entry["shape"], _TYPES[entry["dtype"]]) for name, entry in entries.items()}
        tensors = {name: torch.empty(size, dtype=kind, device="meta") for name, (size, kind) in told.items()}
        begins = {name: 8 + length + entry["data_offsets"][0] for name, entry in entries.items()}
        return Header(tensors, {name: text for name, text in words.items() if isinstance(text, str)}), begins
    except (ValueError, LookupError, TypeError, AttributeError, RuntimeError, RecursionError) as error:
        raise UserError(_DAMAGED) from error


def about(data: bytes) -> dict[str, Any]:
    """The file's words as far as they are JSON; empty where there are none, or for what is no such file."""
    with contextlib.suppress(UserError):
        return header(data).about
    return {}


def described(tensor: Tensor) -> str:
    """Type and shape, as in "float32 [16, 3, 3, 3]"."""
    return f"{str(tensor.dtype).removeprefix('torch.')} {list(tensor.shape)}"


def load(data: bytes) -> dict[str, Tensor]:
    """A file's tensors, on the CPU. Raises UserError for what is no such file."""
    from safetensors import SafetensorError  # only who opens a file waits for these
    from safetensors.torch import load as load_safetensors

    try:
        return load_safetensors(data)
    except (SafetensorError, ValueError) as error:
        raise UserError(_DAMAGED) from error


def tensor(path: Path, name: str) -> Tensor:
    """One tensor of a file, on the CPU; the others are not read. Raises UserError, OSError.

    Header and values come from one open file: by its name, another could have taken its place in between.
    """
    with plain_files.opened(path, MOST_BYTES) as file:
        told, begins = _entries(file)
        try:
            found = told.tensors[name]
            file.seek(begins[name])
            data = bytearray(file.read(found.nbytes))
            return torch.frombuffer(data, dtype=found.dtype).view(found.shape)
        except (ValueError, LookupError, TypeError, RuntimeError, OverflowError, OSError) as error:
            raise UserError(_DAMAGED) from error


def packed(tensors: Mapping[str, Tensor], words: Mapping[str, Any]) -> bytes:
    """A file of tensors on any device, two of which may share memory, and words about them as JSON."""
    from safetensors.torch import save as to_safetensors

    own = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    return to_safetensors(own, {name: json.dumps(value) for name, value in words.items()})


def save(path: Path, tensors: Mapping[str, Tensor], words: Mapping[str, str]) -> None:
    """Write a file of tensors that are contiguous, on the CPU, no two in the same memory; see ``atomic``."""
    from safetensors.torch import save as to_safetensors

    atomic.write(path, to_safetensors(dict(tensors), dict(words)))
