"""The Sketches data set: birds and airplanes drawn by our own code, for a lab without a network.

Skies, grounds, clutter, colours and light come from the same draws for both classes: only the shape tells.
Drawing all of them takes a quarter of a minute, so that they come with ConvLab, as one sheet.
"""

import hashlib
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from convlab.datasets import sketch_figures, sketch_scenes
from convlab.datasets.dataset import Dataset, Header, Split
from convlab.datasets.sketch_canvas import SIZE_PX, Canvas, Colour, luma
from convlab.datasets.sketch_figures import Coat
from convlab.errors import N_, check_range

TITLE = N_("Sketches: drawn birds and airplanes")
CLASSES = ("airplane", "bird")
TRAIN_PER_CLASS, VAL_PER_CLASS = 2000, 500
DIGEST = "e216a047e521c76d1363bd49e217f63de9df7ed792cd6b74c8e9ee271a7da140"  # of ``sketches()``
HEADER = Header(TITLE, CLASSES, 2 * TRAIN_PER_CLASS, 2 * VAL_PER_CLASS, drawn=True)
SHEET = Path(__file__).with_name("sketches.png")  # all pictures of ``sketches()``; see tools/sheet.py
SHEET_COLUMNS = 100
_MAX_PER_CLASS = 100_000

_COATS = (
    Coat((248, 250, 252), (206, 212, 222), (214, 40, 44), (48, 52, 64)),
    Coat((250, 250, 246), (150, 162, 182), (240, 150, 40), (30, 34, 44)),
    Coat((252, 246, 226), (226, 120, 60), (40, 60, 120), (70, 36, 24)),
    Coat((250, 216, 70), (230, 160, 40), (206, 60, 40), (70, 50, 20)),
    Coat((240, 226, 200), (180, 150, 118), (206, 106, 50), (72, 54, 44)),
    Coat((196, 206, 216), (140, 152, 170), (240, 190, 60), (36, 42, 54)),
    Coat((250, 176, 184), (232, 116, 140), (90, 50, 70), (92, 34, 54)),
    Coat((150, 226, 224), (70, 160, 180), (250, 120, 80), (16, 48, 66)),
    Coat((186, 226, 130), (100, 170, 80), (226, 70, 48), (24, 50, 30)),
    Coat((150, 196, 246), (84, 140, 220), (250, 236, 210), (16, 30, 70)),
    Coat((36, 38, 46), (62, 64, 76), (236, 176, 40), (12, 12, 16)),
    Coat((176, 36, 40), (120, 22, 34), (250, 214, 80), (44, 14, 18)),
    Coat((30, 60, 136), (50, 100, 180), (250, 236, 210), (14, 20, 50)),
    Coat((44, 96, 60), (26, 66, 44), (224, 120, 48), (14, 30, 20)),
)
_CLEAR = 55  # a figure differs from what is behind it by so much in luma, 0..255
_LIGHTER = 0.9  # this share of the figures is lighter than what is behind them
_SIZE_PX = (23, 30)  # the longer side of a figure
_PLACE_PX = (13.5, 18.5)  # the middle of a figure that does not rest on something

Range = tuple[float, float]


@dataclass(frozen=True)
class _View:
    """Where a figure is seen from, in degrees; ``share`` of the figures that fly."""

    share: float
    yaw: Range  # 0 is the nose to the right, -90 towards us
    elevation: Range  # of the eye, over the figure
    roll: Range
    tilt: Range  # the finished figure, turned in the plane of the picture
    both_ways: bool = True  # half of them with the nose to the other side


_RESTING = _View(0, (-25, 25), (-2, 16), (0, 0), (-4, 4))
_FLYING = (
    _View(0.65, (-25, 25), (-12, 25), (-12, 12), (-14, 14)),  # from the side
    _View(0.09, (-10, 10), (50, 85), (-15, 15), (-30, 30)),  # from above
    _View(0.09, (-10, 10), (-85, -50), (-15, 15), (-30, 30)),  # from below
    _View(0.12, (-45, 45), (-45, 45), (-30, 30), (-15, 15)),  # banking
    _View(0.05, (-115, -65), (-15, 20), (-20, 20), (-10, 10), both_ways=False),  # head-on
)
_UP_TO = np.cumsum([view.share for view in _FLYING])


def sketches() -> Dataset:
    """All 5,000 birds and airplanes at 32x32, alternating, from the sheet: the same as ``drawn()``."""
    pictures = _on_the_sheet()
    train, val = pictures[: 2 * TRAIN_PER_CLASS].copy(), pictures[2 * TRAIN_PER_CLASS :].copy()
    return Dataset(TITLE, CLASSES, _labelled(train), _labelled(val), drawn=True)


