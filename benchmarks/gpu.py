"""The book's run on a GPU (8.4.3): 100 epochs of `Net`, by our engine and by the chapter's own loop.

The chapter printed 48.0 s for it. Nothing is measured where there is no GPU.
"""

import statistics
import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from benchmarks.measures import Figure
from benchmarks.training import an_epoch, data
from convlab.chapter import published
from convlab.datasets.dataset import Dataset
from convlab.networks.designs import Net, seeded
from convlab.pictures import images
from convlab.training.engine import Trainer
from convlab.training.recipes import book_recipe
from convlab.training.replayed import Recorder
from convlab.training.together import Together

AIM_S, ROUNDS, CHAPTER_EPOCHS = 1.6, 3, 3
SEEDS = 8


def ours(dataset: Dataset, record: Recorder | None = None, seed: int = 0) -> tuple[float, float]:
    """Seconds of the whole run, validation after each epoch included, and its validation accuracy."""
    started = time.perf_counter()
    trainer = Trainer(book_recipe("net").changed(device="cuda", seed=seed), dataset, record=record)
    records = [an_epoch(trainer) for _ in range(trainer.settings.epochs)]
    return time.perf_counter() - started, records[-1].val_accuracy


def one_by_one(call: Callable[[], Tensor]) -> tuple[Callable[[], None], Tensor]:
    """A recorder that records nothing: every kernel is started from Python."""
    result = torch.zeros((), device="cuda")

    def again() -> None:
        result.copy_(call())

    return again, result


def chapter_epochs(dataset: Dataset, seed: int = 0) -> Iterator[float]:
    """The chapter's loop on the GPU without end, each epoch's loss; as in the book, nothing is validated."""
    values = images.normalise(images.to_float(dataset.train.images), images.CIFAR10_MEAN, images.CIFAR10_STD)
    pairs = list(zip(values, dataset.train.labels.tolist(), strict=True))
    loader = torch.utils.data.DataLoader(pairs, batch_size=64, shuffle=True)  # type: ignore[arg-type,var-annotated]
    model = seeded(Net, seed).to("cuda")
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-2)
    loss_fn = nn.CrossEntropyLoss()
    while True:
        total = 0.0
        for batch, labels in loader:
            loss = loss_fn(model(batch.to("cuda")), labels.to("cuda"))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        yield total / len(loader)


def together(dataset: Dataset, seeds: int, device: str = "cuda") -> tuple[float, float]:
    """Seconds of an epoch of so many seeds of `Net`: as one network, and one after another; both warm."""
    settings = book_recipe("net").changed(device=device)
    several = [Trainer(settings.changed(seed=seed), dataset) for seed in range(seeds)]
    both, alone = Together(several), Trainer(settings, dataset)

    def all_at_once() -> None:
        for _ in range(alone.batches_per_epoch):
            both.begin()
            for one in several:
                one.step()
        for one in several:
            one.end_epoch()  # it reads numbers, and so waits for the GPU

    return _warm(all_at_once), seeds * _warm(lambda: an_epoch(alone))


def _warm(call: Callable[[], object]) -> float:
    """Seconds of a call's third time: what is recorded once a size is recorded by then."""
    call()
    call()
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def run() -> list[Figure]:
    """Seconds for 100 epochs."""
    if not torch.cuda.is_available():
        print("no GPU here")
        return []
    dataset = data()
    name, printed = torch.cuda.get_device_name(), published.PUBLISHED["net"]
    ours(dataset)  # CUDA's libraries are loaded
    whole = [ours(dataset, seed=seed) for seed in range(ROUNDS)]
    plain = ours(dataset, one_by_one)[0]
    epochs = chapter_epochs(dataset)
    next(epochs)
    started = time.perf_counter()
    for _ in range(CHAPTER_EPOCHS):
        next(epochs)
    chapter = 100 / CHAPTER_EPOCHS * (time.perf_counter() - started)
    median = statistics.median(seconds for seconds, _ in whole)
    batch, turns = together(dataset, SEEDS)
    listed = ", ".join(f"{seconds:.2f}" for seconds, _ in whole)
    accuracies = ", ".join(f"{accuracy:.4f}" for _, accuracy in whole)
    book = f"the chapter printed {printed.seconds} s"
    return [
        Figure(
            "100 epochs of Net, our engine", median, "s", AIM_S, f"{name}; {listed}; accuracy {accuracies}"
        ),
        Figure("the same, each kernel started from Python", plain, "s", None, "once"),
        Figure("the chapter's loop", chapter, "s", None, f"from {CHAPTER_EPOCHS} epochs; {book}"),
        Figure("our share of the chapter's time", median / chapter, "x"),
        Figure(
            f"an epoch of {SEEDS} seeds as one network", batch, "s", None, f"one after another {turns:.2f} s"
        ),
    ]
