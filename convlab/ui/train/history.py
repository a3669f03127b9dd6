"""What a run has measured so far, kept between two looks, and the charts made of it."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from convlab.chapter.published import Published
from convlab.training.engine import EpochRecord
from convlab.training.runs import Run
from convlab.training.schedule import LearningRate
from convlab.training.settings import Settings
from convlab.ui.components.shared.charts import TRAIN, VALIDATION, ChartShown, Line, depth_colour
from convlab.ui.kept import kept
from convlab.ui.words import _

Points = npt.NDArray[np.float64]

MOST_POINTS = 400  # of a line: more than a screen has pixels would only cost time
NAMED_LAYERS = 6
_RATE_POINTS = 150


class History:
    """All that a run has measured; each look reads on where the last one ended."""

    def __init__(self, run: Run | None) -> None:
        self.run, self.offset = run, 0
        self._forget()

    def _forget(self) -> None:
        self._parts: list[npt.NDArray[Any]] = []  # [3, N]: epoch, batch, loss
        self.records: list[EpochRecord] = []
        self.lrs: list[tuple[int, int, float]] = []

    def look(self) -> "History":
        """Read what has come since; nothing where there is no run."""
        if self.run is None:
            return self
        new = self.run.metrics(self.offset)
        if new.whole:
            self._forget()
        self.offset = new.offset
        self._parts.append(np.stack([new.epoch, new.batch, new.loss]))
        self.records.extend(new.records)
        self.lrs.extend(new.lrs)
        return self

    def batches(self, per_epoch: int) -> Points:
        """Float [N, 2]: where each batch ended, in epochs, and its loss."""
        self._parts = [np.concatenate([np.empty((3, 0)), *self._parts], axis=1)]
        epoch, batch, loss = self._parts[0]
        return np.stack([epoch - 1 + batch / max(1, per_epoch), loss], axis=1)


def history(run: Run) -> History:
    """What a run has measured up to now; the session keeps what it has read."""
    return cast(History, kept("train.histories", most=12).get(run.id, lambda: History(run))).look()


def thinned(points: Points, most: int = MOST_POINTS) -> Points:
    """At most ``most`` of the points [N, 2], in order: the lowest and the highest of each stretch."""
    if len(points) <= most:
        return points
    stretches = np.array_split(np.arange(len(points)), most // 2)
    values = points[:, 1]
    kept = {int(part[pick(values[part])]) for part in stretches for pick in (np.argmin, np.argmax)}
    return points[sorted(kept | {len(points) - 1})[-most:]]


def of_epochs(records: Sequence[EpochRecord], field: str) -> Points:
    """Float [N, 2]: epoch and one field of its record."""
    return np.array([[one.epoch, getattr(one, field)] for one in records], dtype=float).reshape(-1, 2)


def charts(history: History, per_epoch: int, book: Published | None, settings: Settings) -> list[ChartShown]:
    """Loss, accuracy, gradient norms and learning rate of one run, the book's curve behind them.

    ``per_epoch`` counts the batches; ``book`` is what the chapter printed for this design.
    """
    rates = Line(_("Learning rate"), "solid", TRAIN, rates_of(history, per_epoch, settings))
    return [
        _loss(history, per_epoch, book),
        _accuracy(history.records, book),
        _gradients(history.records),
        ChartShown("rate", rates.name, "lr", [rates]),
    ]


def _training_and_validation(records: Sequence[EpochRecord], what: str) -> list[Line]:
    return [
        Line(_("Training"), "solid", TRAIN, thinned(of_epochs(records, f"train_{what}"))),
        Line(_("Validation"), "dashed", VALIDATION, thinned(of_epochs(records, f"val_{what}"))),
    ]


def _loss(history: History, per_epoch: int, book: Published | None) -> ChartShown:
    lines = [Line("" if history.records else _("Batch"), "faint", TRAIN, thinned(history.batches(per_epoch)))]
    if book is not None:
        printed = np.array(list(book.curve.items()), dtype=float)
        lines.insert(0, Line(_("The book, training"), "book", "", printed))
    lines += _training_and_validation(history.records, "loss")
    return ChartShown("loss", _("Loss"), _("cross-entropy, mean"), lines, turns=True)


def _accuracy(records: Sequence[EpochRecord], book: Published | None) -> ChartShown:
    lines = _training_and_validation(records, "accuracy")
    if book is not None:
        lines += [
            Line(_("The book, training"), "level", "", np.array([[0, book.train_accuracy]])),
            Line(_("The book, validation"), "level-dashed", "", np.array([[0, book.val_accuracy]])),
        ]
    return ChartShown("accuracy", _("Accuracy"), _("share classified correctly"), lines, kind="percent")


def _gradients(records: Sequence[EpochRecord]) -> ChartShown:
    layers = list(records[0].gradient_norms) if records else []
    named = set(layers)
    if len(layers) > NAMED_LAYERS + 2:
        named = {layers[place] for place in np.linspace(0, len(layers) - 1, NAMED_LAYERS).round().astype(int)}
    lines = []
    for n, layer in enumerate(layers):
        norms = np.array([[one.epoch, one.gradient_norms.get(layer, np.nan)] for one in records])
        name, colour = layer if layer in named else "", depth_colour(n, len(layers))
        lines.append(Line(name, "thin", colour, thinned(norms, 150)))
    return ChartShown("gradients", _("Gradient norm"), _("per layer, logarithmic"), lines, log=True)


def rates_of(history: History, per_epoch: int, settings: Settings) -> Points:
    """Float [N, 2]: place in epochs and the learning rate there, up to the last batch that was trained."""
    batches = history.batches(per_epoch)
    if not len(batches) or not per_epoch:
        return np.empty((0, 2))
    last = round(batches[-1, 0] * per_epoch)
    rate = LearningRate(settings.schedule, settings.lr, settings.epochs * per_epoch)
    changes = {(epoch - 1) * per_epoch + batch - 1: lr for epoch, batch, lr in history.lrs}
    steps = sorted({*np.linspace(0, last, _RATE_POINTS, dtype=int).tolist(), *changes})
    points = []
    for step in steps:
        if step in changes:
            points.append((step / per_epoch, rate.at(step)))
            rate.change(step, changes[step])
        points.append((step / per_epoch, rate.at(step)))
    return np.array(points)
