"""The Kernels lesson's controls above the lab: which picture, which kernel, and the tools that change it."""

import re
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import streamlit as st
import torch
from torch import Tensor

from convlab import numerals
from convlab.convolution import kernels
from convlab.errors import N_, UserError
from convlab.ui import chooser, late
from convlab.ui.boundary import keeping, rerun
from convlab.ui.kernels.controls import KernelsControls, State
from convlab.ui.kernels.edits import change_kernel, refusals, say_refusal
from convlab.ui.picture import GIVEN
from convlab.ui.widgets import derived, number
from convlab.ui.words import _, escaped

_SHOWN = "kernels.shown"  # what the toolbar says of the kernel
_PHOTOGRAPH = "kernels.photograph"  # the last one
_READ = "kernels.read"  # what the text field said last, and the kernel that was read in it


def toolbar(state: State) -> None:
    """Show which picture and which kernel, and what changes the kernel as a whole."""
    st.session_state[_SHOWN] = _said(state)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall", key="kernels.row1"):
        chooser.choose_which(state)
        _step(state)
        chooser.choose_form(state)
        _kernel_controls(state)


def _step(state: State) -> None:
    """From the small picture, whose pixels hold their numbers, to the last photograph and back."""
    looks = {"numbers": KernelsControls.opening, "photograph": _photograph(state.value)}
    titles = {"numbers": _("Numbers"), "photograph": _("Photograph")}

    def go(look: str | None) -> None:
        if look is not None:
            state.change(**looks[look])

    here = [look for look, set_to in looks.items() if set_to.items() <= dict(state.value).items()]
    shown = {"options": [*titles], "format_func": titles.__getitem__}
    derived(st.segmented_control, _("Show"), "kernels.look", here[0] if here else None, go, **shown)


def _photograph(controls: KernelsControls) -> dict[str, Any]:
    """Which photograph, and at what size, the learner had last; of the learner's own pictures too."""
    names = KernelsControls.opening
    if controls.picture.startswith("photo:") or controls.picture in GIVEN:
        st.session_state[_PHOTOGRAPH] = {name: getattr(controls, name) for name in names}
    first = {name: KernelsControls.model_fields[name].default for name in names}
    last: dict[str, Any] = st.session_state.get(_PHOTOGRAPH, first)
    return last


def keep_up(state: State) -> None:
    """Run the whole page where the lab's part alone ran, and what it did is to be seen in the toolbar."""
    said = _said(state)
    if st.session_state.get(_SHOWN, said) != said:
        rerun()


def _said(state: State) -> tuple[object, ...]:
    now = state.value
    return now.picture, now.size, now.colour, now.seed, now.preset, now.weights.shape, refusals()


def _kernel_controls(state: State) -> None:
    change = partial(change_kernel, state)
    channels, rows, columns = state.value.weights.shape

    def load(key: str) -> None:
        if key in kernels.PRESETS:  # not "Your own", which the browser still has where an edit was undone
            kernel = kernels.preset(key, seed=state.value.seed)[None]
            change(lambda old: kernels.per_channel(kernel, old.shape[0]))

    name = state.value.preset or ""
    titles = {key: _(preset.title) for key, preset in kernels.PRESETS.items()}
    titles = titles if name else {"": _("Your own"), **titles}
    looks = {"options": [*titles], "format_func": titles.__getitem__, "width": 165}
    derived(st.selectbox, _("Kernel"), "kernels.preset", name, load, **looks)

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
            late.listen(f"kernels.tool.{n}")
            st.button(label, key=f"kernels.tool.{n}", on_click=keeping(change_kernel), args=(state, change))
    say_refusal("tools")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(_("Factor"), value="2", width=110, key="kernels.factor")
        late.listen("kernels.multiply")
        st.button(
            _("Multiply"),
            key="kernels.multiply",
            on_click=keeping(change_kernel),
            args=(state, _multiplied, "factor"),
        )
    say_refusal("factor")

    def take() -> None:
        text = st.session_state["kernels.text"]
        if text.strip():
            change_kernel(state, lambda _kernel: kernels.parse(text), "text")
            st.session_state[_READ] = text, state.value.kernel

    st.text_area(
        _("The kernel as numbers"),
        placeholder=state.value.kernel.replace("; ", "\n").replace(" | ", "\n|\n"),
        height=118,
        help=_(
            "One row a line, or semicolons between rows: 1 0 -1; 2 0 -2; 1 0 -1. Bars part channels. "
            "Fractions such as 1/9 work, and so do cells of a spreadsheet and what Python or MATLAB prints."
        ),
        key="kernels.text",
        on_change=keeping(take),
    )
    say_refusal("text")
    _say_reading(state)
    st.button(_("Take these weights"), key="kernels.take", on_click=keeping(take))
    number(state, "seed", _("Seed of the random preset"))


def _say_reading(state: State) -> None:
    """How the text field was read, as long as its kernel is there."""
    text, kernel = st.session_state.get(_READ, ("", ""))
    if kernel != state.value.kernel or "text" in refusals():
        return
    channels, rows, columns = state.value.weights.shape
    sentence = _("Read as {rows} × {columns} weights: {kernel}.")
    if channels > 1:
        sentence = _("Read as {channels} channels of {rows} × {columns} weights: {kernel}.")
    said = sentence.format(channels=channels, rows=rows, columns=columns, kernel=escaped(kernel))
    st.caption(f"{said} {_of_commas(text, state.value.weights)}".strip())


def _of_commas(text: str, kernel: Tensor) -> str:
    """What commas between digits were taken for; "" where there are none."""
    if not re.search(r"[0-9],[0-9]", text):
        return ""
    with suppress(UserError):
        if torch.equal(kernels.parse(text.replace(",", ".")), kernel):
            return _("Commas are decimal points.")
    return _("Commas part weights.")


def _multiplied(kernel: Tensor) -> Tensor:
    try:
        factor = numerals.number(st.session_state["kernels.factor"])
    except numerals.NotANumber:
        raise UserError(N_("The factor is one number, such as 2, 0.5 or 1/9.")) from None
    return kernels.scale(kernel, factor)
