"""Weights from a file that nobody trusts: which design do they fit? Only then are they read.

``.safetensors``, or ``.pt`` through ``torch.load(weights_only=True)`` and nothing else. Names, shapes and
types are compared with the designs on the "meta" device first, where a tensor takes no memory.
"""

import hashlib
import io
import pickletools
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn

from convlab.errors import N_, UserError
from convlab.networks.designs import DESIGNS, design, seeded
from convlab.storage import tensor_files
from convlab.storage.tensor_files import MAX_HEADER_BYTES

MAX_BYTES = 32 * 2**20
_LEGACY = bytes.fromhex("80028a0a6cfc9c46f9206aa850192e")  # how torch.save began its files before 1.6
_LEGACY_PICKLES = 5

# All that a state_dict's pickle has to name. PyTorch's own list is longer: bytearray(10**10) is on it.
_ALLOWED = {
    "collections OrderedDict",
    "torch._utils _rebuild_tensor_v2",
    "torch._utils _rebuild_parameter",
    *(f"torch {kind}Storage" for kind in ("Float", "Double", "Half", "BFloat16", "Long", "Int", "Bool")),
}


@dataclass(frozen=True)
class Match:
    """A design that weights fit: its key in ``DESIGNS`` and the options of its ``build``."""

    design: str
    options: dict[str, Any]


@dataclass(frozen=True)
class Checkpoint:
    """Weights that were read.

    Attributes:
        matches: the designs that they fit, at least one: ``NetDepth`` and ``NetRes`` have the same weights.
            The one that the file itself names comes first.
        state_dict: as in the file, on the CPU, every value finite.
        module: the first match with these weights, in eval mode.
        identity: SHA-256 of the file.
    """

    matches: tuple[Match, ...]
    state_dict: dict[str, Tensor]
    module: nn.Module
    identity: str


