"""convlab.ui.picture: every choice is the picture that its code makes, at its size, in its colours."""

from typing import Any, Literal, get_args

import pytest
import torch
from streamlit.testing.v1 import AppTest

from convlab.datasets import sketches
from convlab.pictures import images
from convlab.pictures.board import Board
from convlab.ui import picture
from convlab.ui.picture import PictureControls, smaller, stock_pixels, whole_picture, working_picture

DRAWING = next(choice for choice in picture.CHOICES if choice.startswith("drawing:"))
BOARD = Board(8, bytes(n % 16 for n in range(64)))


def run_code(code: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    exec(code, found)
    return found


@pytest.mark.parametrize("normalised", [False, True])
@pytest.mark.parametrize("colour", ["grey", "rgb"])
@pytest.mark.parametrize("choice", ["photo:cat", "sketch:bird", DRAWING, "board"])
def test_the_code_makes_the_picture(choice: str, colour: Literal["grey", "rgb"], normalised: bool) -> None:
    controls = PictureControls(
        picture=choice, board=BOARD.encode(), size=24, colour=colour, normalised=normalised
    )
    found, notice = working_picture(controls)
    assert notice is None
    made = run_code(found.code)
    assert torch.equal(made["pixels"], found.pixels)
    assert torch.equal(made["image"], found.values)
    assert found.normalised is normalised
    side = 8 if choice == "board" else 24
    assert found.pixels.shape == (1 if colour == "grey" else 3, side, side)


def test_a_board_keeps_its_own_size_unless_it_has_to_fit() -> None:
    controls = PictureControls(picture="board", board=BOARD.encode(), size=32)
    assert working_picture(controls)[0].pixels.shape[-1] == 8
    assert working_picture(controls, exact=True)[0].pixels.shape[-1] == 32


def test_what_is_stock_is_known_by_name() -> None:
    found, _notice = working_picture(PictureControls(size=16))
    assert found.stock == "photo:cat"
    assert torch.equal(stock_pixels(found.stock, 16, True), found.pixels)
    own, _notice = working_picture(PictureControls(picture="board"))
    assert own.stock == ""


def test_the_sketches_show_what_they_are_called_and_nobody_trains_on_them() -> None:
    val = sketches.validation()
    for key, (place, name) in picture.SKETCHES.items():
        found, _name, _notice = whole_picture(PictureControls(picture=f"sketch:{key}"), 32)
        assert torch.equal(found, val.images[place])
        assert sketches.CLASSES[int(val.labels[place])] in name


def test_a_whole_picture_has_its_own_size() -> None:
    pixels, name, notice = whole_picture(PictureControls(size=8), 32)
    assert (name, notice) == ("photo:cat", None)
    assert min(pixels.shape[1:]) > 32
    assert whole_picture(PictureControls(picture=DRAWING), 40)[0].shape == (3, 40, 40)


@pytest.mark.parametrize(("most", "size"), [(256, 64), (64, 64), (63, 48), (8, 8)])
def test_smaller_stays_below_a_limit(most: int, size: int) -> None:
    assert smaller(PictureControls(size=64), most).size == size


def test_an_upload_is_decoded_once() -> None:
    script = """
import io, streamlit as st
from convlab.pictures import files, images, photographs
from convlab.ui import picture
data = images.to_png(photographs.photograph("cat"))
picture.give("upload", picture.OwnFile(data, (), True))
loads, real = [], files._decoded
files._decoded = lambda *file: loads.append(1) or real(*file)
try:
    for size in (16, 32, 16, 32):
        picture.working_picture(picture.PictureControls(picture="upload", size=size))
        picture.whole_picture(picture.PictureControls(picture="upload"), 32)
finally:
    files._decoded = real
st.markdown(str(len(loads)))
"""
    assert AppTest.from_string(script).run().markdown[0].value == "1"  # for the whole one, and for each size


def test_every_choice_has_a_title() -> None:
    titles = [picture.title(choice) for choice in picture.CHOICES]
    assert len(set(titles)) == len(titles)
    assert min(get_args(picture.Size)) == images.MIN_SIZE_PX
    assert max(get_args(picture.Size)) == images.MAX_SIZE_PX
