"""What the tests of training share: a small data set, runs on it, and what a run comes to."""

import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from convlab.datasets.dataset import Dataset, Split
from convlab.training import runs, snapshots, worker
from convlab.training.runs import Run
from convlab.training.settings import Settings
from convlab.training.status import State


def split(count: int, seed: int) -> Split:
    """Noise, brighter in the upper half for class 1."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % 2
    noise = torch.randint(0, 200, (count, 3, 32, 32), generator=generator, dtype=torch.uint8)
    noise[labels == 1, :, :16] += 40
    return Split(noise, labels)


DATASET = Dataset("small", ("dark", "bright"), split(40, 0), split(12, 1))  # 5 batches of 8


def settings(**changes: Any) -> Settings:
    """Of a run that takes a fraction of a second."""
    return Settings.parse({"epochs": 3, "batch_size": 8, "device": "cpu", **changes})


def create(**changes: Any) -> Run:
    return runs.create(settings(**changes))


def train(run: Run, **others: Any) -> None:
    """In this process, on ``DATASET``."""
    worker.train(run, **{"data": lambda key: DATASET, **others})


def at_batch(number: int, act: Callable[[Run], State | None]) -> Callable[[Run], Callable[[], State | None]]:
    """A ``leave`` that acts once, before the batch or end of epoch of this number (from 0)."""

    def prepared(run: Run) -> Callable[[], State | None]:
        left = [number]

        def leave() -> State | None:
            left[0] -= 1
            return act(run) if left[0] == -1 else None

        return leave

    return prepared


def outcome(run: Run) -> tuple[list[tuple[int, int, float]], list[Any], dict[str, Tensor]]:
    """Losses, records without wall-clock, and final weights: what must be equal bit for bit."""
    found = run.metrics()
    losses = list(zip(found.epoch.tolist(), found.batch.tolist(), found.loss.tolist(), strict=True))
    records = [
        (
            one.epoch,
            one.train_loss,
            one.train_accuracy,
            one.val_loss,
            one.val_accuracy,
            one.lr,
            one.gradient_norms,
        )
        for one in found.records
    ]
    return losses, records, snapshots.load(run.folder / "weights.safetensors")[0]


def assert_same(one: Run, other: Run) -> None:
    """Bit for bit."""
    (losses, records, weights), (losses2, records2, weights2) = outcome(one), outcome(other)
    assert losses == losses2
    assert records == records2
    assert weights.keys() == weights2.keys()
    assert all(torch.equal(weights[name], weights2[name]) for name in weights)


def wait(reached: Callable[[], object], seconds: float = 60.0) -> None:
    """Until it is so; an error if it never is."""
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.01)
