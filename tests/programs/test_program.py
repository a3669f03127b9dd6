"""convlab.programs.program: a repair takes the place of the mistake and its indentation."""

import pytest

from convlab.programs.catalogue import PROGRAMS
from convlab.programs.program import Program, Repair

NET = PROGRAMS["verdict_of_net"]


def test_the_line_is_counted_from_one() -> None:
    assert NET.lines[NET.line - 1].strip() == "nn.Linear(8 * 8 * 8, 32),"
    assert PROGRAMS["convolution_alone"].line == 0


def test_a_repair_has_the_indentation_of_the_line_that_it_replaces() -> None:
    assert NET.put_in(Repair("a\nb")) == "    a\n    b"
    before, after = NET.text.split("    nn.Linear(8 * 8 * 8, 32),\n")
    assert NET.repaired(Repair("a\nb")) == f"{before}    a\n    b\n{after}"


def test_a_mistake_can_be_said_to_be_in_a_line_near_by() -> None:
    program = PROGRAMS["larger_kernels"]
    lines = [number for number in range(-1, 99) if program.is_there(number)]
    assert [program.lines[number - 1].split(" = ")[0].strip() for number in lines] == [
        "self.conv1",
        "self.conv2",
        "self.fc1",
    ]


def test_where_a_line_is_missing_its_neighbours_are_the_place() -> None:
    lines = [number for number in range(1, 30) if NET.is_there(number)]
    assert [NET.lines[number - 1].strip() for number in lines] == ["nn.MaxPool2d(2),", NET.mistake]
    program = PROGRAMS["new_last_layer"]  # the optimiser is to come behind the line, not before it
    lines = [number for number in range(1, 30) if program.is_there(number)]
    assert [program.lines[number - 1].split()[0] for number in lines] == ["optimizer", "model[3]", "for"]


def test_a_blank_line_is_nowhere() -> None:
    assert not any(PROGRAMS["convolution_alone"].is_there(number) for number in range(-1, 99))


def test_a_mistake_that_is_not_there_is_found() -> None:
    program = Program("verdict_of_net", "8.2", "", "", "wrong", "", mistake="no such line")
    with pytest.raises(ValueError, match="no such line"):
        _ = program.line
