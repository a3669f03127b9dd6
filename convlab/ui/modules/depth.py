"""Depth: gradients through many layers, one residual block or many, and how a deep network begins (8.5.3)."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import streamlit as st

from convlab.errors import N_
from convlab.networks import depth
from convlab.networks.depth import Asked, Measured
from convlab.snippets import depth as snippets
from convlab.ui import widgets
from convlab.ui.components.answer import Sentence, answer
from convlab.ui.components.shared.charts import RUNS, TRAIN, VALIDATION, ChartShown, Line
from convlab.ui.components.training_curves import curves
from convlab.ui.kept import once
from convlab.ui.modules import depth_blocks, depth_trained
from convlab.ui.modules.controls import Answer, DepthControls, Earlier, ModulesControls, State
from convlab.ui.numbers import by_numbers, listed
from convlab.ui.runs import labels
from convlab.ui.words import _, prose

Values = tuple[float, ...]

_KEY, _LAST_TWO = "modules.depth.curves", "modules.depth.last_two"
_GREY = RUNS[5]
_NORMS: dict[str, float | None] = {"none": None, "1": 1.0, "0.5": 0.5}

measured = once(256)(depth.measure)


@dataclass(frozen=True)
class View:
    """One of the part's pictures: its name, marked for translation; its controls, itself, its script.

    ``answered`` shows PyTorch's answer, where it takes no more than the controls and those before.
    """

    title: str
    controls: Callable[[State], None]
    show: Callable[[State], None]
    code: Callable[[State], str]
    answered: Answer | None = None


def show(state: State) -> None:
    """One view at a time, behind its controls."""
    view = VIEWS[state.value.depth_view]
    with st.container(horizontal=True, vertical_alignment="bottom", key="modules.row1"):
        titles = {name: _(one.title) for name, one in VIEWS.items()}
        widgets.choose(state, "depth_view", _("Look at"), titles, width=220)
        view.controls(state)
    st.markdown(prose("modules", f"depth_{state.value.depth_view}"))
    view.show(state)


def code(state: State) -> str:
    """Of the view that is shown."""
    return VIEWS[state.value.depth_view].code(state)


def answers(controls: ModulesControls) -> Answer | None:
    """What shows PyTorch's answer; None where only the page can."""
    return VIEWS[controls.depth_view].answered


def asked(told: DepthControls) -> Asked:
    """The stack that the controls describe."""
    return Asked(
        told.depth_layers,
        told.depth_width,
        told.depth_activation,
        told.depth_skip,
        _NORMS[told.depth_norm],
        told.depth_initialisation,
        told.depth_seed,
    )


def _controls(state: State) -> None:
    widgets.number(
        state, "depth_layers", _("Depth"), width=100, help=_("Convolutions, one behind the other.")
    )
    widgets.choose(state, "depth_width", _("Width"), width=90, help=_("Channels of each convolution."))
    activations = {"relu": "ReLU", "tanh": "tanh", "none": _("none")}
    widgets.choose(state, "depth_activation", _("Activation"), activations, width=110)
    norms = {"none": _("none"), "1": _("weight 1"), "0.5": _("weight 0.5")}
    tip = _("PyTorch begins with weight 1, the chapter's ResBlock with 0.5.")
    widgets.choose(state, "depth_norm", _("Batch norm"), norms, width=130, help=tip)
    begins = {"pytorch": _("PyTorch's default"), "xavier": "Xavier", "kaiming": "Kaiming"}
    widgets.choose(state, "depth_initialisation", labels.setting("initialisation"), begins, width=175)
    widgets.number(state, "depth_seed", labels.setting("seed"), width=90)
    tip = _("Add each layer's input to its output.")
    widgets.toggle(state, "depth_skip", _("Skip connections"), help=tip)


def _gradients(state: State) -> None:
    """What each layer gives and what its weight gets, from the first to the last."""
    compared = earlier(state)
    _answered(state.value, compared)
    by_numbers("modules", _numbers, *_measured(state.value, compared))


def _answered(chosen: DepthControls, compared: Earlier) -> None:
    found, before = _measured(chosen, compared)
    answer("modules.depth.said", Sentence(summary(found)))
    words = {
        "across": _("layer"),
        "keys": _("Left and right arrow keys move over the layers, Escape goes back to the last."),
        "reading": _("Layer {epoch}:"),
        "at": _("{value} in layer {epoch}"),
    }
    layers = [len(one.gradients) for one in (found, before) if one]
    most = max(2, *layers)  # 2: a single point is not at the edge
    curves(_KEY, str(most), charts(found, before), most, most, words=words)


