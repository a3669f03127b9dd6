"""convlab.programs.feeding: each program breaks as the table says, and only the right repair mends it."""

import pytest

from convlab.programs.catalogue import PROGRAMS
from convlab.programs.feeding import PROGRAMS as TABLE
from convlab.programs.program import Program
from tests.programs import checked

MESSAGES = {  # of PyTorch 2.14
    "picture_from_a_file": "Input type (unsigned char) and bias type (float) should be the same",
    "labels_as_numbers": "expected target dtype to be Long or Byte, but got Float",
    "airplanes_and_birds": "Target 2 is out of bounds.",
    "last_batch": "Expected more than 1 value per channel when training, got input size torch.Size([1, 16])",
}


@pytest.mark.parametrize(("program", "repair"), checked.cases(TABLE), ids=checked.name)
def test_it_comes_to_what_the_table_says(program: Program, repair: int | None) -> None:
    checked.check(program, repair)


@pytest.mark.parametrize("name", MESSAGES)
def test_the_message_is_pytorchs_own(name: str) -> None:
    assert MESSAGES[name] in checked.output(PROGRAMS[name], None)


def test_colours_are_mixed_until_they_come_first() -> None:
    program = PROGRAMS["channels_first"]
    assert checked.numbers(program, None) == [0.33, 0.33, 0.33, 0.33, 0.33]
    assert checked.numbers(program, 0) == [0.5, 0, 0.5, 1, 0]
    assert checked.numbers(program, 2) == [0.5, 0, 0.5, 0.5, 0.5]  # on its side


def test_pictures_that_are_not_normalised_are_all_birds() -> None:
    program = PROGRAMS["new_pictures"]
    accuracy, birds, _all = checked.numbers(program, None)
    assert (accuracy, birds) == (0.5, 1000)
    assert checked.numbers(program, 0)[0] > 0.9


def test_all_labels_even_are_one_class() -> None:
    assert checked.numbers(PROGRAMS["airplanes_and_birds"], 0)[:2] == [3, 3]
    assert checked.numbers(PROGRAMS["airplanes_and_birds"], 2)[0] == 6
