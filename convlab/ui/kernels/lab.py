"""From the lesson's controls to what the lab shows: one convolution by PyTorch, and the words beside it."""

from dataclasses import replace

from torch import Tensor

from convlab.convolution import conv2d, kernels
from convlab.convolution.conv2d import Geometry
from convlab.errors import UserError
from convlab.ui.components.kernel_lab import Remark, Shown, kernel_lab
from convlab.ui.components.kernel_lab.comparison import THREE_CHANNELS
from convlab.ui.kernels import compared, pin
from convlab.ui.kernels.controls import KernelsControls, State
from convlab.ui.kernels.edits import LAB, edits, take_edit, take_paste, take_step
from convlab.ui.picture import Picture
from convlab.ui.weight_fields import channel_names
from convlab.ui.words import _, explain, named


def lab(state: State, picture: Picture, remark: Remark) -> Shown:
    """Show the lab for the controls as they are, take the edits made in it, and give what it shows."""
    controls = state.value
    shown = replace(convolved(controls, picture), remark=remark)
    kernel_lab(
        LAB,
        picture,
        controls.weights,
        controls.settings,
        shown,
        edits(state),
        scale=controls.scale,
        scale_limit=controls.scale_limit,
        equal_pixels=controls.equal_pixels,
        pin=pin.pinned(state, shown.geometry),
        on={
            "edit": lambda: take_edit(state),
            "paste": lambda: take_paste(state),
            "step": lambda: take_step(state),
            "ask": lambda: compared.take(state),
            "pin": lambda: pin.take(state, LAB),
        },
    )
    return shown


def convolved(controls: KernelsControls, picture: Picture) -> Shown:
    """One convolution by PyTorch, with the words beside it; or the sentence that says why it cannot be."""
    kernel, settings = controls.weights, controls.settings
    channels, height, width = picture.pixels.shape
    kept = compared.kept(controls, picture)
    try:
        geometry = conv2d.geometry(height, width, controls.kernel_size, settings)
        output = conv2d.convolve(picture.values, kernel, settings)
    except UserError as error:
        return Shown(None, None, explain(error), "", _notes(kernel, channels), [], kept)
    shape, notes = str([1, *output.shape]), _notes(kernel, channels)
    if settings.activation == "relu" and float(output.max()) <= 0:
        notes.insert(0, _("No sum is above 0, so ReLU leaves nothing: this filter did not fire."))
    return Shown(output, geometry, "", shape, notes, _facts(channels, geometry, controls), kept)


def _notes(kernel: Tensor, channels: int) -> list[str]:
    weights = kernels.per_channel(kernel, channels).double()
    total = float(weights.sum())
    cancelled = abs(total) <= 1e-6 * float(weights.abs().sum())
    notes = [_("The weights add up to {total}.").format(total="0" if cancelled else _short(total))]
    if channels == 3 and kernel.shape[0] == 1 and abs(total - 3) < 1e-4 and len(kernel.unique()) == 1:
        mean = _("On three channels a true mean needs 1/{all}, not 1/{one}.")
        why = _(THREE_CHANNELS).format(total=_short(total))
        notes = [f"{why} {mean.format(all=weights.numel(), one=kernel.numel())}"]
    if bool((kernel == kernel[:1]).all()):
        kernel = kernel[:1]
    for name, grid in zip(channel_names(kernel.shape[0]), kernel, strict=True):
        said = _separable(grid)
        notes.append(named(name, said) if name else said)
    return notes


def _separable(grid: Tensor) -> str:
    pair = kernels.separate(grid)
    if pair is None:
        return _("Not separable: no column times row makes it.")
    sentence = _("Separable: column [{column}] times row [{row}].")
    return sentence.format(column=_vector(pair[0]), row=_vector(pair[1]))


def _vector(vector: Tensor) -> str:
    return ", ".join(_short(float(value)) for value in vector)


def _short(value: float) -> str:
    """A number to four significant digits and more: never 0 for what is small."""
    digits = 4 if abs(value) < 1 else 4 + len(f"{abs(value):.0f}")
    return kernels.number(float(f"{value:.{digits}g}"))


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
    rows, columns = geometry.ignored_rows, geometry.ignored_cols
    if rows or columns:
        sentence = _("at the end, reached by no window (hatched): rows {rows}, columns {columns}")
        facts.append((_("Ignored"), sentence.format(rows=rows, columns=columns)))
    return facts
