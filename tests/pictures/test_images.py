"""convlab.pictures.images: odd files are taken as they should be or refused; the working picture."""

import io
import warnings
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile
from torch import Tensor
from torchvision.transforms import functional as tv

from convlab.errors import UserError
from convlab.pictures import images
from tests.corpus import PictureFile, bombs, corpus, oriented, png, saved, scene

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL", "ignore::RuntimeWarning:PIL")

FILES = corpus()
TAKEN = {name: file for name, file in FILES.items() if file.ok}
REFUSED = {name: file for name, file in FILES.items() if not file.ok}
SENTENCE = r"^[A-Z][^.]*[a-z][^.]*: please [^.\n]*\.$"  # what is wrong: please do this.


def pixels_of(picture: Image.Image) -> Tensor:
    return torch.from_numpy(np.array(picture.convert("RGB"))).permute(2, 0, 1)


SCENE = pixels_of(scene())


def rgb_at(picture: Tensor, row: int, column: int) -> list[int]:
    values: list[int] = picture[:, row, column].tolist()
    return values


@pytest.mark.parametrize("name", TAKEN)
def test_a_usable_file_becomes_an_upright_rgb_tensor(name: str) -> None:
    picture = images.load(TAKEN[name].data)
    assert picture.dtype == torch.uint8
    assert picture.shape == (3, *TAKEN[name].shape)
    assert picture.is_contiguous()


@pytest.mark.parametrize("name", REFUSED)
def test_an_unusable_file_is_refused_with_one_sentence(name: str) -> None:
    with pytest.raises(UserError, match=SENTENCE) as caught:
        images.load(REFUSED[name].data)
    assert "/" not in str(caught.value), "no path of the server in the sentence"


@pytest.mark.parametrize(
    "name",
    [
        "rgb.png",
        "lossless.webp",
        "animated.webp",
        "animated.png",
        "rgb.bmp",
        "rgb.tif",
        "lzw.tif",
        "pages.tif",
    ],
)
def test_lossless_files_give_the_very_pixels_of_their_first_frame(name: str) -> None:
    assert torch.equal(images.load(TAKEN[name].data), SCENE)


def test_the_first_frame_of_a_gif_is_shown() -> None:
    palette = pixels_of(scene().quantize(16))
    assert torch.equal(images.load(TAKEN["palette.gif"].data), palette)
    assert torch.equal(images.load(TAKEN["animated.gif"].data), palette)


@pytest.mark.parametrize(
    "name", ["rgb.jpg", "cmyk.jpg", "lossy.webp", "really_a_jpeg.png", "cmyk.tif", "ycbcr.tif"]
)
def test_lossy_and_cmyk_files_come_close(name: str) -> None:
    difference = (images.load(TAKEN[name].data).int() - SCENE.int()).abs().float()
    assert difference.mean() < 10  # mirrored, the scene would be 70 off; lossy WebP is 7.3


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation_is_undone(kind: str, orientation: int) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    assert torch.equal(images.load(oriented(kind, orientation, **options)), SCENE)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation_of_a_jpeg_is_undone(orientation: int) -> None:
    picture = images.load(TAKEN[f"turned_{orientation}.jpg"].data).int()
    assert (picture - SCENE.int()).abs().float().mean() < 4


def test_a_damaged_exif_block_costs_only_the_rotation() -> None:
    assert torch.equal(images.load(TAKEN["bad_exif.jpg"].data), images.load(saved_jpeg()))


def saved_jpeg() -> bytes:
    return saved(scene(), "JPEG")


def test_transparency_is_laid_on_white() -> None:
    clear = Image.new("RGBA", (3, 1), (200, 0, 0, 0))
    clear.putpixel((1, 0), (200, 0, 0, 255))
    clear.putpixel((2, 0), (0, 0, 0, 51))  # a fifth of black: four fifths of white remain
    for kind in ("PNG", "TIFF"):
        picture = images.load(saved(clear, kind))
        assert picture[:, 0].T.tolist() == [[255, 255, 255], [200, 0, 0], [204, 204, 204]]


@pytest.mark.parametrize("name", ["rgb_transparent.png", "palette_transparent.png", "transparent.gif"])
def test_a_transparent_colour_becomes_white(name: str) -> None:
    file = Image.open(io.BytesIO(TAKEN[name].data)).convert("RGBA")
    clear = torch.from_numpy(np.array(file)[:, :, 3] == 0)
    assert clear.any()
    assert (images.load(TAKEN[name].data)[:, clear] == 255).all()


