"""convlab.ui.thumbnails: what the cards show is computed by the lab itself."""

import io
from pkgutil import resolve_name

import pytest
import torch
from PIL import Image

from convlab.convolution import conv2d, kernels
from convlab.pictures import images, photographs
from convlab.ui import scales, thumbnails
from convlab.ui.lessons import LESSONS
from convlab.ui.scales import largest


def test_the_thumbnail_of_kernels_is_a_convolution() -> None:
    with Image.open(io.BytesIO(thumbnails.kernels_and_edges())) as picture:
        pixels = (
            torch.tensor(list(picture.tobytes()), dtype=torch.uint8).reshape(128, 256, 3).permute(2, 0, 1)
        )
    cat = images.working(photographs.photograph("cat"), 128, grey=True)
    padded = torch.nn.functional.pad(images.to_float(cat)[None], (1, 1, 1, 1), mode="replicate")
    edges = torch.nn.functional.conv2d(padded, kernels.preset("vertical_edges")[None, None])[0, 0]
    assert torch.equal(pixels[:, :, :128], cat.expand(3, -1, -1))
    assert torch.equal(pixels[:, :, 128:], scales.colourise(edges, largest(edges)))
    settings = conv2d.ConvSettings(padding="same", padding_mode="replicate")
    assert torch.equal(
        conv2d.convolve(images.to_float(cat), kernels.preset("vertical_edges")[None], settings), edges
    )


@pytest.mark.parametrize("name", [name for name, lesson in LESSONS.items() if lesson.thumbnail])
def test_every_thumbnail_is_a_picture_twice_as_wide_as_high(name: str) -> None:
    with Image.open(io.BytesIO(resolve_name(LESSONS[name].thumbnail)())) as picture:
        assert picture.format == "PNG"
        assert picture.width == 2 * picture.height
