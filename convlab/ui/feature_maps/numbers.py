"""The Feature maps lab by numbers: choose a unit, read its value, what it sees and what it is made of."""

from functools import partial

import streamlit as st

from convlab.networks.receptive_field import Span, Unit, passed, window_of
from convlab.ui.feature_maps.controls import State
from convlab.ui.feature_maps.edit_numbers import kernel_panel
from convlab.ui.feature_maps.forward import ForwardPass
from convlab.ui.feature_maps.lab import unit_at, unit_name, unit_shown, verdict
from convlab.ui.feature_maps.same_place import open_layer
from convlab.ui.numbers import listed, results
from convlab.ui.picture import Picture
from convlab.ui.widgets import derived, derived_number
from convlab.ui.words import _, escaped


def panel(state: State, forward: ForwardPass, picture: Picture) -> None:
    """What the panel below the lab holds."""
    name, unit = unit_at(state.value, forward)
    with st.container(horizontal=True):
        _choose(state, forward, name, unit)
    left, right = st.columns([2, 3])
    with left:
        results(_found(forward, name, unit, picture))
    if (detail := unit_shown(forward, name, unit)) is not None:
        with right:
            parts, values, notes = zip(*detail.terms, strict=True) if detail.terms else ((), (), ())
            listed({_("Part"): parts, _("Value"): values, _("Note"): notes})
            st.text("\n".join([*detail.steps, detail.remark]))
    kernel_panel(forward, name, unit)
    _say_verdict(forward)


def _say_verdict(forward: ForwardPass) -> None:
    """The classes at the network's end, as many as the lab names."""
    told = verdict(forward)
    st.caption(escaped(told.words))
    if told.rows:
        names, logits = [row.name for row in told.rows], [row.logit for row in told.rows]
        chances = [row.p for row in told.rows if row.p is not None]
        shares = {_("Probability"): chances, _("Logit"): logits} if chances else {_("Value"): logits}
        listed({_("Class") if chances else _("Output"): names, **shares})
    if told.others:
        sentence = _("{count} others {p} together")
        st.caption(sentence.format(count=told.others[0], p=f"{told.others[1]:.3f}"))


def _choose(state: State, forward: ForwardPass, name: str, unit: Unit) -> None:
    """Layer, then map, row and column, or an entry; keys ``feature_maps.layer``, ``.channel``, ..."""

    def take(control: str, value: object) -> None:
        state.change(**{control: value})

    key, names = "feature_maps.layer", forward.names
    opened = partial(open_layer, state, forward)
    derived(st.selectbox, _("Layer"), key, name, opened, options=names, width=160)
    labels = [_("Map"), _("Row"), _("Column")] if len(unit) == 3 else [_("Entry")]
    places = zip(labels, ("channel", "row", "col"), unit, forward.output(name).shape, strict=False)
    for label, control, at, count in places:
        key = f"feature_maps.{control}"
        derived_number(label, key, at, partial(take, control), (0, count - 1), width=110)


def _found(forward: ForwardPass, name: str, unit: Unit, picture: Picture) -> dict[str, object]:
    """The unit's value, the layer's numbers, and what the unit can see."""
    output, row = forward.output(name), forward.row(name, unit)
    found: dict[str, object] = {
        **({_("Output"): called} if (called := unit_name(forward, name, unit)) else {}),
        _("Unit's value"): float(output[unit]),
        _("Output shape"): " × ".join(map(str, output.shape)),
        _("Minimum"): float(output.min()),
        _("Mean"): float(output.mean()),
        _("Maximum"): float(output.max()),
    }
    if (training := forward.recording.training) is not None and (dropped := training.maps(name)):
        found[_("Dropped maps")] = ", ".join(map(str, dropped))
    if row is None:  # the input
        return found
    grown = passed({**forward.fields, name: row}, name)
    height, width = picture.pixels.shape[1:]
    view = window_of(row, unit, (height, width))
    return found | {
        _("Receptive fields passed"): ", ".join(f"{down} × {across}" for down, across in grown),
        _("Receptive field"): " × ".join(str(stop - first) for first, stop in (view.rows, view.cols)),
        _("Jump"): _("differs") if row.differs else " × ".join(map(str, row.field.jump)),
        _("Rows of the picture"): _span(view.real_rows),
        _("Columns of the picture"): _span(view.real_cols),
    }


def _span(pixels: Span) -> str:
    first, stop = pixels
    return _("{first} to {last}").format(first=first, last=stop - 1) if stop > first else _("none")
