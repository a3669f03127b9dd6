"""All that changes the kernel of the Kernels page: edits and pastes in the lab, tools, undo and redo."""

from collections.abc import Callable
from typing import Any

import streamlit as st
from torch import Tensor

from convlab.convolution import kernels
from convlab.errors import UserError
from convlab.ui.boundary import say, say_briefly
from convlab.ui.components.kernel_lab import Edits, edit
from convlab.ui.components.shared import numbers, pasted
from convlab.ui.kernels.controls import KernelsControls, State, set_kernel
from convlab.ui.steps import Steps
from convlab.ui.words import explain

LAB = "kernels.lab"  # the component's key
CELLS = "cells"  # where what was pasted is refused
_REVISION = "kernels.revision"
_ORIGIN = "kernels.origin"
_REFUSED = "kernels.refused"
_HAD = "kernels.had"  # a control of the learning is called "steps"


def edits(state: State) -> Edits:
    """What the lab is told of its edits, with the kernel as it is now."""
    kernel = state.value.kernel
    # Counts the kernels that came from anywhere but the lab: presets, tools, links.
    origin, known = st.session_state.get(_ORIGIN, (0, ""))
    origin += known != kernel
    st.session_state[_ORIGIN] = origin, kernel
    had = steps()
    had.seen(kernel)
    count, error = _refused().get(CELLS, (0, None))
    refusal = (count, explain(error)) if error else (0, "")
    return Edits(st.session_state.get(_REVISION, 0), origin, had.behind, had.ahead, had.heard, refusal)


def take_edit(state: State, event: str = "edit") -> None:
    """Keep the kernel that the browser has sent with this event, if it sent one."""
    received = edit(LAB, event)
    if received is None or _ORIGIN not in st.session_state:
        return
    kernel, revision, origin = received
    if (origin, state.value.kernel) != st.session_state[_ORIGIN]:
        return  # a preset was chosen after this edit and overtook it
    if revision <= st.session_state.get(_REVISION, 0):
        return  # known already: what has come since stays
    st.session_state[_REVISION] = revision
    if kernel.shape == state.value.weights.shape:
        _set(state, kernel)
        st.session_state[_ORIGIN] = origin, state.value.kernel


def take_paste(state: State) -> None:
    """Fill the cells from the chosen one on with what was pasted there, or none of them."""
    take_edit(state, "paste")
    if edit(LAB, "paste") is None or (received := pasted(LAB, state.value.weights.shape)) is None:
        return
    text, at = received
    change_kernel(state, lambda kernel: kernels.put(kernel, kernels.parse(text), at), CELLS)


def take_step(state: State) -> None:
    """Undo or redo, as often as the browser asks for since the last time."""
    take_edit(state, "step")
    asked = numbers(LAB, "step", ["steps"])
    if asked is not None:
        by, steps().heard = asked[0] - steps().heard, asked[0]
        step(state, by)


def step(state: State, by: int) -> None:
    """Undo (less than 0) or redo so many changes of the kernel; fewer where there are fewer."""
    take_edit(state)
    if steps().had:
        controls = steps().along(by)
        state.change(**controls, kernel=steps().moved(by))
        _forget_refusals()


def change_kernel(state: State, change: Callable[[Tensor], Tensor], place: str = "tools") -> None:
    """Put what ``change`` makes of the kernel in its place; why that cannot be is said at that place."""
    take_edit(state)  # one that came in the same message was made before
    try:
        kernel = change(state.value.weights)
    except UserError as error:
        count, last = _refused().get(place, (0, None))
        _refused()[place] = count + 1, error
        if place != CELLS and str(last) != str(error):  # a field and its button ask for the same
            say_briefly(error)  # a click that leaves a field may have closed what it stands in
    else:
        _set(state, kernel)
        _forget_refusals()


def steps() -> Steps[str]:
    """The texts of this session's kernels."""
    found: Steps[str] = st.session_state.setdefault(_HAD, Steps())
    return found


def change_along(state: State, **controls: Any) -> None:
    """Set controls and, with them, the kernel: one step, which Undo takes back whole."""
    before = state.value
    state.change(**controls)
    _made(state, before)


def _set(state: State, kernel: Tensor) -> None:
    before = state.value
    set_kernel(state, kernel)
    _made(state, before)


def _made(state: State, before: KernelsControls) -> None:
    ends = {name: (old, getattr(state.value, name)) for name, old in before if name != "kernel"}
    steps().seen(before.kernel)
    steps().made(state.value.kernel, {name: both for name, both in ends.items() if both[0] != both[1]})
    if state.value.kernel != before.kernel:
        _forget_refusals()


def _refused() -> dict[str, tuple[int, UserError | None]]:
    """Place -> how often a change was refused there, and why the last one was; None once that is settled."""
    found: dict[str, tuple[int, UserError | None]] = st.session_state.setdefault(_REFUSED, {})
    return found


def _forget_refusals() -> None:
    for place, (count, _error) in _refused().items():
        _refused()[place] = count, None


def refusals() -> dict[str, UserError]:
    """Place -> why the last change that was asked for there could not be; the cells say it in the lab."""
    return {place: error for place, (_count, error) in _refused().items() if error and place != CELLS}


def say_refusal(place: str) -> None:
    """Why the last change of the kernel that was asked for at this place could not be."""
    if (error := refusals().get(place)) is not None:
        with st.container(key=f"kernels.{place}.refusal"):  # where it is a field's, that is marked
            say(error, "warning")
