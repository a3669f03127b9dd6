"""A kernel's weights as fields of numbers, and a place of a map that a panel keeps by itself."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.ui.driver import ready

SCRIPT = """
import streamlit as st
import torch
from convlab.ui.weight_fields import place_field, weight_fields

channels = st.session_state.get("channels", 3)
kernel = torch.arange(float(channels * 2 * 3)).reshape(channels, 2, 3)
weight_fields("page.cell", kernel, lambda at, weight: st.session_state.update(put=(at, weight)))
st.session_state["place"] = place_field("page.row", "Row", st.session_state.get("size", 9))
"""


@pytest.fixture
def app() -> AppTest:
    return ready(AppTest.from_string(SCRIPT)).run()


def test_each_weight_has_a_field_and_gives_its_place(app: AppTest) -> None:
    fields = [field for field in app.number_input if str(field.key).startswith("page.cell")]
    assert [field.value for field in fields] == [float(n) for n in range(18)]
    app.number_input(key="page.cell.2.1.0").set_value(-7.5).run()
    assert app.session_state["put"] == ((2, 1, 0), -7.5)
    assert [text.value for text in app.markdown] == [
        f"Weights for {name}" for name in ("red", "green", "blue")
    ]


def test_one_channel_has_no_name(app: AppTest) -> None:
    app.session_state["channels"] = 1
    app.run()
    assert [text.value for text in app.markdown] == ["Weights"]
    assert len(app.number_input) == 7


def test_an_emptied_weight_leaves_the_last(app: AppTest) -> None:
    app.number_input(key="page.cell.0.0.1").set_value(None).run()
    assert "put" not in app.session_state
    assert len(app.toast) == 1
    assert app.number_input(key="page.cell.0.0.1").value == 1


def test_a_place_begins_in_the_middle_and_stays_within(app: AppTest) -> None:
    assert app.session_state["place"] == 4
    app.number_input(key="page.row").set_value(8).run()
    app.run()
    assert app.session_state["place"] == 8
    app.session_state["size"] = 3
    app.run()
    assert app.session_state["place"] == 2
    assert app.number_input(key="page.row").value == 2
