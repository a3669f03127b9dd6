"""convlab.ui.programs.controls: a link names a program and how far one has come with it."""

from typing import get_args

import pytest

from convlab.programs.program import Ending
from convlab.ui.programs.controls import Guess, ProgramsControls
from convlab.ui.urls import parse, serialise


def test_every_ending_can_be_guessed() -> None:
    assert get_args(Guess) == ("", *get_args(Ending))


def test_a_link_holds_how_far_one_has_come() -> None:
    query = {"program": "five_lines", "guess": "wrong", "line": "13", "repair": "2"}
    controls, refused = parse(ProgramsControls, query)
    assert refused == []
    assert serialise(controls) == query


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("program", "../../etc/passwd"),
        ("guess", "SystemExit"),
        ("line", "-1"),
        ("line", "100"),
        ("repair", "x"),
    ],
)
def test_what_is_no_part_of_a_program_is_refused(name: str, text: str) -> None:
    assert parse(ProgramsControls, {name: text}) == (ProgramsControls(), [name])
