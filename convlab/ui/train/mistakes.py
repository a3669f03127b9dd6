"""The book's two slips in training (8.4.1): its line beside the right one, and what each costs."""

import streamlit as st

from convlab.chapter import errata
from convlab.datasets import shelf
from convlab.datasets.dataset import Dataset
from convlab.errors import N_, UserError
from convlab.networks.evaluation import Evaluation, evaluate
from convlab.training.batches import CHUNK, Pictures
from convlab.training.runs import Run
from convlab.ui.frame import link
from convlab.ui.lessons import LESSONS
from convlab.ui.slips import show_line
from convlab.ui.train.controls import State
from convlab.ui.words import _, prose

_SLIPS = ("unshuffled", "validate_in_train_mode")  # as the settings that make them are called


def mistakes(state: State, run: Run | None) -> None:
    """Both slips; the second is measured on the run that is shown."""
    for name, line in zip(_SLIPS, errata.of("notebook").lines, strict=True):
        with st.container(border=True, key=f"train.mistake_{name}"):
            st.markdown(prose("train", f"mistake_{name}"))
            show_line(line)
            if name == "validate_in_train_mode":
                _measured(run)
    link(LESSONS["slips"], _("All slips of the chapter"), width="content")


def _measured(run: Run | None) -> None:
    if run is None or not run.epochs_stored():
        st.caption(_("Once a run is shown above, its accuracy can be measured here in both modes."))
        return
    label = _("Measure the run above in both modes")
    if not st.button(label, icon=":material/speed:", key="train.measure"):
        return
    with st.spinner(_("Two passes over the validation pictures.")):
        data, epoch = shelf.get(run.settings.data), run.epochs_stored()[-1]
        if data.digest != run.environment["data"]["digest"]:
            raise UserError(N_("The pictures of this run have changed since it began: start a new run."))
        modes = both_modes(run, data, epoch)
    told = _("The weights of epoch {epoch} on {count:,} validation pictures:")
    st.markdown(told.format(epoch=epoch, count=len(data.val)))
    st.table(
        {
            _("Validation"): [_("after eval()"), _("in training mode, as in the book")],
            _("Accuracy"): [f"{found.accuracy:.2%}" for found in modes],
            _("Loss"): [f"{found.loss:.4f}" for found in modes],
        }
    )


def both_modes(run: Run, data: Dataset, epoch: int) -> tuple[Evaluation, Evaluation]:
    """The weights of an epoch, measured after ``eval()`` and as the book does it."""
    network = run.network_at(epoch)
    about = run.environment
    device = next(network.parameters()).device
    pictures = Pictures(data.val, about["mean"], about["std"], device)
    right = evaluate(network, pictures.batches(CHUNK))
    return right, evaluate(network.train(), pictures.batches(run.settings.batch_size))
