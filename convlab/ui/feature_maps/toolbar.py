"""The Feature maps lesson's controls: picture, network and weights; for a stack of one's own, its layers."""

from contextlib import suppress
from typing import Any

import streamlit as st

from convlab.errors import UserError
from convlab.networks import stacks
from convlab.networks.designs import DESIGNS
from convlab.ui import checkpoints, foreign, widgets
from convlab.ui.boundary import keeping
from convlab.ui.chooser import choose_form, choose_normalised, choose_which
from convlab.ui.feature_maps.controls import FIGURE_8_8, FeatureMapsControls, State
from convlab.ui.feature_maps.forward import design_model
from convlab.ui.feature_maps.mode import draw_again
from convlab.ui.networks import CROSS, NEWEST, OWN_STACK, any_run, bundled_key
from convlab.ui.runs import choosing
from convlab.ui.words import _

_AT = "feature_maps.at"
_FAILED = "feature_maps.failed"
_BEFORE = "feature_maps.before_cross"  # the picture that the one of figure 8.8 stands in for
_SEEN = "feature_maps.weights_seen"  # network -> weights, run and epoch that it was shown with last


def toolbar(state: State) -> None:
    """Show all controls of the lesson but the place in the network."""
    row, below = st.container(), st.container()
    if state.value.weights == "checkpoint" and not (state.value.free or state.value.foreign):
        with below:  # read first: the file tells which network the row above shows
            checkpoints.upload("feature_maps.upload")
    controls = state.value
    if controls.weights in ("run", "checkpoint") and not (controls.free or controls.foreign):
        with suppress(UserError):  # shown where the network is run
            state.change(network=design_model(controls).match.design)
    with row:
        _row(state)
    with below:
        foreign.upload(state)
        if state.value.own_stack:
            _stack_editor(state)


def _row(state: State) -> None:
    """Picture, network, weights and colours."""
    titles = {key: _(design.title) for key, design in DESIGNS.items()}
    titles |= {CROSS: _("Find the large cross (figure 8.8)"), OWN_STACK: _("A stack of your own")}
    titles |= foreign.titles(state.value.network)

    def entered() -> None:
        _entered(state)
        if state.value.cross:
            open_cross(state)
        elif (before := st.session_state.pop(_BEFORE, None)) and state.value.picture == FIGURE_8_8["picture"]:
            state.change(**before)

    with st.container(horizontal=True, vertical_alignment="bottom", key="feature_maps.row1"):
        middle = {"window": "", "padding": "black"}  # a square was cut from another picture
        fixed, tip = not state.value.free, ""
        if fixed:
            tip = _("Subtract the network's own mean and divide by its standard deviation, as in training.")
        choose_which(state, None if state.value.cross else lambda: state.change(**middle))
        if state.value.own_stack:
            choose_form(state)
        elif state.value.cross and state.value.picture != "board":
            widgets.choose(state, "size", _("Size (px)"), width=92)
        widgets.choose(state, "network", _("Network"), titles, width=250, then=entered)
        foreign.choose(state)
        _weights(state)
        if not foreign.can_open(state.value):
            return
        modes = {"eval": _("eval()"), "train": _("train()")}
        widgets.choose(state, "mode", _("Mode"), modes, as_buttons=True)
        draw_again(state)
        with st.popover(_("More"), icon=":material/more_horiz:"):
            ranges = {"map": _("each map"), "layer": _("each layer")}
            widgets.choose(state, "ranges", _("A colour scale for"), ranges, as_buttons=True)
            if not state.value.cross:
                choose_normalised(state, tip)


def open_cross(state: State) -> None:
    """Open the network of figure 8.8 on its picture; the picture of now comes back with another network."""
    if state.value.picture != FIGURE_8_8["picture"]:
        st.session_state[_BEFORE] = {name: getattr(state.value, name) for name in ("picture", "size")}
    state.change(**FIGURE_8_8)


