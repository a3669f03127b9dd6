"""The Train lesson's settings: presets, network, data, numbers; the rest behind one more click; Start."""

from typing import Any, get_args

import streamlit as st

from convlab.networks.designs import DESIGNS
from convlab.training.recipes import L2_OF_THE_BOOK, RECIPES, book_recipe
from convlab.ui.train import data
from convlab.ui.train.controls import (
    KERNELS,
    MOST_REPEATS,
    OPTIONS,
    State,
    TrainControls,
    controls_of,
    default_option,
)
from convlab.ui.train.labels import setting, value
from convlab.ui.words import _

_KEPT = ("data", "seed", "device", "threads", "deadline_min", "normalisation")  # by the presets
_WIDE = 140


def toolbar(state: State) -> None:
    """Show all settings of a run."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="train.row1"):
        _presets(state)
        titles = {key: _(design.title) for key, design in DESIGNS.items()}
        st.selectbox(
            _("Network"), list(DESIGNS), format_func=titles.__getitem__, width=205, **state.bind("design")
        )
        data.choose_data(state)
        st.number_input(_("Epochs"), 1, 1000, width=100, **state.bind("epochs"))
        st.number_input(setting("batch_size"), 1, 1024, width=100, **state.bind("batch_size"))
        _rate(state)
        names = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW"}
        st.selectbox(
            _("Optimiser"), list(names), format_func=names.__getitem__, width=104, **state.bind("optimizer")
        )
    data.get_ready(state)


def more(state: State) -> None:
    """The settings that few runs need, where they are asked for."""
    if not state.value.more:
        return
    with st.container(border=True, key="train.more_settings"):
        _advanced(state)


def changed(controls: TrainControls) -> list[str]:
    """Those of them that are not what they are by default, in words, as far as the design has them."""
    fields, allowed = TrainControls.model_fields, DESIGNS[controls.design].options
    names = [*(name for name in OPTIONS if name in allowed), *_FIELDS]
    return [
        f"{setting(name)} {value(name, getattr(controls, name))}"
        for name in names
        if getattr(controls, name) != fields[name].default
    ]


def _presets(state: State) -> None:
    def use(recipe: Any) -> None:
        kept = {name: getattr(state.value, name) for name in _KEPT}
        state.change(**{**controls_of(recipe), **kept})

    design = state.value.design
    st.button(
        _("Book"),
        icon=":material/menu_book:",
        help=_("The chapter's recipe for the network that is chosen."),
        on_click=lambda: use(book_recipe(design)),
        key="train.book",
    )
    if design == "net":
        st.button(
            _("Book, L2"),
            icon=":material/menu_book:",
            help=_(
                "The same with the chapter's penalty on large weights: {l2:g} times their squares."
            ).format(l2=L2_OF_THE_BOOK),
            on_click=lambda: use(book_recipe(design, l2=True)),
            key="train.book_l2",
        )
    st.button(
        _("Fast demo"),
        icon=":material/bolt:",
        help=_("A network and a recipe made for a live demonstration."),
        on_click=lambda: use(RECIPES["fast"].settings),
        key="train.fast",
    )


def _rate(state: State) -> None:
    label = _("lr (peak)") if state.value.schedule == "one_cycle" else "lr"
    st.number_input(
        label,
        min_value=1e-9,
        max_value=1e9,
        step=0.001 if state.value.lr < 0.1 else 0.01,
        format="%g",
        width=118,
        help=_("Learning rate: how far each step goes."),
        **state.bind("lr"),
    )


_FIELDS = (
    "momentum", "nesterov", "weight_decay", "l1", "l2", "schedule", "label_smoothing", "flip", "shift_px",
    "initialisation", "seed", "device", "threads", "normalisation", "unshuffled",
    "validate_in_train_mode", "deadline_min",
)  # fmt: skip


def _advanced(state: State) -> None:
    for n, row in enumerate(((_options, _descent), (_regularisation,), (_machine, _mistakes))):
        with st.container(horizontal=True, vertical_alignment="bottom", key=f"train.more{n}"):
            for part in row:
                part(state)


def _options(state: State) -> None:
    """The design's own, and how it begins."""
    allowed = DESIGNS[state.value.design].options
    for name in ("n_chans1", "n_blocks"):
        if name in allowed:
            steps = allowed[name]
            _option(state, name, list(steps))
    if "kernel_size" in allowed:
        titles = {text: text.replace("x", " × ") if "x" in text else f"{text} × {text}" for text in KERNELS}
        _option(state, "kernel_size", list(KERNELS), titles)
    if "activation" in allowed:
        _option(state, "activation", ["tanh", "relu"], {"tanh": "tanh", "relu": "ReLU"})
    if "shared" in allowed:
        kinds = {True: _("one block, repeated (as in the book)"), False: _("a block each")}
        _option(state, "shared", list(kinds), kinds)
    begins = {"pytorch": "PyTorch", "xavier": "Xavier", "kaiming": "Kaiming"}
    st.selectbox(
        _("Initialisation"),
        list(begins),
        format_func=begins.__getitem__,
        width=_WIDE,
        **state.bind("initialisation"),
    )
    st.number_input(_("Seed"), 0, 2**31 - 1, width=_WIDE, **state.bind("seed"))
    st.number_input(
        _("Runs"),
        1,
        MOST_REPEATS,
        width=100,
        help=_("So many runs that differ in their seed alone: their spread tells what is luck."),
        **state.bind("repeats"),
    )


