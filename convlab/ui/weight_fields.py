"""A kernel's weights as fields of numbers, and places of a map: what panels "By numbers" have in common."""

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st
from torch import Tensor

from convlab.convolution import kernels
from convlab.ui.widgets import derived_number
from convlab.ui.words import _

# So wide that three stand beside each other on a phone.
_LOOKS: dict[str, Any] = {"step": 0.1, "format": "%g", "width": 84, "label_visibility": "collapsed"}
ENDS = (-kernels.MAX_WEIGHT, kernels.MAX_WEIGHT)
Place = tuple[int, int, int]  # channel, row, column


def channel_names(count: int) -> list[str]:
    """What the kernel's channels are called; a single one has no name."""
    return [_("red"), _("green"), _("blue")] if count == 3 else [""]


def weight_fields(key: str, kernel: Tensor, put: Callable[[Place, float], None]) -> None:
    """A number for each weight of a kernel [C, kh, kw], row by row; its key is ``KEY.CHANNEL.ROW.COLUMN``."""
    for channel, name in enumerate(channel_names(len(kernel))):
        st.markdown(_("Weights for {channel}").format(channel=name) if name else _("Weights"))

        def take(at: tuple[int, int], weight: float, channel: int = channel) -> None:
            put((channel, *at), weight)

        weight_grid(f"{key}.{channel}", kernel[channel], take)


def weight_grid(key: str, grid: Tensor, put: Callable[[tuple[int, int], float], None]) -> None:
    """A number for each weight of [kh, kw], with the key ``KEY.ROW.COLUMN``; ``put`` gets row and column."""
    with st.container(gap="xsmall", key=f"numbers-{key}"):
        for row, values in enumerate(grid.tolist()):
            with st.container(horizontal=True, gap="xsmall"):
                for column, value in enumerate(values):
                    take = partial(put, (row, column))
                    label = _("Weight in row {row}, column {column}").format(row=row, column=column)
                    derived_number(label, f"{key}.{row}.{column}", value, take, ENDS, **_LOOKS)


def place_field(key: str, label: str, size: int) -> int:
    """A number for a place on an axis, which is the panel's own: the middle, until another is chosen."""
    kept = f"{key}.chosen"
    place: int = min(st.session_state.get(kept, size // 2), size - 1)

    def take(new: float) -> None:
        st.session_state[kept] = int(new)

    derived_number(label, key, place, take, (0, size - 1), width=130)
    return place
