"""What the book printed: the losses and accuracies of its runs (8.4, 8.5, figure 8.13), to lay under ours."""

from dataclasses import dataclass
from typing import Any

from convlab.datasets import shelf
from convlab.datasets.sources import SOURCES
from convlab.networks import designs
from convlab.training.recipes import book_recipe
from convlab.training.settings import Settings

EPOCHS = (1, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100)


@dataclass(frozen=True)
class Published:
    """One run of the book: training losses at ``EPOCHS``, the means of the batches' means, on its machine.

    The accuracies are those after 100 epochs, as figure 8.13 shows them; the seconds are of all 100.
    """

    losses: tuple[float, ...]
    train_accuracy: float
    val_accuracy: float
    seconds: float
    device: str = "cuda"

    @property
    def curve(self) -> dict[int, float]:
        """Epoch -> training loss."""
        return dict(zip(EPOCHS, self.losses, strict=True))


# fmt: off
PUBLISHED: dict[str, Published] = {
    "net_cpu": Published(
        (.5635, .3278, .3035, .2825, .2611, .2411, .2200, .2037, .1894, .1728, .1614),
        .93, .89, 172.7, "cpu"),
    "net": Published(
        (.5718, .3285, .2949, .2696, .2471, .2262, .2100, .1935, .1799, .1662, .1567),
        .93, .89, 48.0),
    "net_width": Published(
        (.5445, .3171, .2745, .2426, .2134, .1870, .1632, .1409, .1200, .1008, .0832),
        .96, .90, 46.3),
    "net_l2": Published(
        (.5843, .3663, .3226, .2962, .2776, .2637, .2516, .2401, .2293, .2190, .2092),
        .90, .87, 91.7),
    "net_dropout": Published(
        (.5800, .3807, .3491, .3298, .3126, .2921, .2821, .2724, .2628, .2537, .2400),
        .89, .88, 51.7),
    "net_batch_norm": Published(
        (.4740, .2598, .1943, .1437, .1011, .0670, .0415, .0324, .0171, .0113, .0076),
        1.00, .89, 53.2),
    "net_depth": Published(
        (.6548, .3400, .3015, .2727, .2441, .2165, .1904, .1668, .1440, .1203, .0956),
        .95, .90, 55.4),
    "net_res": Published(
        (.6650, .3293, .2860, .2552, .2281, .2018, .1763, .1514, .1257, .0992, .0764),
        .97, .90, 55.2),
    "net_res_deep": Published(
        (2.2735, .3779, .3002, .2492, .2079, .1587, .1213, .0873, .0725, .0578, .0660),
        .97, .86, 755.2),
}
# fmt: on
# (training, validation) accuracy in the order of figure 8.13. The baseline's runs on the CPU and on the GPU
# ended alike; of the fully connected net (8.1) the book prints no curve and no training accuracy.
FIGURE_8_13: dict[str, tuple[float | None, float]] = {
    **{row: (run.train_accuracy, run.val_accuracy) for row, run in PUBLISHED.items() if row != "net_cpu"},
    "dense": (None, 0.79),
}


def row_of(design: str, l2: float = 0.0) -> str | None:
    """The row of ``FIGURE_8_13`` for a key of ``designs.DESIGNS``: "net_l2" where the loss has an L2 term."""
    row = "net" if design == "sequential" else design  # the baseline too
    row = "net_l2" if row == "net" and l2 else row
    return row if row in FIGURE_8_13 else None


def published(design: str, l2: float = 0.0) -> Published | None:
    """The book's run to compare a run with; arguments as ``row_of``."""
    return PUBLISHED.get(row_of(design, l2) or "")


# What a run may have otherwise and still follow the book's curve: fewer epochs are its beginning, and the
# book's own runs have its slips (8.4) or not, from one cell of its notebook to the next.
_FREE = ("epochs", "seed", "device", "threads", "deadline_s", "unshuffled", "validate_in_train_mode")


def differences(settings: Settings) -> dict[str, tuple[Any, Any]]:
    """Setting or option -> (the run's value, the book's), where they differ; the data are among them.

    For a design of which the book printed no run, its section's recipe counts.
    """
    row = row_of(settings.design, settings.l2)
    own, book = settings.model_dump(), book_recipe(settings.design, l2=row == "net_l2").model_dump()
    own |= _options(settings.design, own.pop("options"))
    book |= _options(settings.design, book.pop("options"))
    book["data"] = next(filter(book_data, (settings.data, *SOURCES)))
    return {name: (own[name], book[name]) for name in own if name not in _FREE and own[name] != book[name]}


def book_data(key: str) -> bool:
    """Whether a data set is the chapter's own, under whatever key."""
    if key in SOURCES:
        return SOURCES[key].of_the_book
    header = shelf.entries().get(key)
    copies = [digest for source in SOURCES.values() if source.of_the_book for digest in source.copies]
    return header is not None and header.digest in copies


def _options(design: str, given: dict[str, Any]) -> dict[str, Any]:
    """All options of a design but the number of classes, which the data tell."""
    made = designs.design(design)
    return {name: made.default(name) for name in made.options if name != "num_classes"} | given
