"""The photographs that come with scikit-image, read from its installed files."""

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from torch import Tensor

from convlab.errors import N_, UserError
from convlab.pictures import images

_FILES = {  # of skimage/data, with their titles
    "astronaut": (N_("Astronaut"), "astronaut.png"),
    "cat": (N_("Cat"), "chelsea.png"),
    "coffee": (N_("Cup of coffee"), "coffee.png"),
    "rocket": (N_("Rocket at night"), "rocket.jpg"),
    "camera": (N_("Man with a camera"), "camera.png"),
    "horse": (N_("Horse, a silhouette"), "horse.png"),
    "coins": (N_("Ancient coins"), "coins.png"),
    "text": (N_("Handwriting"), "text.png"),
    "brick": (N_("Brick wall"), "brick.png"),
    "gravel": (N_("Gravel"), "gravel.png"),
    "galaxies": (N_("Galaxies seen by Hubble"), "hubble_deep_field.jpg"),
    "retina": (N_("Retina of an eye"), "retina.jpg"),
}
PHOTOGRAPHS: dict[str, str] = {key: title for key, (title, _) in _FILES.items()}


def photograph(key: str) -> Tensor:
    """One of ``PHOTOGRAPHS``, uint8 [3, H, W], in its own size; the caller owns the tensor.

    All are free to use. scikit-image's notes beside each (skimage/data/_fetchers.py; the folder's
    README.txt says nothing of rights) give CC0 for cat, coffee, camera, horse, brick, gravel and
    retina; public domain for astronaut (NASA), rocket (SpaceX), text and galaxies (NASA); "no known
    copyright restrictions" for coins (Brooklyn Museum). Raises UserError for an unknown key, or where
    scikit-image is not installed.
    """
    if key not in PHOTOGRAPHS:
        raise UserError(N_("There is no photograph {key!r}: please choose one of the list."), key=key[:40])
    return _read(_FILES[key][1]).clone()


@lru_cache(maxsize=len(_FILES))
def _read(name: str) -> Tensor:
    spec = find_spec("skimage")  # finds the package without importing it: that takes most of a second
    if spec is None or spec.origin is None:
        raise UserError(N_("The photographs are not installed: please run pip install scikit-image."))
    return images.load((Path(spec.origin).parent / "data" / name).read_bytes())
