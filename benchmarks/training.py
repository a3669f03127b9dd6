"""Training: our engine beside the chapter's own loop, the fast recipe, and the book's figures again.

The data are the class's pictures, ``birds_vs_airplanes.zip`` in ../shared/data (or $CONVLAB_SHARED/data).
"""

import dataclasses
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader

from benchmarks.measures import Figure
from convlab.chapter import published
from convlab.datasets import pictures
from convlab.datasets.dataset import Dataset, Split
from convlab.networks.designs import Net, seeded
from convlab.pictures import images
from convlab.training.engine import EpochRecord, Trainer
from convlab.training.recipes import RECIPES, book_recipe

ROUNDS, BATCHES, WARM_UP = 25, 12, 10
LEAST_TIMES = {1: 2.5, 2: 2.2}  # threads -> how many times faster than the chapter's loop
GOOD, BEST, BEST_S = 0.90, 0.92, 20.0
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


def plain_loop(dataset: Dataset, seed: int = 0) -> Iterator[float]:
    """The same written for speed alone: no lab can look at it, as nothing but the loss is kept.

    Pictures and maps are channels last, pools come before tanh, one call steps all parameters.
    """
    values = images.normalise(images.to_float(dataset.train.images), images.CIFAR10_MEAN, images.CIFAR10_STD)
    values, labels = values.permute(0, 2, 3, 1).contiguous(), dataset.train.labels
    generator = torch.Generator().manual_seed(seed)
    model = seeded(Net, seed).to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-2, foreach=True)
    loss_fn = nn.CrossEntropyLoss()
    while True:
        for batch in torch.randperm(len(labels), generator=generator).split(64):
            maps = values.index_select(0, batch).permute(0, 3, 1, 2)
            for conv in (model.conv1, model.conv2):
                maps = torch.tanh(F.max_pool2d(conv(maps), 2))
            loss = loss_fn(model.fc2(torch.tanh(model.fc1(maps.flatten(1)))), labels[batch])
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


LOOPS = {"chapter": chapter_loop, "plain": plain_loop, "engine": engine_loop}


@contextmanager
def apart(loop: str, threads: int) -> Iterator[Callable[[int], float]]:
    """A function that tells the seconds of so many batches of a loop in a process of its own, as runs train.

    In one process the memory that one loop frees would spare the next one its page faults.
    """
    program = f"from benchmarks.training import answer; answer({loop!r}, {threads})"
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        asked, told = process.stdin, process.stdout

        def ask(batches: int) -> float:
            print(batches, file=asked, flush=True)
            return float(told.readline())

        ask(WARM_UP)
        yield ask
        asked.close()


def answer(loop: str, threads: int) -> None:
    """What such a process does: each line of its input is a number of batches, and gets their seconds."""
    torch.set_num_threads(threads)
    steps = LOOPS[loop](data())
    for line in sys.stdin:
        print(seconds(steps, int(line)), flush=True)


def speed(threads: int, rounds: int = ROUNDS, batches: int = BATCHES) -> list[Figure]:
    """All loops in turns, so that what else the machine does meets them alike; medians of the rounds."""
    with ExitStack() as stack:
        loops = [stack.enter_context(apart(loop, threads)) for loop in LOOPS]
        took = [tuple(loop(batches) for loop in loops) for _ in range(rounds)]
    return speed_figures(took, threads, batches)


def speed_figures(took: Sequence[tuple[float, ...]], threads: int, batches: int) -> list[Figure]:
    """(chapter's, plain, ours) seconds of each round -> milliseconds a batch, our share of both times."""
    names = ("the chapter's loop", "a plain loop written for speed", "our engine")
    ms = [1000 * statistics.median(column) / batches for column in zip(*took, strict=True)]
    share = statistics.median(mine / chapter for chapter, _plain, mine in took)
    of_plain = statistics.median(mine / plain for _chapter, plain, mine in took)
    name, told = f"{threads} thread{'s' * (threads > 1)}", f"n {len(took)}"
    return [
        *(
            Figure(f"{name}: {loop}, a batch of 64", one, "ms", None, told)
            for loop, one in zip(names, ms, strict=True)
        ),
        Figure(f"{name}: our share of the plain loop's time", of_plain, "x", 1.0),
        Figure(
            f"{name}: our share of the chapter's time",
            share,
            "x",
            1 / LEAST_TIMES[threads],
            f"{1 / share:.2f} times as fast",
        ),
    ]


def an_epoch(trainer: Trainer) -> EpochRecord:
    """One epoch, validation included."""
    while trainer.batch < trainer.batches_per_epoch:
        trainer.step()
    return trainer.end_epoch()


