"""The bank by numbers: a kernel to choose, its weights and bias to type, all maps at one pixel in figures."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from convlab.convolution import kernels
from convlab.convolution.bank import One
from convlab.ui.components.kernel_bank import Shown
from convlab.ui.numbers import listed, results
from convlab.ui.weight_fields import ENDS, Place, place_field, weight_fields
from convlab.ui.widgets import derived_number
from convlab.ui.words import _

_KEY = "kernels.bank"


@dataclass(frozen=True)
class Put:
    """What the panel calls: with the kernel that is chosen, and with a kernel that is to be another."""

    choose: Callable[[int], None]
    change: Callable[[int, One], None]


def panel(shown: Shown, n: int, put: Put) -> None:
    """What the panel below the bank holds."""
    ends = (0, shown.bank.count - 1)
    derived_number(_("Kernel"), f"{_KEY}.kernel", n, lambda k: put.choose(int(k)), ends, width=130)
    _cells(shown, n, put)
    if shown.maps is None:
        st.text(shown.error)
        return
    one = shown.maps[n]
    results(
        {
            **dict(shown.facts),
            _("Minimum of map {n}").format(n=n): float(one.min()),
            _("Mean of map {n}").format(n=n): float(one.mean()),
            _("Maximum of map {n}").format(n=n): float(one.max()),
        }
    )
    _pixel(shown)


def _cells(shown: Shown, n: int, put: Put) -> None:
    """A number for each weight, with the key ``kernels.bank.cell.CHANNEL.ROW.COLUMN``, and for the bias."""
    one = shown.bank[n]

    def take_weight(at: Place, weight: float) -> None:
        put.change(n, one._replace(kernel=kernels.with_weight(one.kernel, at, weight)))

    def take_bias(bias: float) -> None:
        put.change(n, one._replace(bias=bias))

    weight_fields(f"{_KEY}.cell", one.kernel, take_weight)
    looks = {"step": 0.1, "format": "%g", "width": 130}
    derived_number(_("Bias"), f"{_KEY}.bias", one.bias, take_bias, ENDS, **looks)


def _pixel(shown: Shown) -> None:
    """One output pixel in all maps; its keys are ``kernels.bank.row`` and ``kernels.bank.column``."""
    assert shown.maps is not None
    with st.container(horizontal=True):
        row = place_field(f"{_KEY}.row", _("Output row"), shown.maps.shape[1])
        column = place_field(f"{_KEY}.column", _("Output column"), shown.maps.shape[2])
    listed(
        {
            _("Kernel"): [*range(shown.bank.count)],
            _("Name"): [*shown.names],
            _("Bias"): shown.bank.bias.tolist(),
            _("Sum of its weights"): [float(kernel.sum()) for kernel in shown.bank.weight],
            _("Mean of its map"): [float(one.mean()) for one in shown.maps],
            _("Output pixel"): [float(one[row, column]) for one in shown.maps],
        }
    )
