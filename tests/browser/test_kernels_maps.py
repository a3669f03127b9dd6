"""Maps of an experiment on the live page: one cursor over all; the lab marks what a matrix joins."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from convlab.convolution import conv2d
from convlab.ui.kernels.controls import KernelsControls
from convlab.ui.kernels.staged import shifts
from convlab.ui.picture import working_picture
from convlab.ui.urls import serialise
from tests.browser.conftest import OpenTab
from tests.browser.harness import PHONE_PX
from tests.browser.kernels_page import WAIT_MS
from tests.browser.mounted import Mounted

SMALL: dict[str, Any] = {"picture": "drawing:house", "size": 8}


@dataclass(frozen=True)
class Lab(Mounted):
    """The row of maps in a tab."""

    def open(self, **controls: Any) -> KernelsControls:
        """Open a link that sets these controls."""
        wanted = KernelsControls(**controls)
        self.tab.open("/kernels?" + urlencode(serialise(wanted)))
        expect(self.root).to_be_visible(timeout=WAIT_MS)
        return wanted

    @property
    def root(self) -> Locator:
        """The component's outermost element."""
        return self.tab.page.locator(".root:has(> .maps)")

    def map(self, n: int) -> Locator:
        """The layer of a map that one points at."""
        return self.find(f'[data-map="{n}"] canvas.cursor')

    def caption(self) -> str:
        """What is said of the place, with signs that ``float`` reads."""
        return self.find(".reading").inner_text().replace("\N{MINUS SIGN}", "-")


def test_a_place_is_marked_in_all_maps_and_each_value_said(lab: Lab) -> None:
    controls = lab.open(**SMALL, experiment="shift", shift_x=2)
    picture = working_picture(controls)[0]
    result = shifts(controls, picture)
    assert result.shifted_conv is not None
    assert result.difference is not None
    still = conv2d.convolve(picture.values, controls.weights, controls.settings)
    sent, high = len(lab.tab.sent), lab.root.bounding_box()
    lab.over(lab.map(1), 2, 4, 6, 6)
    for n in range(4):
        assert lab.marked(lab.map(n), 6, 6) == pytest.approx((2, 4, 3, 5), abs=0.2)
    place, *values = lab.caption().rstrip(".").split(". ")
    assert place == "Row 2, column 4"
    maps = [still, result.conv_of_shifted, result.shifted_conv, result.difference]
    assert [float(text.rsplit(": ", 1)[1]) for text in values] == pytest.approx(
        [float(values[2, 4]) for values in maps], rel=1e-3, abs=1e-7
    )
    lab.map(3).press("ArrowDown")
    lab.map(3).press("ArrowRight")
    assert lab.caption().startswith("Row 3, column 5. ")
    assert lab.find("p[aria-live]").inner_text().startswith("Row 3, column 5. ")
    assert lab.marked(lab.map(0), 6, 6) == pytest.approx((3, 5, 4, 6), abs=0.2)
    after = lab.root.bounding_box()
    assert high
    assert after
    assert after["height"] == high["height"]
    assert len(lab.tab.sent) == sent
    assert lab.tab.errors == []


@pytest.mark.parametrize(
    "controls",
    [{}, {"kernel": "1000 -1000; 0 900", "bias": 1000, "size": 16}, {"kernel": "1e-6", "stride": 3}],
)
def test_the_legend_names_the_ends_of_all_maps(lab: Lab, controls: dict[str, Any]) -> None:
    wanted = lab.open(**{**SMALL, "experiment": "shift", "shift_x": 2, **controls})
    picture = working_picture(wanted)[0]
    result = shifts(wanted, picture)
    maps = [result.conv_of_shifted]
    if result.shifted_conv is not None and result.difference is not None:
        still = conv2d.convolve(picture.values, wanted.weights, wanted.settings)
        maps += [still, result.shifted_conv, result.difference]
    largest = max(float(values.abs().max()) for values in maps)
    said = {end: lab.find(f".legend .{end}").inner_text() for end in ("low", "middle", "high")}
    numbers = {end: float(text.replace("\N{MINUS SIGN}", "-")) for end, text in said.items()}
    assert numbers == {
        "low": pytest.approx(-largest, rel=1e-2),
        "middle": 0,
        "high": pytest.approx(largest, rel=1e-2),
    }


PIXELS = """canvas => {
  const { width, height } = canvas;
  return [width, ...canvas.getContext("2d").getImageData(0, 0, width, height).data];
}"""


def test_an_entry_of_the_matrix_is_said_and_the_lab_marks_what_it_joins(lab: Lab) -> None:
    lab.open(**SMALL, experiment="matrix", matrix_size=6)
    page = lab.tab.page
    above = page.locator(".root:has(.lab)")
    canvas = {
        side: above.locator(f"[data-part={part}] .stage canvas.cursor").first
        for side, part in (("in", "picture"), ("out", "output"))
    }
    sent = len(lab.tab.sent)
    lab.over(lab.map(0), 6, 9, 16, 36)  # output (1, 2) from pixel (1, 3)
    assert lab.caption() == "output (1, 2) from pixel (1, 3) of channel 0: 0"
    assert lab.marked(canvas["out"], 4, 4) == pytest.approx((1, 2, 2, 3), abs=0.2)
    assert lab.marked(canvas["in"], 6, 6) == pytest.approx((1, 2, 4, 5), abs=0.2)  # its window
    lab.map(0).press("ArrowRight")
    assert lab.caption() == "output (1, 2) from pixel (1, 4) of channel 0: 1"
    lab.over(lab.map(0), 0, 35, 16, 36)
    assert lab.caption() == "output (0, 0) from pixel (5, 5) of channel 0: no weight"
    assert lab.marked(canvas["out"], 4, 4) == pytest.approx((0, 0, 1, 1), abs=0.2)
    assert lab.marked(canvas["in"], 6, 6) == pytest.approx((0, 0, 6, 6), abs=0.2)  # the window, and the pixel
    page.mouse.move(0, 0)
    assert lab.marked(canvas["in"], 6, 6) == pytest.approx((0, 0, 3, 3), abs=0.2)  # the pixel no more
    assert len(lab.tab.sent) == sent
    assert lab.tab.errors == []


def test_zero_is_white_and_what_no_weight_reaches_is_grey(lab: Lab) -> None:
    lab.open(**SMALL, experiment="matrix", matrix_size=6)
    width, *rgba = lab.find("canvas.pixels").evaluate(PIXELS)
    colours = np.array(rgba).reshape(16, 36, 4)[:, :, :3]
    assert width == 36
    assert colours[0, 35].tolist() == [140, 140, 140]
    assert colours[0, 1].min() > 240
    assert colours[0, 0].tolist() != colours[0, 2].tolist()
    assert colours[0, 0, 1] > colours[0, 0, 0]  # -1: green


def test_the_matrix_is_accessible_and_fits_a_phone(open_tab: OpenTab) -> None:
    tab = open_tab("/kernels?experiment=matrix", size_px=PHONE_PX)
    phone = Lab(tab)
    expect(phone.root).to_be_visible(timeout=WAIT_MS)
    assert tab.axe() == []
    box = phone.root.bounding_box()
    assert box
    assert box["x"] + box["width"] <= PHONE_PX[0]