@dataclass
class Course:
    """A training that is run in pieces: seconds so far, and when each accuracy was first reached."""

    trainer: Trainer
    seconds: float = 0.0
    best: float = 0.0
    reached: dict[float, float] = field(default_factory=dict)

    def go_on(self, epochs: int) -> None:
        """Train some epochs, or what is left; validation counts."""
        for _ in range(min(epochs, self.trainer.settings.epochs - self.trainer.epoch)):
            started = time.perf_counter()
            record = an_epoch(self.trainer)
            self.seconds += time.perf_counter() - started
            self.best = max(self.best, record.val_accuracy)
            for accuracy in (GOOD, BEST):
                if record.val_accuracy >= accuracy:
                    self.reached.setdefault(accuracy, self.seconds)

    def until(self, accuracy: float) -> float:
        """Seconds until it was reached; infinite where it never was."""
        return self.reached.get(accuracy, math.inf)


def fast(dataset: Dataset, threads: int = 2) -> list[Figure]:
    """How soon the fast recipe is good, and how much later the book's is, if ever in its 100 epochs.

    The fast recipe, the book's by our engine and the book's by the chapter's own loop take turns.
    """
    torch.set_num_threads(threads)
    quick, slow = (
        Course(Trainer(RECIPES[name].settings.changed(device="cpu"), dataset)) for name in ("fast", "book")
    )
    chapter, chapter_s = chapter_loop(dataset), 0.0
    rounds = quick.trainer.settings.epochs
    for _ in range(rounds):
        quick.go_on(1)
        slow.go_on(math.ceil(slow.trainer.settings.epochs / rounds))
        chapter_s += seconds(chapter, slow.trainer.batches_per_epoch)
    chapter_s *= slow.trainer.settings.epochs / rounds
    return fast_figures(quick, slow, chapter_s, f"fast recipe, {threads} thread{'s' * (threads > 1)}")


def fast_figures(quick: Course, slow: Course, chapter_s: float, name: str) -> list[Figure]:
    """Seconds of both recipes, and the fast one's share of the book's."""
    good_s, epochs = quick.until(GOOD), slow.trainer.settings.epochs
    slow_s = min(slow.until(GOOD), slow.seconds)
    told = f"best {slow.best:.4f}: " + ("reached" if GOOD in slow.reached else f"{GOOD} is never reached")
    loop = "the book's recipe, the chapter's loop"
    chapter_s *= slow_s / slow.seconds
    return [
        Figure(f"{name}: to validation accuracy {GOOD}", good_s, "s"),
        Figure(f"{name}: to {BEST}", quick.until(BEST), "s", BEST_S, f"best {quick.best:.4f}"),
        Figure(f"the book's recipe, our engine, to {GOOD} or {epochs} epochs", slow_s, "s", None, told),
        Figure(f"{loop}, as many epochs", chapter_s, "s", None, "measured in part, validation not counted"),
        Figure(f"{name}: its share of our engine's", good_s / slow_s, "x", None, _sooner(slow_s / good_s)),
        Figure(
            f"{name}: its share of the chapter's",
            good_s / chapter_s,
            "x",
            1 / SOONER,
            _sooner(chapter_s / good_s),
        ),
    ]


def _sooner(times: float) -> str:
    return f"{times:.1f} times sooner"


def run() -> list[Figure]:
    """Speed at one and two threads, then the recipes."""
    return [*speed(1), *speed(2), *fast(data())]


def run_book(seeds: tuple[int, ...] = SEEDS) -> list[Figure]:
    """The book's recipe, 100 epochs of each seed, against the figures it printed (8.4)."""
    dataset = data()
    torch.set_num_threads(1)
    curves, train_accuracies, val_accuracies = [], [], []
    for seed in seeds:
        trainer = Trainer(book_recipe("net").changed(device="cpu", seed=seed), dataset)
        records = [an_epoch(trainer) for _ in range(trainer.settings.epochs)]
        curves.append({record.epoch: record.train_loss for record in records})
        train_accuracies.append(trainer.evaluate("train").accuracy)
        val_accuracies.append(records[-1].val_accuracy)
    return book_figures(curves, train_accuracies, val_accuracies)


def book_figures(
    curves: list[dict[int, float]], train_accuracies: list[float], val_accuracies: list[float]
) -> list[Figure]:
    """Distances from the book's baseline on the CPU, the farthest seed each."""
    printed = published.PUBLISHED["net_cpu"].curve
    found = []
    for epoch in CHECKED_EPOCHS:
        off = max(100 * abs(curve[epoch] / printed[epoch] - 1) for curve in curves)
        seen = ", ".join(f"{curve[epoch]:.4f}" for curve in curves)
        detail = f"{seen}; the book: {printed[epoch]}"
        found.append(Figure(f"training loss, epoch {epoch}: off by", off, "%", TOLERANCE_PERCENT, detail))
    off = max(abs(accuracy - published.PUBLISHED["net_cpu"].train_accuracy) for accuracy in train_accuracies)
    found.append(Figure("training accuracy: off by", off, "", 0.01, _listed(train_accuracies)))
    wrong = 1 - statistics.mean(val_accuracies)
    found.append(Figure("validation: share wrong, mean", wrong, "", 1 - 0.885, _listed(val_accuracies)))
    return found


def _listed(accuracies: list[float]) -> str:
    return "accuracy " + ", ".join(f"{accuracy:.4f}" for accuracy in accuracies)
