"""How long a run will take, from a few steps of it."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from threading import Thread
from time import perf_counter, thread_time

import torch

from convlab import device
from convlab.datasets.dataset import Dataset, Split
from convlab.errors import N_, UserError
from convlab.training import metrics
from convlab.training.batches import GPU_CHUNK
from convlab.training.engine import Trainer
from convlab.training.replayed import WARM_UP
from convlab.training.settings import Settings

BUDGET_S = 0.25  # a batch that is too slow for it is judged by smaller ones
_SIZES = (4, 16)  # of batches that are tried on the way
_STEPS = 3
_IN_A_ROW, _ROUNDS = 8, 3  # steps on a GPU, and how often
STEADY = WARM_UP + 1 + _ROUNDS * _IN_A_ROW  # steps that ``steady`` makes
_MOST_BLOCKS = 10  # that are measured
_BLOCKS = 2, 6  # from which more follow

Clock = Callable[[], float]
Seconds = tuple[float, float]  # of a step, and of validating one picture
Measure = Callable[[str, int, Clock], Seconds]  # of settings as JSON, a number of classes, a clock


@dataclass(frozen=True)
class Cost:
    """Seconds of a run that has the machine to itself, of an epoch with its validation, and of one batch."""

    seconds: float
    per_epoch_s: float
    per_step_s: float


def estimate(settings: Settings, dataset: Dataset, clock: Clock | None = None) -> Cost:
    """Measure a few steps, once for the same settings: on a CPU under 0.3 s for all but the deepest networks.

    The first optimiser of a process also waits two seconds for PyTorch to import itself. The clock, in
    seconds, is by default the thread's own on one thread of a CPU, where others do not count. Raises
    UserError for a device that is not there.
    """
    per_step_s, per_picture_s = _of(settings, len(dataset.classes), clock, _once)
    steps = math.ceil(len(dataset.train) / settings.batch_size)
    per_epoch_s = steps * per_step_s + len(dataset.val) * per_picture_s
    return Cost(settings.epochs * per_epoch_s, per_epoch_s, per_step_s)


def step_s(settings: Settings, num_classes: int = 2, clock: Clock | None = None) -> float:
    """Seconds of one training step, measured anew as by ``estimate``. Raises UserError as it does."""
    return _of(settings, num_classes, clock, _measured)[0]


def _of(settings: Settings, num_classes: int, clock: Clock | None, measure: Measure) -> Seconds:
    """As ``_measured``, of settings that stand for all that take as long."""
    alone = settings.threads == 1 and device.resolve(settings.device).type == "cpu"
    clock = clock or (thread_time if alone else perf_counter)
    same = settings.changed(epochs=1, seed=0, data="cost", deadline_s=None)
    return _of_blocks(same, num_classes, clock, measure)


def check_length(settings: Settings, pictures: int) -> None:
    """Raises UserError for a run of more batches than its curves can hold."""
    batches = settings.epochs * math.ceil(pictures / settings.batch_size)
    if batches > metrics.MOST_LOSSES:
        told = N_("This run has {batches:,} batches, and {most:,} are the most: choose fewer epochs.")
        raise UserError(told, batches=batches, most=metrics.MOST_LOSSES)


def _of_blocks(settings: Settings, num_classes: int, clock: Clock, measure: Measure) -> Seconds:
    """As ``_measured``. Blocks are alike: what many take follows from what few do."""
    blocks = settings.options.get("n_blocks", 0)
    if blocks <= _MOST_BLOCKS:
        return measure(settings.model_dump_json(), num_classes, clock)
    few, some = (
        measure(
            settings.changed(options={**settings.options, "n_blocks": n}).model_dump_json(),
            num_classes,
            clock,
        )
        for n in _BLOCKS
    )
    more = (blocks - _BLOCKS[1]) / (_BLOCKS[1] - _BLOCKS[0])
    step, picture = (b + more * max(0.0, b - a) for a, b in zip(few, some, strict=True))
    return step, picture


def _measured(settings_json: str, num_classes: int, clock: Clock) -> Seconds:
    """Seconds of a step, and of validating one picture."""
    settings = Settings.model_validate_json(settings_json)
    if device.resolve(settings.device).type != "cpu":
        return _steadily(settings, num_classes, clock)
    with _threads(settings.threads):
        return _probe(settings, num_classes, clock)


def _steadily(settings: Settings, num_classes: int, clock: Clock) -> Seconds:
    """As ``_measured``, on a GPU: it is quick, but what is done for the first time there takes long."""
    trainer = of_noise(settings, settings.batch_size, num_classes, STEADY, GPU_CHUNK)
    step = steady(trainer.step, trainer, clock)
    trainer.evaluate("val")
    started = clock()
    trainer.evaluate("val")
    return step, (clock() - started) / GPU_CHUNK


def steady(step: Callable[[], object], trainer: Trainer, clock: Clock = perf_counter) -> float:
    """Seconds of a step, once those that set things up are over; a GPU's work counts once it is done."""
    for _ in range(WARM_UP + 1):
        step()
    trainer.drain()
    took = []
    for _ in range(_ROUNDS):
        started = clock()
        for _ in range(_IN_A_ROW):
            step()
        trainer.drain()
        took.append(clock() - started)
    return min(took) / _IN_A_ROW


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """So many threads for PyTorch here, and in no other thread.

    ``torch.set_num_threads`` counts for the thread that calls it and for all that begin later: a page that
    ran meanwhile would round its sums in another order. A thread that ends at once takes the latter back.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    taking_back = Thread(target=torch.set_num_threads, args=(before,))
    taking_back.start()
    taking_back.join()
    try:
        yield
    finally:
        torch.set_num_threads(before)


_once: Measure = lru_cache(maxsize=64)(_measured)


def _probe(settings: Settings, num_classes: int, clock: Clock) -> Seconds:
    """Ever larger batches, up to the one that is wanted or as far as the budget reaches.

    A step costs something for itself and something for each picture: two sizes tell the larger ones.
    """
    wanted = settings.batch_size
    began, sizes, times = clock(), [0], [0.0]
    for size in (*(size for size in _SIZES if size < wanted), wanted):
        expected = _line(sizes, times, size) if len(sizes) > 2 else times[-1]
        if times[-1] and clock() - began + _STEPS * expected > BUDGET_S:
            break
        trainer = of_noise(settings, size, num_classes, _STEPS + 1)
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


def of_noise(
    settings: Settings, batch_size: int, num_classes: int, steps: int, validated: int | None = None
) -> Trainer:
    """For pictures of noise, enough for so many steps; validated: pictures, a batch where it is not said."""
    noise = torch.Generator().manual_seed(0)
    train, val = (
        Split(
            torch.randint(0, 256, (count, 3, 32, 32), generator=noise, dtype=torch.uint8),
            torch.arange(count) % num_classes,
        )
        for count in (batch_size * steps, validated or batch_size)
    )
    quiet = settings.changed(batch_size=batch_size, lr=1e-12)  # noise must not diverge; the time is the same
    classes = tuple(map(str, range(num_classes)))
    return Trainer(quiet, Dataset("cost", classes, train, val))


def _seconds(trainer: Trainer, clock: Clock) -> float:
    """Of one step."""
    started = clock()
    trainer.step()
    return clock() - started
