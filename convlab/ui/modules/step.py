"""One training step: what each line of the loop changes, on one batch (8.4.1)."""

from collections.abc import Callable
from typing import get_args

import streamlit as st
import torch
from torch import Tensor

from convlab.datasets.sketches import CLASSES
from convlab.snippets import step as snippets
from convlab.ui import tensor_rows, widgets
from convlab.ui.components.tensor_sheet import kept_entry, tensor_sheet
from convlab.ui.components.training_loop import Batch, Stop, training_loop
from convlab.ui.modules import step_closer, step_words
from convlab.ui.modules.controls import Answer, Earlier, ModulesControls, State
from convlab.ui.modules.step_controls import Network, StepControls
from convlab.ui.modules.step_taken import Place, Taken, beginning, network_title, taken
from convlab.ui.networks import class_title
from convlab.ui.numbers import by_numbers, listed, results
from convlab.ui.words import _

KEY = "modules.step"
_SHEET, _LOOP = f"{KEY}.sheet", f"{KEY}.loop"


def show(state: State) -> None:
    """The controls, the loop beside the weights and gradients, and what one may look at closer."""
    _controls(state)
    shown, chapter = _both(state.value)
    loop, sheet = st.columns([3, 7], gap="medium")
    with loop:
        _show_loop(shown, chapter)
    with sheet:
        _show_sheet(state.value, shown, lambda: _keep(state, shown))
    by_numbers(KEY, _panel, state, shown, chapter)
    step_closer.show(state, shown)


def answers(_controls: ModulesControls) -> Answer:
    """What shows PyTorch's answer."""
    return _answered


def _answered(chosen: ModulesControls, _earlier: Earlier) -> None:
    shown, chapter = _both(chosen)
    _show_loop(shown, chapter)
    _show_sheet(chosen, shown, lambda: None)
    step_closer.answered(chosen, shown)


def _both(chosen: StepControls) -> tuple[Taken, Taken]:
    """The loop that is chosen, and the chapter's."""
    return taken(chosen), taken(chosen.model_copy(update={"step_order": "chapter"}))


def code(state: State) -> str:
    """The loop that ran; what is looked at closer has a script of its own."""
    controls = state.value
    begun = beginning(controls)
    return snippets.loop(begun, controls.step_lr, controls.step_order)


def _controls(state: State) -> None:
    orders = {
        "chapter": _("as in the chapter"),
        "no_zero_grad": _("without zero_grad()"),
        "step_first": _("step() before backward()"),
        "zero_grad_last": _("zero_grad() after backward()"),
    }
    with st.container(horizontal=True, vertical_alignment="bottom", key="modules.row1"):
        titles = {key: network_title(key) for key in get_args(Network)}
        widgets.choose(state, "step_network", _("Network"), titles, width=280)
        widgets.number(
            state, "step_seed", _("Seed"), width=110, help=_("Of untrained weights, and of dropout.")
        )
        widgets.number(state, "step_size", _("Pictures"), width=110)
        widgets.number(state, "step_batch", _("Batch"), width=110, help=_("Which pictures, counted from 0."))
        widgets.number(state, "step_lr", _("Learning rate"), width=130, step=0.01)
        widgets.choose(state, "step_order", _("The loop"), orders, width=250)


def _show_loop(shown: Taken, chapter: Taken) -> None:
    stops = [
        Stop(
            lines=step_words.lit(shown, place.moment),
            says=step_words.sentence(shown, n),
            columns=place.columns,
            formula=step_words.formula(shown, place),
            passes=place.passes,
            scored=place.moment.loss is not None,
        )
        for n, place in enumerate(shown.places)
    ]
    logits, losses = scores(shown)
    names = [class_title(CLASSES[label]) for label in shown.labels.tolist()]
    batch = Batch(shown.pixels, names, [class_title(name) for name in CLASSES], logits, losses)
    outcome = step_words.outcome(shown, chapter)
    code = step_words.code(shown)
    training_loop(_LOOP, code, stops, shown.start, batch, outcome, shown.identity)


def scores(shown: Taken) -> tuple[Tensor, Tensor]:
    """Of all forward passes: logits, float32 [P, N, K], and the pictures' losses, float32 [P, N]."""
    logits, losses = [], []
    for moment in shown.passes:
        assert moment.logits is not None
        assert moment.losses is not None
        logits.append(moment.logits)
        losses.append(moment.losses)
    return torch.stack(logits), torch.stack(losses)


def _show_sheet(chosen: StepControls, shown: Taken, keep: Callable[[], None]) -> None:
    place = shown.places[shown.start]
    tensor_sheet(
        _SHEET,
        shown.rows,
        shown.columns,
        formula=step_words.formula(shown, place),
        kept=step_closer.entry_of(chosen, shown),
        on_keep=keep,
        shown=place.columns,
        identity=shown.identity,
    )


def _keep(state: State, shown: Taken) -> None:
    """Keep the entry that the browser has sent, where there is such a one."""
    if (sent := kept_entry(_SHEET)) is not None and step_closer.has(shown, *sent):
        step_closer.keep(state, *sent)


def _panel(state: State, shown: Taken, chapter: Taken) -> None:
    """A line of the loop to choose, the batch behind it, and an entry of a tensor."""
    key = f"{KEY}.place"
    last = len(shown.places) - 1
    chosen = f"{key}.chosen.{shown.order}"  # another loop begins at a place of its own
    at = min(int(st.session_state.get(chosen, shown.start)), last)

    def take(new: float) -> None:
        st.session_state[chosen] = int(new)

    widgets.derived_number(_("Line of the loop"), key, at, take, (0, last), width=150)
    place = shown.places[at]
    results({_("What has happened"): step_words.sentence(shown, at), **_losses(shown, chapter)})
    _batch(shown, place)
    there = [n for n in place.columns if n >= 0]
    rows = [tensor_rows.only(row, there) for row in shown.rows]
    columns = [shown.columns[n] for n in there]
    tensor_rows.tensor_numbers(KEY, rows, columns, step_closer.entry_of(state.value, shown))


def _losses(shown: Taken, chapter: Taken) -> dict[str, object]:
    said = (_("Loss at first"), _("Loss after one step"), _("Loss after two steps"))
    found: dict[str, object] = {name: one.loss for name, one in zip(said, shown.passes, strict=True)}
    if shown.order != chapter.order:
        as_there = _("{name}, as in the chapter")
        pairs = zip(said, chapter.passes, strict=True)
        found |= {as_there.format(name=name): one.loss for name, one in pairs}
    return found


def _batch(shown: Taken, place: Place) -> None:
    """The pictures, with what the last forward pass made of them."""
    moment, names = place.moment, [class_title(CLASSES[label]) for label in shown.labels.tolist()]
    table: dict[str, list[object]] = {_("Picture"): list(range(1, len(names) + 1)), _("Class"): list(names)}
    if moment.logits is not None:
        for k, name in enumerate(CLASSES):
            table[_("Logit: {name}").format(name=class_title(name))] = moment.logits[:, k].tolist()
    if moment.losses is not None:
        table[_("Loss")] = moment.losses.tolist()
    listed(table)
