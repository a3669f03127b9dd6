"""The verdict's script is run on files, and gives what the library gives, bit for bit."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from convlab.networks.checkpoints import Match, WeightsFile, fill
from convlab.networks.designs import DESIGNS, design, seeded
from convlab.pictures import crop, files, images
from convlab.pictures.crop import PADDINGS, Square, cut
from convlab.probing.probe import Probe
from convlab.snippets import verdict
from tests.corpus import corpus
from tests.snippets.test_convolution import run

HEIGHT, WIDTH = 50, 70


@pytest.fixture
def photo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A picture file in the current folder."""
    monkeypatch.chdir(tmp_path)
    pixels = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    Image.fromarray(pixels).save("it's a {photo}.png")
    return "it's a {photo}.png"


def probe(key: str = "net", name: str = "weights.pt") -> tuple[Probe, Match]:
    match = Match(key, {})
    weights = seeded(design(key).build, 5).state_dict()
    if name.endswith(".pt"):
        torch.save(weights, name)
    else:
        save_file(weights, name)
    return Probe(fill(match, weights), ("air'plane\n", "{bird}")), match


@pytest.mark.parametrize("key", DESIGNS)
def test_the_script_gives_the_verdict(key: str, photo: str, capsys: pytest.CaptureFixture[str]) -> None:
    asked, match = probe(key)
    found = run(verdict.verdict(asked, match, WeightsFile("weights.pt"), photo, (HEIGHT, WIDTH)))
    small = cut(images.load(Path(photo).read_bytes()))[None]
    assert torch.equal(found["image"], asked.normalise(small)[0])
    assert torch.equal(found["probabilities"], asked.probabilities(small)[0])
    assert found["classes"] == asked.classes
    assert capsys.readouterr().out.endswith(f"{{bird}}       {float(found['probabilities'][1]):.4f}\n")


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize(
    "window", [Square(3, 4, 40), Square(5, 6, 32), Square(9, 9, 7), Square(-20, -9, 90), Square(55, 30, 31)]
)
def test_any_window_padding_and_temperature(window: Square, padding: str, photo: str) -> None:
    asked, match = probe(name="weights.safetensors")
    asked = Probe(asked.network, asked.classes, (0.1, 0.5, 0.9), (0.3, 0.2, 0.1))
    script = verdict.verdict(
        asked,
        match,
        WeightsFile("weights.safetensors"),
        photo,
        (HEIGHT, WIDTH),
        window,
        padding,
        temperature=2.5,
    )
    small = cut(images.load(Path(photo).read_bytes()), window, padding, asked.mean)[None]
    found = run(script)
    assert torch.equal(found["image"], asked.normalise(small)[0])
    assert torch.equal(found["probabilities"], asked.probabilities(small, 2.5)[0])


def test_a_far_window(photo: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crop, "_MAX_CANVAS_PX", 60)
    asked, match = probe()
    window = Square(-40, -50, 150)
    script = verdict.verdict(asked, match, WeightsFile("weights.pt"), photo, (HEIGHT, WIDTH), window, "edge")
    assert "picture = picture.reduce(3)" in script
    small = cut(images.load(Path(photo).read_bytes()), window, "edge")[None]
    assert torch.equal(run(script)["probabilities"], asked.probabilities(small)[0])


def test_transparency_and_rotation(photo: str) -> None:
    asked, match = probe()
    picture = Image.open(photo).convert("RGBA")
    picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned
    picture.save("clear.png", exif=exif)
    small = cut(images.load(Path("clear.png").read_bytes()))[None]
    found = run(verdict.verdict(asked, match, WeightsFile("weights.pt"), "clear.png", (WIDTH, HEIGHT)))
    assert torch.equal(found["probabilities"], asked.probabilities(small)[0])


@pytest.mark.parametrize("name", ["grey_16_bit.png", "grey_16_bit.tif", "grey_float.tif", "grey_32_bit.tif"])
def test_other_files_are_read_by_the_lab_s_own_reader(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(corpus()[name].data)
    loaded = files.read(corpus()[name].data)
    assert not loaded.plain
    asked, match = probe()
    size_px = (loaded.pixels.shape[1], loaded.pixels.shape[2])
    found = run(verdict.verdict(asked, match, WeightsFile("weights.pt"), name, size_px, plain=loaded.plain))
    assert torch.equal(found["probabilities"], asked.probabilities(cut(loaded.pixels)[None])[0])


def test_a_picture_that_was_made_smaller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(files, "MAX_PIXELS", 20_000)
    pixels = np.random.default_rng(1).integers(0, 256, (300, 200, 3), dtype=np.uint8)
    Image.fromarray(pixels).save("photo.jpg", quality=95)
    loaded = files.read(Path("photo.jpg").read_bytes())
    asked, match = probe()
    window = Square(-5, 20, 90)  # of the smaller picture, as the lab shows it
    weights = WeightsFile("weights.pt")
    script = verdict.verdict(asked, match, weights, "photo.jpg", (150, 100), window, plain=loaded.plain)
    assert torch.equal(run(script)["probabilities"], asked.probabilities(cut(loaded.pixels, window)[None])[0])
