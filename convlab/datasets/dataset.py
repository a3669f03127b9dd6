"""A data set: two splits of 32 x 32 pictures, what can be said of them, and the one file that holds them."""

import contextlib
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from pydantic import TypeAdapter
from torch import Tensor

from convlab.datasets import twins
from convlab.datasets.twins import Twins
from convlab.errors import N_, UserError
from convlab.networks.class_names import check_classes, one_line
from convlab.storage import tensor_files

SIZE_PX = 32
MAX_NAMED = 20  # unreadable files that are named; the others are only counted

_FORMAT = "convlab-dataset-1"
_PARTS = ("train", "val")
_AS_JSON = ("classes", "drawn", "unreadable", "unreadable_count")
_GAP_PX = 2
_CHUNK = 1000  # pictures turned into floats at a time


@dataclass(frozen=True, eq=False)
class Split:
    """Pictures and their classes. All who hold it share the tensors: nobody changes them.

    Images: uint8 [N, 3, 32, 32], N at least 1; labels: int64 [N], indices of classes; else a UserError.
    """

    images: Tensor
    labels: Tensor

    def __post_init__(self) -> None:
        images, labels = self.images, self.labels
        of_images = N_("The pictures of a data set are uint8 [N, 3, 32, 32], not {given}.")
        of_none = N_("A split of the data set is empty: training and validation both need pictures.")
        of_labels = N_("The labels of {count} pictures are int64 [{count}], not {given}.")
        if images.dtype != torch.uint8 or images.ndim != 4 or images.shape[1:] != (3, SIZE_PX, SIZE_PX):
            raise UserError(of_images, given=tensor_files.described(images))
        if labels.dtype != torch.int64 or labels.shape != images.shape[:1]:
            raise UserError(of_labels, count=len(images), given=tensor_files.described(labels))
        if not len(images):
            raise UserError(of_none)

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Reading:
    """How the folders of somebody's pictures were understood; all names are plain text of unknown origin.

    Attributes:
        train, val: the folders to train and to validate on; without ``val`` the split is our own.
        left_out: folders that are no classes and were not used, with their counts of pictures.
        like_splits: classes that are called like splits.
        beside: the first of the ``beside_count`` pictures that lie in no class folder, and were left out.
        deeper: one of the ``deeper_count`` pictures in a folder within their class's.
        seed: of our own split; None where nothing had to be understood: ConvLab's own data.
        encoding: by which names that do not tell theirs were read, by Python's name; "" where all tell it.
        doubtful: whether others read these names as well.
        ranged: one of the ``ranged_count`` pictures whose black and white follow from their own values.
        within: the first of the folders that stand in every class folder, where all have the same.
    """

    train: str = ""
    val: str = ""
    left_out: tuple[tuple[str, int], ...] = ()
    like_splits: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    beside_count: int = 0
    deeper: str = ""
    deeper_count: int = 0
    seed: int | None = None
    encoding: str = ""
    doubtful: bool = False
    ranged: str = ""
    ranged_count: int = 0
    within: tuple[str, ...] = ()


_READINGS = TypeAdapter(Reading)


@dataclass(frozen=True, eq=False)
class Dataset:
    """Pictures to train and to validate on. Two are equal where classes, pictures and labels are.

    Attributes (a UserError where one does not hold):
        title: plain text, 60 characters at most.
        classes: 2 to 20 names, plain text, each 60 characters at most; a label is an index into them.
        drawn: made by ConvLab's own code, no photographs.
        unreadable: the first ``MAX_NAMED`` of the ``unreadable_count`` files that were left out, by name.
        reading: how its folders were understood.
    """

    title: str
    classes: tuple[str, ...]
    train: Split
    val: Split
    drawn: bool = False
    unreadable: tuple[str, ...] = ()
    unreadable_count: int = 0
    reading: Reading = Reading()

    def __post_init__(self) -> None:
        check_classes(self.classes)
        if not self.title or self.title != one_line(self.title):
            sentence = N_("The title {title!r} is empty, too long or no plain text.")
            raise UserError(sentence, title=self.title[:80])
        for split in (self.train, self.val):
            low, high, count = int(split.labels.min()), int(split.labels.max()), len(self.classes)
            if low < 0 or high >= count:
                sentence = N_("A label of the data set is {label}, and there are {count} classes.")
                raise UserError(sentence, label=low if low < 0 else high, count=count)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dataset) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of classes, shapes, pictures and labels, as 64 hexadecimal digits."""
        shapes = [list(tensor.shape) for tensor in _tensors(self).values()]
        total = hashlib.sha256(json.dumps([self.classes, shapes]).encode())
        for tensor in _tensors(self).values():
            total.update(tensor.contiguous().numpy().data)
        return total.hexdigest()

    @cached_property
    def twins(self) -> Twins:
        """Pictures that are there more than once."""
        return twins.find(*((split.images, split.labels) for split in (self.train, self.val)))


@dataclass(frozen=True)
class Header:
    """What a data set's file says of itself."""

    title: str
    classes: tuple[str, ...]
    train_count: int
    val_count: int
    drawn: bool = False
    unreadable: tuple[str, ...] = ()
    unreadable_count: int = 0
    digest: str = ""
    reading: Reading = Reading()


