"""convlab.ui.own_data: which data sets a session may use, and a zip that becomes one."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from convlab.datasets import shelf
from tests.datasets.files import noise, two_classes, zipped
from tests.few import few_sketches


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


def test_a_zip_that_is_refused_is_said_and_leaves_the_list() -> None:
    few_sketches()
    app = give(opened(), "x.zip", b"no zip at all")
    assert [error.value for error in app.error] != []
    assert list(app.session_state["titles"]) == ["sketches"]
    assert app.session_state["taken"] == []
