"""The Feature maps lesson's controls: picture, network and weights; for a stack of one's own, its layers."""

from typing import Any

import streamlit as st

from convlab.networks import stacks
from convlab.networks.designs import DESIGNS
from convlab.ui import widgets
from convlab.ui.chooser import choose_picture
from convlab.ui.feature_maps.controls import State
from convlab.ui.networks import OWN_STACK, TRAINED, upload_checkpoint
from convlab.ui.words import _

KINDS: dict[str, type[stacks.Part]] = {
    "conv": stacks.Conv,
    "max_pool": stacks.Pool,
    "avg_pool": stacks.Pool,
    "relu": stacks.Activation,
    "tanh": stacks.Activation,
    "batch_norm": stacks.BatchNorm,
    "flatten": stacks.Flatten,
    "linear": stacks.Linear,
}
NAMES = {
    "conv": "Conv2d",
    "max_pool": "MaxPool2d",
    "avg_pool": "AvgPool2d",
    "relu": "ReLU",
    "tanh": "Tanh",
    "batch_norm": "BatchNorm2d",
    "flatten": "Flatten",
    "linear": "Linear",
}
LIMITS = {
    "out_channels": (1, 64),
    "kernel_size": (1, 7),
    "stride": (1, 4),
    "padding": (0, 3),
    "dilation": (1, 4),
    "out_features": (1, 1024),
}
_AT = "feature_maps.at"
_FAILED = "feature_maps.failed"


def toolbar(state: State) -> None:
    """Show all controls of the lesson but the place in the network."""
    titles = {key: _(design.title) for key, design in DESIGNS.items()} | {OWN_STACK: _("A stack of your own")}
    with st.container(horizontal=True, vertical_alignment="bottom", key="feature_maps.row1"):
        middle = {"window": "", "padding": "black"}  # a square was cut from another picture
        choose_picture(state, fixed=not state.value.own_stack, then=lambda: state.change(**middle))
        widgets.choose(state, "network", _("Network"), titles, width=250)
        _weights(state)
        ranges = {"map": _("each map"), "layer": _("each layer")}
        widgets.choose(state, "ranges", _("A colour scale for"), ranges, as_buttons=True)
    if state.value.own_stack:
        _stack_editor(state)
    elif state.value.weights == "checkpoint":
        upload_checkpoint("feature_maps.upload", _("Checkpoint (.safetensors or .pt)"))


def _weights(state: State) -> None:
    controls = state.value
    if not controls.own_stack:
        names = {"trained": _("trained"), "random": _("random"), "checkpoint": _("your checkpoint")}
        if controls.run or controls.weights == "run":
            names["run"] = _("your run {id}").format(id=controls.run[:4])
        if controls.network not in TRAINED:
            del names["trained"]
        if controls.weights not in names:
            state.change(weights="random")
        widgets.choose(state, "weights", _("Weights"), names, width=150)
    if controls.own_stack or state.value.weights == "random":
        widgets.number(state, "seed", _("Seed"), width=110)


def _describe(part: Any) -> str:
    numbers = part.model_dump(exclude_defaults=True, exclude={"kind"})
    shown = [str(value) if name.startswith("out") else f"{name}={value}" for name, value in numbers.items()]
    return f"{NAMES[part.kind]}({', '.join(shown)})"


def _stack_editor(state: State) -> None:
    layers = list(stacks.parse(state.value.stack).layers)
    at = min(st.session_state.get(_AT, 0), len(layers) - 1)
    st.session_state[_AT] = at
    titles = [f"{n + 1} {_describe(part)}" for n, part in enumerate(layers)]
    st.pills(
        _("Your layers, first to last"),
        range(len(layers)),
        format_func=titles.__getitem__,
        required=True,
        key=_AT,
    )

    def become(changed: list[Any]) -> None:
        if not 1 <= len(changed) <= stacks.MAX_LAYERS:
            st.session_state[_FAILED] = _("A stack has 1 to {most} layers.").format(most=stacks.MAX_LAYERS)
            return
        state.change(stack=stacks.Stack(layers=tuple(changed)).text())

    with st.container(horizontal=True, vertical_alignment="bottom", key="feature_maps.stack_layer"):
        _layer_fields(layers, at, become)
        st.button(
            _("Add a layer behind"),
            icon=":material/add:",
            on_click=lambda: become([*layers[: at + 1], stacks.Conv(padding=1), *layers[at + 1 :]]),
        )
        st.button(
            _("Remove this layer"),
            icon=":material/delete:",
            on_click=lambda: become(layers[:at] + layers[at + 1 :]),
        )
    if sentence := st.session_state.pop(_FAILED, None):
        st.warning(sentence, icon=":material/info:")


def _layer_fields(layers: list[Any], at: int, become: Any) -> None:
    part = layers[at]
    prefix = f"feature_maps.part.{at}"

    def replaced() -> None:
        kind = st.session_state[f"{prefix}.kind"]
        if kind != part.kind:
            become([*layers[:at], KINDS[kind](kind=kind), *layers[at + 1 :]])
            return
        given = {name: st.session_state[f"{prefix}.{name}"] for name in _fields(part)}
        if getattr(part, "stride", 1) is None and given["stride"] == part.kernel_size:
            given["stride"] = None  # not touched: it goes on by its kernel_size
        become([*layers[:at], KINDS[kind](**{**part.model_dump(), **given}), *layers[at + 1 :]])

    st.session_state[f"{prefix}.kind"] = part.kind
    st.selectbox(
        _("Layer {n}").format(n=at + 1),
        list(KINDS),
        format_func=NAMES.__getitem__,
        width=160,
        key=f"{prefix}.kind",
        on_change=replaced,
    )
    for name in _fields(part):
        low, high = LIMITS[name]
        value = getattr(part, name)
        value = part.kernel_size if value is None else value
        high = max(high, value)  # a pool without a stride may go on by up to 7
        st.session_state[f"{prefix}.{name}"] = value
        st.number_input(name, low, high, width=135, key=f"{prefix}.{name}", on_change=replaced)


def _fields(part: Any) -> list[str]:
    return [name for name in LIMITS if name in type(part).model_fields]