def load(data: bytes) -> Checkpoint:
    """Read a checkpoint of one of the chapter's designs; its format is told by its content.

    Raises UserError for more than 32 MiB, no checkpoint, more in it than tensors, weights of no design (the
    message names the first that does not fit), or a weight that is not finite.
    """
    if len(data) > MAX_BYTES:
        message = N_("The checkpoint has {size} MB and may have {limit}: choose a smaller file.")
        raise UserError(message, size=-(-len(data) // 2**20), limit=MAX_BYTES // 2**20)
    if _is_pickled(data):
        _check_pickles(data)
    recognise(_tensors(data, "meta"))  # before any weight is read
    weights = _tensors(data, "cpu")
    matches = recognise(weights)
    for name, tensor in weights.items():
        if not bool(tensor.isfinite().all()):
            raise UserError(
                N_("{name} holds NaN or infinite values: train again with a smaller lr."), name=name
            )
    told = _told(data, weights)
    if told is not None:  # shapes do not tell tanh from ReLU
        matches = (told, *(match for match in matches if match.design != told.design))
    return Checkpoint(matches, weights, fill(matches[0], weights), hashlib.sha256(data).hexdigest())


def fill(match: Match, state_dict: Mapping[str, Tensor]) -> nn.Module:
    """The matched design with these weights, in eval mode."""
    module = seeded(lambda: design(match.design).build(**match.options), 0)
    module.load_state_dict(state_dict)
    return module.eval()


def recognise(state_dict: Mapping[str, Tensor]) -> tuple[Match, ...]:
    """All designs that weights fit, in the order of ``DESIGNS``; on "meta" blocks always count as separate.

    Raises UserError where there is none; it names the first tensor that does not fit the nearest design.
    """
    matches, complaints = [], []
    for key in DESIGNS:
        options = design(key).told(state_dict)
        wanted = _blueprint(key, **options)
        complaint = _mismatch(key, state_dict, wanted)
        if complaint is None:
            matches.append(Match(key, options))
        else:
            complaints.append((len(state_dict.keys() & wanted.keys()), complaint))
    if not matches:
        raise max(complaints, key=lambda pair: pair[0])[1]
    return tuple(matches)


@lru_cache(maxsize=64)
def _blueprint(key: str, **options: Any) -> dict[str, Tensor]:
    """A design's state_dict on the meta device. Built on the CPU: random normal numbers on meta take 2 s."""
    module = seeded(lambda: design(key).build(**options), 0)
    return {name: torch.empty_like(tensor, device="meta") for name, tensor in module.state_dict().items()}


def _told(data: bytes, weights: Mapping[str, Tensor]) -> Match | None:
    """The design that a file of ConvLab's own names in its metadata, if it exists and the weights fit it.

    Its metadata hold JSON: ``design`` a key of ``DESIGNS``, ``options`` those of its ``build``.
    """
    said = tensor_files.about(data)
    try:
        key = str(said["design"])
        options = design(key).checked(dict(said["options"]))
    except (LookupError, TypeError, ValueError):  # UserError is a ValueError
        return None
    fits = _mismatch(key, weights, _blueprint(key, **options)) is None
    return Match(key, options) if fits else None


def _mismatch(key: str, given: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> UserError | None:
    """What first keeps weights from fitting a design, in the design's order."""
    for name, tensor in wanted.items():
        if name not in given:
            message = N_("These weights fit no design; the nearest, {design}, also needs {name}.")
            return UserError(message, design=key, name=name)
        is_so, should_be = _kind(given[name]), _kind(tensor)
        if is_so != should_be:
            message = N_(
                "These weights fit no design; in the nearest, {design}, {name} is {wanted}, not {given}."
            )
            return UserError(message, design=key, name=name, wanted=should_be, given=is_so)
    message = N_("These weights fit no design; the nearest, {design}, has no {name}.")
    extra = (name for name in given if name not in wanted)
    return next((UserError(message, design=key, name=repr(name)[:60]) for name in extra), None)


def _kind(tensor: Tensor) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')} {list(tensor.shape)}"


def _is_pickled(data: bytes) -> bool:
    return data.startswith((b"PK\x03\x04", _LEGACY))


def _unreadable() -> UserError:
    return UserError(
        N_("This file is damaged or no checkpoint: use torch.save(model.state_dict(), path) or safetensors.")
    )


def _tensors(data: bytes, device: str) -> dict[str, Tensor]:
    """A file's tensors; on "meta" its names, shapes and types alone, and no weight is read."""
    try:
        if not _is_pickled(data):
            return tensor_files.header(data).tensors if device == "meta" else tensor_files.load(data)
        found = torch.load(io.BytesIO(data), weights_only=True, map_location=device)
    except Exception as error:  # whatever a damaged or hostile file makes of the loader
        raise _unreadable() from error
    if not isinstance(found, dict) or not found:
        raise UserError(N_("The file holds no state_dict: save torch.save(model.state_dict(), path)."))
    for name, tensor in found.items():
        if not isinstance(name, str) or type(tensor) not in (Tensor, nn.Parameter):
            message = N_("{name} in this file is no tensor: save torch.save(model.state_dict(), path).")
            raise UserError(message, name=repr(name)[:60])
    return {name: tensor.detach() for name, tensor in found.items()}


def _check_pickles(data: bytes) -> None:
    """Read the pickle as text: it may name nothing but what a state_dict needs. Nothing is run.

    Raises UserError where it names something else, or its archive is compressed (a bomb could hide in it).
    """
    try:
        if data.startswith(_LEGACY):
            named = _named(io.BytesIO(data), _LEGACY_PICKLES)
        else:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                members = archive.infolist()
                (pickled,) = [member for member in members if member.filename.endswith("data.pkl")]
                if any(member.compress_type != zipfile.ZIP_STORED for member in members):
                    raise ValueError("compressed")
                if pickled.file_size > MAX_HEADER_BYTES:
                    raise ValueError("header too long")
                named = _named(io.BytesIO(archive.read(pickled)), 1)
    except Exception as error:  # zipfile and pickletools raise many kinds for what is no such file
        raise _unreadable() from error
    strangers = sorted(named - _ALLOWED)
    if strangers:
        message = N_(
            "The file holds {name}, not only tensors, and is not opened: save model.state_dict() alone."
        )
        raise UserError(message, name=repr(strangers[0])[:60])


def _named(stream: io.BytesIO, pickles: int) -> set[str]:
    """Modules and names of everything that pickles refer to."""
    found = set()
    for _ in range(pickles):
        for opcode, argument, position in pickletools.genops(stream):
            if position and position > MAX_HEADER_BYTES:
                raise ValueError("header too long")
            if opcode.name in ("GLOBAL", "INST"):
                found.add(str(argument))
            elif opcode.name == "STACK_GLOBAL" or opcode.name.startswith("EXT"):
                found.add(opcode.name)  # the name is put together while running
    return found
