"""From the lesson's controls to what the lab shows: one convolution by PyTorch, and the words beside it."""

from collections.abc import Callable

import streamlit as st
from torch import Tensor

from convlab.convolution import conv2d, kernels
from convlab.convolution.conv2d import Geometry
from convlab.errors import UserError
from convlab.ui.components.kernel_lab import Shown, edit, kernel_lab
from convlab.ui.kernels.controls import KernelsControls, State, set_kernel
from convlab.ui.picture import Picture
from convlab.ui.words import _, explain

_KEY = "kernels.lab"
_REVISION = "kernels.revision"
_ORIGIN = "kernels.origin"
REFUSED = "kernels.refused"
PIXEL = "kernels.pixel"  # row and column of the output, where one was chosen by numbers


def lab(state: State, picture: Picture) -> Shown:
    """Show the lab for the controls as they are, take the edits made in it, and give what it shows."""
    controls = state.value
    shown = convolved(controls, picture)
    # Counts the kernels that came from anywhere but the lab: presets, tools, links.
    origin, known = st.session_state.get(_ORIGIN, (0, ""))
    st.session_state[_ORIGIN] = origin + (known != controls.kernel), controls.kernel
    kernel_lab(
        _KEY,
        picture,
        controls.weights,
        controls.settings,
        shown,
        revision=st.session_state.get(_REVISION, 0),
        origin=st.session_state[_ORIGIN][0],
        scale=controls.scale,
        scale_limit=controls.scale_limit,
        pixel=st.session_state.get(PIXEL),
        on_edit=lambda: take_edit(state),
    )
    return shown


def take_edit(state: State) -> None:
    """Keep the kernel that the browser has sent with this run, if it sent one."""
    received = edit(_KEY)
    if received is None or _ORIGIN not in st.session_state:
        return
    kernel, revision, origin = received
    if (origin, state.value.kernel) != st.session_state[_ORIGIN]:
        return  # a preset was chosen after this edit and overtook it
    st.session_state[_REVISION] = revision
    if kernel.shape == state.value.weights.shape:
        set_kernel(state, kernel)
        st.session_state[_ORIGIN] = origin, state.value.kernel


def change_kernel(state: State, change: Callable[[Tensor], Tensor]) -> None:
    """Put what ``change`` makes of the kernel in its place; why that cannot be is kept in ``REFUSED``."""
    take_edit(state)  # one that came in the same message was made before
    try:
        set_kernel(state, change(state.value.weights))
    except UserError as error:
        st.session_state[REFUSED] = error


def convolved(controls: KernelsControls, picture: Picture) -> Shown:
    """One convolution by PyTorch, with the words beside it; or the sentence that says why it cannot be."""
    kernel, settings = controls.weights, controls.settings
    channels, height, width = picture.pixels.shape
    try:
        geometry = conv2d.geometry(height, width, controls.kernel_size, settings)
        output = conv2d.convolve(picture.values, kernel, settings)
    except UserError as error:
        return Shown(None, None, explain(error), "", _notes(kernel, channels), [])
    shape, notes = str([1, *output.shape]), _notes(kernel, channels)
    if settings.activation == "relu" and float(output.max()) <= 0:
        notes.insert(0, _("No sum is above 0, so ReLU leaves nothing: this filter did not fire."))
    return Shown(output, geometry, "", shape, notes, _facts(channels, geometry, controls))


def _notes(kernel: Tensor, channels: int) -> list[str]:
    total = float(kernels.per_channel(kernel, channels).double().sum())
    notes = [_("The weights add up to {total}.").format(total=kernels.number(round(total, 4)))]
    if channels == 3 and kernel.shape[0] == 1 and abs(total - 3) < 1e-4:
        notes.append(
            _("They sum over 3 channels, so the output is 3 times the mean: a true mean needs 1/27, not 1/9.")
        )
    if bool((kernel == kernel[:1]).all()):
        kernel = kernel[:1]
    for name, grid in zip(channel_names(kernel.shape[0]), kernel, strict=True):
        name, pair = name and f"{name}: ", kernels.separate(grid)
        if pair is None:
            notes.append(_("{name}Not separable: no column times row makes it.").format(name=name))
        else:
            sentence = _("{name}Separable: column [{column}] times row [{row}].")
            notes.append(sentence.format(name=name, column=_vector(pair[0]), row=_vector(pair[1])))
    return notes


def _vector(vector: Tensor) -> str:
    return ", ".join(kernels.number(round(float(value), 4)) for value in vector)


def channel_names(count: int) -> list[str]:
    """What the kernels of so many channels are called; a single one needs no name."""
    return [""] if count == 1 else [_("red"), _("green"), _("blue")]


def _facts(channels: int, geometry: Geometry, controls: KernelsControls) -> list[tuple[str, str]]:
    left, right, top, bottom = geometry.padding
    (kh, kw), stride, dilation = geometry.kernel_size, geometry.stride, geometry.dilation
    count = conv2d.parameter_count(channels, geometry)
    facts = [
        (_("Height"), conv2d.formula(geometry.height, kh, top, bottom, stride, dilation)),
        (_("Width"), conv2d.formula(geometry.width, kw, left, right, stride, dilation)),
        ("weight", f"[1, {channels}, {kh}, {kw}]"),
        ("bias", "[1]"),
        (_("Parameters"), f"{count.conv_weights} + {count.conv_biases} = {count.conv:,}"),
        (_("Dense layer, same map"), f"{count.dense_weights:,} + {count.dense_biases:,} = {count.dense:,}"),
    ]
    if controls.padding == "same" and (left, top) != (right, bottom):
        sides = _("{left} left, {right} right, {top} above, {bottom} below")
        facts.append(("same", sides.format(left=left, right=right, top=top, bottom=bottom)))
    if geometry.ignored_rows or geometry.ignored_cols:
        sentence = _("at the end, reached by no window (hatched): rows {rows}, columns {columns}")
        facts.append(
            (_("Ignored"), sentence.format(rows=geometry.ignored_rows, columns=geometry.ignored_cols))
        )
    return facts
