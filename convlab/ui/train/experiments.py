"""What stands below the curves: one experiment at a time, so that only the chosen one is computed."""

import streamlit as st

from convlab.datasets import shelf
from convlab.errors import N_, UserError
from convlab.snippets import training
from convlab.training.runs import Run
from convlab.ui import frame
from convlab.ui.boundary import say
from convlab.ui.code_panel import code_panel, download
from convlab.ui.train import chapter, data, mistakes, run_table, time_machine
from convlab.ui.train.controls import State, settings_of
from convlab.ui.words import _


def experiments(state: State, run: Run | None) -> None:
    """Let the learner choose an experiment, and show it."""
    offered = {
        "notice": (_("What to notice"), None),
        "past": (_("Past runs"), lambda state, _run: run_table.past_runs(state)),
        "chapter": (_("Beside the book"), lambda state, _run: chapter.chapter(state)),
        "then": (_("Time machine"), time_machine.walk_back),
        "data": (_("The data"), lambda state, _run: _data(state)),
        "mistakes": (_("Slips in the book"), mistakes.mistakes),
        "code": (_("PyTorch code"), _code),
        "maths": (_("Maths and source"), None),
    }
    frame.experiments(state, offered, run)


def _data(state: State) -> None:
    if (reason := data.missing(state.value.data)) is not None:
        say(reason)
        return
    with st.spinner(_("Preparing the pictures.")):
        found = shelf.get(state.value.data)
    data.facts(found)


def _code(state: State, run: Run | None) -> None:
    """Of the run that is shown; where there is none, of the one that Start would make."""
    settings = settings_of(state.value) if run is None else run.settings
    about = {} if run is None else run.environment.get("data", {})
    entry = shelf.entries().get(settings.data)
    if not about and entry is None:
        raise UserError(N_("The code comes with the data: get the pictures first."))
    title = str(about.get("title", "" if entry is None else entry.title))
    classes = tuple(about.get("classes", () if entry is None else entry.classes))
    code_panel(training.script(settings, title, classes, data_code(settings.data)), "train.py")
    if shelf.ready(settings.data):
        label, name = _("Download the pictures it reads"), f"{settings.data}.safetensors"
        content = shelf.file(settings.data).read_bytes
        download(label, content, name, "train.pictures", icon=":material/download:")


def data_code(key: str) -> str:
    """Lines that read a prepared data set's file, which lies beside the script."""
    return f"""from safetensors.torch import load_file

pictures = load_file("{key}.safetensors")
train_images, train_labels = pictures["train.images"], pictures["train.labels"]
val_images, val_labels = pictures["val.images"], pictures["val.labels"]"""
