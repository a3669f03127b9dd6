"""What folders mean: splits, classes and strays, in trees as people and programs make them."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlab.datasets import layout
from convlab.datasets.archive import Listing
from convlab.datasets.layout import Layout
from convlab.errors import UserError


def listing(*paths: str) -> Listing:
    """A path that ends in a slash is a folder."""
    return {tuple(path.strip("/").split("/")): None if path.endswith("/") else bytes for path in paths}


def understood(*paths: str) -> Layout:
    return layout.understood(listing(*paths))


def counts(found: Layout) -> list[dict[str, int]]:
    return [{name: len(files) for name, files in split.items()} for split in found.splits]


def tree(top: str, each: int = 2, classes: tuple[str, ...] = ("cat", "dog")) -> list[str]:
    start = f"{top}/" if top else ""
    return [f"{start}{name}/{place}.jpg" for name in classes for place in range(each)]


def refuse(message: str, *paths: str) -> None:
    with pytest.raises(UserError, match=message):
        understood(*paths)


TWO = {"cat": 2, "dog": 2}
ONE = {"cat": 1, "dog": 1}


@pytest.mark.parametrize(
    ("train", "val"),
    [
        *(("train", "valid"), ("train", "val"), ("Train", "Validation"), ("TRAIN", "DEV")),
        *(("train_set", "test_set"), ("Training", "Testing"), ("seg_train", "seg_test")),
        *(("train2017", "val2017"), ("训练集", "测试集"), ("学習", "検証"), ("обучение", "тест")),
        *(("x_train", "x_test"), ("pets-train", "pets-test"), ("80-train", "20-val"), ("1_train", "2_val")),
    ],
)  # fmt: skip
def test_two_splits(train: str, val: str) -> None:
    found = understood(*tree(train), *tree(val, 1))
    assert counts(found) == [TWO, ONE]
    assert (found.reading.train, found.reading.val) == (train, val)
    assert found.places == (f"{train}/", f"{val}/")
    assert (found.reading.left_out, found.reading.like_splits) == ((), ())


def test_of_three_splits_the_test_pictures_are_kept_out_and_told() -> None:
    found = understood(*tree("train"), *tree("valid", 1), *tree("test", 5))
    assert counts(found) == [TWO, ONE]
    assert found.reading.val == "valid"
    assert found.reading.left_out == (("test", 10),)


def test_splits_that_are_nested_once_more_and_pictures_without_a_class() -> None:
    pred = [f"archive/seg_pred/seg_pred/{place}.jpg" for place in range(7)]
    found = understood(*tree("archive/seg_train/seg_train"), *tree("archive/seg_test/seg_test", 1), *pred)
    assert counts(found) == [TWO, ONE]
    assert found.reading.left_out == (("seg_pred", 7),)
    assert found.reading.beside_count == 0


def test_test_pictures_without_classes_are_left_out() -> None:
    found = understood(*tree("train"), "test/0.jpg", "test/1.jpg")
    assert counts(found) == [TWO]
    assert (found.reading.train, found.reading.val) == ("train", "")
    assert found.reading.left_out == (("test", 2),)


def test_one_folder_of_another_name_in_a_split_holds_no_class() -> None:
    found = understood(*tree("train"), "test/unknown/0.jpg", "test/unknown/1.jpg")
    assert counts(found) == [TWO]
    assert found.reading.left_out == (("test", 2),)
    nested = understood(*tree("train"), *tree("val", 1), "test/test/0.jpg")
    assert counts(nested) == [TWO, ONE]
    assert nested.reading.left_out == (("test", 1),)


@pytest.mark.parametrize("form", ["{part}{name}", "{part}_{name}", "{name}-{part}", "{part} {name}"])
def test_names_that_hold_both_the_split_and_the_class(form: str) -> None:
    paths = [
        f"{form.format(part=part, name=name)}/{n}.jpg"
        for part, count in (("train", 2), ("Test", 1))
        for name in ("A", "B")
        for n in range(count)
    ]
    found = understood(*paths)
    assert counts(found) == [{"A": 2, "B": 2}, {"A": 1, "B": 1}]
    assert counts(understood(*paths, "other/0.jpg"))[0].keys() == {path.split("/")[0] for path in paths} | {
        "other"
    }
    assert len(understood(*(path for path in paths if "est" not in path)).splits) == 1


def test_an_empty_split_is_told_and_left_out() -> None:
    found = understood(*tree("train"), *tree("test", 1), "valid/")
    assert counts(found) == [TWO, ONE]
    assert found.reading.left_out == (("valid", 0),)
    assert counts(understood(*tree("train"), "test/")) == [TWO]


def test_a_train_is_a_class_beside_a_car() -> None:
    found = understood("train/0.jpg", "car/0.jpg")
    assert counts(found) == [{"car": 1, "train": 1}]
    assert found.reading.like_splits == ("train",)
    deeper = understood("train/steam/0.jpg", "train/electric/0.jpg", "car/red/0.jpg")
    assert counts(deeper) == [{"car": 1, "train": 2}]
    three = understood("train/steam/0.jpg", "test/lab/0.jpg", "car/0.jpg")
    assert counts(three) == [{"car": 1, "test": 1, "train": 1}]
    assert three.reading.like_splits == ("test", "train")


def test_classes_within_splits_may_be_called_like_splits() -> None:
    found = understood(*tree("train", 2, ("train", "car")), *tree("test", 1, ("train", "car")))
    assert counts(found) == [{"car": 2, "train": 2}, {"car": 1, "train": 1}]


def test_train_and_test_without_class_folders_are_classes_and_that_is_told() -> None:
    found = understood("train/0.jpg", "test/0.jpg")
    assert counts(found) == [{"test": 1, "train": 1}]
    assert found.reading.like_splits == ("test", "train")


def test_a_folder_beside_the_splits_is_left_out() -> None:
    found = understood(*tree("train"), *tree("val", 1), "samples/0.jpg", "notes/a.txt")
    assert counts(found) == [TWO, ONE]
    assert found.reading.left_out == (("notes", 0), ("samples", 1))


def test_splits_within_each_class() -> None:
    cats = ["cat/Train/0.jpg", "cat/Train/1.jpg", "cat/test/0.jpg"]
    paths = [*cats, *(path.replace("cat", "dog") for path in cats)]
    found = understood(*paths)
    assert counts(found) == [TWO, ONE]
    assert (found.reading.train, found.reading.val) == ("train", "test")
    assert found.reading.deeper_count == 0
    refuse("'dog' has too few pictures that can be read .* in test/", *paths[:-1], "dog/test/")
    some = understood(*paths, "cat/more.jpg")
    assert counts(some) == [{"cat": 4, "dog": 3}]
    assert some.reading.deeper_count == 6


@pytest.mark.parametrize(
    ("message", "paths"),
    [
        ("None of the folders 'test', 'val' is to train on", [*tree("val"), *tree("test")]),
        ("pictures in 'train' lie in no class folders", ["train/0.jpg", *tree("test")]),
        ("'fish' has too few pictures that can be read .* in test/",
         [*tree("train"), "train/fish/0.jpg", *tree("test")]),
        ("'fish' has too few pictures that can be read .* in train/",
         [*tree("train"), *tree("test"), "test/fish/"]),
        ("'Test/Cat' and 'Train/cat', which differ in case",
         [*tree("Train"), "Test/Cat/0.jpg", "Test/dog/0.jpg"]),
        ("'Cat' and 'cat', which differ in case", ["Cat/0.jpg", "cat/0.jpg"]),
        ("It takes two classes and there are 0", ["0.jpg", "1.jpg"]),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(message: str, paths: list[str]) -> None:
    refuse(message, *paths)


def test_two_forms_of_one_accent_are_one_name() -> None:
    assert counts(understood("Vo\u0308gel/0.jpg", "dog/0.jpg")) == [{"V\u00f6gel": 1, "dog": 1}]
    refuse("which differ in case, accents or blanks only", "Vo\u0308gel/0.jpg", "V\u00f6gel/0.jpg")
    both = understood(*tree("train", 1, ("Vo\u0308gel", "dog")), *tree("test", 1, ("V\u00f6gel", "dog")))
    assert counts(both) == [{"V\u00f6gel": 1, "dog": 1}] * 2


def test_a_name_with_markup_is_kept_whole() -> None:
    names = ("<b>x</b>", "x<br/>y", "a < b", "dog & cat")
    for wrapper in ("", "data"):
        found = understood(*tree(wrapper, 2, names))
        assert counts(found) == [dict.fromkeys(names, 2)]
    on_disk = listing("<b>x</b>/0.jpg", "<b>x</b>//", "dog/0.jpg") | {("<b>x<",): None, ("dog",): None}
    assert counts(layout.understood(on_disk)) == [{"<b>x</b>": 1, "dog": 1}]
    refuse("'<b>x<' has too few", "<b>x<//", "cat/0.jpg", "dog/0.jpg")


def test_joiners_stay_in_a_name() -> None:
    names = ("می\u200cخواهم", "👨\u200d👩\u200d👧")
    assert set(understood(*tree("", 1, names)).splits[0]) == set(names)


@pytest.mark.parametrize("tops", [("fold1", "fold2", "fold3"), ("day", "night"), ("color", "grayscale")])
def test_class_folders_that_hold_the_same_folders_are_told(tops: tuple[str, ...]) -> None:
    found = understood(*(path for top in tops for path in tree(top)))
    assert list(found.splits[0]) == list(tops)
    assert found.reading.within == ("cat", "dog")


@pytest.mark.parametrize("paths", [["a/x/0.jpg", "b/y/0.jpg"], ["a/a/0.jpg", "b/b/0.jpg"], tree("")])
def test_folders_that_differ_from_class_to_class_are_the_owners_own(paths: list[str]) -> None:
    assert understood(*paths).reading.within == ()


def test_pictures_that_are_in_no_class_and_those_deeper_in_one_are_told() -> None:
    found = understood(
        "mine/0.JPG", "mine/cat/0.jpg", "mine/cat/old/1.jpg", "mine/dog/0.jpg", "mine/readme.md"
    )
    assert counts(found) == [{"cat": 2, "dog": 1}]
    assert (found.reading.beside, found.reading.beside_count) == (("0.JPG",), 1)
    assert (found.reading.deeper, found.reading.deeper_count) == ("cat/old/1.jpg", 1)
    split = understood(*tree("train"), *tree("test"), "x.png", "train/y.png", "test/z.txt")
    assert split.reading.beside == ("x.png", "y.png")


CLASSES = st.lists(
    st.sampled_from(["bird", "Zug", "train", "猫", "dog & cat", "<b>x</b>", "a\\b"]), min_size=2, unique=True
)
SPLITS = st.sampled_from(
    [
        *[("",), ("train", "valid"), ("Training", "Testing"), ("seg_train", "seg_test", "seg_pred")],
        *[("train", "val", "test"), ("TRAIN", "dev", "Test set")],
    ]
)


@given(
    classes=CLASSES,
    splits=SPLITS,
    wrappers=st.lists(st.sampled_from(["my data", "train", "archive", "d"]), max_size=2),
    nested=st.booleans(),
    make=st.sampled_from([dict, lambda entries: dict(reversed(list(entries)))]),
)  # fmt: skip
def test_any_tree_is_read_as_it_was_meant(
    classes: list[str],
    splits: tuple[str, ...],
    wrappers: list[str],
    nested: bool,
    make: Callable[..., Listing],
) -> None:
    paths = [
        (*wrappers, *((split, split) if nested else (split,) if split else ()), name, f"{n}.png")
        for place, split in enumerate(splits)
        for name in classes
        for n in range(place + 1)
    ]
    found = layout.understood(make((parts, bytes) for parts in paths))
    wanted = [dict.fromkeys(classes, place + 1) for place in range(min(2, len(splits)))]
    assert counts(found) == wanted
    assert [count for _, count in found.reading.left_out] == [3 * len(classes)] * (len(splits) - len(wanted))
    assert (found.reading.deeper_count, found.reading.beside_count) == (0, 0)


def test_hostile_trees_are_refused_at_once() -> None:
    begun = time.process_time()
    refuse("32 deep and more", *("/".join(["d"] * 1000 + [str(n)]) for n in range(1000)))
    refuse("There are 20000 classes", *(f"<a{n}/b>{n % 7}/0.png" for n in range(20_000)))
    refuse("has 60000 characters", f"train{'_' * 59_995}/0.png", "cat/0.png")
    assert time.process_time() - begun < 5
