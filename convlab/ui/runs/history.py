"""What a run has measured so far, kept between two looks, and the charts made of it."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from convlab.chapter.published import Published
from convlab.training.engine import EpochRecord
from convlab.training.runs import Run
from convlab.training.settings import Settings
from convlab.training.status import Status
from convlab.training.story import Leg
from convlab.ui.components.shared.charts import RUNS, TRAIN, VALIDATION, ChartShown, Line, Mark, depth_colour
from convlab.ui.kept import kept
from convlab.ui.runs import labels
from convlab.ui.words import _

Points = npt.NDArray[np.float64]

MOST_HISTORIES = 64  # of a session: as many runs as are drawn together
MOST_POINTS = 400  # of a line: more than a screen has pixels would only cost time
NAMED_LAYERS = 6
_RATE_POINTS = 150
_PENALISED, _GAP = RUNS[2], RUNS[5]


class History:
    """All that a run has measured; each look reads on where the last one ended."""

    def __init__(self, run: Run | None) -> None:
        self.run, self.offset = run, 0
        self._forget()

    def _forget(self) -> None:
        self._parts: list[npt.NDArray[Any]] = []  # [3, N]: epoch, batch, loss
        self.records: list[EpochRecord] = []

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
        return self

    def seen(self, status: Status) -> Status:
        """The status as the curves have it: in the file it may be half a second behind them."""
        if not status.batches_per_epoch:
            return status
        epoch, done = len(self.records), self.batches(status.batches_per_epoch)
        batch = round((float(done[-1, 0]) - epoch) * status.batches_per_epoch) if len(done) else 0
        return replace(status, epoch=epoch, batch=max(0, batch), last=self.records[-1] if epoch else None)

    def batches(self, per_epoch: int) -> Points:
        """Float [N, 2]: where each batch ended, in epochs, and its loss."""
        self._parts = [np.concatenate([np.empty((3, 0)), *self._parts], axis=1)]
        epoch, batch, loss = self._parts[0]
        return np.stack([epoch - 1 + batch / max(1, per_epoch), loss], axis=1)


def history(run: Run) -> History:
    """What a run has measured up to now; the session keeps what it has read."""
    return cast(
        History, kept("train.histories", most=MOST_HISTORIES).get(run.id, lambda: History(run))
    ).look()


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


def charts(
    history: History, leg: Leg, book: Published | None, marks: Sequence[Mark] = ()
) -> list[ChartShown]:
    """Loss, accuracy, gradient norms and learning rate of one run, the book's curve behind them.

    ``leg`` tells of the run, ``book`` is what the chapter printed for its design, ``marks`` what happened.
    """
    rates = Line(_("Learning rate"), "solid", TRAIN, rates_of(history, leg))
    drawn = [
        _loss(history, leg, book),
        _accuracy(history.records, book),
        _gradients(history.records),
        ChartShown("rate", rates.name, "lr", [rates]),
    ]
    whose = "" if history.run is None else history.run.name
    return [replace(chart, marks=marks, whose=whose) for chart in drawn]


def _training_and_validation(records: Sequence[EpochRecord], what: str) -> list[Line]:
    return [
        Line(_("Training"), "solid", TRAIN, thinned(of_epochs(records, f"train_{what}"))),
        Line(_("Validation"), "dashed", VALIDATION, thinned(of_epochs(records, f"val_{what}"))),
    ]


def _loss(history: History, leg: Leg, book: Published | None) -> ChartShown:
    """The loss; where penalties are terms of it, training is drawn without them too, as validation is."""
    records, terms = history.records, penalties(leg.settings)
    training, validation = _training_and_validation(records, "loss")
    drawn, printed, unit = [training], _("The book, training"), _("cross-entropy, mean")
    if terms:
        name, alone = _("Training, with {terms}").format(terms=terms), of_epochs(records, "cross_entropy")
        alone = thinned(alone[np.isfinite(alone[:, 1])])
        name_alone = _("Training, without {terms}").format(terms=terms)
        drawn = [
            replace(training, name=name, colour=_PENALISED),
            replace(training, name=name_alone, points=alone),
        ]
        printed, unit = _("The book, with {terms}").format(terms=terms), _("mean; validation has no penalty")
    elif leg.settings.weight_decay:
        unit = _("cross-entropy, mean; weight_decay is no part of it")
    batches = thinned(history.batches(leg.per_epoch))
    lines = [Line(_("Batch"), "faint", drawn[0].colour, batches), *drawn, validation]
    if book is not None:
        lines.insert(0, Line(printed, "book", "", np.array(list(book.curve.items()), dtype=float)))
    about = _("The points as drawn: of many batches some; all are in the run's Download.")
    return ChartShown("loss", _("Loss"), unit, lines, turns=True, about_numbers=about)


def penalties(settings: Settings) -> str:
    """Which penalties are terms of a run's loss, as people call them: "L2", "L1 + L2"; "" for none."""
    return " + ".join(name for name, given in (("L1", settings.l1), ("L2", settings.l2)) if given)


def _accuracy(records: Sequence[EpochRecord], book: Published | None) -> ChartShown:
    between, gap = _gap(records)
    lines = [between, *_training_and_validation(records, "accuracy"), gap]
    if book is not None:
        lines += [
            Line(_("The book, training"), "level", "", np.array([[0, book.train_accuracy]])),
            Line(_("The book, validation"), "level-dashed", "", np.array([[0, book.val_accuracy]])),
        ]
    title, unit, error = _("Accuracy"), _("share classified correctly"), labels.error_of("accuracy")
    return ChartShown("accuracy", title, unit, lines, "percent", turns=True, lacking=error)


def _gap(records: Sequence[EpochRecord]) -> list[Line]:
    """What lies between the two accuracies, and how much it is."""
    some = records[:: max(1, len(records) // MOST_POINTS)]
    between: list[Any] = [(one.epoch, *sorted((one.train_accuracy, one.val_accuracy))) for one in some]
    between = sorted([*between, *_crossings(some)])
    return [
        Line("", "band", _GAP, np.array(between, dtype=float).reshape(-1, 3)),
        Line(_("Gap: training − validation (points)"), "told", _GAP, thinned(of_epochs(records, "gap"))),
    ]


def _crossings(records: Sequence[EpochRecord]) -> list[tuple[float, float, float]]:
    """Where the two accuracies are the same between two epochs: nothing lies between their lines there."""
    found = []
    for one, after in pairwise(records):
        if one.gap * after.gap < 0:
            share = one.gap / (one.gap - after.gap)
            height = one.train_accuracy + share * (after.train_accuracy - one.train_accuracy)
            found.append((one.epoch + share * (after.epoch - one.epoch), height, height))
    return found


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


def rates_of(history: History, leg: Leg) -> Points:
    """Float [N, 2]: place in epochs and the learning rate there, up to the last batch that was trained."""
    batches = history.batches(leg.per_epoch)
    if not len(batches) or not leg.per_epoch:
        return np.empty((0, 2))
    last = round(batches[-1, 0] * leg.per_epoch)
    jumps = {step for change in leg.changes for step in (change - 1, change) if 0 <= step <= last}
    steps = sorted({*np.linspace(0, last, _RATE_POINTS, dtype=int).tolist(), *jumps})
    places = [step + (step + 1 in leg.changes) for step in steps]  # a rate holds up to its change
    return np.stack([np.array(places) / leg.per_epoch, leg.rates(steps)], 1)
