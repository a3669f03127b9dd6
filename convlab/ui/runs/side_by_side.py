"""Ordinary runs that belong together: started with one button, watched side by side on any page.

Nothing is kept of them: those with the settings that are asked for are looked up among all runs.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from convlab.datasets import shelf
from convlab.errors import UserError
from convlab.training import cost, queue, runs, seeds
from convlab.training.runs import Run
from convlab.training.settings import Settings
from convlab.training.status import GOES_ON, LIVE, Status
from convlab.ui import getting, startup
from convlab.ui.boundary import acting, error_boundary, rerun, say, say_problem
from convlab.ui.components.training_curves import curves
from convlab.ui.frame import again_and_again, link
from convlab.ui.lessons import LESSONS
from convlab.ui.numbers import text
from convlab.ui.person import seen
from convlab.ui.runs import labels, overlaid, starting
from convlab.ui.runs.history import History, history
from convlab.ui.words import _, cell, duration

LOOK_EVERY_S = 0.5


def side_by_side(
    key: str,
    wanted: Mapping[str, Settings],
    fields: Sequence[str] = ("train_loss", "val_accuracy"),
    start_label: str = "",
) -> None:
    """A button that trains what is wanted, how far each run is, and their curves; a fragment of its own.

    Args:
        key: begins the keys of its widgets; it belongs to one place of one page.
        wanted: what a run is called -> its settings, which differ.
        fields: of ``labels.METRICS``, a chart each.
        start_label: what the button says.
    """
    for data in {one.data for one in wanted.values()}:
        if (why := starting.missing(data)) is not None:
            label = start_label or _("Train them")
            getting.first(data, key, why, label, key=f"{key}.start", type="primary")
            return
    live = any(run.status().state in LIVE for run in found(wanted).values())
    show = again_and_again(_shown, LOOK_EVERY_S if live else None)
    show(key, wanted, fields, start_label or _("Train them"), live)


def found(wanted: Mapping[str, Settings]) -> dict[str, Run]:
    """Name -> the newest run with these very settings, of those that are listed for this person.

    A run that was forked or steered does not stand for its settings.
    """
    by_name: dict[str, Run] = {}
    for run in seen(runs.all_runs()):
        try:
            names = [name for name, settings in wanted.items() if run.settings == settings]
            if names and names[0] not in by_name and not seeds.steered(run.story()):
                by_name[names[0]] = run
        except UserError:  # deleted meanwhile, or damaged
            continue
    return {name: by_name[name] for name in wanted if name in by_name}


def _shown(
    key: str, wanted: Mapping[str, Settings], fields: Sequence[str], start_label: str, was_live: bool
) -> None:
    live = was_live
    with error_boundary():
        there = found(wanted)
        read = {name: history(run) for name, run in there.items()}  # once: the table and the curves agree
        now = {name: read[name].seen(run.status()) for name, run in there.items()}
        live = any(status.state in LIVE for status in now.values())
        with st.container(horizontal=True, vertical_alignment="center", key=f"{key}.side_by_side"):
            _buttons(key, wanted, there, now, start_label)
        say_problem(key)
        if there:
            st.table(table(wanted, now))
            _curves(key, wanted, there, read, fields)
    if live != was_live:
        rerun()  # to begin to look again and again, or to leave off


def _buttons(
    key: str,
    wanted: Mapping[str, Settings],
    there: Mapping[str, Run],
    now: Mapping[str, Status],
    start_label: str,
) -> None:
    """Start what is not trained yet; stop what is under way; each run on the Train page."""
    missing = [name for name in wanted if name not in there]
    halted = [there[name] for name, status in now.items() if status.state in GOES_ON]
    live = [there[name] for name, status in now.items() if status.state in LIVE]
    if missing or halted:
        _start(key, {name: wanted[name] for name in missing}, halted, start_label)
    if live:
        stop = acting(lambda: _stop(live), key)
        st.button(_("Stop"), icon=":material/stop:", on_click=stop, key=f"{key}.stop")
    if there:
        st.markdown(_("On the Train page:"), width="content")
    for name, run in there.items():
        link(LESSONS["train"], name, width="content", query={"run": run.id})
    if missing and not live:
        st.caption(_expected([wanted[name] for name in missing]))


def _start(key: str, missing: Mapping[str, Settings], halted: Sequence[Run], label: str) -> None:
    def start() -> None:
        starting.begin(missing)
        for run in halted:
            queue.shared().resume(run)

    reason = _obstacle(missing)
    look: dict[str, Any] = {
        "icon": ":material/play_arrow:",
        "type": "primary",
        "disabled": reason is not None,
    }
    label = label if missing else _("Resume")
    st.button(label, on_click=acting(start, key), key=f"{key}.start", **look)
    if reason is not None:
        say(reason, "warning")


def _stop(live: Sequence[Run]) -> None:
    """Those that wait first: one of them would begin as soon as another ends."""
    for run in reversed(live):
        queue.shared().cancel(run)


def _obstacle(missing: Mapping[str, Settings]) -> UserError | None:
    """Why those that are missing cannot be started, if so."""
    try:
        for settings in missing.values():
            starting.check(settings)
    except UserError as error:
        return error
    return starting.refusal(len(missing))


def _expected(several: Sequence[Settings]) -> str:
    """How long these runs take, one after the other."""
    startup.prepare_optimisers()
    seconds = sum(cost.estimate(one, shelf.get(one.data)).seconds for one in several)
    return _("about **{time}** in all").format(time=duration(max(1, seconds)))


def table(wanted: Mapping[str, Settings], now: Mapping[str, Status]) -> dict[str, list[str]]:
    """A row for each run that was started, with its newest epoch: title of the column -> texts."""
    rows = [(name, now[name]) for name in wanted if name in now]
    measured = {
        title: [_measured(status, field) for _name, status in rows] for field, title in labels.METRICS.items()
    }
    return {
        _("Run"): [cell(name) for name, _status in rows],
        _("State"): [labels.state(status) for _name, status in rows],
        _("Progress"): [cell(labels.figures(status)) for _name, status in rows],
        **{_(title): texts for title, texts in measured.items()},
        _("Gap"): [labels.gap(status.last) for _name, status in rows],
    }


def _measured(status: Status, field: str) -> str:
    if status.last is None:
        return "–"
    measured = getattr(status.last, field)
    return f"{measured:.1%}" if field.endswith("accuracy") else text(float(f"{measured:.4f}"))


def _curves(
    key: str,
    wanted: Mapping[str, Settings],
    there: Mapping[str, Run],
    read: Mapping[str, History],
    fields: Sequence[str],
) -> None:
    records = {run: read[name].records for name, run in there.items()}
    names = {run: name for name, run in there.items()}
    drawn = [overlaid.chart(field, [[run] for run in records], records, names) for field in fields]
    reached = max(len(one) for one in records.values())
    planned = max(one.epochs for one in wanted.values())
    curves(f"{key}.curves", " ".join(run.id for run in records), drawn, reached, planned)
