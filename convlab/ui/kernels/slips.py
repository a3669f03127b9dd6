"""The experiment "errata": where the book errs, and the lab set up so that the slip can be seen in it."""

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st
import torch

from convlab.chapter import errata
from convlab.chapter.errata import OnPicture
from convlab.convolution import kernels
from convlab.ui.boundary import keeping
from convlab.ui.frame import link
from convlab.ui.kernels.controls import KernelsControls, State
from convlab.ui.kernels.staged import leave_scene, set_up
from convlab.ui.lessons import LESSONS
from convlab.ui.picture import Picture, working_picture
from convlab.ui.slips import show_line, table
from convlab.ui.words import _, prose

# A layer of the kernel alone, and colours that say how large a value is.
_PLAIN: dict[str, Any] = {
    **{"padding": "0", "padding_mode": "zeros", "stride": 1, "dilation": 1, "bias": 0.0},
    **{"activation": "none", "flip": False, "scale": "auto", "scale_limit": 0.0},
}


def slips(state: State, picture: Picture) -> None:
    """Each slip: the book's line beside the right one, its figures on the picture, the lab set up for it."""
    for key in _SETUPS:
        erratum = errata.of(key)
        assert erratum.on is not None
        with st.container(border=True):
            st.markdown(f"**{_(erratum.place)}**")
            st.markdown(prose("slips", f"erratum_{erratum.key}"))
            show_line(erratum.lines[0])
            act = partial(_show, state, key, erratum.on)
            label, button = _("Show it in the lab"), f"kernels.slip.{key}"
            st.button(label, icon=":material/arrow_upward:", key=button, on_click=keeping(act))
            table(erratum.on(picture.values, state.value.weights), _("On your picture"))
    link(LESSONS["slips"], _("All slips of the chapter"), width="content")


def _show(state: State, key: str, on: OnPicture) -> None:
    leave_scene(state)
    picture, _notice = working_picture(state.value)
    found = {fact.key: fact.value for fact in on(picture.values, state.value.weights)}
    set_up(state, *_SETUPS[key](state.value, found))


Found = dict[str, float | int | str | None]
Setup = tuple[str, dict[str, Any]]


def _first_output(controls: KernelsControls, found: Found) -> Setup:
    weights = kernels.resize(controls.weights[:1], 3, 3)
    place = f"{found['worst_row']},{found['worst_col']}"
    sentence = _("Slip in 8.1.1: in the sum of the pinned pixel, w02 meets i13 of the window, not i22.")
    if float(weights[0, 0, 2]) == 0:
        weights, place = kernels.preset("vertical_edges")[None], "0,0"
    return sentence, {**_PLAIN, "kernel": kernels.format_kernel(weights), "pin": place}


def _ones(controls: KernelsControls, found: Found) -> Setup:
    ones = torch.ones(1, *controls.kernel_size)
    sentence = _("Slip in 8.2.2: fill_(1) makes each weight 1, so that each output is the sum of a window.")
    return sentence, {**_PLAIN, "kernel": kernels.format_kernel(ones)}


def _blur_of_rgb(controls: KernelsControls, found: Found) -> Setup:
    ninth = kernels.format_kernel(torch.full((1, 3, 3), 1 / 9))
    sentence = _("Slip in 8.2.2: a blur of 1/9 on three channels is three times the mean, and burns out.")
    return sentence, {**_PLAIN, "kernel": ninth, "colour": "rgb", "normalised": False}


def _even_kernel(controls: KernelsControls, found: Found) -> Setup:
    kh, kw = (min(k + k % 2, kernels.MAX_SIZE - 1) for k in controls.kernel_size)
    even = kernels.format_kernel(kernels.resize(controls.weights, kh, kw))
    sentence = _("Slip in 8.2.1: padding='same' gives an even kernel one ghost more at the right and below.")
    return sentence, {**_PLAIN, "kernel": even, "padding": "same"}


_SETUPS: dict[str, Callable[[KernelsControls, Found], Setup]] = {
    "first_output": _first_output,
    "ones": _ones,
    "blur_of_rgb": _blur_of_rgb,
    "even_kernel": _even_kernel,
}