def _weights(state: State) -> None:
    controls, names = state.value, dict[str, str]()
    if controls.cross:
        return
    if not controls.own_stack:
        names = _offered(controls)
    if names:
        if controls.weights not in names:
            state.change(weights="random")
        widgets.choose(state, "weights", _("Weights"), names, width=190, then=lambda: _begin_run(state))
        if state.value.weights == "run":
            choosing.choose_run(state, "run", "epoch")
        _remember(state.value)
    if controls.own_stack or (names and state.value.weights == "random"):
        widgets.number(state, "seed", _("Seed"), width=110)


def _offered(controls: FeatureMapsControls) -> dict[str, str]:
    """Which weights the network in the controls can have, and what they are called."""
    if controls.foreign:
        return foreign.weights(controls)
    trained = {"trained": _("trained on photographs"), "sketches": _("trained on sketches")}
    names = {key: title for key, title in trained.items() if bundled_key(controls.network, key)}
    names |= {"random": _("random"), "checkpoint": _("your checkpoint")}
    if controls.run or controls.weights == "run" or any_run():
        names["run"] = _("one of your runs")
    return names


def _begin_run(state: State) -> None:
    """Weights of a run were chosen: it is the newest, of this design where there is one."""
    if state.value.weights == "run" and not state.value.run:
        state.change(run=choosing.newest(state.value.network), epoch=NEWEST)


def _remember(controls: FeatureMapsControls) -> None:
    """Which weights a network was seen with: whoever comes back to it meets these again."""
    seen = st.session_state.setdefault(_SEEN, {})
    seen[controls.network] = controls.weights, controls.run, controls.epoch


def _entered(state: State) -> None:
    """Another network was chosen: it has the weights that it had before, or the first that come with it.

    A run or a checkpoint is that of one network alone; where the session has another by now, it is left.
    """
    controls = state.value
    names = {} if controls.free else _offered(controls)
    wanted: dict[str, Any] = {"weights": next(iter(names), "trained")}
    if before := st.session_state.get(_SEEN, {}).get(controls.network):
        again = dict(zip(("weights", "run", "epoch"), before, strict=True))
        if controls.foreign or _fits(state.with_changes(**again)):
            wanted = again
    state.change(**wanted)


def _fits(controls: FeatureMapsControls) -> bool:
    """Whether the weights in the controls are those of the network in them."""
    if controls.weights not in ("run", "checkpoint"):
        return True
    with suppress(UserError):
        return design_model(controls).match.design == controls.network
    return False


def _describe(part: stacks.Part) -> str:
    numbers = part.model_dump(exclude_defaults=True, exclude={"kind"})
    shown = [str(value) if name.startswith("out") else f"{name}={value}" for name, value in numbers.items()]
    return f"{type(part).__name__}({', '.join(shown)})"


def _stack_editor(state: State) -> None:
    layers = list(stacks.parse(state.value.stack).layers)
    at = min(st.session_state.get(_AT, 0), len(layers) - 1)
    st.session_state[_AT] = at
    titles = [f"{n} {_describe(part)}" for n, part in enumerate(layers)]
    label, places = _("Your layers, first to last, numbered as nn.Sequential does"), range(len(layers))
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
        st.button(_("Add a layer behind"), icon=":material/add:", on_click=keeping(become), args=(more,))
        st.button(_("Remove this layer"), icon=":material/delete:", on_click=keeping(become), args=(less,))
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

    label, key = _("Layer {n}").format(n=at), f"{prefix}.kind"
    titles = {kind: layer.__name__ for kind, layer in stacks.KINDS.items()}
    st.session_state[key] = part.kind
    st.selectbox(
        label, [*titles], format_func=titles.__getitem__, width=160, key=key, on_change=keeping(replaced)
    )
    for name, (low, high) in ends.items():
        st.session_state[f"{prefix}.{name}"] = numbers[name]
        most = max(high, numbers[name])  # a pool without a stride may go on by up to 7
        st.number_input(name, low, most, width=135, key=f"{prefix}.{name}", on_change=keeping(replaced))