def drawn(
    train_per_class: int = TRAIN_PER_CLASS, val_per_class: int = VAL_PER_CLASS, seed: int = 0
) -> Dataset:
    """The same, drawn; picture n is the same however many are drawn.

    Raises UserError for other than 1..100,000 a class, or a seed below 0.
    """
    check_range("train_per_class", train_per_class, 1, _MAX_PER_CLASS)
    check_range("val_per_class", val_per_class, 1, _MAX_PER_CLASS)
    check_range("seed", seed, 0, math.inf)
    train, val = _split(seed, 0, train_per_class), _split(seed, 1, val_per_class)
    return Dataset(TITLE, CLASSES, train, val, drawn=True)


def _on_the_sheet() -> NDArray[np.uint8]:
    """[N, 3, 32, 32]."""
    with Image.open(SHEET) as file:
        pixels = np.asarray(file.convert("RGB"))
    rows = pixels.reshape(-1, SIZE_PX, SHEET_COLUMNS, SIZE_PX, 3).transpose(0, 2, 4, 1, 3)
    return rows.reshape(-1, 3, SIZE_PX, SIZE_PX)


@cache
def validation() -> Split:
    """The pictures that ``sketches()`` validates on, without the others.

    Who holds them shares them, so nobody changes them.
    """
    return _labelled(_on_the_sheet()[2 * TRAIN_PER_CLASS :].copy())


def sketch(place: int) -> Tensor:
    """One of the pictures of ``validation()``, uint8 [3, 32, 32]: an airplane at even places, else a bird."""
    check_range("place", place, 0, 2 * _MAX_PER_CLASS - 1)
    return torch.from_numpy(_at(0, 1, place).copy())


@cache
def stamp() -> str:
    """It changes with the sheet."""
    return hashlib.sha256(SHEET.read_bytes()).hexdigest()


def _split(seed: int, part: int, per_class: int) -> Split:
    return _labelled(np.stack([_at(seed, part, n) for n in range(len(CLASSES) * per_class)]))


def _labelled(images: NDArray[np.uint8]) -> Split:
    labels = np.arange(len(images), dtype=np.int64) % len(CLASSES)
    return Split(torch.from_numpy(images), torch.from_numpy(labels))


def _at(seed: int, part: int, place: int) -> NDArray[np.uint8]:
    return _sketch(np.random.default_rng((seed, part, place)), CLASSES[place % len(CLASSES)])


def _sketch(rng: Generator, kind: str) -> NDArray[np.uint8]:
    """One picture [3, 32, 32]; all but the figure is drawn without a look at its kind."""
    scene = sketch_scenes.scene(rng)
    coat = _coat(rng, scene.canvas.middle())
    rest = scene.rest if rng.random() < 0.75 else None
    if kind == "bird":
        parts = sketch_figures.bird(rng, coat, rest is not None)
    else:
        rest = None if scene.perch else rest
        parts = sketch_figures.airplane(rng, coat, rest is not None)
    x, y = rest or rng.uniform(*_PLACE_PX, 2)
    size_px = rng.uniform(*_SIZE_PX)
    sketch_figures.put(scene.canvas, parts, _rotation(rng, rest is not None), size_px, x, y, rest is not None)
    sketch_scenes.clutter(rng, scene.canvas)
    return _developed(rng, scene.canvas)


def _rotation(rng: Generator, resting: bool) -> NDArray[np.float64]:
    view = _RESTING if resting else _FLYING[int(np.searchsorted(_UP_TO[:-1], rng.random()))]
    turn, angles = sketch_figures.turn, (view.yaw, view.elevation, view.roll, view.tilt)
    yaw, elevation, roll, tilt = (rng.uniform(*each) for each in angles)
    if view.both_ways and rng.random() < 0.5:
        yaw += 180
    return turn(1, tilt) @ turn(0, elevation) @ turn(2, yaw) @ turn(0, roll)


def _coat(rng: Generator, behind: Colour) -> Coat:
    """A coat that stands out from what is behind it: lighter, mostly, or darker."""
    coats = [_COATS[i] for i in rng.permutation(len(_COATS)).tolist()]
    sign = 1 if rng.random() < _LIGHTER else -1
    there = luma(behind)
    return next(c for way in (sign, -sign) for c in coats if way * (luma(c.main) - there) > _CLEAR)


def _developed(rng: Generator, canvas: Canvas) -> NDArray[np.uint8]:
    """The finished picture under some light, contrast, blur and noise."""
    values = canvas.pixels(blur_px=max(0.0, rng.uniform(-0.5, 0.4)))
    tint = rng.uniform(0.92, 1.08, 3) * rng.uniform(0.8, 1.12)
    values = (values - 128) * rng.uniform(0.9, 1.2) + 128
    values = values * tint + rng.normal(0, rng.uniform(0, 4), (SIZE_PX, SIZE_PX, 3))
    pixels: NDArray[np.uint8] = np.rint(values.clip(0, 255)).astype(np.uint8)
    return pixels.transpose(2, 0, 1)
