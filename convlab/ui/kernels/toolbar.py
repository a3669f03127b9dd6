"""The Kernels lesson's two rows of controls: picture and kernel above, the convolution's settings below."""

from collections.abc import Callable
from typing import get_args

import streamlit as st
from torch import Tensor

from convlab.convolution import kernels
from convlab.errors import N_, UserError
from convlab.ui.chooser import choose_picture
from convlab.ui.kernels.controls import KernelsControls, State, set_kernel
from convlab.ui.kernels.lab import take_edit
from convlab.ui.words import _, escaped, explain

_FAILED = "kernels.failed"
_SIZES = range(1, kernels.MAX_SIZE + 1)


def toolbar(state: State) -> None:
    """Show all controls of the lesson but the kernel's own cells."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="kernels.row1"):
        choose_picture(state)
        _kernel_controls(state)
    with st.container(horizontal=True, vertical_alignment="bottom", key="kernels.row2"):
        _layer_controls(state)
    if sentence := st.session_state.pop(_FAILED, None):
        st.warning(sentence, icon=":material/info:")


def _kernel_controls(state: State) -> None:
    rows, columns = state.value.weights.shape[1:]

    def load() -> None:
        key = st.session_state["kernels.preset"]
        st.session_state["kernels.preset"] = None
        if key is not None:
            _apply(state, lambda _kernel: _preset(key, state))

    def resize() -> None:
        size = st.session_state["kernels.rows"], st.session_state["kernels.columns"]
        _apply(state, lambda kernel: kernels.resize(kernel, *size))

    def share() -> None:
        each = st.session_state["kernels.each"]
        change = kernels.per_channel if each else lambda kernel, _channels: kernel[:1]
        _apply(state, lambda kernel: change(kernel, 3))

    titles = {key: _(preset.title) for key, preset in kernels.PRESETS.items()}
    st.selectbox(
        _("Kernel"),
        list(titles),
        index=None,
        format_func=titles.__getitem__,
        placeholder=_("Load a preset"),
        width=165,
        key="kernels.preset",
        on_change=load,
    )
    st.session_state["kernels.rows"], st.session_state["kernels.columns"] = rows, columns
    st.selectbox(_("Rows"), _SIZES, width=78, key="kernels.rows", on_change=resize)
    st.selectbox(_("Columns"), _SIZES, width=84, key="kernels.columns", on_change=resize)
    if state.value.colour == "rgb":
        st.session_state["kernels.each"] = state.value.weights.shape[0] == 3
        st.toggle(
            _("Kernel per channel"),
            help=_(
                "Off: one kernel reads red, green and blue alike. On: 3 kernels, 3 x rows x columns weights."
            ),
            key="kernels.each",
            on_change=share,
        )
    with st.popover(_("Change the kernel"), icon=":material/tune:"):
        _tools(state)


def _preset(key: str, state: State) -> Tensor:
    kernel = kernels.preset(key, seed=state.value.seed)[None]
    return kernels.per_channel(kernel, 3) if state.value.weights.shape[0] == 3 else kernel


def _tools(state: State) -> None:
    tools: dict[str, Callable[[Tensor], Tensor]] = {
        _("Normalise to sum 1"): lambda kernel: kernels.normalise(kernel, state.value.channels),
        _("Transpose"): kernels.transpose,
        _("Rotate by 90°"): kernels.rotate90,
        _("Flip by 180°"): kernels.flip,
        _("Negate"): kernels.negate,
    }
    with st.container(horizontal=True):
        for number, (label, change) in enumerate(tools.items()):
            st.button(label, key=f"kernels.tool.{number}", on_click=_apply, args=(state, change))
    _multiply(state)

    def take() -> None:
        text = st.session_state["kernels.text"]
        if text.strip():
            _apply(state, lambda _kernel: kernels.parse(text))

    st.text_input(
        _("The kernel as numbers"),
        placeholder=state.value.kernel,
        help=_(
            "Semicolons part rows, bars part channels: 1 0 -1; 2 0 -2; 1 0 -1. Fractions such as 1/9 work."
        ),
        key="kernels.text",
        on_change=take,
    )
    st.number_input(_("Seed of the random preset"), 0, 9999, **state.bind("seed"))


def _multiply(state: State) -> None:
    def multiply(kernel: Tensor) -> Tensor:
        factor = kernels.parse(st.session_state["kernels.factor"])
        if factor.numel() != 1:
            raise UserError(N_("The factor is one number, such as 2, 0.5 or 1/9."))
        return kernels.scale(kernel, float(factor))

    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(_("Factor"), value="2", width=110, key="kernels.factor")
        st.button(_("Multiply"), key="kernels.multiply", on_click=_apply, args=(state, multiply))


def _apply(state: State, change: Callable[[Tensor], Tensor]) -> None:
    take_edit(state)  # one that came in the same message was made before
    try:
        set_kernel(state, change(state.value.weights))
    except UserError as error:
        st.session_state[_FAILED] = escaped(explain(error))


def _layer_controls(state: State) -> None:
    fields = KernelsControls.model_fields
    names = {"none": _("none"), "relu": "ReLU", "tanh": "tanh", "abs": _("absolute value")}
    scales = {"auto": _("automatic"), "signed": _("blue to red"), "grey": _("grey")}
    for field, width in (("padding", 92), ("padding_mode", 122), ("stride", 78), ("dilation", 84)):
        st.selectbox(field, get_args(fields[field].annotation), width=width, **state.bind(field))
    st.number_input("bias", -1000.0, 1000.0, step=0.1, format="%g", width=130, **state.bind("bias"))
    st.selectbox(
        _("Activation"), list(names), format_func=names.__getitem__, width=150, **state.bind("activation")
    )
    st.toggle(
        _("True convolution"),
        help=_(
            "Turn the kernel by 180° first. PyTorch does not: what it calls convolution is cross-correlation."
        ),
        **state.bind("flip"),
    )
    st.selectbox(
        _("Output colours"), list(scales), format_func=scales.__getitem__, width=140, **state.bind("scale")
    )
    st.number_input(
        _("Scale ends at"),
        0.0,
        1e6,
        step=0.5,
        format="%g",
        width=130,
        help=_("0 takes the map's own largest value; another number keeps colours comparable between edits."),
        **state.bind("scale_limit"),
    )
