"""What each design costs: parameters and seconds in a table, accuracy against both."""

import math

import streamlit as st

from convlab.comparison.outcome import Outcome
from convlab.ui.compare.figure import measured
from convlab.ui.compare.look import Look
from convlab.ui.components.design_bars import Measured, Point, design_points
from convlab.ui.words import _, cell, duration


def show(look: Look) -> None:
    """Of the designs with a finished seed."""
    found = {name: one for name, one in look.measured.designs.items() if one.val_accuracy}
    if not found:
        st.info(_("Once a design has a finished seed, its cost stands here."), icon=":material/info:")
        return
    with st.container(key="compare.table"):
        st.table(table(found))
    identity = look.sweep.id
    against = {
        "parameters": (
            _("parameters (logarithmic)"),
            {name: float(one.parameters or 0) for name, one in found.items()},
        ),
        "seconds": (
            _("seconds of training a seed (logarithmic)"),
            {name: one.seconds or 0.0 for name, one in found.items()},
        ),
    }
    for key, (across, costs) in against.items():
        st.markdown(f"**{_titles()[key]}**")
        points = [
            _point(name, found[name], x, key) for name, x in costs.items() if x > 0 and math.isfinite(x)
        ]
        if points:
            design_points(f"compare.{key}", identity, points, across)


def _titles() -> dict[str, str]:
    return {
        "parameters": _("Validation accuracy against parameters"),
        "seconds": _("Validation accuracy against time"),
    }


def table(found: dict[str, Outcome]) -> dict[str, list[str]]:
    """Title of the column -> texts, a row a design."""
    several = found.values()
    return {
        _("Design"): list(map(cell, found)),
        _("Parameters"): [f"{one.parameters or 0:,}" for one in several],
        _("Time a seed"): [duration(one.seconds) for one in several],
        _("Epochs"): [str(one.epochs) for one in several],
        _("Validation accuracy"): [_measured(one).text for one in several],
    }


def _measured(one: Outcome) -> Measured:
    return measured(one.val_accuracy, (), None)


def _point(name: str, one: Outcome, x: float, key: str) -> Point:
    told, what = _measured(one), f"{one.parameters or 0:,}" if key == "parameters" else duration(x)
    return Point(name, x, told, f"{told.text}; {what}")
