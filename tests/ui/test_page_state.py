"""PageState in convlab.ui.urls: a change checks what changes, and what a model checks as a whole."""

from typing import Annotated, Any

import pytest
import streamlit
from pydantic import AfterValidator, Field, ValidationError, model_validator

from convlab.ui.kernels.controls import KernelsControls
from convlab.ui.urls import Controls, PageState

checked: list[str] = []


def _noted(text: str) -> str:
    checked.append(text)
    return text.strip()


class Costly(Controls):
    text: Annotated[str, AfterValidator(_noted)] = "a"
    count: Annotated[int, Field(ge=0, le=9)] = 1


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
def test_what_is_not_finite_is_no_number(value: float) -> None:
    state = PageState("test", KernelsControls)
    with pytest.raises(ValidationError):
        state.change(bias=value)


def test_a_changed_value_is_as_a_link_would_make_it() -> None:
    state = PageState("test", KernelsControls)
    state.change(kernel="1 0;0 1.0", bias=1, stride=2)
    assert state.value == KernelsControls(kernel="1 0; 0 1", bias=1.0, stride=2)
    assert isinstance(state.value.bias, float)
