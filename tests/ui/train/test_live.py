"""The run that is shown: its field for another learning rate."""

from typing import Any

import pytest
import streamlit as st

from convlab.training import orders, runs
from convlab.training.settings import Settings
from tests.pages.test_train import PAGE, home
from tests.ui.driver import open_page, troubles

__all__ = ["home"]


def test_a_rate_that_nobody_has_changed_is_no_order(monkeypatch: pytest.MonkeyPatch) -> None:
    run, plain, called = runs.create(Settings(lr=0.1)), st.number_input, []
    run.set_status(run.status().now("paused"))

    def eager(*args: Any, on_change: Any = None, **look: Any) -> Any:
        """Streamlit may call what hears of changes for a field that is only drawn."""
        given = plain(*args, **look)
        if look["key"] == f"train.lr.{run.id}":
            on_change()
            called.append(given)
        return given

    monkeypatch.setattr(st, "number_input", eager)
    assert troubles(open_page(PAGE, run=run.id)) == []
    assert set(called) == {0.1}
    assert orders.Inbox(run.folder / "control.jsonl").poll() == {}
