"""The pictures that a network is examined on, and the way from a network to its own."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from convlab.datasets import exams, shelf, sketches
from convlab.datasets.exams import Exam, Home
from convlab.datasets.sources import SOURCES
from convlab.errors import UserError
from convlab.networks.about import Origin
from tests.datasets.files import noise

pytestmark = pytest.mark.usefixtures("folder")
ELSEWHERE = "0" * 64


def test_the_validation_pictures_are_those_of_the_shelf() -> None:
    key = shelf.put(found := noise())
    exam = exams.get(key)
    assert (exam.title, exam.classes, exam.val) == (found.title, found.classes, shelf.get(key).val)
    assert exams.get(key) is exam
    assert exam == Exam("another title", found.classes, found.val)
    assert exam != Exam(found.title, found.classes, found.train)
    assert exam != Exam(found.title, found.classes[::-1], found.val)
    assert exam.trained == 0
    with pytest.raises(UserError):
        exams.get("not-here")


def test_pictures_of_both_splits_are_counted() -> None:
    found = noise()
    found.val.images[1:3] = found.train.images[4]
    assert exams.get(shelf.put(found)).trained == 2


def test_sketches_are_examined_on_without_the_others(folder: Path) -> None:
    alone = exams.get("sketches")
    assert not shelf.ready("sketches")
    assert list(folder.glob("*.safetensors")) == []
    assert (len(alone.val), alone.classes, alone.drawn) == (1000, sketches.CLASSES, True)
    few = sketches.drawn(1, 20)
    assert torch.equal(alone.val.images[:40], few.val.images)
    assert all(torch.equal(sketches.sketch(place), alone.val.images[place]) for place in (0, 7))
    assert exams.get("sketches") is alone


def test_all_sketches_are_those_whose_digest_stands_here() -> None:
    assert sketches.sketches().digest == SOURCES["sketches"].digest == sketches.drawn().digest


def test_a_networks_data_are_found_by_their_pictures() -> None:
    key, digest = shelf.put(found := noise("first")), noise("first").digest
    assert exams.find(Origin(key, "first", digest)) == Home(key, same=True)
    assert exams.find(Origin("another-key", "another title", digest)) == Home(key, same=True)
    assert exams.find(Origin(key, "first", ELSEWHERE)) is None  # others now lie under that key
    shelf.file(key).unlink()
    assert exams.find(Origin(key, "first", digest)) is None
    again = shelf.put(replace(found, title="brought again"))
    assert exams.find(Origin(key, "first", digest)) == Home(again, same=True)


def test_sketches_of_another_version_are_another_copy() -> None:
    assert exams.find(Origin("sketches", "x", sketches.DIGEST)) == Home("sketches", same=True)
    assert exams.find(Origin("sketches", "x", ELSEWHERE)) == Home("sketches", same=False)
    shelf.put(noise(sketches.TITLE), "sketches")  # as if they were drawn otherwise on this machine
    assert exams.find(Origin("sketches", "x", noise().digest)) == Home("sketches", same=True)
    assert exams.find(Origin("sketches", "x", sketches.DIGEST)) == Home("sketches", same=False)


def test_cifar10_is_here_once_it_was_got() -> None:
    origin = Origin("cifar10", "as JPEG", ELSEWHERE)
    assert exams.find(origin) is None
    shelf.put(noise("CIFAR-10"), "cifar10")
    assert exams.find(origin) == Home("cifar10", same=False)