def counts(dataset: Dataset) -> tuple[tuple[int, int], ...]:
    """For each class: pictures to train on, pictures to validate on."""
    size = len(dataset.classes)
    train, val = (split.labels.bincount(minlength=size).tolist() for split in (dataset.train, dataset.val))
    return tuple(zip(train, val, strict=True))


def statistics(images: Tensor) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation of each channel over all pixels, on the scale 0..1 (chapter 7.1.4).

    Images are uint8 [N, 3, H, W], N at least 1. A deviation is 1/255 at least: pictures of one colour can be
    normalised with it too.
    """
    total, squares = torch.zeros(3, dtype=torch.float64), torch.zeros(3, dtype=torch.float64)
    for chunk in images.split(_CHUNK):
        values = chunk.transpose(0, 1).flatten(1).to(torch.float64)
        total += values.sum(dim=1)
        squares += values.square().sum(dim=1)
    count = images.numel() // 3
    mean = total / count
    std = (squares / count - mean.square()).clamp(min=1).sqrt()  # of 0..255
    return tuple((mean / 255).tolist()), tuple((std / 255).tolist())


def contact_sheet(split: Split, per_class: int, seed: int = 0) -> Tensor:
    """Pictures picked with a seed, a row for each class that occurs, on white, 2 px apart.

    ``per_class`` columns; a class with fewer pictures leaves white ones: uint8 [3, H, W].
    """
    labels, pitch = split.labels.unique().tolist(), SIZE_PX + _GAP_PX
    cells = torch.full((len(labels), per_class, 3, pitch, pitch), 255, dtype=torch.uint8)
    generator = torch.Generator().manual_seed(seed)
    for row, label in zip(cells, labels, strict=True):
        of_class = (split.labels == label).nonzero()[:, 0]
        picked = of_class[torch.randperm(len(of_class), generator=generator)[:per_class]]
        row[: len(picked), :, :SIZE_PX, :SIZE_PX] = split.images[picked]
    sheet = cells.permute(2, 0, 3, 1, 4).reshape(3, len(labels) * pitch, per_class * pitch)
    return sheet[:, :-_GAP_PX, :-_GAP_PX]


def save(dataset: Dataset, path: Path) -> None:
    """Write a data set as one safetensors file, whole or not at all. Raises OSError where that fails."""
    said = {name: json.dumps(getattr(dataset, name)) for name in _AS_JSON}
    said |= {"format": _FORMAT, "title": dataset.title, "digest": dataset.digest}
    said["reading"] = _READINGS.dump_json(dataset.reading).decode()
    tensors = {name: tensor.contiguous() for name, tensor in _tensors(dataset).items()}
    tensor_files.save(path, tensors, said)


def header(path: Path) -> Header:
    """What a saved data set says of itself, without its pictures. Raises UserError where it is damaged."""
    with _whole():
        found = tensor_files.header(path)
        said, (train, val) = found.words, (len(found.tensors[f"{name}.labels"]) for name in _PARTS)
        if said["format"] != _FORMAT:
            raise ValueError(said["format"])
        classes, drawn, unreadable, count = (json.loads(said[name]) for name in _AS_JSON)
        check_classes(classes := tuple(map(str, classes)))
        named = tuple(map(str, unreadable)), int(count)
        reading = _READINGS.validate_json(said.get("reading", "{}"))
        title = one_line(said["title"])
        return Header(title, classes, train, val, drawn is True, *named, said["digest"], reading)


def load(path: Path) -> Dataset:
    """Read a saved data set and check every bit. Raises UserError where it is none, damaged or changed."""
    said = header(path)
    with _whole():
        tensors = tensor_files.load(path.read_bytes())
        train, val = (Split(tensors[f"{name}.images"], tensors[f"{name}.labels"]) for name in _PARTS)
        named = said.unreadable, said.unreadable_count
        found = Dataset(said.title, said.classes, train, val, said.drawn, *named, said.reading)
    if found.digest != said.digest:
        raise damaged()
    return found


def damaged() -> UserError:
    """The sentence for a prepared file that cannot be used."""
    return UserError(N_("The prepared data set is damaged or of another version: please prepare it again."))


@contextlib.contextmanager
def _whole() -> Iterator[None]:
    """Whatever a damaged file makes of its reader is said in one sentence."""
    try:
        yield
    except (OSError, LookupError, ValueError, TypeError, RecursionError) as error:
        raise damaged() from error


def _tensors(dataset: Dataset) -> dict[str, Tensor]:
    splits = zip(_PARTS, (dataset.train, dataset.val), strict=True)
    return {f"{name}.{what}": getattr(split, what) for name, split in splits for what in ("images", "labels")}
