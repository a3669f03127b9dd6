"""Files of ``torch.save`` that nobody trusts: tensors and plain values are read, and no code is ever run.

Their pickle is first read without unpickling it; only then ``torch.load(weights_only=True)`` gets what was
read, and nothing else of the file.
"""

import contextlib
import io
import json
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from struct import unpack_from
from typing import Any

import torch

from convlab.errors import N_, UserError
from convlab.storage import pickles

_LEGACY = bytes.fromhex("80028a0a6cfc9c46f9206aa850192e")  # how torch.save began its files before 1.6
_OURS = "convlab"  # in the metadata that a state_dict carries for its topmost module


def is_one(data: bytes) -> bool:
    """Whether a file begins as ``torch.save`` begins it."""
    return data.startswith((b"PK\x03\x04", _LEGACY))


def load(data: bytes, device: str) -> Any:
    """What ``torch.save`` was given; on "meta" its tensors have names, shapes and types alone.

    Raises UserError for no such file, and where it names anything but what tensors and plain values need.
    """
    try:
        checked = _legacy(data) if data.startswith(_LEGACY) else _zipped(data)
        if device == "meta":
            return checked.content
        return torch.load(checked.file(), weights_only=True, map_location=device)
    except UserError:
        raise
    except Exception as error:  # whatever a damaged or hostile file makes of its readers
        raise unreadable() from error


def save(state_dict: Mapping[str, Any], words: Mapping[str, Any]) -> bytes:
    """The file of a module's ``state_dict()``, with words that JSON can hold, for ``about``.

    ``model.load_state_dict(torch.load(path))`` takes it as any other: where the words stand, PyTorch itself
    keeps the version of each layer.
    """
    kept = OrderedDict(state_dict)
    told = OrderedDict(getattr(state_dict, "_metadata", {}))
    told[""] = {**told.get("", {}), _OURS: json.dumps(dict(words))}
    kept._metadata = told  # type: ignore[attr-defined]
    file = io.BytesIO()
    torch.save(kept, file)
    return file.getvalue()


def about(state_dict: object) -> dict[str, Any]:
    """The words of ``save``, from a state_dict that was loaded; empty where there are none."""
    with contextlib.suppress(ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return dict(json.loads(state_dict._metadata[""][_OURS]))  # type: ignore[attr-defined]
    return {}


def unreadable() -> UserError:
    """The sentence for a file that is damaged or no checkpoint."""
    return UserError(
        N_("This file is damaged or no checkpoint: use torch.save(model.state_dict(), path) or safetensors.")
    )


@dataclass(frozen=True)
class _Checked:
    """What a file holds, without values, and a file that holds this and nothing else."""

    content: Any
    file: Callable[[], io.BytesIO]


def _zipped(data: bytes) -> _Checked:
    """An archive of a pickle and the storages that it names."""
    members = _members(data)
    (pickled,) = [name for name in members if name.endswith("/data.pkl")]
    if len(members[pickled]) > pickles.MAX_BYTES:
        raise pickles.too_much()
    found, root = pickles.outline(bytes(members[pickled])), pickled.removesuffix("data.pkl")
    kept = {"data.pkl": members[pickled], "version": memoryview(b"3\n")}
    kept |= {"byteorder": members[f"{root}byteorder"]} if f"{root}byteorder" in members else {}
    for key, storage in found.storages.items():
        kept[f"data/{key}"] = members[f"{root}data/{key}"]
        if len(kept[f"data/{key}"]) != storage.nbytes:
            raise ValueError("a storage of another size")
    if sum(map(len, kept.values())) > len(data):
        raise ValueError("the same bytes several times over")

    def file() -> io.BytesIO:
        # Of two members of almost one name PyTorch may open the other, so it gets an archive of ours.
        with zipfile.ZipFile(made := io.BytesIO(), "w") as archive:
            for name, content in kept.items():
                archive.writestr(f"archive/{name}", bytes(content))
        made.seek(0)
        return made

    return _Checked(found.content, file)


def _members(data: bytes) -> dict[str, memoryview]:
    """The files in an archive, none of them compressed, as ``torch.save`` writes it.

    Python's reader of all kinds of archives can be kept busy for minutes by a directory.
    """
    found: dict[str, memoryview] = {}
    magic, *_disks, count, _size, at, _comment = unpack_from("<4s4H2IH", data, len(data) - 22)
    if magic != b"PK\5\6":
        raise ValueError("no archive, or one with a comment")
    for _ in range(count):
        magic, *head = unpack_from("<4s6H3I5H2I", data, at)
        method, length, named, extra, comment, begin = (head[n] for n in (3, 8, 9, 10, 11, 15))
        if magic != b"PK\1\2" or method != zipfile.ZIP_STORED:
            raise ValueError("compressed, or no archive")
        begin += 30 + sum(unpack_from("<2H", data, begin + 26))  # behind its name and extra field
        found[data[at + 46 : at + 46 + named].decode()] = memoryview(data)[begin : begin + length]
        at += 46 + named + extra + comment
    return found


def _legacy(data: bytes) -> _Checked:
    """Five pickles, the fourth with tensors, the last with the keys of the storages that lie behind it."""
    end = steps = 0
    content: list[Any] = []
    storages: dict[str, pickles.Storage] = {}
    for _ in range(5):
        read = pickles.outline(data, end, steps)
        content.append(read.content)
        storages |= read.storages
        end, steps = read.end, read.steps
    needed = sum(8 + storage.nbytes for storage in storages.values())
    if content[4] != sorted(storages):
        raise ValueError("other storages")
    if end + needed > len(data):
        raise ValueError("cut short")
    return _Checked(content[3], lambda: io.BytesIO(data))
