"""PageState in convlab.ui.urls: a change checks what changes, and what a model checks as a whole."""

from typing import Annotated, Any

import pytest
import streamlit
from pydantic import AfterValidator, Field, ValidationError, model_validator

from convlab.ui.boundary import keeping, rerun, settle
from convlab.ui.kernels.controls import KernelsControls
from convlab.ui.urls import Controls, PageState, parse

checked: list[str] = []


def _noted(text: str) -> str:
    checked.append(text)
    return text.strip()


class Costly(Controls):
    text: Annotated[str, AfterValidator(_noted)] = "a"
    count: Annotated[int, Field(ge=0, le=9)] = 1
    free: float = 0.0


class Together(Controls):
    low: int = 0
    high: int = 5

    @model_validator(mode="after")
    def _in_order(self) -> "Together":
        if self.low > self.high:
            raise ValueError("low is above high")
        return self


@pytest.fixture(autouse=True)
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A session and a link without Streamlit."""
    state: dict[str, Any] = {}
    monkeypatch.setattr(streamlit, "session_state", state)
    monkeypatch.setattr(streamlit, "query_params", {})
    checked.clear()
    return state


def test_only_what_changes_is_checked() -> None:
    state = PageState("test", Costly)
    state.change(text=" b ")
    assert state.value == Costly(text="b")
    checked.clear()
    state.change(count=3)
    assert checked == []
    assert state.value == Costly(text="b", count=3)


def test_what_does_not_fit_raises_and_leaves_all_as_it_was() -> None:
    state = PageState("test", Costly)
    for wrong in ({"count": 10}, {"count": "many"}, {"unheard_of": 1}, {"count": 2, "text": 5}):
        with pytest.raises(ValidationError):
            state.change(**wrong)
    assert state.value == Costly()


def test_a_check_of_several_controls_sees_them_all() -> None:
    state = PageState("test", Together)
    state.change(low=5)
    with pytest.raises(ValidationError, match="low is above high"):
        state.change(high=4)
    assert state.value == Together(low=5)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_not_finite_is_no_number_even_where_there_is_no_limit(value: float) -> None:
    state = PageState("test", Costly)
    with pytest.raises(ValidationError):
        state.change(free=value)
    assert state.value == Costly()


def test_in_a_link_controls_that_do_not_go_together_are_all_refused() -> None:
    assert parse(Together, {"low": "9", "high": "1"}) == (Together(), ["high", "low"])


def test_a_changed_value_is_as_a_link_would_make_it() -> None:
    state = PageState("test", KernelsControls)
    state.change(kernel="1 0;0 1.0", bias=1, stride=2)
    wanted = {**KernelsControls.opening, "kernel": "1 0; 0 1", "bias": 1.0, "stride": 2}
    assert state.value == KernelsControls(**wanted)
    assert isinstance(state.value.bias, float)


def test_a_link_that_comes_with_the_event_of_a_widget_may_be_an_older_one(session: dict[str, Any]) -> None:
    def opened(count: str) -> Costly:
        streamlit.query_params["count"] = count
        return PageState("test", Costly).value

    assert opened("5").count == 5
    keeping(lambda: None)()  # it changes nothing: a step that was already taken, say
    assert opened("4").count == 5
    settle()
    assert opened("4").count == 4
    assert session.keys() == {"test.controls", "test.written", "test.linked", "test.arrived"}


class Query(dict[str, str]):
    def from_dict(self, query: dict[str, str]) -> None:
        self.clear()
        self.update(query)


def test_the_older_link_of_a_fragment_that_looks_again_undoes_no_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It may look before the browser has the newest link, and run the page again with the older one."""
    monkeypatch.setattr(streamlit, "rerun", lambda scope: None)
    monkeypatch.setattr(streamlit, "query_params", Query())
    state = PageState("test", Costly)
    state.change(count=3)
    state.write()
    assert streamlit.query_params == {"count": "3"}
    rerun()
    monkeypatch.setattr(streamlit, "query_params", Query())
    state = PageState("test", Costly)
    assert state.value.count == 3
    state.write()
    assert streamlit.query_params == {"count": "3"}
    settle()
    monkeypatch.setattr(streamlit, "query_params", Query())
    assert PageState("test", Costly).value.count == 1  # Back
