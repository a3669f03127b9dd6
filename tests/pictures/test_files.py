"""convlab.pictures.files: odd files are taken as they should be or refused, large ones made smaller."""

import io
import struct
import traceback
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile, ImageOps, features
from torch import Tensor

from convlab.errors import UserError
from convlab.pictures import files
from tests.corpus import (
    ORIENTATION,
    REFUSED_SENTENCE,
    PictureFile,
    bombs,
    corpus,
    oriented,
    png,
    saved,
    scene,
)

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL", "ignore::RuntimeWarning:PIL")

FILES = corpus()
TAKEN = {name: file for name, file in FILES.items() if file.ok}
REFUSED = {name: file for name, file in FILES.items() if not file.ok}


def pixels_of(picture: Image.Image) -> Tensor:
    return torch.from_numpy(np.array(picture.convert("RGB"))).permute(2, 0, 1)


def load(data: bytes) -> Tensor:
    return files.read(data).pixels


SCENE = pixels_of(scene())


def rgb_at(picture: Tensor, row: int, column: int) -> list[int]:
    values: list[int] = picture[:, row, column].tolist()
    return values


@pytest.mark.parametrize("name", TAKEN)
def test_a_usable_file_becomes_an_upright_rgb_tensor(name: str) -> None:
    picture = load(TAKEN[name].data)
    assert picture.dtype == torch.uint8
    assert picture.shape == (3, *TAKEN[name].shape)
    assert picture.is_contiguous()


@pytest.mark.parametrize("name", REFUSED)
def test_an_unusable_file_is_refused_with_one_sentence(name: str) -> None:
    with pytest.raises(UserError, match=REFUSED_SENTENCE) as caught:
        load(REFUSED[name].data)
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
    assert torch.equal(load(TAKEN[name].data), SCENE)


def test_the_first_frame_of_a_gif_is_shown() -> None:
    palette = pixels_of(scene().quantize(16))
    assert torch.equal(load(TAKEN["palette.gif"].data), palette)
    assert torch.equal(load(TAKEN["animated.gif"].data), palette)


@pytest.mark.parametrize(
    "name", ["rgb.jpg", "cmyk.jpg", "lossy.webp", "really_a_jpeg.png", "cmyk.tif", "ycbcr.tif"]
)
def test_lossy_and_cmyk_files_come_close(name: str) -> None:
    difference = (load(TAKEN[name].data).int() - SCENE.int()).abs().float()
    assert difference.mean() < 10  # mirrored, the scene would be 70 off; lossy WebP is 7.3


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation_is_undone(kind: str, orientation: int) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    assert torch.equal(load(oriented(kind, orientation, **options)), SCENE)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation_of_a_jpeg_is_undone(orientation: int) -> None:
    picture = load(TAKEN[f"turned_{orientation}.jpg"].data).int()
    assert (picture - SCENE.int()).abs().float().mean() < 4


def test_a_damaged_exif_block_costs_only_the_rotation() -> None:
    assert torch.equal(load(TAKEN["bad_exif.jpg"].data), load(saved_jpeg()))


def saved_jpeg() -> bytes:
    return saved(scene(), "JPEG")


def test_transparency_is_laid_on_white() -> None:
    clear = Image.new("RGBA", (3, 1), (200, 0, 0, 0))
    clear.putpixel((1, 0), (200, 0, 0, 255))
    clear.putpixel((2, 0), (0, 0, 0, 51))  # a fifth of black: four fifths of white remain
    for kind in ("PNG", "TIFF"):
        picture = load(saved(clear, kind))
        assert picture[:, 0].T.tolist() == [[255, 255, 255], [200, 0, 0], [204, 204, 204]]


@pytest.mark.parametrize("name", ["rgb_transparent.png", "palette_transparent.png", "transparent.gif"])
def test_a_transparent_colour_becomes_white(name: str) -> None:
    file = Image.open(io.BytesIO(TAKEN[name].data)).convert("RGBA")
    clear = torch.from_numpy(np.array(file)[:, :, 3] == 0)
    assert clear.any()
    assert (load(TAKEN[name].data)[:, clear] == 255).all()


def test_sixteen_bit_grey_is_rescaled_not_clipped() -> None:
    values = np.array([[0, 257, 128 * 257, 65535, 128, 129, 40000]], dtype=np.uint16)
    expected = [0, 1, 128, 255, 0, 1, 156]  # round(v / 257); 40000 / 257 = 155.6
    for kind in ("PNG", "TIFF"):
        assert load(saved(Image.fromarray(values), kind))[:, 0].tolist() == [expected] * 3


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
    assert load(saved(Image.fromarray(values), "TIFF"))[:, 0].tolist() == [expected] * 3


