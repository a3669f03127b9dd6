"""The gradient by numbers: a weight and a place to choose, the weight's gradient as a sum, all gradients."""

from collections.abc import Callable

import streamlit as st
from torch import Tensor

from convlab.convolution.gradient import Gradient
from convlab.ui.components.kernel_gradient import Weight
from convlab.ui.numbers import listed, results
from convlab.ui.weight_fields import channel_names, place_field
from convlab.ui.widgets import derived_number
from convlab.ui.words import _

_KEY = "kernels.gradient"


def panel(kernel: Tensor, found: Gradient, weight: Weight, keep: Callable[[Weight], None]) -> None:
    """What the panel below the gradient holds; ``keep`` gets the weight that is to stay chosen."""
    with st.container(horizontal=True):
        _weight(kernel, weight, keep)
        row = place_field(f"{_KEY}.row", _("Output row"), found.upstream.shape[0])
        column = place_field(f"{_KEY}.column", _("Output column"), found.upstream.shape[1])
    contributions = found.contributions[weight]
    results(
        {
            _("Loss"): found.loss,
            _("Weight"): float(kernel[weight]),
            _("Gradient of the weight"): float(found.weight[weight]),
            _("Sum of {count} contributions").format(count=contributions.numel()): float(
                contributions.double().sum()
            ),
            _("Pixel x at the place"): float(found.met[weight][row, column]),
            _("dL/dy at the place"): float(found.upstream[row, column]),
            _("Its contribution"): float(contributions[row, column]),
            _("Gradient of the bias"): found.bias,
        }
    )
    _all_gradients(kernel, found)


def _weight(kernel: Tensor, weight: Weight, keep: Callable[[Weight], None]) -> None:
    """Its keys are ``kernels.gradient.weight.channel``, ``.row`` and ``.column``."""
    names = ("channel", "row", "column")
    labels = (_("Channel of the weight"), _("Row of the weight"), _("Column of the weight"))
    for axis, (name, label, size) in enumerate(zip(names, labels, kernel.shape, strict=True)):

        def take(at: int, axis: int = axis) -> None:
            channel, row, column = (int(at) if n == axis else old for n, old in enumerate(weight))
            keep((channel, row, column))

        if size > 1:
            derived_number(label, f"{_KEY}.weight.{name}", weight[axis], take, (0, size - 1), width=150)


def _all_gradients(kernel: Tensor, found: Gradient) -> None:
    channels, rows, columns = kernel.shape
    places = [(c, i, j) for c in range(channels) for i in range(rows) for j in range(columns)]
    names = channel_names(channels)
    listed(
        {
            **({_("Channel"): [names[c] for c, _i, _j in places]} if channels > 1 else {}),
            _("Row"): [i for _c, i, _j in places],
            _("Column"): [j for _c, _i, j in places],
            _("Weight"): [float(kernel[place]) for place in places],
            _("Gradient"): [float(found.weight[place]) for place in places],
        }
    )
