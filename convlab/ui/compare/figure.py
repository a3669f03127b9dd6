"""Figure 8.13 of one's own: a row for each design, its seeds, mean and interval, the book's bars behind."""

from collections import defaultdict
from collections.abc import Sequence
from statistics import fmean

from convlab.chapter import published
from convlab.chapter.published import FIGURE_8_13
from convlab.comparison.statistics import interval
from convlab.training import seeds
from convlab.training.settings import Settings
from convlab.ui.compare.look import Look
from convlab.ui.components.design_bars import Measured, Row
from convlab.ui.runs import book, labels
from convlab.ui.words import REMARKS, _, cell, clauses, counted, enumerated, escaped, named

Printed = tuple[float | None, float | None]  # training, validation


def rows(look: Look, all_the_same: bool) -> list[Row]:
    """A row for each design of the plan; ``all_the_same``: the book's bars, whatever the settings are."""
    return [_row(look, design, all_the_same) for design in look.plan.designs]


def _row(look: Look, design: str, all_the_same: bool) -> Row:
    train, val = printed(look.settings(design), all_the_same)
    outcome = look.measured.designs.get(design)
    live = [
        status.last
        for _seed, _run, status in look.of(design)
        if status.last is not None and not seeds.complete(status)
    ]
    done: tuple[list[float], list[float]] = ([], [])
    if outcome is not None:
        done = outcome.train_accuracy, outcome.val_accuracy
    both = (
        measured(done[0], [one.train_accuracy for one in live], train),
        measured(done[1], [one.val_accuracy for one in live], val),
    )
    gap = fmean(outcome.gap) if outcome is not None and outcome.gap else None
    told = "" if gap is None else f"{100 * gap:+.1f}".replace("-", "−")
    return Row(design, _told(look, design, len(done[0])), *both, told)


def measured(done: Sequence[float], live: Sequence[float], printed: float | None) -> Measured:
    """One accuracy of a design: shares of 1, of seeds that are done and of those that train."""
    if not (done or live):
        return Measured(book=printed)
    found = interval(done or live)
    return Measured(found.mean, found.half if done else None, done, live, printed)


def _told(look: Look, design: str, done: int) -> str:
    """How far a design is."""
    asked = len(look.plan.seeds)
    if done == asked:
        return counted(done, _("1 seed"), _("{count} seeds"))
    told = _("{done} of {asked} seeds").format(done=done, asked=asked)
    now = [status for _seed, _run, status in look.of(design) if status.state == "running"]
    if now:
        epoch = min(now[0].epoch + 1, now[0].epochs)
        return clauses(told, _("epoch {epoch} of {epochs}").format(epoch=epoch, epochs=now[0].epochs))
    return told


def printed(settings: Settings, all_the_same: bool) -> Printed:
    """The book's training and validation accuracy to draw behind a design's; None where it printed none."""
    row = published.row_of(settings.design, settings.l2)
    if row is None or (apart(settings) and not all_the_same):
        return None, None
    return FIGURE_8_13[row]


def apart(settings: Settings) -> dict[str, tuple[object, object]]:
    """Setting -> (own, the book's) where a run is not as the one of figure 8.13, which had 100 epochs."""
    found: dict[str, tuple[object, object]] = dict(published.differences(settings))
    if settings.epochs != published.EPOCHS[-1]:
        found["epochs"] = settings.epochs, published.EPOCHS[-1]
    return found


def beside_the_book(look: Look) -> str:
    """In what the book's nearest runs differ, design by design, in Markdown; "" where none does."""
    by_what = defaultdict[str, list[str]](list)
    for design in look.plan.designs:
        settings = look.settings(design)
        if published.row_of(settings.design, settings.l2) is not None and (found := apart(settings)):
            by_what[book.named(found)].append(design)
    if not by_what:
        return ""
    if len(by_what) == 1:
        return _("The book's nearest runs differ: they had {what}.").format(what=next(iter(by_what)))
    parts = (named(escaped(enumerated(designs)), what) for what, designs in by_what.items())
    told = _("The book's nearest runs differ. They had, for {parts}.")
    return told.format(parts=enumerated(parts, REMARKS))


def differing(look: Look) -> dict[str, list[str]]:
    """Title of the column -> texts in Markdown: the settings in which the designs differ, a row a design."""
    several = [look.settings(design) for design in look.plan.designs]
    return {_("Design"): list(map(cell, look.plan.designs)), **labels.differences(several)}
