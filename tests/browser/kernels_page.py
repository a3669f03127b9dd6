"""The Kernels page as the browser tests use it: its cells, canvases, readings and settled results."""

import base64
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator, expect
from torch import Tensor

from convlab.convolution import conv2d
from convlab.ui.kernels.controls import KernelsControls
from convlab.ui.picture import working_picture
from convlab.ui.urls import link
from tests.browser.mounted import Mounted

WAIT_MS = 30_000

# Resolves once PyTorch's result for at least this many edits stands, checked against the browser's own, and
# Streamlit has heard of them too.
SETTLED = """(root, wanted) => new Promise((resolve) => {
  const look = () => {
    const { revision, drawnBy, difference, told } = root.dataset;
    const known = told === revision && Number(told) >= wanted;
    if (drawnBy === "torch" && known && difference !== undefined) return resolve();
    setTimeout(look, 20);
  };
  look();
})"""

Box = tuple[float, float, float, float]  # left, top, right, bottom

# The parts by name, where they are, and whether something is cut off that one would have to scroll to.
PARTS = """(root) => [...root.querySelectorAll("[data-part]")].map((node) => {
  const { left, top, right, bottom } = node.getBoundingClientRect();
  const boxes = [node, ...node.querySelectorAll(".grids")];
  const cut = boxes.some((box) => box.scrollWidth > box.clientWidth + 1);
  return [node.dataset.part, [left, top, right, bottom], cut];
})"""

RGBA = """(canvas) => {
  const { width, height } = canvas;
  const bytes = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return [height, width, btoa(text)];
}"""


@dataclass(frozen=True)
class Lab(Mounted):
    """The Kernels page in a tab."""

    def open(self, **controls: Any) -> KernelsControls:
        """Open a link that sets these controls, and wait for PyTorch's picture or its refusal."""
        wanted = KernelsControls(**controls)
        self.tab.open("/kernels?" + urlencode(link(wanted)))
        expect(self.root).to_be_visible(timeout=WAIT_MS)
        if not self.find(".out .problem").is_visible():
            self.root.evaluate(SETTLED, 0)
        return wanted

    @property
    def root(self) -> Locator:
        """The lab's outermost element; its dataset says which edit is drawn, and by whom."""
        return self.tab.page.locator(".root:has(.lab)")

    def cell(self, row: int, column: int, channel: int = 0) -> Locator:
        """One weight's input field."""
        return self.find(f'[data-place="{channel},{row},{column}"]')

    def kernel(self) -> list[float]:
        """The weights shown, row by row, channel by channel."""
        weights: list[float] = self.find(".cell").evaluate_all(
            "cells => cells.map(cell => Number(cell.getAttribute('aria-valuenow')))"
        )
        return weights

    def revision(self) -> int:
        """How many edits the drawing on the screen has seen."""
        return int(self.root.get_attribute("data-revision") or 0)

    @contextmanager
    def settling(self, edits: int = 0) -> Iterator[None]:
        """Do something that makes PyTorch answer; wait for its result, for at least this many edits."""
        wanted = self.revision() + edits
        self.root.evaluate("root => delete root.dataset.difference")
        yield
        self.root.evaluate(SETTLED, wanted)
        self.tab.wait_idle()
        assert self.difference() <= 1e-5

    def difference(self) -> float:
        """Largest difference between PyTorch's map and the browser's."""
        return float(self.root.get_attribute("data-difference") or "nan")

    def tensor(self) -> NDArray[np.float32]:
        """The output's values, through the lab's own download."""
        self.look_up()
        with self.tab.page.expect_download() as download:
            self.button("Tensor as .npy").click()
        values: NDArray[np.float32] = np.load(download.value.path())
        return values

    def look_up(self) -> None:
        """Open what is folded: shapes, parameters, histogram, downloads."""
        self.find("details.summary").evaluate("(details) => { details.open = true; }")

    def parts(self) -> dict[str, Box]:
        """Where the four parts are, each once, and none of them with something cut off."""
        found = self.root.evaluate(PARTS)
        assert sorted(name for name, _box, _cut in found) == ["kernel", "output", "picture", "sum"]
        assert [name for name, _box, cut in found if cut] == []
        return {name: (box[0], box[1], box[2], box[3]) for name, box, _cut in found}

    def stage(self, side: str) -> Box:
        """Where a picture is: side "in" or "out"."""
        box = self.find(f".{side} .stage").bounding_box()
        assert box
        return box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]

    def cell_px(self, side: str, columns: int) -> float:
        """Width of one pixel of a picture on the screen."""
        left, _top, right, _bottom = self.stage(side)
        return (right - left) / columns

    def canvas(self, side: str, layer: str) -> NDArray[np.uint8]:
        """Pixels [H, W, RGBA] of a canvas: side "in" or "out", layer "pixels", "marks" or "cursor"."""
        height, width, text = self.find(f".{side} canvas.{layer}").evaluate(RGBA)
        return np.frombuffer(base64.b64decode(text), dtype=np.uint8).reshape(height, width, 4)

    def marked_cells(self, side: str, rows: int, columns: int) -> tuple[float, float, float, float]:
        """Top, left, bottom and right of what the cursor layer marks, in cells."""
        return self.marked(self.find(f".{side} canvas.cursor"), rows, columns)

    def point(self, side: str, row: int, column: int, rows: int, columns: int) -> None:
        """Move the mouse over the middle of a cell of the input ("in") or the output ("out")."""
        self.over(self.find(f".{side} canvas.cursor"), row, column, rows, columns)

    def place(self) -> tuple[int, int]:
        """Row and column of the output pixel that the arithmetic is about."""
        found = re.search(r"row (\d+), column (\d+)", self.find(".arithmetic h3").inner_text())
        assert found
        return int(found[1]), int(found[2])


def number(text: str) -> float:
    """A number as the lab writes it, with a true minus sign."""
    return float(text.removeprefix("\N{ALMOST EQUAL TO} ").replace("\N{MINUS SIGN}", "-"))


def convolved(controls: KernelsControls) -> Tensor:
    """The library's feature map for these controls."""
    picture, _notice = working_picture(controls)
    return conv2d.convolve(picture.values, controls.weights, controls.settings)


def png_of(pixels: NDArray[np.uint8]) -> bytes:
    """A picture [H, W, 3] as a PNG file."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()
