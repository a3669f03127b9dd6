"""The open unit stays at its place of the picture when layer, network or the picture's size change."""

import math
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from convlab.networks.graph import INPUT
from convlab.networks.receptive_field import Field, Row
from convlab.ui.feature_maps.controls import FeatureMapsControls, State
from convlab.ui.feature_maps.forward import ForwardPass

_SEEN = "feature_maps.seen"
Share = float | None  # of the picture's height or width; None where all units see the same


@dataclass(frozen=True)
class _Seen:
    """The unit that was open in the last run: of which pass and controls, and its place in the picture."""

    identity: str
    controls: tuple[object, ...]
    map: int
    place: tuple[Share, Share]


def follow(state: State, forward: ForwardPass) -> None:
    """Move the open unit along with what has changed, unless the unit itself was chosen anew."""
    seen: _Seen | None = st.session_state.get(_SEEN)
    if seen and seen.identity != forward.origin and seen.controls == _controls(state.value):
        names = forward.names
        name = state.value.layer if state.value.layer in names else names[min(1, len(names) - 1)]
        state.change(**_unit_near(forward, name, seen))
        st.session_state[_SEEN] = replace(seen, identity=forward.origin, controls=_controls(state.value))
    elif not seen or (seen.identity, seen.controls) != (forward.origin, _controls(state.value)):
        _remember(state.value, forward)


def open_layer(state: State, forward: ForwardPass, name: str) -> None:
    """Open another layer, at the unit that lies nearest in the picture."""
    seen: _Seen = st.session_state[_SEEN]
    state.change(layer=name, **_unit_near(forward, name, seen))
    st.session_state[_SEEN] = replace(seen, controls=_controls(state.value))


def _controls(value: FeatureMapsControls) -> tuple[object, ...]:
    return value.layer, value.channel, value.row, value.col


def _remember(value: FeatureMapsControls, forward: ForwardPass) -> None:
    names = forward.names
    name = value.layer if value.layer in names else names[min(1, len(names) - 1)]
    shape, row = forward.output(name).shape, forward.fields.get(name)
    grid = row.grid if row else None
    at = (min(value.row, shape[1] - 1), min(value.col, shape[2] - 1)) if len(shape) == 3 else (0, 0)
    number = min(value.channel, shape[0] - 1)
    if grid is not None:
        number, *rest = map(int, np.unravel_index(number, grid))
        at = rest[0], rest[1]
    before: _Seen | None = st.session_state.get(_SEEN)
    known = before.place if before else (None, None)
    place: list[Share] = [None, None]
    for axis, size in enumerate(forward.output(INPUT).shape[1:]):
        middle = _middle(row, axis, at[axis]) if len(shape) == 3 or grid is not None else None
        place[axis] = known[axis] if middle is None else middle / size
    st.session_state[_SEEN] = _Seen(forward.origin, _controls(value), number, (place[0], place[1]))


def _middle(row: Row | None, axis: int, at: int) -> float | None:
    """The middle of what the units in a row, or a column, can see, in pixels from the picture's edge."""
    size, jump, start = (row.field if row else Field()).along(axis)
    if jump:
        return start + at * jump + size / 2
    spans = row.reach[axis] if row else ()
    return sum(spans[at]) / 2 if len(spans) > 1 else None


def _unit_near(forward: ForwardPass, name: str, seen: _Seen) -> dict[str, int]:
    """Channel, row and column of the unit of a layer that lies nearest to a place of the picture."""
    shape, row = forward.output(name).shape, forward.fields.get(name)
    grid = row.grid if row else None
    counts = grid[1:] if grid is not None else shape[1:] if len(shape) == 3 else (1, 1)
    at = []
    for axis, (count, side) in enumerate(zip(counts, forward.output(INPUT).shape[1:], strict=True)):
        share = seen.place[axis]
        at.append(count // 2 if share is None else _nearest(row, axis, share * side, count))
    if grid is not None:
        entry = np.ravel_multi_index((min(seen.map, grid[0] - 1), *at), grid)
        return {"channel": int(entry), "row": 0, "col": 0}
    return {"channel": min(seen.map, shape[0] - 1), "row": at[0], "col": at[1]}


def _nearest(row: Row | None, axis: int, pixel: float, count: int) -> int:
    size, jump, start = (row.field if row else Field()).along(axis)
    if jump:
        return min(max(math.floor((pixel - start - size / 2) / jump + 0.5), 0), count - 1)
    spans = row.reach[axis] if row else ()
    return min(range(count), key=lambda at: abs(sum(spans[at]) / 2 - pixel)) if len(spans) > 1 else count // 2
