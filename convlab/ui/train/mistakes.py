"""The book's two slips in training (8.4.1): its line beside the right one, and what each costs."""

import streamlit as st

from convlab.datasets import shelf
from convlab.datasets.dataset import Dataset
from convlab.networks.evaluation import Evaluation, evaluate
from convlab.training.batches import CHUNK, Pictures
from convlab.training.runs import Run
from convlab.ui.train.controls import State
from convlab.ui.words import _, prose


def _lines_code() -> dict[str, tuple[str, str]]:
    """The book's line and the right one, for each slip."""
    return {
        "unshuffled": (
            "train_loader = DataLoader(cifar2, batch_size=64, shuffle=False)",
            "train_loader = DataLoader(cifar2, batch_size=64, shuffle=True)",
        ),
        "validate_in_train_mode": (
            "with torch.no_grad():\n    outputs = model(imgs)",
            "model.eval()\nwith torch.no_grad():\n    outputs = model(imgs)\nmodel.train()",
        ),
    }


def mistakes(state: State, run: Run | None) -> None:
    """Both slips; the second is measured on the run that is shown."""
    titles = (_("The book's line"), _("What it should be"))
    for name, lines in _lines_code().items():
        with st.container(border=True):
            st.markdown(prose("train", f"mistake_{name}"))
            for column, title, line in zip(st.columns(2), titles, lines, strict=True):
                column.caption(title)
                column.code(line, language="python", wrap_lines=True)
            if name == "validate_in_train_mode":
                _measured(run)


def _measured(run: Run | None) -> None:
    if run is None or not run.epochs_stored():
        st.caption(_("Once a run is shown above, its accuracy can be measured here in both modes."))
        return
    label = _("Measure the run above in both modes")
    if not st.button(label, icon=":material/speed:", key="train.measure"):
        return
    with st.spinner(_("Two passes over the validation pictures.")):
        modes = both_modes(run, shelf.get(run.settings.data))
    st.table(
        {
            _("Validation"): [_("after eval()"), _("in training mode, as in the book")],
            _("Accuracy"): [f"{found.accuracy:.2%}" for found in modes],
            _("Loss"): [f"{found.loss:.4f}" for found in modes],
        }
    )


def both_modes(run: Run, data: Dataset) -> tuple[Evaluation, Evaluation]:
    """The newest stored weights, measured after ``eval()`` and as the book does it."""
    network = run.network_at(run.epochs_stored()[-1])
    about = run.environment
    device = next(network.parameters()).device
    pictures = Pictures(data.val, about["mean"], about["std"], device)
    right = evaluate(network, pictures.batches(CHUNK))
    return right, evaluate(network.train(), pictures.batches(run.settings.batch_size))
