"""Whole trees of pictures as people bring them: a zip and a folder of one give what was meant."""

import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convlab.datasets import dataset, pictures
from tests.datasets.files import on_disk, picture, zipped_raw

WORDS = {
    "utf-8": ("Vögel", "猫", "飞机", "самолёт"),
    "gbk": ("小鸟", "飞机", "蝴蝶", "老虎"),
    "cp932": ("飛行機", "表示", "表紙", "りんご"),
    "cp850": ("Vögel", "Flügel", "Mäuse", "Bäume"),
    "cp866": ("птица", "самолёт", "кошка", "собака"),
}
TOPS = [
    ("",),
    ("train", "valid"),
    ("Training", "Testing"),
    ("TRAIN", "VAL", "TEST"),
    ("seg_train", "seg_test"),
]
CLUTTER = (
    "@eaDir/0.png/SYNOPHOTO_THUMB_M.jpg",
    "Thumbs.db",
    "Icon\r",
    "__MACOSX/._0.png",
    "lost+found/0.png",
)


@settings(max_examples=40)
@given(
    encoding=st.sampled_from(sorted(WORDS)),
    tops=st.sampled_from(TOPS),
    wrapper=st.sampled_from(["", "my data", "Bilder/2024"]),
    clutter=st.lists(st.sampled_from(CLUTTER), unique=True),
    count=st.integers(2, 4),
    backslashes=st.booleans(),
)
def test_a_zip_and_a_folder_of_the_same_tree_are_the_data_set_that_was_meant(
    encoding: str, tops: tuple[str, ...], wrapper: str, clutter: list[str], count: int, backslashes: bool
) -> None:
    classes = WORDS[encoding][:count]
    members = {
        "/".join(filter(None, (wrapper, top, name, f"{n}.png"))): picture(40 * place + 9 * label + n)
        for place, top in enumerate(tops)
        for label, name in enumerate(classes)
        for n in range(5 - place)
    }
    members |= {
        "/".join(filter(None, (wrapper, tops[0], classes[0], name))): picture(255) for name in clutter
    }
    with tempfile.TemporaryDirectory() as folder:
        in_folder = pictures.read_folder(on_disk(members, Path(folder)), "Mine")
    raw = {
        name.replace("/", "\\" if backslashes else "/").encode(encoding): content
        for name, content in members.items()
    }
    in_zip = pictures.read_zip(zipped_raw(raw), "Mine")
    assert in_zip.classes == tuple(sorted(classes))
    assert (in_zip.digest, in_zip.unreadable_count) == (in_folder.digest, 0)
    assert replace(in_zip.reading, encoding="", doubtful=False) == in_folder.reading
    wanted = (5, 4) if len(tops) > 1 else (4, 1)
    assert dataset.counts(in_zip) == (wanted,) * count
    assert in_zip.reading.left_out == ((("TEST", 3 * count),) if len(tops) > 2 else ())


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes on Linux alone")
def test_names_that_an_unpacker_left_as_the_bytes_of_a_zip_are_read(tmp_path: Path) -> None:
    for label, name in enumerate(WORDS["cp932"]):
        folder = os.fsencode(tmp_path) + b"/" + name.encode("cp932")
        os.mkdir(folder)
        for n in range(5):
            Path(os.fsdecode(folder), f"{n}.png").write_bytes(picture(9 * label + n))
    found = pictures.read_folder(tmp_path, "Mine")
    assert found.classes == tuple(sorted(WORDS["cp932"]))
    assert dataset.counts(found) == ((4, 1),) * 4
