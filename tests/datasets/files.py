"""Small pictures, zips good and bad, and data sets of noise, made for the tests."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import torch
from PIL import Image

from convlab.datasets.dataset import Dataset, Split
from tests.corpus import saved


def picture(value: int, side_px: int = 32, kind: str = "PNG") -> bytes:
    """A file of one grey."""
    return saved(Image.new("RGB", (side_px, side_px), (value, value, value)), kind)


def zipped(members: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    """A zip of name -> content; a name that ends in a slash is a folder."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, compression)
    return file


def on_disk(members: Mapping[str, bytes], folder: Path) -> Path:
    """The folder, with these files in it; a name that ends in a slash is a folder."""
    for name, content in members.items():
        path = folder / name
        if name.endswith("/"):
            path.mkdir(parents=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return folder


def two_classes(each: int = 5) -> dict[str, bytes]:
    """bird/0.png ... (grey 0, 1, ...) and plane/0.png ... (grey 100, 101, ...)."""
    return {f"bird/{i}.png": picture(i) for i in range(each)} | {
        f"plane/{i}.png": picture(100 + i) for i in range(each)
    }


def noise(title: str = "Noise", train: int = 20, val: int = 6, classes: int = 2, seed: int = 0) -> Dataset:
    """A data set of random pixels, labels 0, 1, ... in turns."""
    generator = torch.Generator().manual_seed(seed)

    def split(count: int) -> Split:
        pixels = torch.randint(0, 256, (count, 3, 32, 32), generator=generator, dtype=torch.uint8)
        return Split(pixels, torch.arange(count) % classes)

    return Dataset(title, tuple(f"class {i}" for i in range(classes)), split(train), split(val))


class _Raw(zipfile.ZipInfo):
    """A member whose name is written as these bytes, and nothing said of their encoding."""

    raw = b""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.raw, self.flag_bits


def zipped_raw(members: Mapping[bytes, bytes]) -> io.BytesIO:
    """A zip of name -> content whose names do not tell their encoding, as many programs make it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for place, (name, content) in enumerate(members.items()):
            member = _Raw(f"{place}{'/' if name.endswith(b'/') else ''}")
            member.raw = name
            archive.writestr(member, content)
    return file
