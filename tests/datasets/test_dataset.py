"""The data set itself: checks, figures, its one file and what may have happened to it."""

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from torch import Tensor

from convlab.datasets import dataset
from convlab.datasets.dataset import Dataset, Reading, Split
from convlab.datasets.twins import Twins
from convlab.errors import UserError
from convlab.networks.class_names import one_line
from convlab.pictures import images
from convlab.storage import tensor_files
from tests.datasets.files import noise


def whole(count: int, value: int = 0) -> Tensor:
    return torch.full((count, 3, 32, 32), value, dtype=torch.uint8)


@pytest.mark.parametrize(
    ("pixels", "labels", "message"),
    [
        (whole(2).float(), torch.zeros(2, dtype=torch.int64), r"not float32 \[2, 3, 32, 32\]"),
        (whole(2)[:, :1], torch.zeros(2, dtype=torch.int64), r"not uint8 \[2, 1, 32, 32\]"),
        (whole(2)[..., :31], torch.zeros(2, dtype=torch.int64), r"not uint8 \[2, 3, 32, 31\]"),
        (whole(2)[0], torch.zeros(2, dtype=torch.int64), r"not uint8 \[3, 32, 32\]"),
        (whole(2), torch.zeros(3, dtype=torch.int64), r"of 2 pictures .* not int64 \[3\]"),
        (whole(2), torch.zeros(2), r"not float32 \[2\]"),
        (whole(0), torch.zeros(0, dtype=torch.int64), "is empty"),
    ],
)
def test_a_split_of_other_tensors_is_refused(pixels: Tensor, labels: Tensor, message: str) -> None:
    with pytest.raises(UserError, match=message):
        Split(pixels, labels)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"classes": ("one",)}, "there are 1"),
        ({"classes": tuple(map(str, range(21)))}, "21 classes .* 20 at most"),
        ({"classes": ("same", "same")}, "Two classes are called 'same': give each"),
        ({"classes": ("", "b")}, "cannot be called ''"),
        ({"classes": ("a\nb", "b")}, "cannot be called"),
        ({"classes": ("x" * 61, "b")}, "of 60 characters at most"),
        ({"title": "t" * 61}, "too long"),
        ({"title": ""}, "is empty"),
        ({"train": Split(whole(2), torch.tensor([0, 2]))}, "label .* is 2, and there are 2"),
        ({"val": Split(whole(2), torch.tensor([-1, 0]))}, "label .* is -1"),
    ],
)
def test_an_inconsistent_data_set_is_refused(change: dict[str, Any], message: str) -> None:
    good = noise()
    fields: dict[str, Any] = {name: getattr(good, name) for name in ("title", "classes", "train", "val")}
    with pytest.raises(UserError, match=message):
        Dataset(**(fields | change))


def test_counts_by_hand() -> None:
    train = Split(whole(5), torch.tensor([0, 1, 1, 2, 1]))
    val = Split(whole(2), torch.tensor([2, 0]))
    assert dataset.counts(Dataset("t", ("a", "b", "c", "d"), train, val)) == ((1, 1), (3, 0), (1, 1), (0, 0))
    assert len(train) == 5


def test_statistics_equal_pytorchs() -> None:
    pixels = noise(train=1500).train.images
    mean, std = dataset.statistics(pixels)
    values = images.to_float(pixels).to(torch.float64).transpose(0, 1).flatten(1)
    assert mean == pytest.approx(values.mean(dim=1).tolist(), abs=1e-7)
    assert std == pytest.approx(values.std(dim=1, correction=0).tolist(), abs=1e-7)


def test_statistics_by_hand() -> None:
    pixels = whole(2)
    pixels[1, 0] = 255  # red: half 0, half 1
    pixels[:, 1] = 51  # green: .2 everywhere, so no deviation
    mean, std = dataset.statistics(pixels)
    assert mean == pytest.approx((0.5, 0.2, 0))
    assert std == pytest.approx((0.5, 1 / 255, 1 / 255))
    images.normalise(images.to_float(pixels), mean, std)


