"""The kernels of the open network by numbers: weights to type, tools, undo; what is changed, and its file."""

from typing import Any

import streamlit as st
import torch

from convlab.convolution import kernels
from convlab.networks import edits
from convlab.networks.designs import DESIGNS
from convlab.networks.edits import Place
from convlab.networks.receptive_field import Unit
from convlab.ui import edited, frame
from convlab.ui.boundary import keeping
from convlab.ui.code_panel import download
from convlab.ui.feature_maps.controls import State
from convlab.ui.feature_maps.edits import change, kernel_now, presets, step, take_edit
from convlab.ui.feature_maps.forward import ForwardPass
from convlab.ui.lessons import LESSONS
from convlab.ui.networks import Model
from convlab.ui.urls import serialise
from convlab.ui.weight_fields import weight_grid
from convlab.ui.widgets import derived, derived_number
from convlab.ui.words import _, escaped

_KEY = "feature_maps.kernel"
_INPUT = f"{_KEY}.at"  # the input channel whose kernel is open here


def kernel_panel(forward: ForwardPass, name: str, unit: Unit) -> None:
    """The kernels of the open map; keys ``feature_maps.kernel.input``, ``.ROW.COLUMN``, ``.preset`` ..."""
    layer = edits.editable(forward.network).get(name)
    if layer is None:
        return
    model, count = forward.model, len(edits.filter_of(forward.model.probe.network, layer, unit[0]))
    place = Place(layer, unit[0], min(st.session_state.get(_INPUT, 0), count - 1))
    heading = _("Kernels of {layer}, map {n}").format(layer=layer, n=unit[0])
    st.markdown(f"**{heading}**")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _choose(model, place, count)
        _tools(model, place)

    def put(at: tuple[int, int], weight: float) -> None:
        change(model, place, lambda kernel: kernels.with_weight(kernel, at, weight))

    weight_grid(_KEY, kernel_now(model, place), put)


def _choose(model: Model, place: Place, count: int) -> None:
    def take(number: int) -> None:
        st.session_state[_INPUT] = int(number)

    label = _("Input map of the kernel")
    derived_number(label, f"{_KEY}.input", place.in_channel, take, (0, count - 1), width=130)


def _tools(model: Model, place: Place) -> None:
    own = edits.kernel_at(model.own.probe.network, place).detach().float()
    offered, kernel = presets((own.shape[0], own.shape[1])), kernel_now(model, place)

    def preset(key: str | None) -> None:
        if key is not None:
            change(model, place, lambda _kernel: offered[key])

    title = lambda key: _(kernels.PRESETS[key].title)  # noqa: E731
    now = next((key for key, one in offered.items() if torch.equal(one, kernel)), None)
    shown: dict[str, Any] = {"options": list(offered), "format_func": title, "index": None, "width": 200}
    shown["placeholder"] = _("Choose one")
    derived(st.selectbox, _("Preset"), f"{_KEY}.preset", now, preset, **shown)
    tools = {
        "zero": (_("Zero"), torch.zeros_like),
        "negate": (_("Negate"), lambda kernel: 0 - kernel),
        "restore": (_("Restore"), lambda _kernel: own),
    }
    for name, (label, made) in tools.items():
        st.button(label, on_click=keeping(change), args=(model, place, made), key=f"{_KEY}.{name}")
    steps = edited.steps(model)
    for name, label, by, left in (("undo", _("Undo"), -1, steps.behind), ("redo", _("Redo"), 1, steps.ahead)):
        key = f"feature_maps.{name}"
        st.button(label, on_click=keeping(step), args=(model, by), disabled=not left, key=key)


def edited_line(state: State, model: Model) -> None:
    """What of the open network is changed, the way back and on, its weights as a file; else nothing."""
    if not (made := model.edits):
        return
    with st.container(horizontal=True, vertical_alignment="center", key="feature_maps.edited"):
        sentence = _("**Kernels changed: {count}** ({layers}), for this visit. They go along to Probe.")
        layers = ", ".join(made.layers[:6]) + (", …" if len(made.layers) > 6 else "")
        st.markdown(sentence.format(count=len(made), layers=escaped(layers)), width="content")

        def restore() -> None:
            take_edit(model)
            edited.restore(model)

        label, icon = _("Restore all"), ":material/undo:"
        st.button(label, icon=icon, on_click=keeping(restore), key="feature_maps.restore_all")
        if model.match.design in DESIGNS:
            label = _("Download these weights")
            file = lambda: edited.weights_file(model)  # noqa: E731
            download(label, file, "convlab-edited.safetensors", "feature_maps.edited_file")
        if model.source.partition(":")[0] in ("shipped", "run", "checkpoint"):
            kept = {"picture", "board", "window", "padding"}
            told = {name: value for name, value in serialise(state.value).items() if name in kept}
            query = {"picture": state.value.picture, **told, "model": model.source, "epoch": str(model.epoch)}
            frame.link(LESSONS["probe"], _("Ask it on Probe"), width="content", query=query)
