"""pages/train.py: which pictures to train on: a zip of one's own, CIFAR-10, and who gets to see them."""

import io
import time
import zipfile
from pathlib import Path
from unittest.mock import Mock

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from convlab.datasets import cifar10, dataset, shelf
from convlab.datasets.dataset import Dataset
from convlab.datasets.sources import SOURCES, Source
from convlab.errors import N_, UserError
from convlab.ui import getting
from convlab.ui.train.controls import TrainControls
from tests.datasets.files import noise
from tests.few import few_sketches
from tests.ui.driver import open_page, troubles

PAGE = "pages/train.py"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))
    few_sketches()
    return tmp_path


def controls(app: AppTest) -> TrainControls:
    found: TrainControls = app.session_state["train.controls"]
    return found


def buttons(app: AppTest) -> set[str]:
    return {str(button.key) for button in app.button}


def zipped(names: dict[str, int]) -> bytes:
    """A zip with so many pictures of one colour in each folder."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for folder, count in names.items():
            for n in range(count):
                picture = io.BytesIO()
                Image.new("RGB", (40, 32), (40 * n % 255, 90, len(folder) * 9)).save(picture, "PNG")
                archive.writestr(f"{folder}/{n}.png", picture.getvalue())
        archive.writestr(f"{next(iter(names))}/broken.png", b"no picture")
    return file.getvalue()


def upload(app: AppTest, name: str, data: bytes) -> AppTest:
    after: AppTest = app.file_uploader(key="train.upload").set_value((name, data, "application/zip")).run()
    return after


def test_an_uploaded_zip_is_shown_with_its_counts_and_stays_in_its_session() -> None:
    app = open_page(PAGE, data="upload")
    assert app.button(key="train.start").disabled
    upload(app, "my <b>pets<b> $x$.zip", zipped({"cats": 10, "dogs :tada:": 15}))
    assert troubles(app) == []
    key = controls(app).data
    assert key.startswith("my-b-pets-b-x")
    counts = app.table[0].value
    assert counts["Training"].tolist() == ["8", "12"]
    assert counts["Validation"].tolist() == ["2", "3"]
    assert counts["Class"].tolist()[1].startswith("dogs")
    assert ":tada:" not in counts["Class"].tolist()[1]
    assert any("broken" in w.value for w in app.warning)
    assert not app.button(key="train.start").disabled
    other = open_page(PAGE)
    assert key not in other.selectbox(key="train.data").options
    assert not any("pets" in option for option in other.selectbox(key="train.data").options)


@pytest.mark.parametrize(
    "data", [b"", b"no zip at all", zipped({"only": 3})], ids=["empty", "text", "one class"]
)
def test_an_archive_that_is_refused_gets_one_sentence(data: bytes) -> None:
    app = open_page(PAGE, data="upload")
    upload(app, "x.zip", data)
    assert len(app.error) == 1
    assert controls(app).data == "upload"


TOPS = {"Training": 4, "validate": 2, "test": 2}  # the same pictures where the names are as long


def test_how_the_folders_were_read_and_what_is_there_twice_is_said_and_survives() -> None:
    app = open_page(PAGE, data="upload", experiment="data")
    three = {f"{top}/{name}": n for top, n in TOPS.items() for name in ("cats", "dog")}
    upload(app, "three.zip", zipped(three))
    for page in (app, open_page(PAGE, data=controls(app).data, experiment="data")):
        assert troubles(page) == []
        text = " ".join(found.value for found in page.markdown)
        assert "Trained on the folder Training, validated on validate" in text
        assert "neither trained nor validated on: test (4)." in text.replace("\\", "")
        assert any("training pictures too, pixel for pixel" in found.value for found in page.warning)


def test_cifar10_that_is_not_here_offers_a_download() -> None:
    app = open_page(PAGE, data="cifar10")
    assert "train.download" in buttons(app)
    assert app.button(key="train.start").disabled
    assert any("is not on this machine yet" in w.value for w in app.warning)


def test_an_archive_that_is_not_the_original_is_told_and_a_download_offered(home: Path) -> None:
    (home / cifar10.ARCHIVE).write_bytes(b"cut short")
    getting.download.cache_clear()
    app = open_page(PAGE, data="cifar10")
    limit = time.monotonic() + 60
    while "train.download" not in buttons(app):  # until the process that prepares it has failed
        assert time.monotonic() < limit
        time.sleep(0.5)
        app.run()
    (error,) = app.error
    assert "is not the original file" in error.value
    app.run()
    assert "train.download" in buttons(app)
    getting.download.cache_clear()


def test_a_source_that_cannot_be_made_is_told_and_can_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def find(_path: Path | None) -> Dataset:
        raise UserError(N_("There is no room for toys."))

    words = ("Toy", "The toys come first.", "Get the toys", "Getting the toys.")
    monkeypatch.setitem(SOURCES, "toy", Source(*words, find=find, holds=lambda path: path is None))
    monkeypatch.setattr(getting, "prepare", Mock(return_value=Mock(poll=Mock(return_value=1))))
    app = open_page(PAGE, data="toy")
    app.run()
    assert [error.value for error in app.error] == ["There is no room for toys\\."]
    monkeypatch.setitem(SOURCES, "toy", Source(*words, find=lambda _path: noise(), holds=lambda p: p is None))
    app.button(key="train.again").click().run()
    app.run()
    assert not app.error
    assert not app.button(key="train.start").disabled


def test_a_rerun_reads_each_header_once_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [shelf.put(noise(title)) for title in ("one", "two")]
    app = open_page(PAGE, data=keys[0], experiment="chapter")
    read = Mock(wraps=dataset.header)
    monkeypatch.setattr(dataset, "header", read)
    app.run()
    assert troubles(app) == []
    assert read.call_count == 0  # the files are what they were
    shelf._header.cache_clear()
    app.run()
    assert 0 < read.call_count <= len(keys)


def test_a_new_row_is_offered_and_made_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("Toy", "The toys come first.", "Get the toys", "Getting the toys.")
    toy = Source(*words, find=lambda _path: noise(), holds=lambda path: path is None)
    monkeypatch.setitem(SOURCES, "toy", toy)
    app = open_page(PAGE)
    assert "Toy" in app.selectbox(key="train.data").options
    assert not shelf.ready("toy")
    assert shelf.prepare("toy") == "toy"
    app = open_page(PAGE, data="toy")
    assert troubles(app) == []
    assert not app.button(key="train.start").disabled
    assert "Toy" in open_page("pages/probe.py", experiment="mistakes").selectbox(key="probe.data").options
