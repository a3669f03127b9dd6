"""The gradient of a kernel, place by place: pointing at a weight shows where on the picture it comes from."""

from collections.abc import Callable
from typing import Any

from torch import Tensor

from convlab.convolution.conv2d import ConvSettings, Geometry
from convlab.convolution.gradient import Gradient
from convlab.ui import scales
from convlab.ui.components.kernel_lab import laid_over
from convlab.ui.components.shared import Data, declare, editor_labels, numbers, pack
from convlab.ui.picture import Picture
from convlab.ui.words import _

_mount = declare("kernel_gradient", "stage", "scale", "convolve")

Weight = tuple[int, int, int]  # channel, row, column


def kernel_gradient(
    key: str,
    picture: Picture,
    padded: Tensor,
    kernel: Tensor,
    settings: ConvSettings,
    geometry: Geometry,
    found: Gradient,
    kept: Weight | None,
    revision: int,
    on_keep: Callable[[], None],
) -> None:
    """Show a gradient; the weight that was kept in the browser is in ``received(key)`` at ``on_keep``.

    Args:
        padded: float32 [1 or C, H, W] with ghost pixels, what the kernel's weights meet.
        kept: the weight that stays chosen wherever one points; None for none.
        revision: number of the last message that Python has heard of; the browser counts its own.
    """
    _channels, rows, columns = kernel.shape
    header = {
        "labels": _labels(),
        **laid_over(picture, settings, geometry),
        "kernel_shape": list(kernel.shape),
        "size": list(found.upstream.shape),
        "bias": found.bias,
        "kept": None if kept is None else (kept[0] * rows + kept[1]) * columns + kept[2],
        "revision": revision,
    }
    blobs: dict[str, Data] = {
        "pixels": picture.pixels,
        "diverging": scales.table(scales.DIVERGING),
        "grey": scales.table(scales.GREY),
        "inputs": padded,
        "kernel": kernel,
        "gradient": found.weight,
        "upstream": found.upstream,
    }
    _mount(key=key, data=pack(header, **blobs), on_keep_change=on_keep)


def received(key: str) -> tuple[Weight | None, int] | None:
    """The weight that the browser keeps (None for none) and the message's number; else None."""
    sent = numbers(key, "keep", ("channel", "row", "column", "revision"))
    if sent is None:
        return None
    channel, row, column, revision = sent
    return (None if min(channel, row, column) < 0 else (channel, row, column)), revision


def _labels() -> dict[str, Any]:
    return {
        **{name: editor_labels()[name] for name in ("channels", "weight")},
        "gradient": _("Gradient of the kernel, dL/dw"),
        "gradient_of": _("Gradient of the kernel for {channel}, dL/dw"),
        "weight_is": _("w {weight}"),
        "cell": _("{name}: {weight}, its gradient {gradient}"),
        "with_keys": _("{name}. {keys}"),
        "keys": _("Arrow keys choose a weight, Enter keeps it, Escape frees it."),
        "hint": _("Point at a weight to see where its gradient comes from; a click keeps it, Esc frees it."),
        "input": _("Input x"),
        "met": _("x under this weight"),
        "upstream": _("dL/dy"),
        "contributions": _("contributions"),
        "place_keys": _("Arrow keys move over the places of the output; Escape frees the weight."),
        "dashed": _("Dashed: all that this weight meets"),
        "met_by": _("What w[{channel}, {row}, {column}] meets"),
        "bias_is": _("Sum: {sum} = dL/db"),
        "sum_is": _("Sum: {sum} = dL/dw[{channel}, {row}, {column}]"),
        "of_weight": _(
            "w[{channel}, {row}, {column}] is {weight}. "
            "Its gradient is the sum of {count} contributions, one for each place: {sum}."
        ),
        "rising": _("It is positive: a larger weight would raise the loss, so SGD makes it smaller."),
        "falling": _("It is negative: a larger weight would lower the loss, so SGD makes it larger."),
        "flat": _("It is 0: SGD leaves this weight as it is."),
        "at_place": _("Place ({row}, {column}): x × dL/dy = {met} × {upstream} = {contributions}"),
        "scale_signed": _("Blue is negative, white is zero, red is positive; one scale for all weights."),
    }
