"""Which pictures a network is examined on: its own first; what is said where they are not, or not here."""

import time
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from convlab.datasets import exams, shelf, sketches
from convlab.datasets.sources import SOURCES
from convlab.datasets.sources import Download as Remote
from convlab.networks.about import Origin
from convlab.ui import getting
from tests.datasets.files import noise
from tests.ui.driver import troubles

ELSEWHERE = "0" * 64


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))


def page() -> None:
    from dataclasses import replace

    import streamlit as st

    from convlab.networks.about import About
    from convlab.ui import networks
    from convlab.ui.probe import exam
    from convlab.ui.probe.controls import ProbeControls
    from convlab.ui.urls import PageState

    state = PageState("probe", ProbeControls)
    model = replace(networks.bundled_model("net"), about=About(data=st.session_state["origin"]))
    st.session_state["exam"] = exam.choose_exam(state, model, "here")
    state.write()


def shown(origin: Origin | None, **query: str) -> AppTest:
    app = AppTest.from_function(page)
    app.session_state["origin"] = origin
    for name, text in query.items():
        app.query_params[name] = text
    app.run()
    assert troubles(app) == []
    return app


def options(app: AppTest) -> list[str]:
    found: list[str] = app.selectbox(key="probe.data").options
    return found


def said(app: AppTest) -> str:
    return " ".join(str(one.value) for one in (*app.info, *app.caption)).replace("\\", "")


def test_its_own_come_first_and_need_no_place_in_the_link() -> None:
    key, data = shelf.put(noise("Pets")), noise("Pets")
    app = shown(Origin(key, "Pets", data.digest))
    assert options(app) == ["Its own: Pets", "Sketches (drawings)"]
    assert app.session_state["exam"] == exams.get(key)
    assert f"{len(data.val)} validation pictures, on which the network was not trained" in said(app)
    assert dict(app.query_params) == {}
    again = shown(Origin(key, "Pets", data.digest), data=key)  # named in the link they are still its own
    assert again.session_state["exam"] == exams.get(key)
    assert not again.info


def test_pictures_that_it_was_trained_on_as_well_are_counted() -> None:
    data = noise("Pets")
    data.val.images[:2] = data.train.images[:2]
    app = shown(Origin(shelf.put(data), "Pets", data.digest))
    assert "6 validation pictures. Training pictures too, pixel for pixel: 2." in said(app)
    assert "was not trained" not in said(app)


def test_other_pictures_are_called_that_and_leave_the_network() -> None:
    key = shelf.put(noise("Pets"))
    app = shown(Origin(key, "Pets", noise().digest))
    app.selectbox(key="probe.data").set_value("sketches").run()
    assert len(app.session_state["exam"].val) == 2 * sketches.VAL_PER_CLASS
    assert "not the network's own pictures. It was trained on Pets" in said(app).replace("*", "")
    assert app.query_params["data"] == "sketches"
    assert app.query_params["model"] == "shipped:net_sketches"  # what was open stays open


def test_what_was_deleted_is_said_and_what_fits_is_offered() -> None:
    key = shelf.put(noise("Pets"))
    shelf.file(key).unlink()
    app = shown(Origin(key, "Pets", noise().digest), model="shipped:net")
    assert app.session_state["exam"] is None
    assert options(app)[0] == "Its own, not here: Pets"
    assert "was trained on Pets, which is not on this machine" in said(app)
    assert not [one for one in app.button if one.key == "probe.download"]  # nobody can download them
    (button,) = [one for one in app.button if str(one.key).startswith("probe.ask.")]
    button.click().run()
    assert app.query_params["model"] == "shipped:net_sketches"
    shelf.put(noise("Pets, brought again"))
    again = shown(Origin(key, "Pets", noise().digest))
    assert options(again)[0] == "Its own: Pets"
    assert again.session_state["exam"] is not None


def test_cifar10_is_offered_for_download() -> None:
    app = shown(Origin("cifar10", "as JPEG", ELSEWHERE))
    assert app.session_state["exam"] is None
    assert "CIFAR-10 (photographs), which is not on this machine. Download it" in said(app)
    assert [one for one in app.button if one.key == "probe.download"]
    shelf.put(noise("CIFAR-10"), "cifar10")
    app = shown(Origin("cifar10", "as JPEG", ELSEWHERE))
    assert app.session_state["exam"] == exams.get("cifar10")
    assert "another copy of its data" in said(app)


def test_a_download_is_examined_on_as_soon_as_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    remote = Remote(lambda *_: noise("CIFAR-10"), 10_000_000, "from here")
    monkeypatch.setitem(SOURCES, "cifar10", replace(SOURCES["cifar10"], download=remote))
    getting.download.cache_clear()
    app = shown(Origin("cifar10", "as JPEG", ELSEWHERE))
    app.button(key="probe.download").click().run()
    limit = time.monotonic() + 20
    while app.session_state["exam"] is None and time.monotonic() < limit:
        time.sleep(0.05)
        app.run()
    assert app.session_state["exam"] == exams.get("cifar10")
    getting.download.cache_clear()


def test_a_file_that_tells_nothing_is_examined_on_nothing_until_the_learner_chooses() -> None:
    app = shown(None)
    assert app.session_state["exam"] is None
    assert "does not tell what it was trained on: choose pictures above" in said(app)
    app.selectbox(key="probe.data").set_value("sketches").run()
    assert app.session_state["exam"] is not None
    assert "perhaps on some of these" in said(app)


def test_a_link_to_what_is_gone_falls_back_to_its_own() -> None:
    key = shelf.put(noise("Pets"))
    app = shown(Origin(key, "Pets", noise().digest), data="gone-01234567")
    assert app.session_state["exam"] == exams.get(key)


def test_uploads_of_others_are_not_listed() -> None:
    shelf.put(noise("Theirs"))
    app = shown(Origin("sketches", "Sketches", sketches.DIGEST))
    assert options(app) == ["Its own: Sketches (drawings)"]
