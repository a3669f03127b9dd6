"""convlab.programs.catalogue: every file has its row, every row its file, and all are short."""

import re
from typing import get_args

import pytest

from convlab.programs.catalogue import PROGRAMS
from convlab.programs.program import Ending, Program
from tests import sources

FOLDER = sources.ROOT / "convlab" / "programs" / "gallery"
ALL = pytest.mark.parametrize("program", PROGRAMS.values(), ids=lambda program: program.name)


def test_there_is_a_row_for_each_file_and_a_file_for_each_row() -> None:
    assert {file.stem for file in FOLDER.iterdir() if file.suffix == ".py"} == set(PROGRAMS)
    assert len(PROGRAMS) >= 20


def test_they_are_in_the_order_of_the_book() -> None:
    sections = [program.section for program in PROGRAMS.values()]
    assert sections == sorted(sections)
    assert all(re.fullmatch(r"8\.[1-7](\.[1-9])?", section) for section in sections)


def test_each_ending_that_can_be_guessed_but_one_comes_up() -> None:
    assert {*get_args(Ending)} - {program.ending for program in PROGRAMS.values()} == {"TypeError"}


@ALL
def test_a_program_fits_on_the_screen_and_its_mistake_is_one_line(program: Program) -> None:
    assert len(program.lines) <= 30
    assert max(map(len, program.lines)) <= 80  # so that none is broken beside what it says
    stripped = [line.strip() for line in program.lines]
    assert not program.mistake or stripped.count(program.mistake) == 1
    assert set(program.near) <= set(stripped)
    assert [bool(repair.otherwise) for repair in program.repairs] == (
        [] if program.ending == "right" else [False, True, True]
    )


@ALL
def test_what_is_said_is_short(program: Program) -> None:
    assert len(program.why.split()) <= 60
    assert len(program.aim.split()) <= 20
    assert all(len(repair.otherwise.split()) <= 40 for repair in program.repairs)
