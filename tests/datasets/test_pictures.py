"""People's own pictures: layouts, splits, unreadable files, pixels."""

import io
import itertools
import os
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from convlab.datasets import dataset, pictures
from convlab.datasets.dataset import Dataset, Split
from convlab.errors import UserError
from convlab.pictures import images
from tests.corpus import corpus, saved
from tests.datasets.files import on_disk, picture, two_classes, zipped


def from_zip(members: dict[str, bytes], **options: Any) -> Dataset:
    return pictures.read_zip(zipped(members), "Mine", **options)


def from_disk(members: dict[str, bytes], folder: Path, **options: Any) -> Dataset:
    return pictures.read_folder(on_disk(members, folder), "Mine", **options)


def greys(split: Split) -> set[tuple[int, int]]:
    """(label, grey) of each picture."""
    return set(zip(split.labels.tolist(), split.images[:, 0, 0, 0].tolist(), strict=True))


def under(top: str, members: dict[str, bytes]) -> dict[str, bytes]:
    return {f"{top}/{name}": content for name, content in members.items()}


def split_by_folders(train: dict[str, bytes], test: dict[str, bytes]) -> dict[str, bytes]:
    return under("train", train) | under("test", test)


def refuse(members: dict[str, bytes], message: str) -> None:
    with pytest.raises(UserError, match=message):
        from_zip(members)


def test_a_fifth_of_each_class_validates() -> None:
    found = from_zip(two_classes(5))
    assert found.classes == ("bird", "plane")
    assert found.title == "Mine"
    assert dataset.counts(found) == ((4, 1), (4, 1))
    both = greys(found.train) | greys(found.val)
    assert both == {(0, i) for i in range(5)} | {(1, 100 + i) for i in range(5)}
    assert (found.drawn, found.unreadable, found.unreadable_count) == (False, (), 0)


def test_zip_and_folder_give_the_same(tmp_path: Path) -> None:
    members = two_classes(7)
    assert from_zip(members).digest == from_disk(members, tmp_path).digest


def test_the_seed_decides_the_split_and_nothing_else() -> None:
    one, same, other = (from_zip(two_classes(20), seed=seed) for seed in (0, 0, 1))
    assert one.digest == same.digest
    assert greys(one.val) != greys(other.val)
    assert greys(one.train) | greys(one.val) == greys(other.train) | greys(other.val)


@given(sizes=st.lists(st.integers(2, 60), min_size=1, max_size=6), seed=st.integers(0, 2**31))
def test_a_split_is_a_stratified_partition(sizes: list[int], seed: int) -> None:
    starts = np.cumsum([0, *sizes]).tolist()
    classes = [torch.arange(start, start + size) for start, size in zip(starts, sizes, strict=False)]
    train, val = pictures.split(classes, torch.Generator().manual_seed(seed))
    for whole, a, b in zip(classes, train, val, strict=True):
        assert sorted(a.tolist() + b.tolist()) == whole.tolist()
        assert len(a) >= 1
        assert len(b) == max(1, round(len(whole) / 5))
    again = pictures.split(classes, torch.Generator().manual_seed(seed))
    assert all(torch.equal(x, y) for x, y in zip(train + val, again[0] + again[1], strict=True))


def test_classes_come_mixed() -> None:
    labels = from_zip(two_classes(40)).train.labels.tolist()
    changes = sum(a != b for a, b in itertools.pairwise(labels))
    assert 20 < changes < 45  # 31.5 of 63 are expected; in order there would be 1


@pytest.mark.parametrize("val", ["test", "val", "validation", "Test"])
def test_folders_may_make_the_split(val: str) -> None:
    members = under("train", two_classes(4)) | under(
        val, {f"{name}/9.png": picture(9) for name in ("bird", "plane")}
    )
    found = from_zip(members)
    assert greys(found.train) == {(0, i) for i in range(4)} | {(1, 100 + i) for i in range(4)}
    assert greys(found.val) == {(0, 9), (1, 9)}


def test_val_goes_before_test() -> None:
    members = under("train", two_classes(4))
    for top, value in (("test", 7), ("val", 8)):
        members |= under(top, {f"{name}/0.png": picture(value) for name in ("bird", "plane")})
    assert greys(from_zip(members).val) == {(0, 8), (1, 8)}


def test_classes_may_be_called_train_and_test() -> None:
    found = from_zip({f"{name}/{i}.png": picture(i) for name in ("test", "train") for i in range(5)})
    assert found.classes == ("test", "train")
    assert dataset.counts(found) == ((4, 1), (4, 1))


