"""Where and on what a run was trained: ``environment.json``."""

import json
import platform
from dataclasses import dataclass
from typing import Annotated, Any

import torch
from pydantic import AfterValidator, Field, TypeAdapter

from convlab import device
from convlab.datasets.dataset import Dataset
from convlab.networks.about import About, Origin
from convlab.training import network
from convlab.training.engine import Trainer
from convlab.training.kinds import Count, Finite, Positive, Word


@dataclass(frozen=True)
class _Pictures:
    """The data set that it was trained on."""

    title: Word
    digest: Word
    key: Word = ""


@dataclass(frozen=True)
class _Told:
    """What ``describe`` tells, as far as anybody reads it."""

    classes: Annotated[list[Word], Field(min_length=2, max_length=20)]
    mean: Annotated[list[Finite], Field(min_length=3, max_length=3)]
    std: Annotated[list[Positive], Field(min_length=3, max_length=3)]
    data: _Pictures
    device: Word
    torch: Word
    parameters: Count = 0


_TOLD = TypeAdapter(_Told)


def _checked(told: dict[str, Any]) -> dict[str, Any]:
    """The same, with what nobody reads; nothing of a run that has not begun. Raises ValueError."""
    if told:
        _TOLD.validate_json(json.dumps(told), strict=True)
    return told


Environment = Annotated[dict[str, Any], AfterValidator(_checked)]
KIND: TypeAdapter[dict[str, Any]] = TypeAdapter(Environment)


def describe(trainer: Trainer, dataset: Dataset) -> Environment:
    """Versions, machine, data, network: what somebody needs to know who wants the same numbers."""
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "machine": platform.platform(),
        "device": device.describe(trainer.device),
        "threads": trainer.settings.threads,
        "parameters": trainer.parameters,
        **about_weights(trainer, dataset).words(),
    }


def about_weights(trainer: Trainer, dataset: Dataset) -> About:
    """What a file of weights says of itself: enough to use it without its run."""
    settings, classes = trainer.settings, dataset.classes
    read_with = classes, tuple(trainer.mean), tuple(trainer.std)
    origin = Origin(settings.data, dataset.title, dataset.digest)
    return About(settings.design, network.options(settings, len(classes)), *read_with, origin)
