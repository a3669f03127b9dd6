"""The Kernels lab by numbers: each weight to type, the output in figures, one of its pixels as a sum."""

from functools import partial

import streamlit as st
from torch import Tensor

from convlab.convolution import arithmetic, kernels
from convlab.ui.components.kernel_lab import Shown, summary
from convlab.ui.kernels.controls import State
from convlab.ui.kernels.lab import PIXEL, change_kernel, channel_names
from convlab.ui.numbers import listed, results
from convlab.ui.picture import Picture
from convlab.ui.widgets import derived_number
from convlab.ui.words import _

CELL_PX = 84  # wide, so that three stand beside each other on a phone


def panel(state: State, picture: Picture, shown: Shown) -> None:
    """What the panel below the lab holds."""
    _cells(state)
    if shown.output is None:
        st.text(shown.error)
    else:
        rows, columns = shown.output.shape
        row, column = st.session_state.get(PIXEL, (rows // 2, columns // 2))
        row, column = min(row, rows - 1), min(column, columns - 1)
        with st.container(horizontal=True):
            for name, axis, at, count in (
                (_("Output row"), "row", row, rows),
                (_("Output column"), "column", column, columns),
            ):
                derived_number(name, f"{PIXEL}.{axis}", at, _take_pixel, (0, count - 1), width=130)
        _output(state, picture, shown.output, row, column)


def _take_pixel(_chosen: int) -> None:
    """Both numbers as they are now: a script may have set both at once."""
    st.session_state[PIXEL] = st.session_state[f"{PIXEL}.row"], st.session_state[f"{PIXEL}.column"]


def _cells(state: State) -> None:
    """A number for each weight, row by row; its key is ``kernels.cell.CHANNEL.ROW.COLUMN``."""
    weights = state.value.weights
    for channel, name in enumerate(channel_names(weights.shape[0])):
        st.markdown(_("Weights for {channel}").format(channel=name) if name else _("Weights"))
        with st.container(gap="xsmall", key=f"numbers-{channel}"):
            for row, values in enumerate(weights[channel].tolist()):
                with st.container(horizontal=True, gap="xsmall"):
                    for column, value in enumerate(values):
                        _cell(state, (channel, row, column), value)


def _cell(state: State, at: tuple[int, int, int], value: float) -> None:
    def changed(weight: float, kernel: Tensor) -> Tensor:
        kernel = kernel.clone()
        kernel[at] = weight
        return kernel

    def put(weight: float) -> None:
        change_kernel(state, partial(changed, weight))

    label = _("Weight in row {row}, column {column}").format(row=at[1], column=at[2])
    key, ends = "kernels.cell." + ".".join(map(str, at)), (-kernels.MAX_WEIGHT, kernels.MAX_WEIGHT)
    looks = {"step": 0.1, "format": "%g", "width": CELL_PX, "label_visibility": "collapsed"}
    derived_number(label, key, value, put, ends, **looks)


def _output(state: State, picture: Picture, output: Tensor, row: int, column: int) -> None:
    controls = state.value
    pixel = arithmetic.window(picture.values, controls.weights, controls.settings, row, column)
    stats, taps = summary(output)["stats"], pixel.taps
    left, right = st.columns([2, 3])
    with left:
        results(
            {
                _("Output shape"): " × ".join(map(str, output.shape)),
                _("Minimum"): stats["min"],
                _("Mean"): stats["mean"],
                _("Maximum"): stats["max"],
                _("Sum of {count} products").format(count=len(taps)): pixel.total,
                _("Sum and bias"): pixel.pre,
                _("Output pixel"): float(output[row, column]),
            }
        )
    with right:
        listed(
            {
                _("Channel"): [tap.channel for tap in taps],
                _("Row"): [_("padding") if tap.input_row < 0 else tap.input_row for tap in taps],
                _("Column"): [_("padding") if tap.input_col < 0 else tap.input_col for tap in taps],
                _("Pixel"): [tap.value for tap in taps],
                _("Weight"): [tap.weight for tap in taps],
                _("Product"): [tap.product for tap in taps],
            }
        )
