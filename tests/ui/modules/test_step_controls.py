"""convlab.ui.modules.step_controls: what a link may say of a step."""

from typing import get_args

import pytest

from convlab.networks.designs import DESIGNS
from convlab.probing import bundled
from convlab.training.step import ORDERS
from convlab.ui.modules.step_controls import Network, Order, StepControls
from convlab.ui.urls import parse


def test_the_orders_are_those_of_the_library() -> None:
    assert get_args(Order) == tuple(ORDERS)


def test_each_network_is_a_design_or_one_that_is_bundled() -> None:
    assert all(key in DESIGNS or key in bundled.NETWORKS for key in get_args(Network))


def test_the_batch_is_counted_in_batches() -> None:
    assert StepControls(step_size=4, step_batch=3).step_places == range(12, 16)


def test_the_entry_that_stays_chosen() -> None:
    assert StepControls().step_kept == ("conv1.weight", (0, 0, 0, 0))
    assert StepControls(step_entry="fc1.bias,7").step_kept == ("fc1.bias", (7,))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("step_network", "net_res_deep"),
        ("step_size", "0"),
        ("step_size", "33"),
        ("step_batch", "100"),
        ("step_lr", "0"),
        ("step_lr", "11"),
        ("step_order", "backwards"),
        ("step_entry", "conv1.weight"),
        ("step_entry", "conv1.weight,-1"),
        ("step_entry", "conv1.weight,1,2,3,4,5"),
        ("step_entry", "<b>.weight,1"),
    ],
)
def test_what_does_not_fit_is_refused(name: str, value: str) -> None:
    assert parse(StepControls, {name: value}) == (StepControls(), [name])
