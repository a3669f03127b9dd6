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


def _describe(part: stacks.Part) -> str:
    numbers = part.model_dump(exclude_defaults=True, exclude={"kind"})
    shown = [str(value) if name.startswith("out") else f"{name}={value}" for name, value in numbers.items()]
    return f"{type(part).__name__}({', '.join(shown)})"


def _stack_editor(state: State) -> None:
    layers = list(stacks.parse(state.value.stack).layers)
    at = min(st.session_state.get(_AT, 0), len(layers) - 1)
    st.session_state[_AT] = at
    titles = [f"{n} {_describe(part)}" for n, part in enumerate(layers, 1)]
    label, places = _("Your layers, first to last"), range(len(layers))
    st.pills(label, places, format_func=titles.__getitem__, required=True, key=_AT)

    def become(changed: list[Any]) -> None:
        if not 1 <= len(changed) <= stacks.MAX_LAYERS:
            st.session_state[_FAILED] = _("A stack has 1 to {most} layers.").format(most=stacks.MAX_LAYERS)
            return
        state.change(stack=stacks.Stack(layers=tuple(changed)).text())

    with st.container(horizontal=True, vertical_alignment="bottom", key="feature_maps.stack_layer"):
        _layer_fields(layers, at, become)
        before, after = layers[: at + 1], layers[at + 1 :]
        more, less = [*before, stacks.Conv2d(padding=1), *after], before[:-1] + after
        st.button(_("Add a layer behind"), icon=":material/add:", on_click=become, args=(more,))
        st.button(_("Remove this layer"), icon=":material/delete:", on_click=become, args=(less,))
    if sentence := st.session_state.pop(_FAILED, None):
        st.warning(sentence, icon=":material/info:")


def _layer_fields(layers: list[Any], at: int, become: Any) -> None:
    part: stacks.Part = layers[at]
    prefix = f"feature_maps.part.{at}"
    numbers = part.numbers()
    limits = {name: widgets.limits(type(part).model_fields[name]) for name in numbers}
    ends = {name: (int(low or 0), int(high or 0)) for name, (low, high) in limits.items()}

    def replaced() -> None:
        kind = st.session_state[f"{prefix}.kind"]
        given = {name: st.session_state[f"{prefix}.{name}"] for name in numbers}
        for name, (_low, high) in ends.items():
            if given[name] != numbers[name]:
                given[name] = min(given[name], high)
        new = part.changed(given) if kind == part.kind else stacks.KINDS[kind]()
        become([*layers[:at], new, *layers[at + 1 :]])

    label, key = _("Layer {n}").format(n=at + 1), f"{prefix}.kind"
    titles = {kind: layer.__name__ for kind, layer in stacks.KINDS.items()}
    st.session_state[key] = part.kind
    st.selectbox(label, [*titles], format_func=titles.__getitem__, width=160, key=key, on_change=replaced)
    for name, (low, high) in ends.items():
        st.session_state[f"{prefix}.{name}"] = numbers[name]
        most = max(high, numbers[name])  # a pool without a stride may go on by up to 7
        st.number_input(name, low, most, width=135, key=f"{prefix}.{name}", on_change=replaced)
