"""Links to the largest stacks, at units that are not there: a page, in normal time and memory."""

from typing import get_args

import pytest

from convlab.networks.stacks import BatchNorm2d, Conv2d, ConvTranspose2d, MaxPool2d, Stack
from convlab.ui.feature_maps.controls import Experiment
from tests.fuzz import bounds
from tests.ui.driver import open_page, troubles

PAGE = "pages/feature_maps.py"
WIDE = Conv2d(out_channels=64, kernel_size=7, padding=3)
FOUR_TIMES = ConvTranspose2d(out_channels=1, kernel_size=4, stride=4)
STACKS = {
    "wide": (WIDE,) * 12,
    "high": (FOUR_TIMES, FOUR_TIMES, *(Conv2d(out_channels=1, kernel_size=7, padding=3),) * 2),
    "pooled": (FOUR_TIMES, *(MaxPool2d(kernel_size=7, stride=1, padding=3),) * 11),
    "spread": (ConvTranspose2d(out_channels=64, kernel_size=7, stride=1, padding=3),) * 12,
    "normalised": (FOUR_TIMES, *(BatchNorm2d(),) * 11),
}


@pytest.fixture(scope="module", autouse=True)
def _all_is_loaded() -> None:
    for experiment in get_args(Experiment):
        open_page(PAGE, network="stack", experiment=experiment)


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("experiment", ["notice", "field", "pooling", "compare"])
def test_hazard_28_the_largest_stacks_open_in_time(stack: str, experiment: str) -> None:
    layers = STACKS[stack]
    layer = str(len(layers) - 1) if experiment == "field" else "0"
    link = {"network": "stack", "stack": Stack(layers=layers).text(), "size": 64, "colour": "rgb"}
    slowest = stack == "high" and experiment == "field"  # gradients of maps of 1024 x 1024 values
    with bounds.within(seconds=10 if slowest else 5, megabytes=600):
        app = open_page(PAGE, **link, experiment=experiment, layer=layer, row=100_000, col=100_000)
    assert troubles(app) == []
