"""The Probe page's toolbar, and which networks it asks: one or two of what ``convlab.ui.networks`` opens."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from convlab.datasets import shelf
from convlab.networks import designs
from convlab.probing import bundled
from convlab.training import runs
from convlab.ui import checkpoints, chooser, edited, networks, widgets
from convlab.ui.boundary import keeping, rerun
from convlab.ui.networks import NEWEST, Model
from convlab.ui.own_data import find, title_of
from convlab.ui.probe import model_card
from convlab.ui.probe.controls import CHECKPOINT, NONE, OPEN, ProbeControls, State, drawn
from convlab.ui.runs import choosing
from convlab.ui.words import REMARKS, _, enumerated, escaped, sentences

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
    for slot in SLOTS:
        if getattr(state.value, slot) == CHECKPOINT:
            checkpoints.upload(f"probe.{slot}.upload", slot)


def _choose_model(state: State, slot: str, label: str, width: int) -> None:
    """A select box over all models, and what the chosen one needs: an epoch."""
    titles = _titles(getattr(state.value, slot), slot == "model")
    begun: dict[str, Any] = {SLOTS[slot]: NEWEST}
    if slot == "model":
        begun["data"] = OPEN  # another network has its own
    widgets.choose(state, slot, label, titles, then=lambda: state.change(**begun), width=width)
    chosen = getattr(state.value, slot)
    if chosen.startswith("run:"):
        choosing.choose_epoch(state, SLOTS[slot], chosen.removeprefix("run:"))


def _titles(chosen: str, first: bool) -> dict[str, str]:
    """Model -> title."""
    found = {} if first else {NONE: _("nothing")}
    for key, title in bundled.NETWORKS.items():
        found[f"shipped:{key}"] = _(title)
    for id, title in choosing.titles(networks.offered_runs()).items():
        found[f"run:{id}"] = _("Run: {title}").format(title=title)
    found[CHECKPOINT] = _("Your own checkpoint")
    return choosing.with_chosen(found, chosen)


def open_models(controls: ProbeControls) -> list[Model]:
    """As ``named_models``, with the kernels that this session has changed."""
    return [edited.edited(model) for model in named_models(controls)]


def named_models(controls: ProbeControls) -> list[Model]:
    """The one or two models that the controls name. Raises UserError where there is none, or not yet."""
    found = []
    for slot, epoch in SLOTS.items():
        kind, _sep, key = getattr(controls, slot).partition(":")
        if kind == CHECKPOINT:
            found.append(checkpoints.opened(slot))
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
            if model.card:
                with st.popover(_("Model card"), icon=":material/id_card:", key=f"probe.card.{n}"):
                    model_card.show(model)


def _line(model: Model) -> str:
    """What a network is, what it was trained on and what it reached, as Markdown."""
    parameters = sum(designs.parameter_counts(model.probe.network))
    parts = [_("**{title}**, {count:,} parameters").format(title=escaped(model.name), count=parameters)]
    if model.source == CHECKPOINT:
        parts.append(_("your file, read as {design}").format(design=model.match.design))
    if (origin := model.about.data) is not None:
        parts.append(_("trained on {data}").format(data=escaped(title_of(origin))))
    reached, count = _reached(model)
    if reached is not None:
        parts.append(_("validation accuracy {share:.3f}").format(share=reached))
        if count:
            parts[-1] = sentences(parts[-1], _("on {count:,} pictures").format(count=count))
    return enumerated(parts, REMARKS)


def _reached(model: Model) -> tuple[float | None, int | None]:
    """The validation accuracy, and on how many pictures, where that is known; not of changed ones."""
    if model.edits:
        return None, None
    if card := model.card:
        return card["val_accuracy"], card["val_pictures"]
    kind, _sep, key = model.source.partition(":")
    if kind == "run":
        records = runs.get(key).metrics().records
        home = find(model)
        count = shelf.entries()[home.key].val_count if home else None
        return next((one.val_accuracy for one in records if one.epoch == model.epoch), None), count
    return None, None


def say_edited(models: Sequence[Model]) -> None:
    """Where kernels were changed on Feature maps, and the way back."""
    for model in {model.own.identity: model for model in models if model.edits}.values():
        key = f"probe.edited.{model.own.identity[:12]}"
        with st.container(horizontal=True, vertical_alignment="center", key=key):
            sentence = _("**{network}**: these kernels were changed on Feature maps, for this visit.")
            network = escaped(model.name)
            st.markdown(sentence.format(network=network), width="content")
            st.button(
                _("Take the changes off"),
                icon=":material/undo:",
                on_click=keeping(lambda model=model: edited.restore(model)),
                key=f"{key}.off",
            )


def say_off_domain(state: State, models: Sequence[Model]) -> None:
    """Where a network learned from sketches and is shown a photograph, or the other way round."""
    sketch = drawn(state.value.picture)
    for n, model in enumerate(models):
        origin = model.about.data
        learned = {"sketches": True, "cifar10": False}.get(origin.key) if origin else None
        if sketch is None or learned is None or sketch == learned:
            continue
        sentence = _(
            "**{network}** has seen no photograph in its training, only sketches: "
            "its verdict on this picture says little."
        )
        if sketch:
            sentence = _(
                "**{network}** has seen no sketch in its training, only photographs: "
                "its verdict on this picture says little."
            )
        with st.container(horizontal=True, vertical_alignment="center", key=f"probe.strange.{n}"):
            st.markdown(sentence.format(network=escaped(model.name)), width="content")
            fits = state.with_changes(model=OPEN).model
            label = _("Ask {network} instead").format(network=_(bundled.NETWORKS[fits.partition(":")[2]]))
            look: dict[str, Any] = {"icon": ":material/neurology:", "key": "probe.ask_fitting"}
            if n == 0 and st.button(label, **look):
                state.change(model=OPEN, epoch=NEWEST, data=OPEN)
                rerun()
