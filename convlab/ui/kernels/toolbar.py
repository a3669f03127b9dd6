"""The Kernels lesson's two rows of controls: picture and kernel above, the convolution's settings below."""

from collections.abc import Callable
from functools import partial

import streamlit as st
from torch import Tensor

from convlab.convolution import kernels
from convlab.errors import N_, UserError
from convlab.ui.boundary import say
from convlab.ui.chooser import choose_picture
from convlab.ui.kernels.controls import State
from convlab.ui.kernels.lab import REFUSED, change_kernel
from convlab.ui.widgets import choose, derived, number, toggle
from convlab.ui.words import _


def toolbar(state: State) -> None:
    """Show all controls of the lesson but the kernel's own cells."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="kernels.row1"):
        choose_picture(state)
        _kernel_controls(state)
    with st.container(horizontal=True, vertical_alignment="bottom", key="kernels.row2"):
        _layer_controls(state)
    if error := st.session_state.pop(REFUSED, None):
        say(error, "warning")


def _kernel_controls(state: State) -> None:
    change = partial(change_kernel, state)
    channels, rows, columns = state.value.weights.shape

    def load(key: str | None) -> None:
        if key is not None:
            kernel = kernels.preset(key, seed=state.value.seed)[None]
            change(lambda old: kernels.per_channel(kernel, old.shape[0]))

    presets = {key: _(preset.title) for key, preset in kernels.PRESETS.items()}
    looks = {"options": [*presets], "format_func": presets.__getitem__, "placeholder": _("Load a preset")}
    derived(st.selectbox, _("Kernel"), "kernels.preset", None, load, **looks, index=None, width=165)

    def resize(_size: int) -> None:  # both as they are now: a script may have set both at once
        size = st.session_state["kernels.rows"], st.session_state["kernels.columns"]
        change(lambda kernel: kernels.resize(kernel, *size))

    sizes = range(1, kernels.MAX_SIZE + 1)
    derived(st.selectbox, _("Rows"), "kernels.rows", rows, resize, options=sizes, width=78)
    derived(st.selectbox, _("Columns"), "kernels.columns", columns, resize, options=sizes, width=84)
    if state.value.colour == "rgb":

        def share(each: bool) -> None:
            change(lambda kernel: kernels.per_channel(kernel, 3) if each else kernel[:1])

        each_help = _(
            "Off: one kernel reads red, green and blue alike. On: 3 kernels, 3 x rows x columns weights."
        )
        derived(st.toggle, _("Kernel per channel"), "kernels.each", channels == 3, share, help=each_help)
    with st.popover(_("Change the kernel"), icon=":material/tune:"):
        _tools(state)


def _tools(state: State) -> None:
    tools: dict[str, Callable[[Tensor], Tensor]] = {
        _("Normalise to sum 1"): lambda kernel: kernels.normalise(kernel, state.value.channels),
        _("Transpose"): kernels.transpose,
        _("Rotate by 90°"): kernels.rotate90,
        _("Flip by 180°"): kernels.flip,
        _("Negate"): kernels.negate,
    }
    with st.container(horizontal=True):
        for n, (label, change) in enumerate(tools.items()):
            st.button(label, key=f"kernels.tool.{n}", on_click=change_kernel, args=(state, change))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(_("Factor"), value="2", width=110, key="kernels.factor")
        st.button(_("Multiply"), key="kernels.multiply", on_click=change_kernel, args=(state, _multiplied))

    def take() -> None:
        text = st.session_state["kernels.text"]
        if text.strip():
            change_kernel(state, lambda _kernel: kernels.parse(text))

    st.text_input(
        _("The kernel as numbers"),
        placeholder=state.value.kernel,
        help=_(
            "Semicolons part rows, bars part channels: 1 0 -1; 2 0 -2; 1 0 -1. Fractions such as 1/9 work."
        ),
        key="kernels.text",
        on_change=take,
    )
    number(state, "seed", _("Seed of the random preset"))


def _multiplied(kernel: Tensor) -> Tensor:
    factor = kernels.parse(st.session_state["kernels.factor"])
    if factor.numel() != 1:
        raise UserError(N_("The factor is one number, such as 2, 0.5 or 1/9."))
    return kernels.scale(kernel, float(factor))


def _layer_controls(state: State) -> None:
    for field, width in (("padding", 92), ("padding_mode", 122), ("stride", 78), ("dilation", 84)):
        choose(state, field, width=width)
    number(state, "bias", step=0.1, width=130)
    activations = {"none": _("none"), "relu": "ReLU", "tanh": "tanh", "abs": _("absolute value")}
    choose(state, "activation", _("Activation"), activations, width=150)
    flip_help = _(
        "Turn the kernel by 180° first. PyTorch does not: what it calls convolution is cross-correlation."
    )
    toggle(state, "flip", _("True convolution"), help=flip_help)
    scales = {"auto": _("automatic"), "signed": _("blue to red"), "grey": _("grey")}
    choose(state, "scale", _("Output colours"), scales, width=140)
    limit_help = _(
        "0 takes the map's own largest value; another number keeps colours comparable between edits."
    )
    number(state, "scale_limit", _("Scale ends at"), step=0.5, width=130, help=limit_help)
