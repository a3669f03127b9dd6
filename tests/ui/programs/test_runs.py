"""convlab.ui.programs.runs: repairs in an order that tells nothing; what a run has come to."""

import pytest

from convlab.programs.catalogue import PROGRAMS
from convlab.programs.program import Repair
from convlab.programs.running import Result
from convlab.ui.programs import runs


def test_the_right_repair_has_no_place_of_its_own() -> None:
    orders = [runs.offered(program) for program in PROGRAMS.values() if program.repairs]
    assert all(sorted(order) == [0, 1, 2] for order in orders)
    places = [order.index(0) for order in orders]
    assert all(places.count(place) >= 4 for place in range(3))


def test_a_place_that_is_not_there_is_no_repair() -> None:
    program = PROGRAMS["five_lines"]
    assert [runs.chosen(program, place) for place in (0, 4, 9)] == [None, None, None]
    assert {runs.chosen(program, place) for place in (1, 2, 3)} == {0, 1, 2}
    assert runs.chosen(PROGRAMS["convolution_alone"], 1) is None


@pytest.mark.parametrize(
    ("name", "ended", "said"),
    [
        ("five_lines", "", "wrong"),
        ("convolution_alone", "", "right"),
        ("one_picture", "RuntimeError", "RuntimeError"),
        ("one_picture", None, None),
    ],
)
def test_what_a_run_has_come_to(name: str, ended: str | None, said: str | None) -> None:
    assert runs.ending(PROGRAMS[name], Result("", ended, 0.1)) == said


def test_a_repair_of_two_lines_is_one_choice() -> None:
    assert runs.one_line(Repair("a = 1\nb = 2")) == "`a = 1` ⏎ `b = 2`"
