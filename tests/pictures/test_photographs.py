"""convlab.pictures.photographs: the photographs are scikit-image's own, read without importing it."""

import importlib
import sys
import time

import pytest
import skimage.data
import torch

from convlab.errors import UserError
from convlab.pictures import photographs

SIZES = {
    "astronaut": (512, 512),
    "cat": (300, 451),
    "coffee": (400, 600),
    "rocket": (427, 640),
    "camera": (512, 512),
    "horse": (328, 400),
    "coins": (303, 384),
    "text": (172, 448),
    "brick": (512, 512),
    "gravel": (512, 512),
    "galaxies": (872, 1000),
    "retina": (1411, 1411),
}


def test_there_are_twelve_photographs_with_different_titles() -> None:
    assert photographs.PHOTOGRAPHS.keys() == SIZES.keys()
    assert len(set(photographs.PHOTOGRAPHS.values())) == 12


@pytest.mark.parametrize("key", SIZES)
def test_each_photograph_is_there_in_its_own_size(key: str) -> None:
    picture = photographs.photograph(key)
    assert picture.dtype == torch.uint8
    assert picture.shape == (3, *SIZES[key])


@pytest.mark.parametrize(
    ("key", "name"),
    [("astronaut", "astronaut"), ("cat", "chelsea"), ("coffee", "coffee"), ("rocket", "rocket")],
)
def test_colour_photographs_are_scikit_images(key: str, name: str) -> None:
    theirs = torch.from_numpy(getattr(skimage.data, name)()).permute(2, 0, 1)
    assert torch.equal(photographs.photograph(key), theirs)


@pytest.mark.parametrize("key", ["camera", "coins", "text", "brick", "gravel"])
def test_grey_photographs_are_scikit_images_in_three_equal_channels(key: str) -> None:
    theirs = torch.from_numpy(getattr(skimage.data, key)())
    assert torch.equal(photographs.photograph(key), theirs.expand(3, -1, -1))


def test_the_horse_is_black_on_white() -> None:
    horse = photographs.photograph("horse")
    assert horse[:, 0, 0].tolist() == [255, 255, 255]
    assert horse[:, 164, 200].tolist() == [0, 0, 0]


def test_a_photograph_belongs_to_its_caller() -> None:
    first = photographs.photograph("text")
    before = first.clone()
    first.zero_()
    assert torch.equal(photographs.photograph("text"), before)


@pytest.mark.parametrize("key", ["", "dog", "../astronaut", "astronaut.png", "x" * 100_000])
def test_an_unknown_key_is_refused(key: str) -> None:
    with pytest.raises(UserError, match=r"no photograph '.{0,40}': please choose one"):
        photographs.photograph(key)


def test_a_missing_scikit_image_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photographs, "find_spec", lambda name: None)
    photographs._read.cache_clear()
    with pytest.raises(UserError, match="pip install scikit-image"):
        photographs.photograph("coffee")


def test_scikit_image_is_never_imported_and_the_module_costs_under_20_ms(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "skimage"]:
        monkeypatch.delitem(sys.modules, name)
    before = time.process_time()
    importlib.reload(photographs)
    assert time.process_time() - before < 0.02
    photographs.photograph("cat")
    assert "skimage" not in sys.modules
