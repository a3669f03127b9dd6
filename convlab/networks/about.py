"""What a network says of itself, in the metadata of its file: enough to use it without its run."""

import hashlib
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import Tensor

from convlab.errors import UserError
from convlab.networks.class_names import MAX_NAME, check_classes, one_line
from convlab.networks.designs import design

_KEY = re.compile(r"[a-z0-9_-]{1,64}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_LARGEST = 1e6
_RUN = re.compile(r"[0-9a-f]{16}", re.ASCII)


@dataclass(frozen=True)
class Origin:
    """The data set that a network was trained and validated on: key on the shelf, title, digest."""

    key: str
    title: str
    digest: str


@dataclass(frozen=True)
class About:
    """What a network says of itself; None for what it does not tell.

    Attributes:
        design: key of ``DESIGNS``.
        options: of the design's ``build``; those left out have their defaults.
        classes: names of the logits; plain text of unknown origin.
        mean, std: per channel, on the scale 0..1, of the pictures that it was trained on; both or none.
        data: what it was trained on.
        run, epoch: where it comes from; no epoch where training ended within one.
        weights: their ``fingerprint``: of others, all the rest says nothing.
    """

    design: str | None = None
    options: Mapping[str, Any] | None = field(default=None, hash=False)
    classes: tuple[str, ...] | None = None
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    data: Origin | None = None
    run: str | None = None
    epoch: int | None = None
    weights: str | None = field(default=None, compare=False)

    def words(self) -> dict[str, Any]:
        """What is told, as JSON gives it back: lists for tuples. ``read`` makes the same of it again."""
        told = {name: value for name, value in asdict(self).items() if value is not None}
        return dict(json.loads(json.dumps(told)))


def read(words: Mapping[str, Any]) -> About:
    """What JSON that nobody trusts tells; whatever is not as it should be is not told."""
    found_design, options = _network(words.get("design"), words.get("options"))
    mean, std = _three(words.get("mean")), _three(words.get("std"))
    if mean is None or std is None or min(std) <= 0:
        mean = std = None
    epoch, run = words.get("epoch"), _text(words.get("run"), _RUN)
    epoch = epoch if type(epoch) is int and 0 <= epoch <= 10**6 else None
    classes, data = _names(words.get("classes")), _origin(words.get("data"))
    weights = _text(words.get("weights"), _DIGEST)
    return About(found_design, options, classes, mean, std, data, run, epoch, weights)


def fingerprint(state_dict: Mapping[str, Tensor]) -> str:
    """SHA-256 of names and values, in any order and on any device."""
    found = hashlib.sha256()
    for name, tensor in sorted(state_dict.items()):
        found.update(f"{name} {tensor.dtype} {list(tensor.shape)} ".encode())
        found.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return found.hexdigest()


def _network(key: object, options: object) -> tuple[str | None, dict[str, Any] | None]:
    """A design and its options; both or none."""
    with suppress(UserError):
        if isinstance(key, str) and isinstance(options, Mapping):
            return key, design(key).checked(options)
    return None, None


def _names(told: object) -> tuple[str, ...] | None:
    with suppress(UserError):
        if isinstance(told, list | tuple) and all(isinstance(name, str) for name in told):
            check_classes(names := tuple(told))
            return names
    return None


def _three(told: object) -> tuple[float, ...] | None:
    """Three numbers on the scale 0..1 or near it, or None: no whole number that is too large for a float."""
    if not isinstance(told, list | tuple) or len(told) != 3:
        return None
    return tuple(told) if all(type(one) in (int, float) and abs(one) <= _LARGEST for one in told) else None


def _origin(told: object) -> Origin | None:
    if not isinstance(told, Mapping):
        return None
    key, digest = _text(told.get("key"), _KEY), _text(told.get("digest"), _DIGEST)
    title = told.get("title")
    if key is None or digest is None or not isinstance(title, str) or title != one_line(title):
        return None
    return Origin(key, title[:MAX_NAME], digest)


def _text(told: object, pattern: re.Pattern[str]) -> str | None:
    return told if isinstance(told, str) and pattern.fullmatch(told) else None