@pytest.mark.parametrize("wrapper", ["my pictures", "a/b", "train"])
def test_one_folder_around_everything_is_taken_off(wrapper: str) -> None:
    members = under(wrapper, two_classes(5)) | {f"{wrapper}/README.txt": b"?", "LICENCE": b"?"}
    assert from_zip(members).digest == from_zip(two_classes(5)).digest


def test_a_split_in_a_wrapper_is_seen() -> None:
    members = under("data", under("train", two_classes(3)) | under("test", two_classes(2)))
    assert dataset.counts(from_zip(members)) == ((3, 2), (3, 2))


def test_pictures_may_lie_deeper() -> None:
    deeper = {name.replace("/", "/some/where/"): content for name, content in two_classes(5).items()}
    assert from_zip(deeper).digest == from_zip(two_classes(5)).digest


def test_backslashes_hidden_files_and_macs_clutter() -> None:
    members = {name.replace("/", "\\"): content for name, content in two_classes(5).items()}
    clutter = under("__MACOSX/bird", {"._0.png": b"?"}) | {".git/a/0.png": b"?", "bird/.DS_Store": b"?"}
    found = from_zip(members | clutter)
    assert found.digest == from_zip(two_classes(5)).digest
    assert found.unreadable_count == 0


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({}, "two classes and there are 0"),
        ({"0.png": picture(0), "1.png": picture(1)}, "two classes and there are 0"),
        ({f"bird/{i}.png": picture(i) for i in range(5)}, "two classes and there are 1"),
        ({f"c{i:02}/0.png": b"" for i in range(21)}, "21 classes .* 20 at most"),
        (two_classes() | {"fish/": b""}, "'fish' has too few"),
        (two_classes() | {"fish/a.txt": b"?", "fish/b.txt": b"?"}, "'fish' has too few"),
        (two_classes() | {"fish/0.png": picture(0)}, "'fish' has too few"),
        (split_by_folders(two_classes(), two_classes() | {"fish/0.png": picture(0)}), "'fish' has too few"),
        (split_by_folders(two_classes() | {"fish/0.png": picture(0)}, two_classes()), "'fish' has too few"),
        (split_by_folders(two_classes(), two_classes() | {"fish/": b""}), "'fish' has too few"),
        (under("train", two_classes()) | {"test/bird/0.png": b""}, "two classes and there are 1"),
        (two_classes() | {"bird /9.png": picture(9)}, "Two class folders are called 'bird'"),
        (two_classes() | {"Bird/9.png": picture(9)}, "'Bird' and 'bird', which differ in case, accents"),
        (two_classes() | {f"{name}/0.png": picture(1) for name in ("Vo\u0308gel", "V\u00f6gel")},
         "which differ in case, accents or blanks only: rename one"),
        (split_by_folders(two_classes(), under("t", {}) | {f"{name}/1.png": picture(1)
         for name in ("Bird", "plane")}), "'test/Bird' and 'train/bird', which differ"),
        ({f"{'x' * 60}{i}/0.png": picture(0) for i in range(2)}, "has 61 characters: rename it, 60 at"),
    ],
)  # fmt: skip
def test_classes_that_cannot_be_learned_are_refused(members: dict[str, bytes], message: str) -> None:
    refuse(members, message)


def test_twenty_classes_are_taken() -> None:
    found = from_zip({f"c{i:02}/{j}.png": picture(i) for i in range(20) for j in range(2)})
    assert found.classes[19] == "c19"
    assert greys(found.train) == {(i, i) for i in range(20)}


def test_class_names_are_short_plain_text() -> None:
    names = (" <img onerror=x>\t![x](http:) ", "plane" * 12)
    found = from_zip({f"{name}/{i}.png": picture(i) for name in names for i in range(3)})
    assert found.classes == ("<img onerror=x> ![x](http:)", "plane" * 12)
    refuse({f"{name}/{i}.png": picture(i) for name in (names[0], "plane" * 20) for i in range(3)}, "100 char")


def test_unreadable_files_are_counted_and_named_and_the_rest_is_used() -> None:
    bad = {"bird/a.txt": b"text", "bird/cut.jpg": picture(1, kind="JPEG")[:300], "plane/empty.png": b""}
    nested = {"plane/inner.zip": zipped(two_classes()).getvalue()}
    found = from_zip(two_classes(5) | bad | nested)
    assert found.digest == from_zip(two_classes(5)).digest
    assert found.unreadable_count == 4
    assert found.unreadable == ("bird/a.txt", "bird/cut.jpg", "plane/empty.png", "plane/inner.zip")


def test_only_the_first_unreadable_ones_are_named() -> None:
    name = "bird/" + "long name " * 10
    found = from_zip(two_classes(5) | {f"{name}{i:02}": b"" for i in range(25)})
    assert found.unreadable_count == 25
    assert len(found.unreadable) == 20
    assert max(map(len, found.unreadable)) == 60
    assert found.unreadable[0].endswith("long name 00")