def _measured(chosen: DepthControls, compared: Earlier) -> tuple[Measured, Measured | None]:
    """The stack, and the one that it is compared with."""
    before = _before(chosen, compared)
    return measured(asked(chosen)), None if before is None else measured(asked(before))


def _before(now: DepthControls, compared: Earlier) -> ModulesControls | None:
    """The last controls that describe another stack."""
    return next((one for one in compared if asked(one) != asked(now)), None)


def earlier(state: State) -> Earlier:
    """The controls now, then those before the last change of the stack in this visit, to compare with."""
    if state.value.depth_view != "gradients":
        return ()
    now, last = state.value, st.session_state.get(_LAST_TWO, ())
    before = _before(now, last)
    found = st.session_state[_LAST_TWO] = (now,) if before is None else (now, before)
    return found


def charts(found: Measured, before: Measured | None) -> list[ChartShown]:
    """Forward and backward, layer by layer; dashed, what it was before the last change."""
    forward = _lines(
        _("Root mean square"), TRAIN, found.activations, None if before is None else before.activations
    )
    backward = _lines(
        _("Length of the gradient"), VALIDATION, found.gradients, None if before is None else before.gradients
    )
    resting = _("layer; in the legend: the last layer")
    size, length = _("root mean square, logarithmic"), _("length, logarithmic")
    titles = _("Forward: what each layer gives"), _("Backward: the gradient of each layer's weight")
    return [
        ChartShown("forward", titles[0], size, forward, log=True, resting=resting),
        ChartShown("backward", titles[1], length, backward, log=True, resting=resting),
    ]


def _lines(name: str, colour: str, now: Values, before: Values | None) -> list[Line]:
    """One line, by its quantity's name; or two, by when they were measured."""
    if not before:
        return [Line(name, "solid", colour, _points(now))]
    earlier = Line(_("Before the last change"), "dashed", _GREY, _points(before))
    return [Line(_("Now"), "solid", colour, _points(now)), earlier]


def _points(values: Values) -> npt.NDArray[np.float64]:
    return np.stack([np.arange(1.0, len(values) + 1), np.array(values)], 1)


def summary(found: Measured) -> str:
    """Batch, size, loss, and how the first layer's gradient compares with the last's; Markdown."""
    first, last = found.gradients[0], found.gradients[-1]
    batch = _("{pictures} pictures of noise, {side} × {side}")
    batch = batch.format(pictures=depth.PICTURES, side=depth.SIDE)
    size = _("**{count:,}** parameters").format(count=found.parameters)
    loss = _("loss **{loss:.4g}**").format(loss=found.loss)
    ends = _("gradient of the first layer **{first:.3g}**, of the last **{last:.3g}**")
    parts = [batch, size, loss, ends.format(first=first, last=last)]
    if 0 < first < last < math.inf:
        parts.append(_("the last's is **{times}** times the first's").format(times=_times(last / first)))
    elif 0 < last < first < math.inf:
        parts.append(_("the first's is **{times}** times the last's").format(times=_times(first / last)))
    return " · ".join(parts)


def _times(ratio: float) -> str:
    """To three digits, as people write it."""
    rounded = float(f"{ratio:.3g}")
    return f"{rounded:,.0f}" if 1000 <= rounded < 1e12 else f"{rounded:g}"


def _numbers(found: Measured, before: Measured | None) -> None:
    count = max(len(found.gradients), len(before.gradients) if before else 0)
    columns: dict[str, Sequence[object]] = {
        _("Layer"): list(range(1, count + 1)),
        _("Activations, root mean square"): _filled(found.activations, count),
        _("Length of the weight's gradient"): _filled(found.gradients, count),
    }
    if before:
        columns[_("Activations before the last change")] = _filled(before.activations, count)
        columns[_("Gradient before the last change")] = _filled(before.gradients, count)
    listed(columns)


def _filled(values: Values, count: int) -> list[object]:
    return [*values, *["–"] * (count - len(values))]


VIEWS: dict[str, View] = {
    "gradients": View(
        N_("Gradients by layer"),
        _controls,
        _gradients,
        lambda state: snippets.norms(asked(state.value)),
        _answered,
    ),
    "blocks": View(
        N_("One block or many"),
        depth_blocks.controls,
        depth_blocks.show,
        depth_blocks.code,
        depth_blocks.answered,
    ),
    "trained": View(
        N_("Does it train?"),
        depth_trained.controls,
        depth_trained.show,
        depth_trained.code,
        depth_trained.answered,
    ),
}