def test_the_contact_sheet_by_hand() -> None:
    pixels = torch.cat([whole(3, 10), whole(1, 20)])
    sheet = dataset.contact_sheet(Split(pixels, torch.tensor([0, 0, 0, 1])), per_class=2)
    assert (sheet.shape, sheet.dtype) == ((3, 66, 66), torch.uint8)
    for (row, column), value in {(0, 0): 10, (0, 1): 10, (1, 0): 20, (1, 1): 255}.items():
        cell = sheet[:, row * 34 : row * 34 + 32, column * 34 : column * 34 + 32]
        assert cell.unique().tolist() == [value]
    assert sheet[:, 32:34].unique().tolist() == sheet[:, :, 32:34].unique().tolist() == [255]


def test_the_contact_sheet_follows_its_seed_and_repeats_no_picture() -> None:
    pixels = torch.arange(40, dtype=torch.uint8)[:, None, None, None].expand(40, 3, 32, 32)
    split = Split(pixels, torch.arange(40) % 2)
    sheets = [dataset.contact_sheet(split, 8, seed) for seed in (0, 0, 1)]
    assert torch.equal(sheets[0], sheets[1])
    assert not torch.equal(sheets[0], sheets[2])
    shown = sheets[0][0, ::34, ::34]
    assert (shown % 2).tolist() == [[0] * 8, [1] * 8]
    assert len(shown.unique()) == 16


def test_the_digest_tells_data_sets_apart_and_knows_no_title() -> None:
    one = noise()
    images_changed = one.train.images.clone()
    images_changed[3, 2, 1, 0] ^= 1
    others = [
        Dataset(one.title, ("class 0", "class I"), one.train, one.val),
        Dataset(one.title, one.classes, Split(images_changed, one.train.labels), one.val),
        Dataset(one.title, one.classes, Split(one.train.images, 1 - one.train.labels), one.val),
        Dataset(one.title, one.classes, one.val, one.train),
    ]
    assert len({one.digest, *(other.digest for other in others)}) == 5
    same = Dataset("other", one.classes, one.train, one.val)
    assert same.digest == one.digest
    assert same == one
    assert hash(same) == hash(one)
    assert one.digest == noise().digest
    assert len(one.digest) == 64


