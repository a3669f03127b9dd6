"""What systems leave behind, in any case of letters, wherever it lies; and what only looks alike."""

import pytest

from convlab.datasets.clutter import ignored

LEFT_BEHIND = [
    "@eaDir",
    "#recycle",
    "#snapshot",
    "@Recycle",
    "__MACOSX",
    "._0.jpg",
    ".DS_Store",
    "_DS_Store",
    "Thumbs.db",
    "ehthumbs.db",
    "ehthumbs_vista.db",
    "Thumbs.db:encryptable",
    "Desktop.ini",
    "Icon\r",
    "Picasa.ini",
    ".picasa.ini",
    ".picasaoriginals",
    "System Volume Information",
    "$RECYCLE.BIN",
    "lost+found",
    ".ipynb_checkpoints",
    ".Trash-1000",
    ".Trashes",
    ".Spotlight-V100",
    ".fseventsd",
    ".git",
    "__pycache__",
    ".thumbnails",
    "found.000",
    "Holiday.lrcat",
    "Holiday Previews.lrdata",
    "0.xmp",
    "IMG_0001.AAE",
    ".@__thumb",
    "~$notes.docx",
]


@pytest.mark.parametrize("name", LEFT_BEHIND)
def test_it_is_passed_over_at_any_depth_and_in_any_case(name: str) -> None:
    for form in (name, name.lower(), name.upper()):
        for parts in ((form,), ("bird", form), ("bird", form, "0.png"), (form, "bird", "0.png")):
            assert ignored(parts), parts


@pytest.mark.parametrize(
    "name",
    ["bird", "icon", "Icons", "thumbs", "recycled", "trash", "thumbnails", "macosx", "picasa", "ini", "0.jpg",
     "a~$", "eaDir", "found", "desktop", "system", "x.lr", "git"],
)  # fmt: skip
def test_names_that_people_give_stay(name: str) -> None:
    assert not ignored((name, "0.png"))
