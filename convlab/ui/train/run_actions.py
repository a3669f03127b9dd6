"""What can be done with a run besides watching it: reuse its settings, download it, fork it."""

import json
from collections.abc import Callable
from time import monotonic, sleep

import streamlit as st

from convlab.errors import UserError
from convlab.training import metrics, queue, runs
from convlab.training.runs import Run
from convlab.training.status import Status
from convlab.ui.boundary import acting, say
from convlab.ui.code_panel import download
from convlab.ui.train import labels
from convlab.ui.train.controls import State, controls_of, settings_of
from convlab.ui.words import _

FIRST_POINT_S = 0.3  # the longest that Start waits for it
_FIXED = ("design", "options", "seed")  # by the run that is forked


def action_buttons(state: State, run: Run, status: Status) -> None:
    """Use its settings, download it, continue from one of its epochs; for a row."""
    label, tip = _("Use its settings"), _("Sets everything above to what it was for this run.")
    use, wanted = state.change, controls_of(run.settings)
    st.button(label, icon=":material/tune:", help=tip, on_click=use, kwargs=wanted, key="train.use")
    stored = run.epochs_stored()
    if stored:
        with st.popover(_("Download"), icon=":material/download:"):
            downloads(run)
        if status.state not in labels.LIVE:
            with st.popover(_("Continue from an epoch"), icon=":material/fork_right:"):
                _fork(state, run, stored)


def downloads(run: Run) -> None:
    """Weights, settings and metrics as files, made on demand."""
    files: list[tuple[str, str, Callable[[], str | bytes]]] = [
        (".safetensors", _("Weights (.safetensors)"), lambda: run.weights().read_bytes()),
        (".pt", _("Weights for torch.load (.pt)"), run.pt),
        (".json", _("Settings and environment (JSON)"), lambda: about(run)),
        ("-epochs.csv", _("Metrics of the epochs (CSV)"), lambda: metrics.epochs_csv(run.metrics().records)),
        ("-batches.csv", _("Losses of the batches (CSV)"), lambda: metrics.batches_csv(run.metrics())),
    ]
    for end, label, make in files:
        download(label, make, f"convlab-{run.id}{end}", f"train.file{end}", width="stretch")


def about(run: Run) -> str:
    """Settings and environment as JSON."""
    settings = run.settings.model_dump(mode="json")
    found = {"run": run.id, "name": run.name, "settings": settings, "environment": run.environment}
    return json.dumps(found, indent=1)


def _fork(state: State, run: Run, stored: tuple[int, ...]) -> None:
    key = f"train.fork.{run.id}"
    st.markdown(_("A new run with this one's weights, a fresh optimiser and the settings above."))
    if len(stored) > 1:
        st.select_slider(_("Begin with the weights of epoch"), stored, value=stored[-1], key=key)
    epoch = st.session_state.get(key, stored[-1])
    try:
        asked = settings_of(state.value)
    except UserError as error:
        say(error, "warning")
        return
    changes = {name: value for name, value in asked.model_dump().items() if name not in _FIXED}
    listed = labels.differences([run.settings, run.settings.changed(**changes)])
    rows = "\n".join(f"- {name}: {old} → {new}" for name, (old, new) in listed.items())
    same = _("All settings are as they were: change some above first, the learning rate for example.")
    st.markdown(rows or same)

    def fork() -> None:
        child = run.fork(epoch, changes)
        queue.shared().submit(child)
        state.change(run=child.id)

    label = _("Train on from epoch {epoch}").format(epoch=epoch)
    st.button(label, type="primary", on_click=acting(fork, "train"), key="train.fork")


def start(state: State) -> None:
    """Make the runs that the controls describe, queue them, and show the first."""
    settings, made = settings_of(state.value), []
    for seed in range(settings.seed, settings.seed + state.value.repeats):
        name = _("{design}, seed {seed}").format(design=settings.design, seed=seed)
        made.append(runs.create(settings.changed(seed=seed), name))
    for run in made:
        queue.shared().submit(run)
    state.change(run=made[0].id)
    end = monotonic() + FIRST_POINT_S  # a warm trainer has the first loss before the page could ask again
    while monotonic() < end and not len(made[0].metrics().loss):
        sleep(0.01)
