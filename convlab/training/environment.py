"""Where and on what a run was trained: ``environment.json``."""

import platform
from typing import Any

import torch

from convlab import device
from convlab.datasets.dataset import Dataset
from convlab.training import network
from convlab.training.engine import Trainer


def describe(trainer: Trainer, dataset: Dataset) -> dict[str, Any]:
    """Versions, machine, data, network: what somebody needs to know who wants the same numbers."""
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "machine": platform.platform(),
        "device": device.describe(trainer.device),
        "threads": trainer.settings.threads,
        "parameters": trainer.parameters,
        "data": {"title": dataset.title, "digest": dataset.digest},
        **about_weights(trainer, dataset),
    }


def about_weights(trainer: Trainer, dataset: Dataset) -> dict[str, Any]:
    """What a file of weights says of itself: enough to use it without its run."""
    return {
        "design": trainer.settings.design,
        "options": network.options(trainer.settings, len(dataset.classes)),
        "classes": list(dataset.classes),
        "mean": list(trainer.mean),
        "std": list(trainer.std),
    }