@given(
    title=st.text(min_size=1).map(one_line).filter(bool),
    names=st.lists(st.text().map(one_line).filter(bool), min_size=2, max_size=20, unique=True),
    unreadable=st.lists(st.text(max_size=10), max_size=3),
    drawn=st.booleans(),
    seed=st.integers(0, 1000),
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_saved_is_loaded(
    tmp_path: Path, title: str, names: list[str], unreadable: list[str], drawn: bool, seed: int
) -> None:
    base = noise(classes=len(names), seed=seed)
    left_out = tuple(unreadable), len(unreadable) + 3
    saved = Dataset(title, tuple(names), base.train, base.val, drawn, *left_out)
    dataset.save(saved, tmp_path / "set")
    found = dataset.load(tmp_path / "set")
    for name in ("title", "classes", "drawn", "unreadable", "unreadable_count", "digest"):
        assert getattr(found, name) == getattr(saved, name)
    for a, b in ((found.train, saved.train), (found.val, saved.val)):
        assert torch.equal(a.images, b.images)
        assert torch.equal(a.labels, b.labels)
    head = dataset.header(tmp_path / "set")
    assert (head.title, head.classes, head.train_count, head.val_count) == (title, tuple(names), 20, 6)
    assert (head.drawn, head.unreadable, head.unreadable_count, head.digest) == (
        drawn,
        *left_out,
        saved.digest,
    )


def _tampered(path: Path, how: str) -> None:
    tensors, data = load_file(path), path.read_bytes()
    with_said = {"digest": "0" * 64}
    if how == "cut":
        path.write_bytes(data[:-1])
    elif how == "cut in its header":
        path.write_bytes(data[:50])
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "longer":
        path.write_bytes(data + b"\0")
    elif how == "one bit":
        path.write_bytes(data[:-9] + bytes([data[-9] ^ 1]) + data[-8:])
    elif how == "no zip, no tensors":
        path.write_bytes(b"PK\x03\x04" * 100)
    elif how == "a folder":
        path.unlink()
        path.mkdir()
    elif how == "missing":
        path.unlink()
    elif how == "nothing said":
        save_file(tensors, path)
    elif how == "half said":
        save_file(tensors, path, with_said)
    elif how == "deeply nested":
        path.write_bytes(data.replace(b'[\\"class 0\\", \\"class 1\\"]', b"[" * 24))
    elif how == "other type":
        said = {**_said(path), "digest": "0" * 64}
        save_file(tensors | {"train.images": tensors["train.images"].float()}, path, said)
    elif how == "other shape":
        save_file(tensors | {"val.images": tensors["val.images"][:, :2].contiguous()}, path, _said(path))
    elif how == "label 7":
        save_file(tensors | {"val.labels": tensors["val.labels"] + 6}, path, _said(path))
    elif how == "no labels":
        del tensors["val.labels"]
        save_file(tensors, path, _said(path))
    elif how == "scalar labels":
        save_file(tensors | {"val.labels": torch.tensor(1)}, path, _said(path))
    elif how == "other version":
        save_file(tensors, path, {**_said(path), "format": "convlab-dataset-0"})


def _said(path: Path) -> dict[str, str]:
    from safetensors import safe_open

    with safe_open(path, "pt") as file:
        return dict(file.metadata())


@pytest.mark.parametrize(
    "how",
    [
        "cut", "cut in its header", "empty", "longer", "one bit", "no zip, no tensors", "a folder", "missing",
        "nothing said", "half said", "deeply nested", "other type", "other shape", "label 7", "no labels",
        "scalar labels", "other version",
    ],
)  # fmt: skip
def test_a_damaged_file_is_one_clear_error(how: str, tmp_path: Path) -> None:
    dataset.save(noise(), tmp_path / "set")
    untouched = dataset.load(tmp_path / "set")
    assert untouched.digest == noise().digest
    _tampered(tmp_path / "set", how)
    with pytest.raises(UserError, match="damaged or of another version: please prepare it again"):
        dataset.load(tmp_path / "set")


def test_saving_leaves_one_file(tmp_path: Path) -> None:
    dataset.save(noise(), tmp_path / "set")
    dataset.save(noise(seed=1), tmp_path / "set")
    assert os.listdir(tmp_path) == ["set"]
    assert dataset.load(tmp_path / "set").digest == noise(seed=1).digest


def test_12_000_pictures_load_in_well_under_a_second(tmp_path: Path) -> None:
    dataset.save(noise(train=10_000, val=2_000), tmp_path / "set")
    took = []
    for _ in range(3):
        begun = time.process_time()
        dataset.load(tmp_path / "set")
        took.append(time.process_time() - begun)
    assert min(took) < 0.5
    begun = time.process_time()
    dataset.header(tmp_path / "set")
    assert time.process_time() - begun < 0.1


READING = Reading(
    "Training", "Testing", (("seg_pred", 7),), ("train",), ("x.png",), 3, "a/b/c.png", 2, 0, "gbk"
)


def test_how_the_folders_were_read_survives_in_the_file(tmp_path: Path) -> None:
    found = replace(noise(), reading=READING)
    dataset.save(found, tmp_path / "a")
    assert dataset.header(tmp_path / "a").reading == dataset.load(tmp_path / "a").reading == READING
    assert found.digest == noise().digest


def test_a_file_that_tells_nothing_of_its_folders_opens(tmp_path: Path) -> None:
    """As earlier versions wrote it."""
    dataset.save(noise(), tmp_path / "a")
    said = tensor_files.header(tmp_path / "a").words
    del said["reading"]
    save_file(load_file(tmp_path / "a"), tmp_path / "b", said)
    assert dataset.load(tmp_path / "b").reading == Reading()


@pytest.mark.parametrize("text", ["", "[1]", '{"train": 5}', '{"left_out": [["a"]]}', "{" * 9999])
def test_nonsense_about_its_folders_is_damage(text: str, tmp_path: Path) -> None:
    dataset.save(noise(), tmp_path / "a")
    said = tensor_files.header(tmp_path / "a").words | {"reading": text}
    save_file(load_file(tmp_path / "a"), tmp_path / "b", said)
    with pytest.raises(UserError, match="damaged"):
        dataset.header(tmp_path / "b")


def test_twins_are_found_in_both_splits() -> None:
    one = noise(train=4, val=2)
    assert one.twins == Twins()
    copied = Split(torch.cat([one.val.images, one.train.images[:1]]), torch.tensor([0, 1, 1]))
    assert replace(one, val=copied).twins == Twins(across=1, contradicting=1, labels=(0, 1))
