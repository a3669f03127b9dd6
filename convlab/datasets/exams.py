"""What a network is examined on: validation pictures alone, and where those are that belong to a network."""

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property, lru_cache

from convlab.datasets import shelf
from convlab.datasets.dataset import Split
from convlab.datasets.sources import SOURCES
from convlab.networks.about import Origin


@dataclass(frozen=True, eq=False)
class Exam:
    """The validation pictures of a data set. Two are equal where classes, pictures and labels are.

    Attributes:
        trained: how many of them are among the training pictures too, pixel for pixel.
    """

    title: str
    classes: tuple[str, ...]
    val: Split
    drawn: bool = False
    trained: int = 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Exam) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of classes, pictures and labels, as 64 hexadecimal digits."""
        total = hashlib.sha256(json.dumps([self.classes, len(self.val)]).encode())
        for tensor in (self.val.images, self.val.labels):
            total.update(tensor.contiguous().numpy().data)
        return total.hexdigest()


@dataclass(frozen=True)
class Home:
    """Where the data of a network are here: their key, and whether they are the same to the last bit."""

    key: str
    same: bool


def get(key: str) -> Exam:
    """The validation pictures of a data set; the same object for all who ask, so nobody changes its tensors.

    Of the sketches they are drawn in a second where the whole set is not on the shelf. Raises UserError for a
    data set that is not here.
    """
    validation = SOURCES[key].validation if key in SOURCES else None
    if validation is not None and not shelf.ready(key):
        header = SOURCES[key].header
        assert header is not None
        return _exam(header.title, header.classes, validation(), header.drawn)
    found = shelf.get(key)
    return _exam(found.title, found.classes, found.val, found.drawn, found.twins.across)


_exam = lru_cache(maxsize=8)(Exam)


def find(origin: Origin, hidden: Collection[str] = ()) -> Home | None:
    """The data that a network was trained and validated on, or None where they are not here, or ``hidden``.

    The same pictures count under whatever key. Where ConvLab itself gets the data, they may be another copy:
    drawn by another version, or not by way of JPEG.
    """
    here = {key: header.digest or _known(key) for key, header in shelf.entries().items() if key not in hidden}
    same = [key for key, digest in here.items() if digest == origin.digest]
    if same:
        return Home(origin.key if origin.key in same else same[0], same=True)
    return Home(origin.key, same=False) if origin.key in SOURCES and origin.key in here else None


def _known(key: str) -> str:
    """The digest of one of ``SOURCES`` that is listed before it is there."""
    return shelf.digest(key) if shelf.ready(key) else SOURCES[key].digest
