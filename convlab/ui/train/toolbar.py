"""The Train lesson's settings: presets, network, data and numbers; the rest under More settings."""

from typing import Any

import streamlit as st

from convlab.networks.designs import DESIGNS
from convlab.training.recipes import L2_OF_THE_BOOK, RECIPES, book_recipe
from convlab.training.settings import Settings
from convlab.ui import widgets
from convlab.ui.boundary import keeping
from convlab.ui.runs.labels import WORDS, setting, value
from convlab.ui.train import controls, data
from convlab.ui.train.controls import KERNELS, OPTIONS, State
from convlab.ui.words import REMARKS, _, enumerated, escaped, named

_KEPT = ("seed", "device", "threads", "deadline_min")  # by the presets
_WIDE = 140


def toolbar(state: State) -> None:
    """Show the settings of a run that are always there."""

    def own() -> None:
        state.change(**controls.of_design(state.value.design))

    with st.container(horizontal=True, vertical_alignment="bottom", key="train.row1"):
        _presets(state)
        titles = {key: _(design.title) for key, design in DESIGNS.items()}
        widgets.choose(state, "design", setting("design"), titles, width=205, then=own)
        data.choose_data(state)
        widgets.number(state, "epochs", setting("epochs"), width=100)
        widgets.number(state, "batch_size", width=100)
        label = _("lr (peak)") if state.value.schedule == "one_cycle" else "lr"
        step, tip = 0.001 if state.value.lr < 0.1 else 0.01, _("Learning rate: how far each step goes.")
        widgets.number(state, "lr", label, step=step, width=118, help=tip)
        widgets.choose(state, "optimizer", setting("optimizer"), WORDS["optimizer"], width=104)
    data.get_ready(state)


def more(state: State) -> None:
    """The settings that few runs need, once they are asked for."""
    if not state.value.more:
        return
    with st.container(border=True, key="train.more_settings"):
        for n, row in enumerate((_options, _regularisation, _machine)):
            with st.container(horizontal=True, vertical_alignment="bottom", key=f"train.more{n}"):
                row(state)


def hidden(state: State) -> str:
    """What is set under More settings while these are not shown, in Markdown; "" where all is as usual."""
    found = {} if state.value.more else controls.changed(state.value)
    told = enumerated(
        (escaped(named(setting(name), value(name, given))) for name, given in found.items()), REMARKS
    )
    return _("Also set: {what}").format(what=told) if found else ""


def _presets(state: State) -> None:
    def preset(key: str, label: str, icon: str, tip: str, recipe: Settings) -> None:
        def use() -> None:
            kept = {name: getattr(state.value, name) for name in _KEPT}
            state.change(**controls.controls_of(recipe) | kept | controls.of_data(state.value.data))

        st.button(label, icon=f":material/{icon}:", help=tip, on_click=keeping(use), key=f"train.{key}")

    design = state.value.design
    tip = _("The chapter's recipe for the chosen network.")
    preset("book", _("Book"), "menu_book", tip, book_recipe(design))
    if design == "net":
        tip = _("The same with the chapter's penalty on large weights: {l2:g} times their squares.")
        tip = tip.format(l2=L2_OF_THE_BOOK)
        preset("book_l2", _("Book, L2"), "menu_book", tip, book_recipe(design, l2=True))
    tip = _("A network and a recipe made for a live demonstration.")
    preset("fast", _("Fast demo"), "bolt", tip, RECIPES["fast"].settings)


def _options(state: State) -> None:
    """The design's own options, initial weights, seeds, momentum and schedule."""
    allowed = DESIGNS[state.value.design].options
    titles: dict[str, dict[Any, str]] = {
        "kernel_size": {text: " × ".join(text.split("x") if "x" in text else 2 * text) for text in KERNELS},
        "activation": {"tanh": "tanh", "relu": "ReLU"},
        "shared": {True: _("one block, repeated (as in the book)"), False: _("a block each")},
    }
    for name in OPTIONS:
        if name in allowed:
            _option(state, name, titles.get(name) or {number: str(number) for number in allowed[name]})
    begins = {given: value("initialisation", given) for given in WORDS["initialisation"]}
    widgets.choose(state, "initialisation", setting("initialisation"), begins, width=170)
    widgets.number(state, "seed", setting("seed"), width=_WIDE)
    tip = _("This many runs that differ only in their seed: their spread shows how much is luck.")
    widgets.number(state, "repeats", _("Runs"), width=100, help=tip)
    sgd = state.value.optimizer == "sgd"
    widgets.number(state, "momentum", step=0.1, width=_WIDE, disabled=not sgd)
    schedules = {given: value("schedule", given) for given in WORDS["schedule"]}
    widgets.choose(state, "schedule", _("Schedule of lr"), schedules, width=_WIDE)
    widgets.toggle(state, "nesterov", _("Nesterov"), disabled=not sgd)


def _option(state: State, name: str, titles: dict[Any, str]) -> None:
    """An option of the design: a select box that shows the design's own value where none was chosen."""
    default = DESIGNS[state.value.design].default(name)
    default = controls.kernel_text(default) if name == "kernel_size" else default

    def take(chosen: Any) -> None:
        state.change(**{name: None if chosen == default else chosen})

    given = getattr(state.value, name)
    shown = given if given in titles else default
    label, width = (_("Residual blocks"), 300) if name == "shared" else (name, 120)
    look = {"options": list(titles), "format_func": titles.__getitem__, "width": width}
    widgets.derived(st.selectbox, label, f"train.option.{name}", shown, take, **look)


def _regularisation(state: State) -> None:
    for name in ("weight_decay", "l1", "l2"):
        widgets.number(state, name, step=0.0005, width=_WIDE)
    widgets.number(state, "label_smoothing", step=0.05, width=_WIDE)
    widgets.number(state, "shift_px", setting("shift_px"), width=120)
    widgets.toggle(state, "flip", setting("flip"), help=_("Half of the training pictures are mirrored."))


def _machine(state: State) -> None:
    widgets.choose(state, "device", setting("device"), width=110)
    widgets.number(state, "threads", setting("threads"), width=110)
    widgets.number(state, "deadline_min", _("Stop after (min)"), width=_WIDE, help=_("0: no time limit."))
    means = {given: value("normalisation", given) for given in WORDS["normalisation"]}
    widgets.choose(state, "normalisation", _("Normalise with"), means, width=220)
    widgets.toggle(state, "unshuffled", _("Like the book: do not shuffle"))
    widgets.toggle(state, "validate_in_train_mode", _("Like the book: validate without eval()"))
