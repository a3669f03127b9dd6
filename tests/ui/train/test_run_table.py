"""The table of past runs: which folders it says it leaves out; pages and browser tests drive the rest."""

import pytest
import streamlit

from convlab.ui.train import run_table


@pytest.mark.parametrize(
    ("folders", "named"),
    [(["a"], "a"), (list("abcdef"), "a, b, c, d, e and 1 more"), (["<b>" + "x" * 60], None)],
)
def test_folders_that_cannot_be_read_are_counted_and_some_are_named(
    folders: list[str], named: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(streamlit, "warning", lambda text, icon: told.append(text))
    run_table._say_unreadable(folders)
    assert told[0].startswith(f"**{len(folders)}** of the folders")
    if named is not None:
        assert f" are left out: {named}. They" in told[0]
    else:
        assert "<b>" not in told[0]
        assert "x" * 41 not in told[0]


def test_nothing_is_said_where_all_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streamlit, "warning", lambda *told, **look: pytest.fail("said something"))
    run_table._say_unreadable([])
