"""The Probe page's toolbar, and which networks it asks: one or two of what ``convlab.ui.networks`` opens."""

import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import streamlit as st

from convlab.errors import UserError
from convlab.networks import designs
from convlab.probing import bundled
from convlab.training import runs
from convlab.ui import chooser, networks, widgets
from convlab.ui.networks import NEWEST, Model
from convlab.ui.probe.controls import CHECKPOINT, NONE, ProbeControls, State
from convlab.ui.words import _, escaped

SLOTS = {"model": "epoch", "second": "second_epoch"}


def toolbar(state: State) -> None:
    """Choose what is asked, and whom: picture, network, a second one to compare with, temperature."""
    help_text = _("The logits are divided by it before the softmax. Above 1 it evens out the probabilities.")
    with st.container(horizontal=True, vertical_alignment="bottom", key="probe.row1"):
        # Another picture begins with its middle.
        chooser.choose_which(state, then=lambda: state.change(window="", padding="black", painted=""))
        _choose_model(state, "model", _("Network"), 235)
        _choose_model(state, "second", _("Compare with"), 190)
        widgets.slider(state, "temperature", _("Temperature"), step=0.1, width=170, help=help_text)
    labels = {"model": _("Checkpoint (.safetensors or .pt)"), "second": _("Checkpoint to compare with")}
    for slot, label in labels.items():
        if getattr(state.value, slot) == CHECKPOINT:
            networks.upload_checkpoint(f"probe.{slot}.upload", label, slot)


def _choose_model(state: State, slot: str, label: str, width: int) -> None:
    """A select box over all models, and what the chosen one needs: an epoch."""
    titles = _titles(getattr(state.value, slot), slot == "model")
    newest = {SLOTS[slot]: NEWEST}
    widgets.choose(state, slot, label, titles, then=lambda: state.change(**newest), width=width)
    chosen = getattr(state.value, slot)
    if chosen.startswith("run:"):
        _choose_epoch(state, slot, chosen.removeprefix("run:"))


def _choose_epoch(state: State, slot: str, run: str) -> None:
    stored: tuple[int, ...] = ()
    with suppress(UserError):  # said where the network is opened
        stored = runs.get(run).epochs_stored()
    if not stored:
        return
    given = getattr(state.value, SLOTS[slot])
    last = given if given == stored[-1] else NEWEST
    titles = {last if epoch == stored[-1] else epoch: str(epoch) for epoch in reversed(stored)}
    widgets.choose(state, SLOTS[slot], _("After epoch"), _with(titles, given), width=110)


def _with(titles: dict[Any, str], chosen: Any) -> dict[Any, str]:
    """What a link names is always on the list, or the select box could not show it."""
    return {**titles, chosen: titles.get(chosen, str(chosen))}


def _titles(chosen: str, first: bool) -> dict[str, str]:
    """Model -> title."""
    found = {} if first else {NONE: _("nothing")}
    for key in networks.TRAINED:
        found[f"shipped:{key}"] = _("{design}: bundled").format(design=_(designs.design(key).title))
    for run in networks.offered_runs():
        found[f"run:{run.id}"] = _("Run: {name} ({id})").format(name=run.name, id=run.id[:4])
    found[CHECKPOINT] = _("Your own checkpoint")
    return _with(found, chosen)


def open_models(controls: ProbeControls) -> list[Model]:
    """The one or two models that the controls name. Raises UserError where there is none, or not yet."""
    found = []
    for slot, epoch in SLOTS.items():
        kind, _sep, key = getattr(controls, slot).partition(":")
        if kind == CHECKPOINT:
            found.append(networks.checkpoint(slot))
        elif kind == "run":
            found.append(networks.run_model(runs.get(key), getattr(controls, epoch)))
        elif kind == "shipped":
            found.append(networks.bundled_model(key))
    return found


def cards(models: Sequence[Model]) -> None:
    """A line on each network, and the model card of bundled ones."""
    with st.container(horizontal=True, vertical_alignment="center", key="probe.cards"):
        for n, model in enumerate(models):
            st.caption(_line(model), width="content")
            card = bundled.card(model.match.design) if model.source.startswith("shipped:") else {}
            if card:
                with st.popover(_("Model card"), icon=":material/id_card:", key=f"probe.card.{n}"):
                    st.code(json.dumps(card, indent=1), language="json", wrap_lines=True)


def _line(model: Model) -> str:
    """What a network is and what it reached, as Markdown."""
    kind, _sep, key = model.source.partition(":")
    parameters = sum(designs.parameter_counts(model.probe.network))
    parts = [_("**{title}**, {count:,} parameters").format(title=escaped(model.name), count=parameters)]
    reached = None
    if kind == "shipped":
        reached = bundled.card(key).get("val_accuracy")
    elif kind == "run":
        run = runs.get(key)
        parts.append(_("trained on {data}").format(data=escaped(run.environment["data"]["title"])))
        reached = next((one.val_accuracy for one in run.metrics().records if one.epoch == model.epoch), None)
    else:
        parts.append(_("your file, read as {design}").format(design=model.match.design))
    if reached is not None:
        parts.append(_("validation accuracy {share:.3f}").format(share=reached))
    return "; ".join(parts)
