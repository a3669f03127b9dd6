"""Which pictures to train on: one of ConvLab's data sets, a zip of one's own; and what is in them."""

import streamlit as st

from convlab.datasets import dataset, givers, report, shelf
from convlab.datasets.dataset import Dataset
from convlab.errors import UserError
from convlab.pictures import images
from convlab.ui import getting, own_data, widgets
from convlab.ui.boundary import acting
from convlab.ui.person import person
from convlab.ui.runs import starting
from convlab.ui.train.controls import State, TrainControls, of_data
from convlab.ui.words import _, cell, enumerated, escaped, explain, sentences

UPLOAD = own_data.UPLOAD
_SHEET_COLUMNS = 16


def choose_data(state: State) -> None:
    """A select box over what this session may train on."""
    tip = _("The sketches are drawings that ConvLab makes itself. CIFAR-10 holds photographs.")

    def take() -> None:
        if state.value.data != UPLOAD:
            state.change(**of_data(state.value.data))

    widgets.choose(state, "data", _("Data"), _titles(state), width=195, help=tip, then=take)


def _titles(state: State) -> dict[str, str]:
    return {**own_data.titles(state.value.data, absent=True), UPLOAD: _("Upload your own")}


def check(state: State) -> None:
    """Where the link names a data set that is not here, the first one takes its place."""
    titles = _titles(state)
    if state.value.data not in titles:
        state.change(data=next(iter(titles)))
        state.refused.append("data")


def get_ready(state: State) -> None:
    """What the chosen data set still needs: a moment, a download or an upload."""
    key = state.value.data
    if key == UPLOAD:
        own_data.upload("train.upload", lambda key: state.change(**of_data(key), experiment="data"))
    elif missing(key) is not None:
        getting.get(key, "train")


def missing(key: str) -> UserError | None:
    """Why a run cannot start on a data set yet."""
    return starting.missing(key)


def facts(found: Dataset) -> None:
    """What is in a data set: counts, a contact sheet, mean and deviation, what could not be read."""
    sentence = _("**{title}**: {train:,} pictures to train on, {val:,} to validate on, each 3 × 32 × 32.")
    text = sentence.format(title=escaped(found.title), train=len(found.train), val=len(found.val))
    drawn = _("Drawings made by ConvLab's own code, no photographs.") if found.drawn else ""
    split = (escaped(explain(sentence)) for sentence in report.split(found))
    st.markdown(sentences(text, drawn, *split))
    train, val = zip(*dataset.counts(found), strict=True)
    mean, std = dataset.statistics(found.train.images)
    of_classes = {
        _("Class"): [cell(name) for name in found.classes],
        _("Training"): [f"{count:,}" for count in train],
        _("Validation"): [f"{count:,}" for count in val],
    }
    of_channels = {
        _("Channel"): [_("red"), _("green"), _("blue")],
        _("Mean"): [f"{number:.4f}" for number in mean],
        _("Standard deviation"): [f"{number:.4f}" for number in std],
    }
    with st.container(horizontal=True):
        for table in (of_classes, of_channels):
            st.container(width=420).table(table)
    sheet = images.to_png(dataset.contact_sheet(found.train, _SHEET_COLUMNS))
    alt = _("Training pictures, a row for each class: {names}").format(names=enumerated(found.classes))
    with st.container(key="crisp-train-sheet"):
        st.image(sheet, width="stretch", output_format="PNG", alt=alt)
    own_data.say_flaws(found)


def deletion(state: State) -> None:
    """A way to take a data set of one's own off the shelf again."""
    key = state.value.data
    if key not in givers.brought_by(person()):
        return

    def delete() -> None:
        shelf.delete(key)
        state.change(data=TrainControls.model_fields["data"].default)

    size, most = shelf.size_mb(key), shelf.MAX_BROUGHT_MB
    told = _("You brought these pictures. They take {size:.1f} MB of the {most:,} MB that ConvLab keeps.")
    st.caption(told.format(size=size, most=most))
    with st.popover(_("Delete these pictures"), icon=":material/delete:"):
        st.markdown(_("Delete them for good? Runs on them keep their curves and weights, and cannot go on."))
        st.button(
            _("Yes, delete them"), type="primary", on_click=acting(delete, "train"), key="train.data_delete"
        )
