"""The matrix of a convolution by numbers: an entry to choose, what it joins, and its row as a sum."""

import streamlit as st
from torch import Tensor

from convlab.convolution.conv2d import Geometry
from convlab.ui.numbers import listed, results
from convlab.ui.picture import Picture
from convlab.ui.weight_fields import channel_names, place_field
from convlab.ui.words import _

KEY = "kernels.matrix"


def panel(picture: Picture, matrix: Tensor, held: Tensor, geometry: Geometry, bias: float) -> None:
    """What the panel below the matrix holds; its keys are ``kernels.matrix.row`` and ``.column``."""
    values = picture.values.flatten()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        row = place_field(f"{KEY}.row", _("Row: an output pixel"), len(matrix))
        column = place_field(f"{KEY}.column", _("Column: an input value"), matrix.shape[1])
    names = channel_names(len(picture.pixels))
    inputs = [divmod(place, geometry.height * geometry.width) for place in range(matrix.shape[1])]
    channel, pixel = inputs[column]
    results(
        {
            _("Entry"): float(matrix[row, column]) if held[row, column] else _("no weight"),
            _("Output pixel"): _pair(row, geometry.out_width),
            _("Pixel of the picture"): _pair(pixel, geometry.width),
            **({_("Channel"): names[channel]} if len(names) > 1 else {}),
            _("Its value"): float(values[column]),
            _("The row times the picture"): float(matrix[row] @ values),
            _("The same and bias"): float(matrix[row] @ values + bias),
        }
    )
    places = held[row].nonzero().flatten().tolist()
    listed(
        {
            _("Column"): places,
            **({_("Channel"): [names[inputs[place][0]] for place in places]} if len(names) > 1 else {}),
            _("Pixel of the picture"): [_pair(inputs[place][1], geometry.width) for place in places],
            _("Entry"): matrix[row][places].tolist(),
            _("Pixel's value"): values[places].tolist(),
            _("Product"): (matrix[row] * values)[places].tolist(),
        }
    )


def _pair(place: int, width: int) -> str:
    return ", ".join(map(str, divmod(place, width)))
