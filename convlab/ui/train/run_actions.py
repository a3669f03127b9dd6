"""What can be done with a run besides watching it: reuse its settings, download it, fork it."""

import json
from collections.abc import Callable
from functools import partial
from time import monotonic, sleep
from typing import Any

import streamlit as st

from convlab.datasets import shelf
from convlab.errors import N_, UserError
from convlab.training import metrics, queue, run_files, story
from convlab.training.runs import Run
from convlab.training.settings import Settings
from convlab.training.status import LIVE, Status
from convlab.ui.boundary import acting, keeping, rerun, say
from convlab.ui.code_panel import download
from convlab.ui.frame import link
from convlab.ui.lessons import LESSONS
from convlab.ui.runs import labels, starting
from convlab.ui.runs.opens import opens
from convlab.ui.train import data, told
from convlab.ui.train.controls import State, controls_of, settings_of
from convlab.ui.words import _, named, sentences

FIRST_POINT_S = 0.3  # the longest that Start waits for it
_FIXED = ("design", "options", "initialisation", "seed")  # by the run that is forked


def action_buttons(state: State, run: Run, status: Status) -> None:
    """Use its settings, download it, continue from one of its epochs; for a row."""
    label, tip = _("Use its settings"), _("Sets everything above to what it was for this run.")
    use, wanted = state.change, controls_of(run.settings)
    look: dict[str, Any] = {"icon": ":material/tune:", "help": tip, "key": "train.use"}
    if st.button(label, on_click=keeping(use), kwargs=wanted, **look):
        rerun()  # the settings are not in this fragment
    label, icon = _("What it was told"), ":material/list_alt:"
    shown = st.popover(label, icon=icon, key="train.told", on_change="rerun")
    if shown.open:
        with shown:
            told.told(run, status)
    stored = run.epochs_stored()
    for page, query in opens(run).items():
        if page != "train":
            link(LESSONS[page], _(LESSONS[page].title), width="content", query=query)
    if stored:
        with st.popover(_("Download"), icon=":material/download:", key="train.files"):
            downloads(run)
        if status.state not in LIVE:
            with st.popover(_("Continue from an epoch"), icon=":material/fork_right:"):
                _fork(state, run, stored)


def downloads(run: Run) -> None:
    """Weights, settings and metrics as files, made on demand."""
    files: list[tuple[str, str, Callable[[], str | bytes]]] = [
        (".safetensors", _("Weights (.safetensors)"), lambda: run.weights().read_bytes()),
        (".pt", _("Weights for torch.load (.pt)"), run.pt),
        (".json", _("Settings, machine and events (JSON)"), lambda: about(run)),
        ("-epochs.csv", _("Metrics of the epochs (CSV)"), lambda: metrics.epochs_csv(run.metrics().records)),
        ("-batches.csv", _("Losses of the batches (CSV)"), lambda: batches(run)),
    ]
    for end, label, make in files:
        download(label, make, f"convlab-{run.id}{end}", f"train.file{end}", width="stretch")


def batches(run: Run) -> str:
    """Loss and learning rate of every batch, as CSV."""
    found, leg = run.metrics(), run.story().leg
    steps = map(leg.step, found.epoch.tolist(), found.batch.tolist())
    return metrics.batches_csv(found, leg.rates(steps))


def about(run: Run) -> str:
    """Settings, environment and all that happened, as JSON."""
    settings, line = run.settings.model_dump(mode="json"), run.story()
    found = {"run": run.id, "name": run.name, "settings": settings, "environment": run.environment}
    found |= {"events": [str(said) for said in story.events(line)], "story": line.plain()}
    return json.dumps(found, indent=1)


def _fork(state: State, run: Run, stored: tuple[int, ...]) -> None:
    key = f"train.fork.{run.id}"
    sentence = _("A new run with this one's weights, a fresh optimiser and the settings above.")
    st.markdown(sentences(sentence, _("Network and seed stay as they are.")))
    if st.session_state.get(key) not in stored:  # given up while the run trained on
        st.session_state.pop(key, None)
    if len(stored) > 1:
        st.select_slider(_("Begin with the weights of epoch"), stored, value=stored[-1], key=key)
    epoch = st.session_state.get(key, stored[-1])
    try:
        asked = settings_of(state.value)
        other = _other_classes(run, state.value.data)
    except UserError as error:
        say(error, "warning")
        return
    changes = {name: value for name, value in asked.model_dump().items() if name not in _FIXED}
    listed = labels.differences([_settings_at(run, epoch), run.settings.changed(**changes)])
    rows = "\n".join("- " + named(name, f"{old} → {new}") for name, (old, new) in listed.items())
    same = _("All settings are as they were: change some above first, the learning rate for example.")
    st.markdown(rows or same)
    if other is not None:
        say(other, "warning")

    def fork() -> None:
        make = partial(run.fork, epoch, changes, fork_name(run.name, epoch))
        state.change(run=queue.shared().begin([make])[0].id)

    label = _("Train on from epoch {epoch}").format(epoch=epoch)
    st.button(label, type="primary", on_click=acting(fork, "train"), key="train.fork")


def _settings_at(run: Run, epoch: int) -> Settings:
    """A run's settings with the rate that it had come to by the end of an epoch; a cycle begins anew."""
    if run.settings.schedule != "constant":
        return run.settings
    return run.settings.changed(lr=run.story().leg.until(epoch).lr)


def fork_name(parent: str, epoch: int) -> str:
    """What a fork is called at first: after its parent, which is cut where it is long."""
    pattern = _("{name}, from epoch {epoch}")
    room = run_files.NAME_LENGTH - len(pattern.format(name="", epoch=epoch))
    return pattern.format(name=parent if len(parent) <= room else f"{parent[: room - 1]}…", epoch=epoch)


def _other_classes(run: Run, key: str) -> UserError | None:
    """What to know of a fork whose data have other classes, or the same in another order.

    Raises UserError where it could not train on these data.
    """
    if (missing := data.missing(key)) is not None:
        raise missing
    entry, before = shelf.entries().get(key), run.environment["classes"]
    if entry is None:
        return None
    if len(entry.classes) != len(before):
        told = N_("This network knows {count} classes, and {title} has {other}: choose other data above.")
        raise UserError(told, count=len(before), title=entry.title, other=len(entry.classes))
    pairs = story.renamed(before, entry.classes)
    told = N_("The last layer of these weights was trained for other classes: {pairs}.")
    return UserError(told, pairs=pairs) if pairs else None


def start(state: State) -> None:
    """Make the runs that the controls describe, queue them, and show the first."""
    settings, wanted = settings_of(state.value), {}
    for seed in range(settings.seed, settings.seed + state.value.repeats):
        name = _("{design}, seed {seed}").format(design=settings.design, seed=seed)
        wanted[name] = settings.changed(seed=seed)
    made = starting.begin(wanted)
    state.change(run=made[0].id)
    end = monotonic() + FIRST_POINT_S  # a warm trainer has the first loss before the page could ask again
    while monotonic() < end and not len(made[0].metrics().loss):
        sleep(0.01)
