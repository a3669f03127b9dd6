"""A checkpoint's bytes as a ``Probe``: with its own class names, mean and std, or else the chapter's."""

import contextlib
import math
from dataclasses import dataclass

import torch

from convlab.datasets.dataset import check_classes
from convlab.errors import UserError
from convlab.networks import checkpoints
from convlab.networks.checkpoints import Checkpoint
from convlab.networks.designs import INPUT_SHAPE
from convlab.pictures import images
from convlab.probing.probe import Probe
from convlab.storage import tensor_files

CLASSES = ("airplane", "bird")  # labels 0 and 1 of the chapter's data (8.4)


@dataclass(frozen=True)
class LoadedProbe:
    """A checkpoint that was read, checked and hashed once, and the probe that it is."""

    probe: Probe
    checkpoint: Checkpoint


def load_probe(data: bytes) -> LoadedProbe:
    """Read a checkpoint that nobody trusts.

    A run's own weights say what they were trained on. Of others two logits are the chapter's airplane and
    bird, and more are numbered. Data and errors are those of ``checkpoints.load``.
    """
    checkpoint = checkpoints.load(data)
    with torch.no_grad():
        count = checkpoint.module(torch.zeros(1, *INPUT_SHAPE)).shape[1]
    told = tensor_files.about(data)
    mean, std = _three(told.get("mean")), _three(told.get("std"))
    if mean is None or std is None or min(std) <= 0:
        mean, std = images.CIFAR10_MEAN, images.CIFAR10_STD
    usual = CLASSES if count == len(CLASSES) else tuple(f"class {index}" for index in range(count))
    classes = _names(told.get("classes"), count) or usual
    return LoadedProbe(Probe(checkpoint.module, classes, mean, std), checkpoint)


def _names(told: object, count: int) -> tuple[str, ...] | None:
    """As many plain names as there are logits, or None for anything else that a stranger's file may say."""
    if isinstance(told, list) and len(told) == count and all(isinstance(name, str) for name in told):
        with contextlib.suppress(UserError):
            check_classes(names := tuple(told))
            return names
    return None


def _three(told: object) -> tuple[float, ...] | None:
    """Three finite numbers, or None."""
    if not isinstance(told, list) or len(told) != 3:
        return None
    return tuple(told) if all(type(one) in (int, float) and math.isfinite(one) for one in told) else None
