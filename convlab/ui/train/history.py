"""What a run has measured so far, kept between two looks, and the charts that are drawn of it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st

from convlab.chapter.published import Published
from convlab.training.engine import EpochRecord
from convlab.training.metrics import Metrics
from convlab.training.runs import Run
from convlab.training.schedule import Rate
from convlab.training.settings import Settings
from convlab.ui.components.training_curves import TRAIN, VALIDATION, ChartShown, Line, depth_colour
from convlab.ui.words import _

Points = npt.NDArray[np.float64]

MOST_POINTS = 400  # of one line: more than a screen's pixels would only cost time
NAMED_LAYERS = 6
_KEPT = "train.histories"
_MOST_KEPT = 12
_RATE_POINTS = 150


class History:
    """All that a run measured, read on where the last look ended."""

    def __init__(self, run: Run | None) -> None:
        self.run = run
        self.offset = 0
        self._forget()

    def _forget(self) -> None:
        self._epochs: list[npt.NDArray[Any]] = []
        self._batches: list[npt.NDArray[Any]] = []
        self._losses: list[npt.NDArray[Any]] = []
        self.records: list[EpochRecord] = []
        self.lrs: list[tuple[int, int, float]] = []

    def look(self) -> "History":
        """Read what came since; where there is no run there is nothing."""
        if self.run is None:
            return self
        new: Metrics = self.run.metrics(self.offset)
        if new.whole:
            self._forget()
        self.offset = new.offset
        self._epochs.append(new.epoch)
        self._batches.append(new.batch)
        self._losses.append(new.loss)
        self.records.extend(new.records)
        self.lrs.extend(new.lrs)
        return self

    def batches(self, per_epoch: int) -> Points:
        """Float [N, 2]: where each batch ended, in epochs, and its loss."""
        parts = (self._epochs, self._batches, self._losses)
        epoch, batch, loss = (np.concatenate(part) if part else np.empty(0) for part in parts)
        self._epochs, self._batches, self._losses = [epoch], [batch], [loss]
        return np.stack([epoch - 1 + batch / max(1, per_epoch), loss], axis=1)


def history(run: Run) -> History:
    """What a run measured up to now; this session remembers what it has read."""
    kept: dict[str, History] = st.session_state.setdefault(_KEPT, {})
    found = kept.pop(run.id, None) or History(run)
    kept[run.id] = found  # the last one looked at is the last to be forgotten
    while len(kept) > _MOST_KEPT:
        del kept[next(iter(kept))]
    return found.look()


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

    Args:
        history: of the run.
        per_epoch: batches per epoch.
        book: what the chapter printed for this design, or None.
        settings: of the run.
    """
    return [
        _loss(history, per_epoch, book),
        _accuracy(history, book),
        _gradients(history.records),
        _rate(history, per_epoch, settings),
    ]


def _loss(history: History, per_epoch: int, book: Published | None) -> ChartShown:
    batches, records = thinned(history.batches(per_epoch)), history.records
    lines = [
        *([] if book is None else [Line(_("The book, training"), "book", "", _book_curve(book))]),
        Line("" if records else _("Batch"), "faint", TRAIN, batches),
        Line(_("Training"), "solid", TRAIN, thinned(of_epochs(records, "train_loss"))),
        Line(_("Validation"), "dashed", VALIDATION, thinned(of_epochs(records, "val_loss"))),
    ]
    return ChartShown("loss", _("Loss"), _("cross-entropy, mean"), lines, turns=True)


def _book_curve(book: Published) -> Points:
    return np.array(list(book.curve.items()), dtype=float)


def _accuracy(history: History, book: Published | None) -> ChartShown:
    records = history.records
    lines = [
        Line(_("Training"), "solid", TRAIN, thinned(of_epochs(records, "train_accuracy"))),
        Line(_("Validation"), "dashed", VALIDATION, thinned(of_epochs(records, "val_accuracy"))),
    ]
    if book is not None:
        lines += [
            Line(_("The book, training"), "level", "", np.array([[0, book.train_accuracy]])),
            Line(_("The book, validation"), "level-dashed", "", np.array([[0, book.val_accuracy]])),
        ]
    return ChartShown("accuracy", _("Accuracy"), _("share of right verdicts"), lines, kind="percent")


def _gradients(records: Sequence[EpochRecord]) -> ChartShown:
    layers = list(records[0].gradient_norms) if records else []
    named = (
        {layers[round(n * (len(layers) - 1) / (NAMED_LAYERS - 1))] for n in range(NAMED_LAYERS)}
        if layers
        else set()
    )
    few = len(layers) <= NAMED_LAYERS + 2
    lines = [
        Line(
            layer if few or layer in named else "",
            "thin",
            depth_colour(n, len(layers)),
            thinned(np.array([[one.epoch, one.gradient_norms.get(layer, np.nan)] for one in records]), 150),
        )
        for n, layer in enumerate(layers)
    ]
    return ChartShown("gradients", _("Gradient norm"), _("per layer, logarithmic"), lines, log=True)


def _rate(history: History, per_epoch: int, settings: Settings) -> ChartShown:
    lines = [Line(_("Learning rate"), "solid", TRAIN, rates_of(history, per_epoch, settings))]
    return ChartShown("rate", _("Learning rate"), "lr", lines)


def rates_of(history: History, per_epoch: int, settings: Settings) -> Points:
    """Float [N, 2]: place in epochs and the learning rate there, up to the last batch that was trained."""
    batches = history.batches(per_epoch)
    if not len(batches) or not per_epoch:
        return np.empty((0, 2))
    last = round(batches[-1, 0] * per_epoch)
    rate = Rate(settings.schedule, settings.lr, settings.epochs * per_epoch)
    changes = {(epoch - 1) * per_epoch + batch - 1: lr for epoch, batch, lr in history.lrs}
    steps = sorted({*np.linspace(0, last, _RATE_POINTS, dtype=int).tolist(), *changes})
    points = []
    for step in steps:
        if step in changes:
            points.append((step / per_epoch, rate.at(step)))
            rate.change(step, changes[step])
        points.append((step / per_epoch, rate.at(step)))
    return np.array(points)
