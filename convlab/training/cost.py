"""How long a run will take, from a few steps of it."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from time import perf_counter, thread_time

import torch

from convlab import device
from convlab.datasets.dataset import Dataset, Split
from convlab.training.engine import Trainer
from convlab.training.settings import Settings

BUDGET_S = 0.25  # a batch that is too slow for it is judged by smaller ones
_SIZES = (4, 16)  # of batches that are tried on the way
_STEPS = 3

Clock = Callable[[], float]


@dataclass(frozen=True)
class Cost:
    """Seconds of a run that has the machine to itself, of an epoch with its validation, and of one batch."""

    seconds: float
    per_epoch_s: float
    per_step_s: float


def estimate(settings: Settings, dataset: Dataset, clock: Clock | None = None) -> Cost:
    """Measure a few steps: under 0.3 s for all but the deepest networks, and once for the same settings.

    The first optimiser of a process also waits two seconds for PyTorch to import itself. The clock, in
    seconds, is by default the thread's own on one thread of a CPU, where others do not count. Raises
    UserError for a device that is not there.
    """
    alone = settings.threads == 1 and device.resolve(settings.device).type == "cpu"
    clock = clock or (thread_time if alone else perf_counter)
    same = settings.changed(epochs=1, seed=0, data="cost", deadline_s=None).model_dump_json()
    per_step_s, per_picture_s = _measured(same, len(dataset.classes), clock)
    steps = math.ceil(len(dataset.train) / settings.batch_size)
    per_epoch_s = steps * per_step_s + len(dataset.val) * per_picture_s
    return Cost(settings.epochs * per_epoch_s, per_epoch_s, per_step_s)


@lru_cache(maxsize=64)
def _measured(settings_json: str, num_classes: int, clock: Clock) -> tuple[float, float]:
    """Seconds of a step, and of validating one picture."""
    settings, threads = Settings.model_validate_json(settings_json), torch.get_num_threads()
    torch.set_num_threads(settings.threads)
    try:
        return _probe(settings, num_classes, clock)
    finally:
        torch.set_num_threads(threads)


def _probe(settings: Settings, num_classes: int, clock: Clock) -> tuple[float, float]:
    """Ever larger batches, up to the one that is wanted or as far as the budget reaches.

    A step costs something for itself and something for each picture: two sizes tell the larger ones.
    """
    wanted = settings.batch_size
    began, sizes, times = clock(), [0], [0.0]
    for size in (*(size for size in _SIZES if size < wanted), wanted):
        expected = _line(sizes, times, size) if len(sizes) > 2 else times[-1]
        if times[-1] and clock() - began + _STEPS * expected > BUDGET_S:
            break
        trainer = _trainer(settings, size, num_classes)
        _seconds(trainer, clock)  # sets things up
        sizes.append(size)
        times.append(min(_seconds(trainer, clock) for _ in range(_STEPS)))
    started = clock()
    trainer.evaluate("val")
    return _line(sizes, times, wanted), (clock() - started) / sizes[-1]


def _line(sizes: list[int], times: list[float], wanted: int) -> float:
    """Through the last two points, never falling."""
    slope = max(0.0, (times[-1] - times[-2]) / (sizes[-1] - sizes[-2]))
    return times[-1] + slope * (wanted - sizes[-1])


def _trainer(settings: Settings, batch_size: int, num_classes: int) -> Trainer:
    """For pictures of noise, enough for the steps that are measured."""
    noise = torch.Generator().manual_seed(0)
    pictures = torch.randint(0, 256, (batch_size, 3, 32, 32), generator=noise, dtype=torch.uint8)
    labels = torch.arange(batch_size) % num_classes
    train = Split(pictures.repeat(_STEPS + 1, 1, 1, 1), labels.repeat(_STEPS + 1))
    quiet = settings.changed(batch_size=batch_size, lr=1e-12)  # noise must not diverge; the time is the same
    classes = tuple(map(str, range(num_classes)))
    return Trainer(quiet, Dataset("cost", classes, train, Split(pictures, labels)))


def _seconds(trainer: Trainer, clock: Clock) -> float:
    """Of one step; a GPU's work counts once it is done."""
    started = clock()
    trainer.step()
    trainer.drain()
    return clock() - started
