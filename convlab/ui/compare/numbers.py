"""The comparison by numbers: every design's accuracies, seed by seed."""

from convlab.ui.compare.look import Look
from convlab.ui.numbers import listed, results
from convlab.ui.words import _


def panel(found: Look) -> None:
    """What the panel below the figure holds."""
    progress = found.progress
    results(
        {
            _("Name"): found.sweep.name,
            _("Runs"): len(found.plan.cells),
            _("Done"): progress.done,
            _("Training"): progress.running,
            _("Waiting"): progress.waiting,
            _("Failed"): progress.failed,
        }
    )
    rows = [
        (design, seed, status)
        for design in found.plan.designs
        for seed, _run, status in found.of(design)
        if status.last is not None
    ]
    if rows:
        ends = [status.last for _design, _seed, status in rows if status.last is not None]
        listed(
            {
                _("Design"): [design for design, _seed, _status in rows],
                _("Seed"): [seed for _design, seed, _status in rows],
                _("Epoch"): [one.epoch for one in ends],
                _("Training accuracy"): [one.train_accuracy for one in ends],
                _("Validation accuracy"): [one.val_accuracy for one in ends],
            }
        )