def test_sixteen_bit_grey_is_rescaled_not_clipped() -> None:
    values = np.array([[0, 257, 128 * 257, 65535, 128, 129, 40000]], dtype=np.uint16)
    expected = [0, 1, 128, 255, 0, 1, 156]  # round(v / 257); 40000 / 257 = 155.6
    for kind in ("PNG", "TIFF"):
        assert images.load(saved(Image.fromarray(values), kind))[:, 0].tolist() == [expected] * 3


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([[0.0, 0.5, 1.0]], np.float32), [0, 128, 255]),
        (np.array([[0.0, 12.0, 200.0]], np.float32), [0, 12, 200]),
        (np.array([[0.0, 257.0, 25700.0]], np.float32), [0, 1, 100]),
        (np.array([[-1.0, 0.0, 1.0]], np.float32), [0, 128, 255]),
        (np.array([[-3.0, -3.0, -3.0]], np.float32), [0, 0, 0]),
        (np.array([[0, 7, 255]], np.int32), [0, 7, 255]),
        (np.array([[0, 257, 65535]], np.int32), [0, 1, 255]),
        (np.array([[-(2**31), 0, 2**31 - 1]], np.int32), [0, 128, 255]),
    ],
)
def test_wide_values_take_the_first_range_that_holds_them(values: np.ndarray, expected: list[int]) -> None:
    assert images.load(saved(Image.fromarray(values), "TIFF"))[:, 0].tolist() == [expected] * 3


def test_a_picture_of_exactly_the_limit_is_taken() -> None:
    assert images.load(png(4000, 4000, 1, 0, bytes(501 * 4000))).shape == (3, 4000, 4000)
    assert images.load(png(images.MAX_PIXELS, 1, 1, 0, bytes(images.MAX_PIXELS // 8 + 1))).shape[1:] == (
        1,
        16_000_000,
    )


@pytest.mark.parametrize("name", bombs())
def test_a_bomb_never_reaches_the_decoder(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def decode(picture: ImageFile.ImageFile) -> None:
        raise AssertionError(f"{picture.format} of {picture.size} was decoded")

    Image.init()
    for reader in (ImageFile.ImageFile, *ImageFile.ImageFile.__subclasses__()):
        monkeypatch.setattr(reader, "load", decode)
    with pytest.raises(UserError, match="more than 16 million pixels"):
        images.load(REFUSED[name].data)


def test_too_long_a_file_is_refused_with_the_limit() -> None:
    with pytest.raises(UserError, match=r"^The file has 21 MB and the limit is 20 MB: .*smaller one\.$"):
        images.load(bytes(21_000_000))
    padded = saved(scene(), "PNG") + bytes(20_000_000)
    assert torch.equal(images.load(padded[:20_000_000]), SCENE)  # what follows a picture's end does no harm


def test_warnings_turned_into_errors_do_not_escape() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name, file in FILES.items():
            try:
                images.load(file.data)
            except UserError:
                assert not file.ok or name == "bad_exif.jpg"  # of which Pillow warns


def test_threads_get_what_one_thread_gets() -> None:
    def outcome(file: PictureFile) -> tuple[int, ...] | str:
        try:
            return tuple(images.load(file.data).flatten().tolist()[:300])
        except UserError as error:
            return str(error)

    files = [file for file in FILES.values() if len(file.data) < 3000] * 3
    flags = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES)
    alone = [outcome(file) for file in files]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(outcome, files)) == alone
    assert flags == (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES)


def load_or_refuse(data: bytes) -> None:
    try:
        picture = images.load(data)
    except UserError:
        return
    assert picture.dtype == torch.uint8
    assert picture.ndim == 3
    assert picture.shape[0] == 3
    assert 0 < picture[0].numel() <= images.MAX_PIXELS


MAGICS = [
    b"",
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"RIFF\x40\0\0\0WEBPVP8L",
    b"GIF89a",
    b"BM",
    b"II*\0",
    b"MM\0*",
]


@given(st.sampled_from(MAGICS), st.binary(max_size=200))
@settings(max_examples=200)
def test_any_bytes_give_a_picture_or_a_sentence(magic: bytes, rest: bytes) -> None:
    load_or_refuse(magic + rest)


@given(st.data())
@settings(max_examples=400)
def test_any_damage_to_a_real_file_gives_a_picture_or_a_sentence(data: st.DataObject) -> None:
    small = sorted(name for name, file in TAKEN.items() if len(file.data) < 2000)
    file = bytearray(TAKEN[data.draw(st.sampled_from(small))].data)
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(file)))
        end = start + data.draw(st.integers(0, 8))
        file[start:end] = data.draw(st.binary(max_size=8))
    load_or_refuse(bytes(file[: data.draw(st.integers(0, 2 * len(file)))]))


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
