"""The Train lesson's settings: presets, network, data and numbers; the rest under More settings."""

from typing import Any

import streamlit as st

from convlab.networks.designs import DESIGNS
from convlab.training.recipes import L2_OF_THE_BOOK, RECIPES, book_recipe
from convlab.training.settings import Hyperparameters, Settings
from convlab.ui import widgets
from convlab.ui.train import controls, data
from convlab.ui.train.controls import KERNELS, OPTIONS, State, TrainControls
from convlab.ui.train.labels import setting, value
from convlab.ui.words import _

_KEPT = ("data", "seed", "device", "threads", "deadline_min", "normalisation")  # by the presets
_ALWAYS_SHOWN = ("design", "data", "epochs", "batch_size", "optimizer", "lr")
_UNDER_MORE = [*(name for name in Hyperparameters.model_fields if name not in _ALWAYS_SHOWN), "deadline_min"]
_WIDE = 140


def toolbar(state: State) -> None:
    """Show the settings of a run that are always there."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="train.row1"):
        _presets(state)
        titles = {key: _(design.title) for key, design in DESIGNS.items()}
        widgets.choose(state, "design", setting("design"), titles, width=205)
        data.choose_data(state)
        widgets.number(state, "epochs", setting("epochs"), width=100)
        widgets.number(state, "batch_size", width=100)
        label = _("lr (peak)") if state.value.schedule == "one_cycle" else "lr"
        step, tip = 0.001 if state.value.lr < 0.1 else 0.01, _("Learning rate: how far each step goes.")
        widgets.number(state, "lr", label, step=step, width=118, help=tip)
        names = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW"}
        widgets.choose(state, "optimizer", setting("optimizer"), names, width=104)
    data.get_ready(state)


def more(state: State) -> None:
    """The settings that few runs need, once they are asked for."""
    if not state.value.more:
        return
    with st.container(border=True, key="train.more_settings"):
        for n, row in enumerate((_options, _regularisation, _machine)):
            with st.container(horizontal=True, vertical_alignment="bottom", key=f"train.more{n}"):
                row(state)


def changed(given: TrainControls) -> list[str]:
    """Those that differ from their defaults, in words; options only where the design has them."""
    options = [name for name in OPTIONS if name in DESIGNS[given.design].options]
    defaults = TrainControls.model_fields
    found = {name: getattr(given, name) for name in [*options, *_UNDER_MORE]}
    return [f"{setting(name)} {value(name, v)}" for name, v in found.items() if v != defaults[name].default]


def _presets(state: State) -> None:
    def preset(key: str, label: str, icon: str, tip: str, recipe: Settings) -> None:
        def use() -> None:
            kept = {name: getattr(state.value, name) for name in _KEPT}
            state.change(**{**controls.controls_of(recipe), **kept})

        st.button(label, icon=f":material/{icon}:", help=tip, on_click=use, key=f"train.{key}")

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
    """The design's own options, the initial weights and the seeds."""
    allowed = DESIGNS[state.value.design].options
    titles: dict[str, dict[Any, str]] = {
        "kernel_size": {text: " × ".join(text.split("x") if "x" in text else 2 * text) for text in KERNELS},
        "activation": {"tanh": "tanh", "relu": "ReLU"},
        "shared": {True: _("one block, repeated (as in the book)"), False: _("a block each")},
    }
    for name in OPTIONS:
        if name in allowed:
            _option(state, name, titles.get(name) or {number: str(number) for number in allowed[name]})
    begins = {"pytorch": "PyTorch", "xavier": "Xavier", "kaiming": "Kaiming"}
    widgets.choose(state, "initialisation", setting("initialisation"), begins, width=_WIDE)
    widgets.number(state, "seed", setting("seed"), width=_WIDE)
    tip = _("This many runs that differ only in their seed: their spread shows how much is luck.")
    widgets.number(state, "repeats", _("Runs"), width=100, help=tip)
    _descent(state)


def _option(state: State, name: str, titles: dict[Any, str]) -> None:
    """An option of the design: a select box that shows the design's own value where none was chosen."""
    default = controls.default_option(state.value.design, name)
    default = controls.kernel_text(default) if name == "kernel_size" else default

    def take(chosen: Any) -> None:
        state.change(**{name: None if chosen == default else chosen})

    given = getattr(state.value, name)
    shown = given if given in titles else default
    label, width = (_("Residual blocks"), 300) if name == "shared" else (name, 120)
    look = {"options": list(titles), "format_func": titles.__getitem__, "width": width}
    widgets.derived(st.selectbox, label, f"train.option.{name}", shown, take, **look)


def _descent(state: State) -> None:
    sgd = state.value.optimizer == "sgd"
    widgets.number(state, "momentum", step=0.1, width=_WIDE, disabled=not sgd)
    schedules = {"constant": _("constant"), "one_cycle": _("one cycle")}
    widgets.choose(state, "schedule", _("Schedule of lr"), schedules, width=_WIDE)
    widgets.toggle(state, "nesterov", _("Nesterov"), disabled=not sgd)


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
    means = {"cifar10": _("the chapter's mean"), "data": _("the data's own mean")}
    widgets.choose(state, "normalisation", _("Normalise with"), means, width=220)
    widgets.toggle(state, "unshuffled", _("Like the book: do not shuffle"))
    widgets.toggle(state, "validate_in_train_mode", _("Like the book: validate without eval()"))
