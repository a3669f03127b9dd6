"""What went wrong with the run that is shown, in a sentence, and the remedy as a button."""

from functools import partial
from typing import Any

import streamlit as st

from convlab.training import queue, runs
from convlab.training.diagnosis import Finding, Remedy
from convlab.training.runs import Run
from convlab.training.status import LIVE
from convlab.ui.boundary import acting
from convlab.ui.runs import labels, starting
from convlab.ui.train import data, run_actions
from convlab.ui.train.controls import State
from convlab.ui.words import _, clauses, counted, enumerated, escaped, explain


def row(state: State, run: Run, found: Finding | None) -> None:
    """The sentence, and the button where there is a remedy; nothing where nothing was found."""
    with st.container(horizontal=True, vertical_alignment="center", key="train.diagnosis"):
        if found is None:
            return
        icon = ":material/stethoscope:" if found.trouble else ":material/info:"
        st.markdown(f"{icon} {escaped(explain(found.said))}", width="content")
        if found.remedy is None or (found.remedy.way == "rate" and queue.stranger(run) is not None):
            return
        look: dict[str, Any] = {"icon": ":material/healing:", "key": "train.remedy"}
        said = label(found.remedy, gives_way(run, found.remedy))
        st.button(said, on_click=acting(partial(use, state, run, found.remedy), "train"), **look)


def label(remedy: Remedy, gives_way: bool = False) -> str:
    """What the button of a remedy says; ``gives_way``: the run that it is for stops."""
    if gives_way:
        return _("{remedy} (this run stops)").format(remedy=label(remedy))
    changes = {name: given for name, given in remedy.changes.items() if name not in ("epochs", "options")}
    changes |= {name: given for name, given in remedy.changes.get("options", {}).items() if name == "shared"}
    told = enumerated(labels.said(changes))
    if remedy.way == "rate":
        return _("Set lr to {lr:g} from now on").format(lr=changes["lr"])
    if remedy.way == "again":
        return _("Start again: {changes}").format(changes=told)
    if remedy.way == "on":
        count = remedy.changes["epochs"]
        more = counted(count, _("Train 1 more epoch"), _("Train {count} more epochs"))
        return clauses(more, told) if told else more
    return _("Fork from epoch {epoch}: {changes}").format(epoch=remedy.epoch, changes=told)


def gives_way(run: Run, remedy: Remedy) -> bool:
    """Whether a run trains on that a new one is to take the place of, which would wait for it."""
    return remedy.way != "rate" and run.status().state in LIVE and queue.stranger(run) is None


def use(state: State, run: Run, remedy: Remedy) -> None:
    """Do what a remedy says, and show the run that comes of it. Raises UserError where that cannot be."""
    if remedy.way == "rate":
        run.set_lr(remedy.changes["lr"])
        return
    if (missing := data.missing(run.settings.data)) is not None:
        raise missing
    settings = run.settings.changed(**remedy.changes)
    starting.check(settings)
    if remedy.way in ("fork", "on"):
        name = run_actions.fork_name(run.name, remedy.epoch)
        make = partial(run.fork, remedy.epoch, remedy.changes, name)
    else:
        make = partial(runs.create, settings, _("{design}, seed {seed}").format(**dict(settings)))
    if gives_way(run, remedy):
        queue.shared().cancel(run)
    state.change(run=queue.shared().begin([make])[0].id)
