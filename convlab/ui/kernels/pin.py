"""The output pixel that is pinned: one for the lab, the link and "By numbers"; it keeps its place."""

from dataclasses import dataclass, replace

import streamlit as st

from convlab.convolution import conv2d
from convlab.convolution.conv2d import Geometry
from convlab.errors import UserError
from convlab.ui.components.kernel_lab import Pin, Pixel, pin_event
from convlab.ui.kernels.controls import KernelsControls, State
from convlab.ui.kernels.staged import small
from convlab.ui.picture import working_picture

_KEY = "kernels.pinned"


@dataclass(frozen=True)
class _Known:
    """What a session remembers of its pin.

    Attributes:
        pin: as the link had it when the lab was shown last.
        geometry: of the output that it was shown with; None where there was none.
        place: where the pinned pixel lies in the picture, as ``Geometry.place`` says it; None without one.
        origin: counts the pins that came from anywhere but the lab.
        revision: number of the lab's last pin that was heard of; the browser counts its own.
    """

    pin: str = ""
    geometry: Geometry | None = None
    place: tuple[float, float] | None = None
    origin: int = 0
    revision: int = 0


def _known() -> _Known:
    found: _Known = st.session_state.get(_KEY, _Known())
    return found


def check(state: State) -> None:
    """A pin of the link that its output does not have is dropped, and named; without an output it waits."""
    if state.read and state.value.pin and not fits(state.value):
        state.change(pin="")
        state.refused.append("pin")


def fits(controls: KernelsControls) -> bool:
    """Whether the lab's output has the pinned pixel, or there is no output that could lack it."""
    picture = small(controls) if controls.experiment == "matrix" else working_picture(controls)[0]
    _channels, height, width = picture.pixels.shape
    try:
        geometry = conv2d.geometry(height, width, controls.kernel_size, controls.settings)
    except UserError:
        return True
    return not controls.pin or _within(controls.pin, geometry) is not None


def pinned(state: State, geometry: Geometry | None) -> Pin:
    """The pin as the lab is told of it; its pixel is None for none, and where the output has no such pixel.

    What the link says counts as it is. When the output changes under a pin that stays as it was, the pin goes
    to the window at the same place of the picture, and the link says so.
    """
    known, arrived = _known(), state.arrived()
    stays = state.value.pin == known.pin and not arrived
    if stays and geometry in (None, known.geometry):
        return _told(state, geometry)
    if stays and geometry and known.place:
        state.change(pin=_text(geometry.nearest(*known.place)))
        place: tuple[float, float] | None = known.place
    else:
        place = _place(state.value.pin, geometry)
    pin, moved = state.value.pin, state.value.pin != known.pin
    st.session_state[_KEY] = replace(
        known, pin=pin, geometry=geometry, place=place, origin=known.origin + moved
    )
    return _told(state, geometry)


def _told(state: State, geometry: Geometry | None) -> Pin:
    return Pin(_within(state.value.pin, geometry), _known().revision, _known().origin)


def choose(state: State, pixel: Pixel | None) -> None:
    """Pin a pixel of the output that is shown, or none."""
    _keep(state, pixel)
    st.session_state[_KEY] = replace(_known(), origin=_known().origin + 1)


def take(state: State, key: str) -> None:
    """Keep the pin that the browser has sent with this run, if it sent one."""
    received, known = pin_event(key), _known()
    if received is None or (received.origin, state.value.pin) != (known.origin, known.pin):
        return  # where another was chosen after this one, that overtook it
    if received.pixel is None or _within(_text(received.pixel), known.geometry):
        _keep(state, received.pixel)
        st.session_state[_KEY] = replace(_known(), revision=received.revision)


def _keep(state: State, pixel: Pixel | None) -> None:
    state.change(pin=_text(pixel))
    pin, known = state.value.pin, _known()
    st.session_state[_KEY] = replace(known, pin=pin, place=_place(pin, known.geometry))


def _text(pixel: Pixel | None) -> str:
    return ",".join(map(str, pixel)) if pixel else ""


def _within(pin: str, geometry: Geometry | None) -> Pixel | None:
    """The pixel of a pin; None for one that the output does not have."""
    if not pin or not geometry:
        return None
    row, column = map(int, pin.split(","))
    return (row, column) if row < geometry.out_height and column < geometry.out_width else None


def _place(pin: str, geometry: Geometry | None) -> tuple[float, float] | None:
    pixel = _within(pin, geometry)
    return geometry.place(*pixel) if geometry and pixel else None
