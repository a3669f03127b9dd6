"""A run of gradient descent in the browser: played, paused, stepped and rewound there, beside its target."""

import hashlib
from typing import Any

import numpy as np
import streamlit as st

from convlab.convolution import kernels
from convlab.convolution.learning import Trajectory
from convlab.ui import scales
from convlab.ui.components.shared import as_bytes, declare, pack, player_labels
from convlab.ui.components.shared.charts import TRAIN, ChartShown, Line, chart_labels
from convlab.ui.numbers import by_numbers, results
from convlab.ui.words import _

_mount = declare(
    "learning_player", "scale", "chart_axes", "chart_zoom", "chart_tools", "chart", "player", "played"
)
_LOG_FROM_RATIO = 100  # largest over smallest loss: a linear axis would hide the end of such a run


def learning_player(trajectory: Trajectory, key: str) -> None:
    """Show how a kernel is learned; a trajectory that the browser has not had before plays by itself."""
    values = {"kernels": trajectory.kernels, "losses": trajectory.losses, "target": trajectory.target}
    chart, steps = _chart(trajectory), len(trajectory.losses) - 1
    header: dict[str, Any] = {
        "labels": _labels(),
        "identity": hashlib.sha256(b"".join(map(as_bytes, values.values()))).hexdigest(),
        "shape": list(trajectory.target.shape),
        "problem": _problem(trajectory),
        "chart": chart.header(steps, steps),
    }
    blobs = {**values, **chart.blobs(), "weight_colours": scales.table(scales.WEIGHTS)}
    _mount(key=key, data=pack(header, **blobs))
    by_numbers(key, _step, trajectory, key, label=_("The learning by numbers"))


def _step(trajectory: Trajectory, key: str) -> None:
    """One step, the last at first, chosen with "KEY.step"."""
    last = len(trajectory.losses) - 1
    step = min(st.session_state.get(f"{key}.step", last), last)
    st.session_state[f"{key}.step"] = step
    st.number_input(_("Step"), 0, last, width=130, key=f"{key}.step")
    learned, target = trajectory.kernels[step], trajectory.target
    results(
        {
            _("Loss"): float(trajectory.losses[step]),
            _("Learned kernel"): kernels.format_kernel(learned),
            _("Target kernel"): kernels.format_kernel(target),
            _("Largest difference"): float((learned - target).abs().max()),
        }
    )


def _chart(trajectory: Trajectory) -> ChartShown:
    """The loss over the steps: a faint line for the whole run, and one that the browser draws as it plays."""
    losses = trajectory.losses.numpy()
    points = np.stack([np.arange(len(losses)), losses], 1)
    above = losses[np.isfinite(losses) & (losses > 0)]
    log = len(above) > 0 and above.max() > _LOG_FROM_RATIO * above.min()
    unit = _("mean squared difference, logarithmic") if log else _("mean squared difference")
    lines = [Line("", "whole", TRAIN, points), Line("", "solid", TRAIN, points[:1])]
    return ChartShown("loss", _("Loss"), unit, lines, log=bool(log))


def _problem(trajectory: Trajectory) -> str:
    if trajectory.diverged_at is None:
        return ""
    sentence = _(
        "Diverged: at step {step} the loss is no longer finite. Lower the learning rate, then try again."
    )
    return sentence.format(step=trajectory.diverged_at)


def _labels() -> dict[str, Any]:
    return {
        **chart_labels(),
        **player_labels(),
        "across": _("step"),
        "keys": _("Left and right arrow keys move over the steps."),
        "learned": _("Learned kernel"),
        "target": _("Target kernel"),
        "channels": [_("red"), _("green"), _("blue")],
        "in_lab": _(
            "Output and sum are of the kernel that is learned below; the cells hold its target. "
            "An edit shows yours again."
        ),
        "difference": _("Largest difference: {value}"),
        "curve_words": _("Loss curve: {first} at step 0, {last} at step {steps}."),
        "controls": _("Play the learning"),
        "position": _("Step of the learning"),
        "reading": _("Step {step} of {steps}, loss {loss}"),
        "scale_fixed": _(
            "The ends are the largest weight of the target and the start; weights beyond have their colours."
        ),
    }
