"""What is said of a data set that somebody brought."""

from dataclasses import replace

import numpy as np
import torch
from PIL import Image

from convlab.datasets import pictures, report
from convlab.datasets.dataset import Dataset, Reading, Split
from convlab.pictures.files import FORMATS
from tests.corpus import saved
from tests.datasets.files import noise, picture, two_classes, zipped


def said(found: Dataset) -> list[str]:
    return [str(sentence) for sentence in report.sentences(found)]


def read(members: dict[str, bytes], seed: int = 0) -> Dataset:
    return pictures.read_zip(zipped(members), "Mine", seed)


def under(top: str, members: dict[str, bytes]) -> dict[str, bytes]:
    return {f"{top}/{name}": content for name, content in members.items()}


def test_of_our_own_data_there_is_nothing_to_say() -> None:
    assert said(noise()) == []


def test_a_split_of_our_own_names_its_share_and_its_seed() -> None:
    assert said(read(two_classes(), 7)) == [
        "No folders make a split: 20% of each class validate, drawn with seed 7."
    ]


def test_splits_and_what_is_kept_out() -> None:
    members = under("Training", two_classes(5))
    for top, grey in (("valid", 200), ("test", 220)):
        for place, name in enumerate(("bird", "plane")):
            members |= {f"{top}/{name}/{n}.png": picture(grey + 9 * place + n) for n in range(2)}
    assert said(read(members)) == [
        "Trained on the folder Training, validated on valid.",
        "Kept out, neither trained nor validated on: test (4).",
    ]


def test_files_that_are_in_no_class_or_no_pictures() -> None:
    more = {"top.png": picture(9), "bird/a.txt": b"?", "bird/old/x.jpg": picture(99, kind="JPEG")}
    assert said(read(two_classes() | more))[1:] == [
        "Pictures in folders within a class count to that class: 1, such as bird/old/x.jpg.",
        "Pictures that lie in no class folder were left out: 1 (top.png).",
        f"Files that are no {', '.join(FORMATS)} or are damaged were left out: 1 (bird/a.txt).",
    ]


def test_pictures_whose_black_and_white_are_their_own() -> None:
    """Of 12 bits, the brightest pictures say so; a picture of few bits is not as dark as it would be."""
    twelve = np.arange(0, 4000, 40, dtype=np.uint16).reshape(10, 10)
    floats = (twelve.T / 9000).astype(np.float32)
    more = {
        "bird/x.png": saved(Image.fromarray(twelve), "PNG"),
        "bird/y.tif": saved(Image.fromarray(floats), "TIFF"),
    }
    more["plane/full.png"] = saved(Image.fromarray(65535 - twelve), "PNG")
    assert said(read(two_classes() | more))[1:] == [
        "Pictures of more than 8 bits whose black and white follow from their own values, so that they may "
        "differ in brightness: 2, such as bird/x.png."
    ]


def test_what_is_there_twice() -> None:
    train = two_classes(3) | {"bird/again.png": picture(0), "plane/wrong.png": picture(1)}
    test = {"bird/0.png": picture(0), "plane/0.png": picture(50)}
    assert said(read(under("train", train) | under("test", test)))[1:] == [
        "Validation pictures that are training pictures too, pixel for pixel: 1. The network knows them, and "
        "its validation accuracy looks better than it is.",
        "Pictures that repeat another one of their split, pixel for pixel: 2.",
        "Pictures that stand under more than one class, pixel for pixel: 1, such as under 'bird' and "
        "'plane'. One label is wrong.",
    ]


def test_classes_that_all_hold_the_same_folders_may_be_something_else() -> None:
    found = report.flaws(replace(noise(), reading=Reading(within=("cat", "dog"), seed=0)))
    assert str(found[0]).startswith("Every class folder holds the same folders: cat, dog.")


def test_doubts_are_told_and_long_lists_are_cut() -> None:
    reading = Reading(like_splits=("test", "train"), beside=("a.png", "b.png"), beside_count=30, seed=0)
    found = said(replace(noise(), reading=replace(reading, encoding="gbk", doubtful=True)))
    assert "Taken for classes, though called like splits: test, train." in found
    assert "Pictures that lie in no class folder were left out: 30 (a.png, b.png …)." in found
    assert any("read as gbk, others fit as well" in sentence for sentence in found)
    certain = said(replace(noise(), reading=replace(reading, encoding="gbk")))
    assert "Names were read as gbk." in certain
    assert "utf-8" not in str(said(replace(noise(), reading=replace(reading, encoding="utf-8"))))


def test_the_class_names_in_a_sentence_are_the_data_sets_own() -> None:
    one = noise(classes=3, train=6, val=3)
    pixels = torch.cat([one.train.images, one.train.images[:1]])
    labels = torch.cat([one.train.labels, torch.tensor([2])])
    (repeated, contradicting) = said(replace(one, train=Split(pixels, labels)))
    assert "repeat" in repeated
    assert "'class 0' and 'class 2'" in contradicting
