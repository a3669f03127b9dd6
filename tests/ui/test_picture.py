"""convlab.ui.picture: every choice is the picture that its code makes, at its size, in its colours."""

from pathlib import Path
from typing import Any, Literal, get_args

import pytest
import torch
from pydantic import ValidationError
from streamlit.testing.v1 import AppTest

from convlab.datasets import shelf, sketches
from convlab.pictures import images
from convlab.pictures.board import Board
from convlab.ui import picture
from convlab.ui.picture import PictureControls, smaller, stock_pixels, whole_picture, working_picture
from tests.few import few_sketches

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


def test_a_validation_picture_is_a_choice_that_its_code_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))
    few_sketches()
    choice = picture.of_data("sketches", 7)
    assert picture.data_of(choice) == ("sketches", 7)
    wanted = shelf.get("sketches").val.images[7]
    controls = PictureControls(picture=choice, size=32, colour="rgb")
    found, notice = working_picture(controls)
    assert notice is None
    assert torch.equal(found.pixels, wanted)
    assert torch.equal(run_code(found.code)["pixels"], wanted)
    whole, name, _notice = whole_picture(controls, 32)
    assert torch.equal(whole, wanted)
    assert name == choice
    assert torch.equal(picture.whole_later(controls, 32)(), wanted)
    assert picture.title(choice) == "Sketches (drawings), picture 7"


@pytest.mark.parametrize("choice", ["val:none-here:3", "val:sketches:99999"])
def test_a_picture_of_data_that_are_not_here_has_another_in_its_place(
    choice: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))
    few_sketches()
    _found, name, notice = whole_picture(PictureControls(picture=choice), 32)
    assert name == picture.FALLBACK
    assert notice is not None
    assert "not on this machine" in notice


@pytest.mark.parametrize("choice", ["val:", "val:a:b", "val:../x:1", "val:A:1", "val:a:1234567", "val:a:-1"])
def test_no_other_text_names_a_validation_picture(choice: str) -> None:
    with pytest.raises(ValidationError):
        PictureControls(picture=choice)
