"""The photographs that come with scikit-image, read from its installed files."""

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from torch import Tensor

from convlab.errors import N_, UserError
from convlab.pictures import images

PHOTOGRAPHS: dict[str, str] = {
    "astronaut": N_("Astronaut"),
    "cat": N_("Cat"),
    "coffee": N_("Cup of coffee"),
    "rocket": N_("Rocket at night"),
    "camera": N_("Man with a camera"),
    "horse": N_("Horse, a silhouette"),
    "coins": N_("Ancient coins"),
    "text": N_("Handwriting"),
    "brick": N_("Brick wall"),
    "gravel": N_("Gravel"),
    "galaxies": N_("Galaxies seen by Hubble"),
    "retina": N_("Retina of an eye"),
}

_FILES = {
    "astronaut": "astronaut.png",
    "cat": "chelsea.png",
    "coffee": "coffee.png",
    "rocket": "rocket.jpg",
    "camera": "camera.png",
    "horse": "horse.png",
    "coins": "coins.png",
    "text": "text.png",
    "brick": "brick.png",
    "gravel": "gravel.png",
    "galaxies": "hubble_deep_field.jpg",
    "retina": "retina.jpg",
}


def photograph(key: str) -> Tensor:
    """One of ``PHOTOGRAPHS``, in its own size; the caller owns the tensor.

    All are free to use. scikit-image's notes beside each (skimage/data/_fetchers.py; the folder's
    README.txt says nothing of rights) give CC0 for cat, coffee, camera, horse, brick, gravel and
    retina; public domain for astronaut (NASA), rocket (SpaceX), text and galaxies (NASA); "no known
    copyright restrictions" for coins (Brooklyn Museum).

    Returns:
        uint8 [3, H, W], 0..255; grey ones have three equal channels.

    Raises:
        UserError: for an unknown key, or where scikit-image is not installed.
    """
    if key not in PHOTOGRAPHS:
        raise UserError(N_("There is no photograph {key!r}: please choose one of the list."), key=key[:40])
    return _read(_FILES[key]).clone()


@lru_cache(maxsize=len(_FILES))
def _read(name: str) -> Tensor:
    return images.load((_folder() / name).read_bytes())


def _folder() -> Path:
    spec = find_spec("skimage")  # finds the package without importing it: that takes most of a second
    if spec is None or spec.origin is None:
        raise UserError(N_("The photographs are not installed: please run pip install scikit-image."))
    return Path(spec.origin).parent / "data"