def _option(state: State, name: str, choices: list[Any], titles: dict[Any, str] | None = None) -> None:
    """An option of the design: a select box that shows the design's own value where none was chosen."""
    key, default = f"train.option.{name}", default_option(state.value.design, name)
    shown = (
        next((text for text, size in KERNELS.items() if size == default), None)
        if name == "kernel_size"
        else default
    )
    given = getattr(state.value, name)
    st.session_state[key] = given if given in choices else shown

    def changed() -> None:
        chosen = st.session_state[key]
        state.change(**{name: None if chosen == shown else chosen})

    st.selectbox(
        name if name != "shared" else _("Residual blocks"),
        choices,
        format_func=str if titles is None else titles.__getitem__,
        width=120 if name != "shared" else 300,
        key=key,
        on_change=changed,
    )


def _descent(state: State) -> None:
    sgd = state.value.optimizer == "sgd"
    st.number_input(
        setting("momentum"),
        0.0,
        0.999,
        step=0.1,
        format="%g",
        width=_WIDE,
        disabled=not sgd,
        **state.bind("momentum"),
    )
    schedules = {"constant": _("constant"), "one_cycle": _("one cycle")}
    st.selectbox(
        _("Schedule of lr"),
        list(schedules),
        format_func=schedules.__getitem__,
        width=_WIDE,
        **state.bind("schedule"),
    )
    st.toggle(_("Nesterov"), disabled=not sgd, **state.bind("nesterov"))


def _regularisation(state: State) -> None:
    for name in ("weight_decay", "l1", "l2"):
        st.number_input(name, 0.0, 1000.0, step=0.0005, format="%g", width=_WIDE, **state.bind(name))
    st.number_input(
        setting("label_smoothing"),
        0.0,
        0.99,
        step=0.05,
        format="%g",
        width=_WIDE,
        **state.bind("label_smoothing"),
    )
    st.number_input(_("Shift (px)"), 0, 8, width=120, **state.bind("shift_px"))
    st.toggle(_("Flip"), help=_("Half of the training pictures are mirrored."), **state.bind("flip"))


def _machine(state: State) -> None:
    devices = get_args(TrainControls.model_fields["device"].annotation)
    st.selectbox(_("Device"), devices, width=110, **state.bind("device"))
    st.number_input(_("Threads"), 1, 64, width=110, **state.bind("threads"))
    st.number_input(
        _("Stop after (min)"),
        0,
        10_080,
        width=_WIDE,
        help=_("0: no time limit."),
        **state.bind("deadline_min"),
    )
    means = {"cifar10": _("the chapter's mean"), "data": _("the data's own mean")}
    st.selectbox(
        _("Normalise with"),
        list(means),
        format_func=means.__getitem__,
        width=220,
        **state.bind("normalisation"),
    )


def _mistakes(state: State) -> None:
    st.toggle(_("Like the book: do not shuffle"), **state.bind("unshuffled"))
    st.toggle(_("Like the book: validate without eval()"), **state.bind("validate_in_train_mode"))
