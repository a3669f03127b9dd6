"""The chapter's 100 epochs on a CPU and on a GPU, beside what they take on this machine (8.4.3)."""

import time
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import streamlit as st
import torch

from convlab import device
from convlab.chapter import published
from convlab.chapter.published import PUBLISHED
from convlab.errors import UserError
from convlab.training import runs, timing
from convlab.training.runs import Run
from convlab.ui.components.shared.charts import RUNS, ChartShown, Line, Style
from convlab.ui.components.training_curves import curves
from convlab.ui.person import seen
from convlab.ui.words import _, moment, prose
from convlab.ui.work import Work, asked

_EPOCHS = 100
_STYLES: tuple[Style, Style] = ("solid", "dashed")


@dataclass(frozen=True)
class Step:
    """Seconds of one step of the chapter's loop, threads of PyTorch, and when that was measured."""

    seconds: float
    threads: int
    when: float


Measured = dict[str, Step]  # by kind of device


def show() -> None:
    """A table of who needed how many seconds, and a button that measures this machine."""
    label = _("Measure this machine")
    found = asked("modules.timing", tuple(_devices()), label, _measured, again=_("Measure again"))
    rows = [
        (_("The book, on its CPU"), PUBLISHED["net_cpu"].seconds, _("from the clock in the book's output"))
    ]
    rows += [(_("The book, on its GPU"), PUBLISHED["net"].seconds, _("from the clock in the book's output"))]
    rows += [_measurement(kind, one) for kind, one in (found or {}).items()]
    for kind, seconds in finished().items():
        name = _("Your newest run of it on {device}").format(device=kind)
        rows.append((name, seconds, _("measured, with validation")))
    st.table(
        {
            _("Net, 100 epochs on 10,000 pictures"): [name for name, _seconds, _how in rows],
            _("Seconds"): [f"{seconds:.1f}" for _name, seconds, _how in rows],
            _("How we know"): [how for _name, _seconds, how in rows],
        }
    )
    st.markdown(prose("modules", "moved_time"))
    curves("modules.moved_losses", "moved_losses", [_losses()], published.EPOCHS[-1], published.EPOCHS[-1])


def _losses() -> ChartShown:
    """The losses that the book printed for both: shuffled otherwise, they differ a little."""
    named = {"net_cpu": _("The book, on its CPU"), "net": _("The book, on its GPU")}
    lines = [
        Line(name, style, RUNS[n], np.array([*PUBLISHED[row].curve.items()]))
        for n, ((row, name), style) in enumerate(zip(named.items(), _STYLES, strict=True))
    ]
    return ChartShown("loss", _("Training loss that the book printed"), _("cross-entropy, mean"), lines)


def _measurement(kind: str, step: Step) -> tuple[str, float, str]:
    text = _(
        "an estimate: {ms:.1f} ms for a step of the chapter's loop, times {steps:,} steps; "
        "threads: {threads}; measured on this visit, {when}, and kept"
    )
    told = {"ms": 1000 * step.seconds, "threads": step.threads, "when": moment(step.when)}
    how = text.format(steps=timing.BOOK_STEPS, **told)
    name = _("This machine: {device}").format(device=device.describe(torch.device(kind)))
    return name, step.seconds * timing.BOOK_STEPS, how


def _devices() -> list[str]:
    """The CPU, and the best device where that is another."""
    return list(dict.fromkeys(("cpu", device.best().type)))


def _measured(progress: Work[Measured]) -> Measured:
    found: Measured = {}
    kinds = _devices()
    for n, kind in enumerate(kinds):

        def say(done: int, total: int, n: int = n) -> None:
            progress.say(n * total + done, len(kinds) * total)

        seconds = timing.fastest(torch.device(kind), say)
        found[kind] = Step(seconds, torch.get_num_threads(), time.time())
    return found


def finished() -> dict[str, float]:
    """Seconds of the newest run of ``Net`` that is the chapter's own, on each kind of device."""
    found: dict[str, float] = {}
    for run in filter(_like_the_book, seen(runs.all_runs())):
        told = str(run.environment.get("device", ""))
        kind = next((kind for kind in ("cuda", "mps", "cpu") if told.startswith(kind)), "")
        if kind and kind not in found:
            found[kind] = run.status().seconds
    return found


def _like_the_book(run: Run) -> bool:
    with suppress(UserError):
        settings = run.settings
        whole = settings.design == "net" and settings.epochs == _EPOCHS and run.parent is None
        return whole and run.status().state == "finished" and not published.differences(settings)
    return False
