"""convlab.pictures.files: large pictures are made smaller while they are read."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from convlab.errors import UserError
from convlab.pictures import files
from tests.corpus import ORIENTATION, UNDO, saved

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL", "ignore::RuntimeWarning:PIL")


def pixels_of(picture: Image.Image) -> Tensor:
    return torch.from_numpy(np.array(picture.convert("RGB"))).permute(2, 0, 1)


def scenery(width: int, height: int) -> Image.Image:
    """Smooth colours with some edges, as a photograph has."""
    small = np.random.default_rng(3).integers(0, 256, (9, 13, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


@pytest.fixture
def low(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits at a thousandth, so that small pictures are large ones."""
    monkeypatch.setattr(files, "MAX_PIXELS", 16_000)
    monkeypatch.setattr(files, "MAX_FILE_PIXELS", 256_000)
    monkeypatch.setattr(files, "_BAND_ROWS", 7)


def mean_of(picture: Tensor, factor: int) -> Tensor:
    """What is left of a picture where each square of so many pixels becomes their mean."""
    return F.avg_pool2d(picture[None].double(), factor, ceil_mode=True, count_include_pad=False)[0]


@pytest.mark.usefixtures("low")
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize(
    ("width", "height", "factor"), [(200, 150, 2), (241, 263, 2), (401, 303, 4), (499, 503, 4)]
)
def test_a_large_jpeg_is_the_same_picture_in_less(
    width: int, height: int, factor: int, orientation: int
) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    upright = scenery(width, height)
    stored = upright.transpose(UNDO[orientation]) if orientation in UNDO else upright
    loaded = files.read(saved(stored, "JPEG", quality=95, exif=exif))
    small = Image.fromarray(mean_of(pixels_of(stored), factor).round().byte().permute(1, 2, 0).numpy())
    expected = pixels_of(small.transpose(files._TURNS[orientation]) if orientation in UNDO else small).int()
    assert loaded.pixels.shape == expected.shape == (3, -(-height // factor), -(-width // factor))
    assert (loaded.pixels - expected).abs().float().mean() < 1.5
    assert (loaded.pixels - expected).abs().max() < 25
    assert not loaded.plain
    size = f"{width} × {height} pixels: it was made smaller, {expected.shape[2]} × {expected.shape[1]}"
    told = f"The picture has {size}, a pixel of each {factor} × {factor}."
    assert [str(remark) for remark in loaded.remarks] == [told]


MODES = {
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "TIFF": ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"),
    "WEBP": ("RGB", "RGBA"),
    "BMP": ("L", "RGB"),
}


@pytest.mark.usefixtures("low")
@pytest.mark.parametrize("factor", [2, 3, 4])
@pytest.mark.parametrize(("kind", "mode"), [(kind, mode) for kind, modes in MODES.items() for mode in modes])
def test_other_large_files_become_means_of_squares(
    kind: str, mode: str, factor: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    side = 125 * factor + 1
    picture = scenery(side, 120 * factor).convert("RGB")
    if "A" in mode:
        picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    if mode == "I;16":
        picture = Image.fromarray(np.array(picture.convert("L")).astype(np.uint16) * 257)
    else:
        picture = picture.convert(mode)
    data = saved(picture, kind, **({"lossless": True, "exact": True} if kind == "WEBP" else {}))
    small = files.read(data)
    monkeypatch.setattr(files, "MAX_PIXELS", 256_000)
    whole = files.read(data)
    assert whole.pixels.shape == (3, 120 * factor, side)
    assert small.pixels.shape == (3, 120, 126)
    assert (small.pixels - mean_of(whole.pixels, factor)).abs().max() <= 1
    assert len(small.remarks) == len(whole.remarks) + 1


@pytest.mark.usefixtures("low")
@given(width=st.integers(1, 700), height=st.integers(1, 700), kind=st.sampled_from(["JPEG", "PNG"]))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_left_is_never_too_large_and_keeps_its_shape(width: int, height: int, kind: str) -> None:
    data = saved(Image.new("L", (width, height), 99), kind)
    if width * height > files.MAX_FILE_PIXELS:
        with pytest.raises(UserError, match="million pixels"):
            files.read(data)
        return
    loaded = files.read(data)
    _, rows, columns = loaded.pixels.shape
    assert rows * columns <= files.MAX_PIXELS
    assert (loaded.pixels == 99).all()
    assert bool(loaded.remarks) == (rows < height or columns < width) == (width * height > files.MAX_PIXELS)


def test_a_large_picture_takes_a_bounded_memory() -> None:
    """50 megapixels as RGB are 150 MB, as Pillow keeps them 200 MB."""
    script = """
import sys, torch
from pathlib import Path
from convlab.pictures import files
data = sys.stdin.buffer.read()
Path("/proc/self/clear_refs").write_text("5")
before = next(int(line.split()[1]) for line in open("/proc/self/status") if "VmRSS" in line)
assert files.read(data).pixels.shape == (3, 3060, 4080)
print(next(int(line.split()[1]) for line in open("/proc/self/status") if "VmHWM" in line) - before)
"""
    if not Path("/proc/self/clear_refs").exists():
        pytest.skip("only Linux tells the peak of a process")
    data = saved(Image.new("RGB", (8160, 6120), "teal"), "JPEG")
    done = subprocess.run([sys.executable, "-c", script], input=data, capture_output=True, check=True)
    assert int(done.stdout) < 300_000  # kB


def test_hazard_22_many_large_pictures_take_the_memory_of_one() -> None:
    """Eight of 34 bytes, each of which takes 310 MB, without its decoder's own; and that is given back."""
    script = """
import sys, torch
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from convlab.pictures import files
def memory(name):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if name in line)
data = sys.stdin.buffer.read()
Path("/proc/self/clear_refs").write_text("5")
before = memory("VmRSS")
with ThreadPoolExecutor(8) as pool:
    sizes = list(pool.map(lambda n: files.read(data, patient=True).pixels.shape, range(8)))
    after = memory("VmRSS")
assert sizes == [(3, 2500, 2500)] * 8
print(memory("VmHWM") - before, after - before)
"""
    if not Path("/proc/self/clear_refs").exists():
        pytest.skip("only Linux tells the peak of a process")
    data = saved(Image.new("RGB", (5000, 5000)), "WEBP", lossless=True, method=0)
    done = subprocess.run([sys.executable, "-c", script], input=data, capture_output=True, check=True)
    peak, after = map(int, done.stdout.split())
    assert peak < 370_000  # kB
    assert after < 100_000
