"""JSON for programs, columns to read."""

import json

import pytest

from convlab.commands.output import columns, show


def test_a_list_has_a_line_for_each_entry(capsys: pytest.CaptureFixture[str]) -> None:
    for found in ([{"a": 1}, {"b": [2, None]}], [], {"a": 1}):
        show(found, True, lambda: "to read")
        printed = capsys.readouterr().out
        assert json.loads(printed) == found
        assert printed.count("\n") == (len(found) or 1)


def test_words_are_made_only_where_they_are_read(capsys: pytest.CaptureFixture[str]) -> None:
    show([1], False, lambda: "to read")
    assert capsys.readouterr().out == "to read\n"
    show([1], True, lambda: pytest.fail("nobody reads it"))


def test_columns_stand_below_each_other() -> None:
    lines = [["name", "n"], ["a", "100"]]
    assert columns(lines) == "name  n\na     100"
    assert columns(lines, str.rjust) == "name    n\n   a  100"
