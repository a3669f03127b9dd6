"""Training: our engine beside the chapter's own loop, the fast recipe, and the book's figures again.

The data are the class's pictures, ``birds_vs_airplanes.zip`` in ../shared/data (or $CONVLAB_SHARED/data).
"""

import dataclasses
import os
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader

from benchmarks.measures import Figure
from convlab import images
from convlab.datasets import pictures
from convlab.datasets.dataset import Dataset, Split
from convlab.models import Net, seeded
from convlab.training import book
from convlab.training.engine import EpochRecord, Trainer
from convlab.training.recipes import RECIPES, book_recipe

ROUNDS, BATCHES, WARM_UP = 25, 12, 10
LEAST_TIMES = {1: 2.2, 2: 2.0}  # threads -> how many times faster than the chapter's loop
GOOD, BEST, BEST_S = 0.90, 0.92, 30.0
SOONER = 10.0
SEEDS = (0, 1, 2)
TOLERANCE_PERCENT = 15.0
CHECKED_EPOCHS = (1, 10, 20, 50, 100)


def data() -> Dataset:
    """The class's birds and airplanes."""
    shared = os.environ.get("CONVLAB_SHARED", Path(__file__).parents[2] / "shared")
    return pictures.read_zip(Path(shared) / "data" / "birds_vs_airplanes.zip", "Birds and airplanes")


