"""convlab.pictures.images: the working picture, numbers for a network, PNG."""

import io
import zipfile
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torchvision.transforms import functional as tv

from convlab.errors import UserError
from convlab.pictures import images
from tests.corpus import scene

SCENE = images.to_tensor(scene())


# The working picture


def test_working_takes_the_centred_square() -> None:
    wide = torch.zeros(3, 10, 31, dtype=torch.uint8)
    wide[:, :, 10:20] = 255
    for picture in (wide, wide.transpose(1, 2)):
        assert (images.working(picture, 10, grey=False) == 255).all()
    assert (images.working(wide[:, :, 1:], 10, grey=False)[:, :, 9] == 0).all(), (
        "one column to the right of the middle"
    )


def test_working_keeps_a_picture_that_fits_already() -> None:
    square = SCENE[:, :, 4:20]
    assert torch.equal(images.working(square, 16, grey=False), square)


def test_working_enlarges_crisply() -> None:
    square = SCENE[:, :8, :8]
    expected = square.repeat_interleave(4, dim=1).repeat_interleave(4, dim=2)
    assert torch.equal(images.working(square, 32, grey=False), expected)


def test_working_shrinks_without_aliasing() -> None:
    y, x = torch.meshgrid(torch.arange(256), torch.arange(256), indexing="ij")
    fine = ((x + y) % 2 * 255).to(torch.uint8).expand(3, -1, -1)
    small = images.working(fine, 32, grey=True)[0, 1:-1, 1:-1].int()
    assert (small - 127).abs().max() <= 1, "a checkerboard of single pixels must become flat grey"


def test_working_draws_no_halo_along_an_edge() -> None:
    step = torch.full((3, 200, 200), 60, dtype=torch.uint8)
    step[:, :, 100:] = 190
    lanczos = Image.fromarray(step[0].numpy()).resize((32, 32), Image.Resampling.LANCZOS)
    assert lanczos.getextrema() != (60, 190), "this is why Lanczos was not taken"
    small = images.working(step, 32, grey=False)
    assert [int(small.min()), int(small.max())] == [60, 190]
    assert (small[0].int().diff(dim=1) >= 0).all()


@given(st.integers(1, 60), st.integers(1, 60), st.integers(8, 64), st.booleans(), st.integers(0, 999))
@settings(max_examples=60)
def test_working_never_leaves_the_range_of_its_source(
    h: int, w: int, size: int, grey: bool, seed: int
) -> None:
    picture = torch.randint(256, (3, h, w), dtype=torch.uint8, generator=torch.Generator().manual_seed(seed))
    result = images.working(picture, size, grey)
    assert result.shape == (1 if grey else 3, size, size)
    assert result.dtype == torch.uint8
    assert result.min() >= picture.min()
    assert result.max() <= picture.max()


def test_grey_is_the_itu_601_luma() -> None:
    colours = torch.tensor([[255, 0, 0], [0, 255, 0], [0, 0, 255], [10, 200, 90]], dtype=torch.uint8)
    picture = colours.T[:, None, :].repeat_interleave(4, dim=1)  # 4 x 4, a colour a column
    columns = images.working(picture, 8, grey=True)[0, 0, ::2].tolist()
    assert columns == [76, 150, 29, 131]  # .299 R + .587 G + .114 B: 76.2, 149.7, 29.1, 130.7


@pytest.mark.parametrize("size", [8, 256])
def test_working_takes_the_ends_of_its_range(size: int) -> None:
    assert images.working(SCENE, size, grey=True).shape == (1, size, size)


@pytest.mark.parametrize("size", [-1, 0, 7, 257, 100_000])
def test_working_refuses_other_sizes(size: int) -> None:
    with pytest.raises(UserError, match=f"size is {size} px: please choose 8 to 256 px"):
        images.working(SCENE, size, grey=True)


# Numbers for a network


def test_to_float_is_torchvisions_to_tensor() -> None:
    values = images.to_float(SCENE)
    assert values.dtype == torch.float32
    assert torch.equal(values, tv.to_tensor(scene()))


def test_normalise_is_torchvisions() -> None:
    values = images.to_float(SCENE)
    mean, std = images.channel_statistics(3)
    expected = tv.normalize(values, list(mean), list(std))
    assert torch.equal(images.normalise(values, mean, std), expected)
    assert torch.equal(images.normalise(values[None], mean, std), expected[None])
    assert torch.equal(values, images.to_float(SCENE)), "the argument stays as it was"


@pytest.mark.parametrize(
    ("mean", "std"), [((0.5,), (0.5,)), ((0.5,) * 3, (0.5,)), ((0.5,) * 3, (0.5, 0.0, 0.5))]
)
def test_normalise_refuses_what_does_not_fit(mean: tuple[float, ...], std: tuple[float, ...]) -> None:
    with pytest.raises(UserError, match="3 channels takes 3 means and 3 positive deviations"):
        images.normalise(torch.zeros(3, 2, 2), mean, std)


def test_channel_statistics_are_the_chapters() -> None:
    assert images.channel_statistics(3) == ((0.4915, 0.4823, 0.4468), (0.2470, 0.2435, 0.2616))
    mean, std = images.channel_statistics(1)
    assert mean == pytest.approx((0.4810038,), abs=1e-7)
    assert std == pytest.approx((0.2466099,), abs=1e-7)
    with pytest.raises(UserError, match="not 4"):
        images.channel_statistics(4)


def test_the_grey_deviation_is_3_percent_more_than_the_true_one(shared: Path) -> None:
    with zipfile.ZipFile(shared / "data" / "birds_vs_airplanes.zip") as archive:
        names = [name for name in archive.namelist() if name.startswith("train/")][::20]  # 500 of 10,000
        rgb = torch.stack([images.load(archive.read(name)) for name in names])
    luma = torch.tensor(images.LUMA)
    colours = images.to_float(rgb).permute(0, 2, 3, 1).reshape(-1, 3)
    grey = colours @ luma
    assert float(grey.mean()) == pytest.approx(float(colours.mean(0) @ luma), abs=1e-4)
    assert float(colours.std(0) @ luma / grey.std()) == pytest.approx(1.034, abs=0.01)


@pytest.mark.parametrize("channels", [1, 3])
def test_to_png_loses_nothing(channels: int) -> None:
    picture = images.working(SCENE, 40, grey=channels == 1)
    assert torch.equal(images.load(images.to_png(picture)), picture.expand(3, -1, -1))
    with Image.open(io.BytesIO(images.to_png(picture))) as file:
        assert (file.format, file.mode) == ("PNG", "L" if channels == 1 else "RGB")
