"""The Feature maps lab by numbers: choose layer and unit, read its value and what it sees of the picture."""

from functools import partial

import streamlit as st
from torch import Tensor

from convlab.networks import receptive_field
from convlab.networks.receptive_field import Span
from convlab.ui.components.network_lab import PlaceShown
from convlab.ui.feature_maps.controls import State
from convlab.ui.feature_maps.forward import ForwardPass
from convlab.ui.feature_maps.lab import place_of
from convlab.ui.numbers import by_numbers, results
from convlab.ui.picture import Picture
from convlab.ui.widgets import derived
from convlab.ui.words import _


def numbers(state: State, forward: ForwardPass, picture: Picture) -> None:
    """The panel below the lab.

    Args:
        state: of the page.
        forward: the network's pass over the picture.
        picture: the working picture.
    """
    by_numbers("feature_maps", partial(_panel, state, forward, picture))


def _panel(state: State, forward: ForwardPass, picture: Picture) -> None:
    place = place_of(state.value, forward)
    name = forward.names[place.layer]
    output = forward.output(name)
    with st.container(horizontal=True):
        _choose(state, forward.names, name)
        _unit(state, place, output)
    unit = (place.channel, place.row, place.col)[: 3 if output.dim() == 3 else 1]
    found: dict[str, object] = {
        _("Unit's value"): float(output[unit]),
        _("Output shape"): " × ".join(map(str, output.shape)),
        _("Minimum"): float(output.min()),
        _("Mean"): float(output.mean()),
        _("Maximum"): float(output.max()),
    }
    if row := forward.fields.get(name):
        height, width = picture.pixels.shape[1:]
        view = receptive_field.window_of(row, unit, (height, width))
        found |= {
            _("Receptive field"): " × ".join(map(str, row.field.size)),
            _("Jump"): " × ".join(map(str, row.field.jump)),
            _("Rows of the picture"): _span(view.real_rows),
            _("Columns of the picture"): _span(view.real_cols),
        }
    results(found)


def _choose(state: State, names: list[str], name: str) -> None:
    """Any layer, the input first; its key is ``feature_maps.layer``."""

    def take(layer: str) -> None:
        state.change(layer=layer)

    derived(st.selectbox, _("Layer"), "feature_maps.layer", name, take, options=names, width=160)


def _unit(state: State, place: PlaceShown, output: Tensor) -> None:
    """Map, row and column, as many as the layer has; keys ``feature_maps.channel``, ``.row`` and ``.col``."""
    asked = {
        "channel": (_("Map") if output.dim() == 3 else _("Entry"), place.channel),
        "row": (_("Row"), place.row),
        "col": (_("Column"), place.col),
    }
    for (control, (label, value)), count in zip(asked.items(), output.shape, strict=False):

        def take(chosen: int, control: str = control) -> None:
            state.change(**{control: chosen})

        derived(
            st.number_input,
            label,
            f"feature_maps.{control}",
            value,
            take,
            min_value=0,
            max_value=count - 1,
            width=110,
        )


def _span(pixels: Span) -> str:
    first, stop = pixels
    return _("{first} to {last}").format(first=first, last=stop - 1) if stop > first else _("none")
