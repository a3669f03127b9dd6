"""Which of several uploads is open after they change."""

from types import SimpleNamespace
from typing import Any

import pytest

from convlab.ui.probe import pictures


@pytest.mark.parametrize(
    ("before", "shown", "after", "place"),
    [
        ([], 0, ["a", "b"], 0),  # the first ones
        (["a"], 0, ["a", "b", "c"], 1),  # the first new one
        (["a", "b", "c"], 2, ["b", "c"], 1),  # the open one, wherever it is now
        (["a", "b", "c"], 2, ["a", "b"], 1),  # the open one is gone: the last
        (["a"], 7, ["a", "b"], 1),
    ],
)
def test_which_upload_is_open(before: list[str], shown: int, after: list[str], place: int) -> None:
    changed: dict[str, Any] = {}
    value = SimpleNamespace(shown=shown, window="1,2,3")
    state: Any = SimpleNamespace(value=value, change=lambda **values: changed.update(values))
    pictures._open_one(state, before, after)
    was_open = before[min(shown, len(before) - 1)] if before else ""
    assert changed == {"shown": place, "window": "1,2,3" if after[place] == was_open else ""}