def test_a_picture_of_exactly_the_limit_is_taken() -> None:
    for width, height in ((4000, 4000), (files.MAX_SIDE_PX, 16), (16, files.MAX_SIDE_PX)):
        loaded = files.read(png(width, height, 1, 0, bytes((width // 8 + 1) * height)))
        assert (loaded.pixels.shape, loaded.remarks) == ((3, height, width), ())


@pytest.mark.parametrize("name", bombs())
def test_a_bomb_never_reaches_the_decoder(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def decode(picture: ImageFile.ImageFile) -> None:
        raise AssertionError(f"{picture.format} of {picture.size} was decoded")

    Image.init()
    for reader in (ImageFile.ImageFile, *ImageFile.ImageFile.__subclasses__()):
        monkeypatch.setattr(reader, "load", decode)
    with pytest.raises(
        UserError, match=r"more than 64 million pixels|this kind of (WEBP|JPEG) may have (25|50) million"
    ):
        load(REFUSED[name].data)


def test_too_long_a_file_is_refused_with_the_limit() -> None:
    with pytest.raises(UserError, match=r"^The file has 41 MB and the limit is 40 MB: .*smaller one\.$"):
        load(bytes(40_000_001))
    padded = saved(scene(), "PNG") + bytes(40_000_000)
    assert torch.equal(load(padded[:40_000_000]), SCENE)  # what follows a picture's end does no harm


def test_warnings_turned_into_errors_do_not_escape() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name, file in FILES.items():
            try:
                load(file.data)
            except UserError:
                assert not file.ok or name == "bad_exif.jpg"  # of which Pillow warns


def test_threads_get_what_one_thread_gets() -> None:
    def outcome(file: PictureFile) -> tuple[int, ...] | str:
        try:
            return tuple(load(file.data).flatten().tolist()[:300])
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
        picture = load(data)
    except UserError:
        return
    assert picture.dtype == torch.uint8
    assert picture.ndim == 3
    assert picture.shape[0] == 3
    assert 0 < picture[0].numel() <= files.MAX_PIXELS


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


# What is said


@pytest.mark.parametrize(
    "kind", ["animated.png", "animated.webp", "animated.gif", "pages.tif", "two_pictures.jpg"]
)
def test_a_file_of_several_pictures_says_that_the_first_one_is_used(kind: str) -> None:
    assert "The file holds several pictures: the first one is used." in map(
        str, files.read(TAKEN[kind].data).remarks
    )


def test_an_ordinary_picture_needs_no_words() -> None:
    silent = (
        "rgb.png",
        "grey.png",
        "rgba.png",
        "palette.png",
        "rgb.jpg",
        "lossy.webp",
        "palette.gif",
        "rgb.bmp",
        "rgb.tif",
    )
    assert not [name for name in silent if files.read(TAKEN[name].data).remarks]


@pytest.mark.parametrize("name", TAKEN)
def test_plain_is_what_three_lines_of_pillow_give(name: str) -> None:
    loaded = files.read(TAKEN[name].data)
    if not loaded.plain:
        assert name.split("_")[0] in ("grey", "bad"), "16 bits, floats, damaged EXIF"
        return
    picture = ImageOps.exif_transpose(Image.open(io.BytesIO(TAKEN[name].data)))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    assert torch.equal(loaded.pixels, pixels_of(picture))


def test_avif_is_read_where_pillow_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "FORMATS", tuple(name for name in files.FORMATS if name != "AVIF"))
    if features.check("avif"):
        data = saved(scene(), "AVIF", quality=100, subsampling="4:4:4")
        with pytest.raises(UserError, match="format is AVIF, which ConvLab cannot read"):
            files.read(data)
        monkeypatch.undo()
        assert (load(data).int() - SCENE.int()).abs().float().mean() < 3


def test_hazard_22_a_refusal_holds_nothing_of_the_picture() -> None:
    """A session keeps it for as long as the file is in its uploader."""
    nan = np.full((1000, 1000), np.nan, np.float32)
    for data in (saved(Image.new("RGB", (1000, 1000)), "PNG")[:-60], saved(Image.fromarray(nan), "TIFF")):
        with pytest.raises(UserError) as caught:
            files.read(data)
        errors: list[BaseException] = [caught.value]
        for error in errors:
            errors += [one for one in (error.__cause__, error.__context__) if one and one not in errors]
            frames = [frame for frame, _line in traceback.walk_tb(error.__traceback__)]
            values = [value for frame in frames for value in frame.f_locals.values()]
            assert not [value for value in values if isinstance(value, Image.Image)]


# What is refused by its header


def test_hazard_3_a_side_beyond_the_limit_is_refused() -> None:
    for size in ((files.MAX_SIDE_PX + 1, 1), (1, files.MAX_SIDE_PX + 1)):
        with pytest.raises(UserError, match=r"has 1,000,001 pixels and the limit is 1,000,000: please"):
            load(png(*size, 1, 0, b""))


def test_hazard_3_a_turned_tiff_is_in_memory_twice() -> None:
    tags = {ORIENTATION: 6}
    data = bytearray(saved(Image.new("RGB", (8, 8)), "TIFF", tiffinfo=tags))
    for old in (struct.pack("<HHII", tag, 4, 1, 8) for tag in (256, 257)):
        assert data.count(old) == 1
        data = data.replace(old, old[:-4] + struct.pack("<I", 7500))
    with pytest.raises(UserError, match="this kind of TIFF may have 50 million: please shrink it first"):
        load(bytes(data))


def test_hazard_3_postscript_and_the_like_are_never_opened() -> None:
    for kind in ("EPS", "PPM", "ICO", "ICNS", "TGA", "PCX", "SGI", "DIB"):
        with pytest.raises(UserError, match=REFUSED_SENTENCE):
            load(saved(scene().resize((32, 32)), kind))


def test_hazard_23_a_tiff_of_very_many_parts_is_refused_before_it_is_opened() -> None:
    """Pillow goes through all before it reads one."""
    parts = 400_000
    size = ((256, 4, 1), (257, 4, parts), (258, 3, 8), (262, 3, 1))
    tags = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in size)
    tags += struct.pack("<HHII", 273, 4, parts, 70)
    with pytest.raises(UserError, match="The TIFF has 400,000 parts and the limit is 100,000: please"):
        load(b"II*\0" + struct.pack("<IH", 8, 5) + tags + bytes(4) + bytes(4 * parts))


def test_hazard_23_a_jpeg_of_very_many_passes_is_refused() -> None:
    with pytest.raises(UserError, match="The JPEG is coded in more than 100 passes: please"):
        load(REFUSED["too_many_passes.jpg"].data)
