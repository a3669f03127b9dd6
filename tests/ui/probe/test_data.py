"""Long work waits for a button; what it found stays, and an error is a notice."""

import pytest
from streamlit.testing.v1 import AppTest

from convlab.ui.probe import data


def page() -> None:
    import streamlit as st

    from convlab.errors import N_, UserError
    from convlab.ui import networks
    from convlab.ui.probe import data

    def make() -> int:
        st.session_state["calls"] = st.session_state.get("calls", 0) + 1
        if st.session_state.get("bad"):
            raise UserError(N_("The classes do not fit: choose other data."))
        return 7

    label, waiting = "Measure", "Measuring"
    st.session_state["found"] = data.on_request("work", "this", label, waiting, make)
    st.session_state["at_once"] = data.at_once(networks.bundled_model("net"), 100, "here")


def press(app: AppTest, label: str) -> None:
    (button,) = [one for one in app.button if one.label.startswith(label)]
    button.click().run()
    assert not app.exception


def test_work_is_done_once_and_stays() -> None:
    app = AppTest.from_function(page).run()
    assert app.session_state["found"] is None
    press(app, "Measure")
    app.run()
    assert app.session_state["found"] == 7
    assert app.session_state["calls"] == 1
    assert not [one for one in app.button if one.label == "Measure"]


def test_an_error_is_a_notice_and_the_button_comes_back() -> None:
    app = AppTest.from_function(page)
    app.session_state["bad"] = True
    app.run()
    press(app, "Measure")
    assert len(app.info) == 1
    app.session_state["bad"] = False
    press(app, "Measure")
    assert app.session_state["found"] == 7


def test_a_long_pass_waits_for_its_button(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "QUICK_S", 0.0)
    app = AppTest.from_function(page).run()
    assert app.session_state["at_once"] is False
    press(app, "Measure on 100 pictures")
    assert app.session_state["at_once"] is True
    monkeypatch.setattr(data, "QUICK_S", 1e9)
    assert AppTest.from_function(page).run().session_state["at_once"] is True
