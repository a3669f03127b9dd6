"""The square of a picture that a link asks for: where it may lie, and what stands in for one that misses."""

from typing import Any

import pytest
import torch
from pydantic import ValidationError

from convlab.pictures import crop, images, photographs
from convlab.pictures.crop import Square
from convlab.ui import cropping
from convlab.ui.cropping import CroppedControls

HEIGHT, WIDTH = 300, 451


@pytest.mark.parametrize("text", ["1,2", "1,2,0", "1,2,-3", "a,b,c", "1,2,3,4", "200001,0,9", "0,0,200001"])
def test_what_is_no_square_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        CroppedControls(window=text)


def test_a_square_may_stand_out_of_the_picture() -> None:
    controls = CroppedControls(window="-10, 20,150")
    assert controls.window == "-10,20,150"
    assert cropping.window_on(controls, HEIGHT, WIDTH) == Square(-10, 20, 150)
    assert cropping.window_text(Square(-10, 20, 150), HEIGHT, WIDTH) == "-10,20,150"


@pytest.mark.parametrize("text", ["", "451,0,50", "-50,0,50", "0,300,9", "0,-9,9", "0,0,100000"])
def test_one_that_misses_the_picture_becomes_the_middle(text: str) -> None:
    middle = crop.centred(HEIGHT, WIDTH)
    assert cropping.window_on(CroppedControls(window=text), HEIGHT, WIDTH) == middle
    assert cropping.window_text(middle, HEIGHT, WIDTH) == ""


def test_the_working_picture_is_the_square_normalised_or_not() -> None:
    mean, std = (0.5, 0.5, 0.5), (0.25, 0.25, 0.25)
    found, notice = cropping.picture(CroppedControls(window="0,0,64", padding="edge"), mean, std)
    assert notice is None
    assert found.pixels.shape == (3, 32, 32)
    assert (found.mean, found.std) == (mean, std)
    plain, _notice = cropping.picture(CroppedControls(window="0,0,64", normalised=False), mean, std)
    assert (plain.mean, plain.std) == ((0.0,) * 3, (1.0,) * 3)
    assert "Square(0, 0, 64)" in plain.code


@pytest.mark.parametrize("normalised", [True, False])
def test_the_script_makes_the_picture(normalised: bool) -> None:
    controls = CroppedControls(window="-60,-30,400", padding="mean", normalised=normalised)
    picture, notice = cropping.picture(controls, images.CIFAR10_MEAN, images.CIFAR10_STD)
    assert notice is None
    wanted = crop.cut(photographs.photograph("cat"), Square(-60, -30, 400), "mean", images.CIFAR10_MEAN)
    assert torch.equal(picture.pixels, wanted)
    space: dict[str, Any] = {}
    exec(compile(picture.code, "picture.py", "exec"), space)
    assert torch.equal(space["image"], picture.values)
