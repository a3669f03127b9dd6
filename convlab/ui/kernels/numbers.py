"""The Kernels lab by numbers: each weight to type, the output in figures, one of its pixels as a sum."""

from functools import partial

import streamlit as st
from torch import Tensor

from convlab.convolution import arithmetic, comparison, kernels
from convlab.ui import scales
from convlab.ui.boundary import keeping
from convlab.ui.components.kernel_lab import Shown, summary
from convlab.ui.components.kernel_lab.comparison import Kept
from convlab.ui.kernels import compared, pin
from convlab.ui.kernels.controls import State
from convlab.ui.kernels.edits import change_kernel, step, steps
from convlab.ui.kernels.staged import go_back
from convlab.ui.numbers import listed, results
from convlab.ui.picture import Picture
from convlab.ui.weight_fields import Place, weight_fields
from convlab.ui.widgets import derived_number
from convlab.ui.words import _


def panel(state: State, picture: Picture, shown: Shown) -> None:
    """What the panel below the lab holds."""
    if shown.remark.text:
        st.text(shown.remark.text)
        st.button(_("Undo this"), key="kernels.go_back", on_click=keeping(lambda: go_back(state)))
    _cells(state)
    _undo_and_redo(state)
    if shown.output is None or (geometry := shown.geometry) is None:
        st.text(shown.error)
        return

    def take(_chosen: int) -> None:  # both as they are now: a script may have set both at once
        pin.choose(state, (st.session_state["kernels.pixel.row"], st.session_state["kernels.pixel.column"]))

    rows, columns = shown.output.shape
    pixel = pin.pinned(state, geometry).pixel
    row, column = pixel or (rows // 2, columns // 2)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        derived_number(_("Output row"), "kernels.pixel.row", row, take, (0, rows - 1), width=130)
        derived_number(_("Output column"), "kernels.pixel.column", column, take, (0, columns - 1), width=130)
        st.button(
            _("Free the pixel"),
            key="kernels.pixel.free",
            on_click=keeping(lambda: pin.choose(state, None)),
            disabled=pixel is None,
        )
    _comparison(state, shown)
    _output(state, picture, shown, row, column)


def _undo_and_redo(state: State) -> None:
    ways = (("undo", _("Undo"), -1, steps().behind), ("redo", _("Redo"), 1, steps().ahead))
    with st.container(horizontal=True):
        for key, label, by, left in ways:
            act = partial(step, state, by)
            st.button(label, key=f"kernels.{key}", on_click=keeping(act), disabled=not left)


def _cells(state: State) -> None:
    """A number for each weight, row by row; its key is ``kernels.cell.CHANNEL.ROW.COLUMN``."""

    def put(at: Place, weight: float) -> None:
        change_kernel(state, lambda kernel: kernels.with_weight(kernel, at, weight))

    weight_fields("kernels.cell", state.value.weights, put)


def _scale(scale: scales.Scale) -> str:
    low, high = (kernels.number(end) for end in (-scale.end if scale.signed else 0.0, scale.end))
    ends = _("{low} to {high}").format(low=low, high=high)
    return _("{ends}, the input's own").format(ends=ends) if scale.unit else ends


def _comparison(state: State, shown: Shown) -> None:
    """What the lab's buttons do, and why there is no difference where a kernel is kept."""
    offered = {"keep": (_("Keep this output"), compared.keep)}
    if shown.kept:
        offered["put_back"] = _("Put A back"), compared.put_back
        offered["let_go"] = _("Let go"), compared.let_go
    with st.container(horizontal=True):
        for name, (label, act) in offered.items():
            st.button(label, key=f"kernels.{name}", on_click=keeping(act), args=(state,))
    if shown.kept and (apart := shown.kept.apart(shown.output)):
        st.text(apart)


def _beside(kept: Kept | None, output: Tensor, row: int, column: int) -> dict[str, object]:
    """What is told of A and of how far B is from it."""
    if kept is None or kept.output is None:
        return {}
    told: dict[str, object] = {_("Mean of A"): float(kept.output.mean())}
    if (apart := comparison.difference(kept.output, output)) is not None:
        told[_("Largest difference, B − A")] = apart.largest
        told[_("Its row and column")] = f"{apart.row}, {apart.col}"
        told[_("Output pixel of A")] = float(kept.output[row, column])
        told[_("B − A there")] = float(apart.values[row, column])
    return told


def _output(state: State, picture: Picture, shown: Shown, row: int, column: int) -> None:
    controls, output = state.value, shown.output
    assert output is not None
    pixel = arithmetic.window(picture.values, controls.weights, controls.settings, row, column)
    stats, taps = summary(output)["stats"], pixel.taps
    scale = scales.choose(
        output, controls.scale, controls.scale_limit, not controls.normalised, shared=shown.shared
    )
    left, right = st.columns([2, 3])
    with left:
        results(
            {
                _("Output shape"): " × ".join(map(str, output.shape)),
                _("Minimum"): stats["min"],
                _("Mean"): stats["mean"],
                _("Maximum"): stats["max"],
                _("Scale"): _scale(scale),
                _("Pixels beyond it, striped"): scale.beyond,
                _("Sum of {count} products").format(count=len(taps)): pixel.total,
                _("Sum and bias"): pixel.pre,
                _("Output pixel"): float(output[row, column]),
                **_beside(shown.kept, output, row, column),
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