def test_a_damaged_member_is_unreadable() -> None:
    data = bytearray(zipped(two_classes(5), zipfile.ZIP_STORED).getvalue())
    data[data.index(b"IDAT") + 6] ^= 0xFF
    found = pictures.read_zip(io.BytesIO(bytes(data)), "Mine")
    assert (found.unreadable, found.unreadable_count) == (("bird/0.png",), 1)
    assert greys(found.train) | greys(found.val) == {(0, i) for i in range(1, 5)} | {
        (1, 100 + i) for i in range(5)
    }


def test_a_refused_archive_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    refuse(two_classes() | {"../evil.png": b"x"}, "leads out")
    refuse({"bird/0.png": picture(0)}, "two classes")
    assert os.listdir(tmp_path) == []


def test_every_picture_of_the_corpus_is_used_or_named() -> None:
    """Hostile pictures inside an archive: bombs, odd modes and orientations."""
    files = corpus()
    taken = {name: file for name, file in files.items() if file.ok}
    found = from_zip(two_classes(5) | under("bird", {name: file.data for name, file in files.items()}))
    assert found.unreadable_count == len(files) - len(taken)
    assert sum(dataset.counts(found)[0]) == 5 + len(taken)
    name, file = next(iter(taken.items()))
    small = images.working(images.load(file.data), 32, grey=False)
    everything = torch.cat([found.train.images, found.val.images])
    assert (everything == small).flatten(1).all(dim=1).any(), name


def test_jpegs_of_32_px_come_through_pixel_for_pixel() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (10, 32, 32, 3), dtype=np.uint8)
    files = [saved(Image.fromarray(pixels), "JPEG", quality=60) for pixels in noise]
    found = from_zip({f"{'ab'[i % 2]}/{i}.jpg": data for i, data in enumerate(files)})
    plain = {np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).tobytes() for data in files}
    read = {
        image.permute(1, 2, 0).contiguous().numpy().tobytes()
        for image in torch.cat([found.train.images, found.val.images])
    }
    assert read == plain
    assert len(read) == 10


def test_progress_is_told_after_a_moment_and_at_the_end_and_may_end_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(pictures, "_PROGRESS_EVERY_S", 0)
    from_zip(two_classes(5), progress=lambda done, total: told.append((done, total)))
    assert told == [(done, 10) for done in range(1, 11)]
    told.clear()
    monkeypatch.setattr(pictures, "_PROGRESS_EVERY_S", 3600)
    from_zip(two_classes(5), progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 10), (10, 10)]  # at once, and at the end

    def stop(done: int, total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        from_zip(two_classes(130), progress=stop)


def test_an_open_file_stays_open() -> None:
    file = zipped(two_classes())
    pictures.read_zip(file, "Mine")
    assert not file.closed
    file.seek(5)
    assert pictures.read_zip(file, "Mine").digest == from_zip(two_classes()).digest


def test_the_title_is_short_plain_text() -> None:
    assert pictures.read_zip(zipped(two_classes()), " a\nb " + "x" * 80).title == "a b " + "x" * 56
    assert pictures.read_zip(zipped(two_classes()), "\n").title == "Pictures"


def test_the_shared_zip(shared: Path) -> None:
    """Its counts, its statistics, every picture as plain Pillow decodes it."""
    told: list[tuple[int, int]] = []
    path = shared / "data" / "birds_vs_airplanes.zip"
    begun = time.process_time()
    found = pictures.read_zip(path, "Birds", progress=lambda done, total: told.append((done, total)))
    took = time.process_time() - begun
    assert told[-1] == (12_000, 12_000)
    assert found.classes == ("airplane", "bird")
    assert dataset.counts(found) == ((5000, 1000), (5000, 1000))
    assert found.unreadable_count == 0
    mean, std = dataset.statistics(found.train.images)
    assert [round(value, 3) for value in mean] == [0.507, 0.526, 0.506]
    assert [round(value, 3) for value in std] == [0.238, 0.233, 0.266]
    begun = time.process_time()
    with zipfile.ZipFile(path) as opened:
        plain = {
            np.asarray(Image.open(io.BytesIO(opened.read(f"test/bird/{i:04}.jpg"))).convert("RGB")).tobytes()
            for i in range(1000)
        }
    plain_took = time.process_time() - begun
    birds = found.val.images[found.val.labels == 1].permute(0, 2, 3, 1).contiguous()
    assert plain == {image.numpy().tobytes() for image in birds}
    assert took < 12 * plain_took * 5  # about 2 on a quiet machine; nothing is decoded twice
