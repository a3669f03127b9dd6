"""convlab.ui.own_data: which data sets a session may use, and a zip that becomes one."""

import re
import threading
import time
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from streamlit.testing.v1 import AppTest

from convlab.datasets import pictures, shelf
from convlab.ui import own_data
from convlab.ui.reading import Reading
from tests.datasets.files import noise, two_classes, zipped
from tests.few import few_sketches
from tests.ui.driver import open_page, troubles


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))


def page() -> None:
    import streamlit as st

    from convlab.ui import own_data

    st.session_state["taken"] = st.session_state.get("taken", [])
    own_data.upload("zip", st.session_state["taken"].append)
    chosen = st.session_state.get("chosen", "")
    st.session_state["titles"] = own_data.titles(chosen)
    st.session_state["all"] = own_data.titles(chosen, absent=True)


def opened() -> AppTest:
    app = AppTest.from_function(page).run()
    assert not app.exception
    return app


def give(app: AppTest, name: str, data: bytes) -> AppTest:
    after: AppTest = app.file_uploader(key="zip").set_value((name, data, "application/zip")).run()
    assert not after.exception
    return after


def test_what_is_there_is_listed_and_the_rest_on_request() -> None:
    app = opened()
    assert app.session_state["titles"] == {"sketches": "Sketches (drawings)"}  # not drawn yet
    both = {"sketches": "Sketches (drawings)", "cifar10": "CIFAR-10 (photographs)"}
    assert app.session_state["all"] == both
    shelf.put(noise("CIFAR"), "cifar10")
    assert opened().session_state["titles"] == both


def test_an_upload_belongs_to_its_session_and_a_link_finds_it() -> None:
    app = give(opened(), "My birds.zip", zipped(two_classes(5)).getvalue())
    (key,) = app.session_state["taken"]
    assert app.session_state["titles"] == {"sketches": "Sketches (drawings)", key: "My birds"}
    assert shelf.get(key).title == "My birds"
    app.run()
    assert app.session_state["taken"] == [key]  # read once
    other = opened()
    assert key not in other.session_state["titles"]
    other.session_state["chosen"] = key
    other.run()
    assert other.session_state["titles"][key] == "My birds"
    other.session_state["chosen"] = "unknown"
    other.run()
    assert "unknown" not in other.session_state["titles"]


def test_flaws_of_what_was_brought_stand_below_the_uploader_while_it_is_there() -> None:
    app = give(opened(), "a.zip", zipped(two_classes(5) | {"bird/notes.txt": b"?"}).getvalue())
    (warning,) = app.warning
    assert "left out" in warning.value
    app.file_uploader(key="zip").set_value([]).run()
    assert not app.warning


def test_a_zip_that_is_refused_is_said_and_leaves_the_list() -> None:
    few_sketches()
    app = give(opened(), "x.zip", b"no zip at all")
    assert [error.value for error in app.error] != []
    assert list(app.session_state["titles"]) == ["sketches"]
    assert app.session_state["taken"] == []


def test_a_zip_that_is_too_large_is_refused_by_its_size_and_the_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(own_data, "MAX_ZIP_MB", 1)
    app = give(opened(), "large.zip", bytes(1_000_001))
    (error,) = app.error
    assert "The file has 2 MB and the limit is 1 MB" in error.value.replace("\\", "")


class Held:
    """Reading a zip, held up after its first picture; the progress that it tells ends it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go_on, self.begun, self.ended = threading.Event(), 0, 0
        self._read = pictures.read_zip
        monkeypatch.setattr(pictures, "read_zip", self._held)

    def _held(self, file: Any, title: str, progress: Any) -> Any:
        self.begun += 1
        try:
            progress(1, 10)
            assert self.go_on.wait(20)
            return self._read(file, title, progress=progress)
        finally:
            self.ended += 1


def test_reading_goes_on_when_the_page_runs_again_and_ends_when_the_file_is_taken_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held, app, data = Held(monkeypatch), opened(), zipped(two_classes(5)).getvalue()
    uploader = app.file_uploader(key="zip").set_value(("a.zip", data, "application/zip"))
    with pytest.raises(RuntimeError, match="timed out"):
        uploader.run(timeout=1)
    held.go_on.set()
    app.run()
    assert held.begun == 1  # not from the start
    assert len(app.session_state["taken"]) == 1
    held.go_on.clear()
    uploader = app.file_uploader(key="zip").set_value(("b.zip", data, "application/zip"))
    with pytest.raises(RuntimeError, match="timed out"):
        uploader.run(timeout=1)
    app.file_uploader(key="zip").set_value([]).run()
    held.go_on.set()
    assert "zip.reading" not in app.session_state
    assert len(app.session_state["taken"]) == 1


def uploaded() -> Any:
    file = Mock(file_id="1")
    file.name = "a.zip"
    return file


def test_how_far_it_is_and_how_long_it_takes_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    held = Held(monkeypatch)
    job = Reading(uploaded())
    limit = time.monotonic() + 20
    while job.share_and_text()[0] == 0:
        assert time.monotonic() < limit
        time.sleep(0.01)
    share, text = job.share_and_text()
    assert share == 0.1
    assert re.fullmatch(r"Reading the pictures: 1 of 10, about \d+:\d\d left", text)
    assert not job.ended()
    job.cancel()
    held.go_on.set()


def test_cancel_stands_beside_the_bar_and_its_press_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    held, app, data = Held(monkeypatch), opened(), zipped(two_classes(5)).getvalue()
    uploader = app.file_uploader(key="zip").set_value(("a.zip", data, "application/zip"))
    with pytest.raises(RuntimeError, match="timed out"):
        uploader.run(timeout=1)
    app.session_state["zip.reading"].cancel()  # as the button does
    begun = time.monotonic()
    app.run()
    assert time.monotonic() - begun < 2
    (error,) = app.error
    assert "cancelled" in error.value
    assert app.session_state["taken"] == []
    held.go_on.set()


def test_a_page_that_is_loaded_anew_goes_on_with_what_was_brought(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_data, "person", lambda: "anna")
    held, app, data = Held(monkeypatch), opened(), zipped(two_classes(5)).getvalue()
    uploader = app.file_uploader(key="zip").set_value(("a.zip", data, "application/zip"))
    with pytest.raises(RuntimeError, match="timed out"):
        uploader.run(timeout=1)
    other = AppTest.from_function(page)
    with pytest.raises(RuntimeError, match="timed out"):
        other.run(timeout=1)  # it shows how far that is
    held.go_on.set()
    other.run()
    assert held.begun == 1
    (key,) = other.session_state["taken"]
    assert other.session_state["titles"][key] == "a"
    other.run()
    assert other.session_state["taken"] == [key]
    fresh = opened()
    assert fresh.session_state["titles"][key] == "a"
    assert fresh.session_state["taken"] == []


def test_pictures_of_ones_own_can_be_deleted_and_of_others_not(monkeypatch: pytest.MonkeyPatch) -> None:
    few_sketches()
    key = shelf.put(noise("Mine"), giver="anna")
    for who in ("ben", "anna"):
        monkeypatch.setattr("convlab.ui.train.data.person", lambda who=who: who)
        app = open_page("pages/train.py", data=key, experiment="data")
        buttons = [button for button in app.button if button.key == "train.data_delete"]
        assert len(buttons) == (who == "anna")
    assert any("of the 4,000 MB that ConvLab keeps" in one.value for one in app.caption)
    app.button(key="train.data_delete").click().run()
    assert troubles(app) == []
    assert not shelf.file(key).is_file()
    assert app.session_state["train.controls"].data == "sketches"
