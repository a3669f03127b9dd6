"""convlab.programs.fitting: each program breaks as the table says, and only the right repair mends it."""

import pytest

from convlab.programs.catalogue import PROGRAMS
from convlab.programs.fitting import PROGRAMS as TABLE
from convlab.programs.program import Program
from tests.programs import checked

MESSAGES = {  # of PyTorch 2.14
    "verdict_of_net": "mat1 and mat2 shapes cannot be multiplied (64x8 and 512x32)",
    "larger_kernels": "mat1 and mat2 shapes cannot be multiplied (1x288 and 512x32)",
    "stack_of_layers": "optimizer got an empty parameter list",
    "module_of_your_own": "cannot assign module before Module.__init__() call",
    "one_picture": "mat1 and mat2 shapes cannot be multiplied (8x64 and 512x2)",
    "kernel_of_ones": "'Parameter' object has no attribute 'one_'",
    "double_precision": "Input type (float) and bias type (double) should be the same",
    "saved_weights": 'Unexpected key(s) in state_dict: "fc.weight", "fc.bias"',
}


@pytest.mark.parametrize(("program", "repair"), checked.cases(TABLE), ids=checked.name)
def test_it_comes_to_what_the_table_says(program: Program, repair: int | None) -> None:
    checked.check(program, repair)


@pytest.mark.parametrize("name", MESSAGES)
def test_the_message_is_pytorchs_own(name: str) -> None:
    assert MESSAGES[name] in checked.output(PROGRAMS[name], None)


def test_what_runs_and_is_right_says_so() -> None:
    assert "The same values: True" in checked.output(PROGRAMS["convolution_alone"], None)
    assert "The step has changed them: True" in checked.output(PROGRAMS["network_that_moves"], None)


def test_ten_blocks_have_the_parameters_of_one_and_then_of_ten() -> None:
    one = 32 * 32 * 9 + 2 * 32
    assert checked.output(PROGRAMS["ten_blocks"], None).splitlines()[1] == f"10 blocks: {one:,} parameters"
    assert checked.output(PROGRAMS["ten_blocks"], 0).splitlines()[1] == f"10 blocks: {10 * one:,} parameters"


def test_a_repair_that_only_silences_the_message_gives_another_verdict() -> None:
    program = PROGRAMS["saved_weights"]
    assert checked.numbers(program, 0) == [4 * 27, 4 * 27]  # kernels of ones over 27 ones, four maps
    assert checked.numbers(program, 1) != [108, 108]
    assert checked.numbers(PROGRAMS["verdict_of_net"], 1) == [1, 8, 8, 2]


def test_a_kernel_of_ones_counts_the_neighbours() -> None:
    assert checked.numbers(PROGRAMS["kernel_of_ones"], 0) == [4, 6, 6, 4, *2 * [6, 9, 9, 6], 4, 6, 6, 4]