def chapter_loop(dataset: Dataset, seed: int = 0) -> Iterator[float]:
    """The chapter's training of ``Net`` (8.4) without end: the loss of every batch.

    A list of normalised pictures with their labels in a shuffling DataLoader, and ``.item()`` each batch.
    """
    values = images.normalise(images.to_float(dataset.train.images), images.CIFAR10_MEAN, images.CIFAR10_STD)
    pairs = list(zip(values, dataset.train.labels.tolist(), strict=True))
    torch.manual_seed(seed)
    loader: DataLoader[Any] = DataLoader(pairs, batch_size=64, shuffle=True)  # type: ignore[arg-type]
    model = seeded(Net, seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-2)
    loss_fn = nn.CrossEntropyLoss()
    while True:
        for batch, labels in loader:
            loss = loss_fn(model(batch), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            yield loss.item()


def engine_loop(dataset: Dataset) -> Iterator[float | None]:
    """The same by our engine; it too is spared the validation, all but one picture."""
    one = Split(dataset.val.images[:1], dataset.val.labels[:1])
    trainer = Trainer(
        book_recipe("net").changed(device="cpu", epochs=1000), dataclasses.replace(dataset, val=one)
    )
    while True:
        while trainer.batch < trainer.batches_per_epoch:
            yield trainer.step()
        trainer.end_epoch()


def seconds(loop: Iterator[object], batches: int) -> float:
    """Wall-clock of some batches."""
    started = time.perf_counter()
    for _ in range(batches):
        next(loop)
    return time.perf_counter() - started


def speed(dataset: Dataset, threads: int, rounds: int = ROUNDS, batches: int = BATCHES) -> list[Figure]:
    """Both loops in turns, so that what else the machine does meets them alike; medians of the rounds."""
    torch.set_num_threads(threads)
    chapter, ours = chapter_loop(dataset), engine_loop(dataset)
    for loop in (chapter, ours):
        seconds(loop, WARM_UP)
    pairs = [(seconds(chapter, batches), seconds(ours, batches)) for _ in range(rounds)]
    return speed_figures(pairs, threads, batches)


def speed_figures(pairs: list[tuple[float, float]], threads: int, batches: int) -> list[Figure]:
    """(chapter's, ours) seconds of each round -> milliseconds a batch, our share of the chapter's time."""
    chapter, ours = (1000 * statistics.median(column) / batches for column in zip(*pairs, strict=True))
    share = statistics.median(mine / theirs for theirs, mine in pairs)
    name, told = f"{threads} thread{'s' * (threads > 1)}", f"n {len(pairs)}"
    return [
        Figure(f"{name}: the chapter's loop, a batch of 64", chapter, "ms", None, told),
        Figure(f"{name}: our engine, a batch of 64", ours, "ms", None, told),
        Figure(
            f"{name}: our share of the chapter's time",
            share,
            "x",
            1 / LEAST_TIMES[threads],
            f"{1 / share:.2f} times as fast",
        ),
    ]


def train(
    trainer: Trainer, enough: Callable[[EpochRecord], bool] = lambda record: False
) -> list[EpochRecord]:
    """All epochs, or those until one is enough."""
    records: list[EpochRecord] = []
    while not trainer.finished and not (records and enough(records[-1])):
        while trainer.batch < trainer.batches_per_epoch:
            trainer.step()
        records.append(trainer.end_epoch())
    return records


def until(trainer: Trainer, wanted: tuple[float, ...]) -> tuple[dict[float, float], float]:
    """Seconds, validation included, until each validation accuracy was first reached; and the best of all."""
    started, reached, best = time.perf_counter(), dict[float, float](), 0.0

    def enough(record: EpochRecord) -> bool:
        nonlocal best
        best = max(best, record.val_accuracy)
        for accuracy in wanted:
            if record.val_accuracy >= accuracy:
                reached.setdefault(accuracy, time.perf_counter() - started)
        return len(reached) == len(wanted)

    train(trainer, enough)
    return reached, best


def fast(dataset: Dataset, threads: int = 2) -> list[Figure]:
    """How soon the fast recipe is good, and how much later the book's is, if ever in 100 epochs."""
    torch.set_num_threads(threads)
    quick, best = until(Trainer(RECIPES["fast"].settings.changed(device="cpu"), dataset), (GOOD, BEST))
    started = time.perf_counter()
    slow, book_best = until(Trainer(RECIPES["book"].settings.changed(device="cpu"), dataset), (GOOD,))
    slow_s = slow.get(GOOD, time.perf_counter() - started)
    good_s = quick.get(GOOD, float("inf"))
    never = "" if GOOD in slow else f", which it has not reached by then: {book_best:.3f} at best"
    name = f"fast recipe, {threads} thread{'s' * (threads > 1)}"
    return [
        Figure(f"{name}: to validation accuracy {GOOD}", good_s, "s"),
        Figure(f"{name}: to {BEST}", quick.get(BEST, float("inf")), "s", BEST_S, f"best {best:.4f}"),
        Figure("the book's recipe", slow_s, "s", None, f"to {GOOD}{never}"),
        Figure(
            f"{name}: its share of that time",
            good_s / slow_s,
            "x",
            1 / SOONER,
            f"{slow_s / good_s:.1f} times sooner",
        ),
    ]


def run() -> list[Figure]:
    """Speed at one and two threads, then the recipes."""
    dataset = data()
    return [*speed(dataset, 1), *speed(dataset, 2), *fast(dataset)]


def run_book(seeds: tuple[int, ...] = SEEDS) -> list[Figure]:
    """The book's recipe, 100 epochs of each seed, against the figures it printed (item 18)."""
    dataset = data()
    torch.set_num_threads(1)
    curves, train_accuracies, val_accuracies = [], [], []
    for seed in seeds:
        trainer = Trainer(book_recipe("net").changed(device="cpu", seed=seed), dataset)
        records = train(trainer)
        curves.append({record.epoch: record.train_loss for record in records})
        train_accuracies.append(trainer.evaluate("train").accuracy)
        val_accuracies.append(records[-1].val_accuracy)
    return book_figures(curves, train_accuracies, val_accuracies)


def book_figures(
    curves: list[dict[int, float]], train_accuracies: list[float], val_accuracies: list[float]
) -> list[Figure]:
    """Distances from the book's baseline on the CPU, the farthest seed each."""
    printed = book.PUBLISHED["net_cpu"].curve
    found = []
    for epoch in CHECKED_EPOCHS:
        off = max(100 * abs(curve[epoch] / printed[epoch] - 1) for curve in curves)
        seen = ", ".join(f"{curve[epoch]:.4f}" for curve in curves)
        detail = f"{seen}; the book: {printed[epoch]}"
        found.append(Figure(f"training loss, epoch {epoch}: off by", off, "%", TOLERANCE_PERCENT, detail))
    off = max(abs(accuracy - book.PUBLISHED["net_cpu"].train_accuracy) for accuracy in train_accuracies)
    found.append(Figure("training accuracy: off by", off, "", 0.01, _listed(train_accuracies)))
    wrong = 1 - statistics.mean(val_accuracies)
    found.append(Figure("validation: share wrong, mean", wrong, "", 1 - 0.885, _listed(val_accuracies)))
    return found


def _listed(accuracies: list[float]) -> str:
    return "accuracy " + ", ".join(f"{accuracy:.4f}" for accuracy in accuracies)
