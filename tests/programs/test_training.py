"""convlab.programs.training: each program breaks as the table says, and only the right repair mends it."""

import itertools
import math

import pytest

from convlab.programs.catalogue import PROGRAMS
from convlab.programs.program import Program
from convlab.programs.training import PROGRAMS as TABLE
from tests.programs import checked


def losses(name: str, repair: int | None) -> list[float]:
    """Of "Step N: loss X" lines."""
    return checked.numbers(PROGRAMS[name], repair)[1::2]


@pytest.mark.parametrize(("program", "repair"), checked.cases(TABLE), ids=checked.name)
def test_it_comes_to_what_the_table_says(program: Program, repair: int | None) -> None:
    checked.check(program, repair)


def test_the_message_is_pytorchs_own() -> None:
    told = checked.output(PROGRAMS["two_activations"], None)
    assert "modified by an inplace operation" in told
    assert "output 0 of Tanh, is at version 1; expected version 0 instead" in told


def test_gradients_that_add_up_rush_past_the_valley() -> None:
    broken, mended = losses("five_lines", None), losses("five_lines", 0)
    assert any(later > before for before, later in itertools.pairwise(broken))
    assert mended == sorted(mended, reverse=True)
    assert len(set(losses("five_lines", 1))) == 1  # no weight moves


def test_the_negative_of_the_loss_makes_a_network_that_is_wrong() -> None:
    loss, accuracy = checked.numbers(PROGRAMS["sign_of_the_loss"], None)
    assert loss < -10
    assert accuracy < 0.5
    assert checked.numbers(PROGRAMS["sign_of_the_loss"], 0)[1] > 0.95


def test_a_softmax_too_many_holds_the_loss_above_its_floor() -> None:
    floor = -math.log(math.e / (math.e + 1))
    assert floor == pytest.approx(0.3133, abs=1e-4)
    assert floor < losses("probabilities", None)[-1] < floor + 0.05
    assert losses("probabilities", 0)[-1] < 0.02
    assert losses("probabilities", 1)[-1] > floor


@pytest.mark.parametrize("repair", [None, 1, 2])
def test_dropout_gives_two_verdicts_whatever_becomes_of_the_gradients(repair: int | None) -> None:
    first, second = checked.output(PROGRAMS["asked_twice"], repair).splitlines()
    assert first.split(":")[1].strip() != second.split(":")[1].strip()
    first, second = checked.output(PROGRAMS["asked_twice"], 0).splitlines()
    assert first.split(":")[1].strip() == second.split(":")[1].strip()


def test_a_layer_that_the_optimiser_does_not_hold_learns_nothing() -> None:
    assert len(set(losses("new_last_layer", None))) == 1
    assert losses("new_last_layer", 0)[-1] < 0.5 * losses("new_last_layer", 0)[0]


def test_strides_too_long_end_in_nan() -> None:
    assert math.isnan(losses("long_strides", None)[-1])
    assert losses("long_strides", 0)[-1] < 0.05


def test_a_skip_that_is_written_over_loses_what_is_negative() -> None:
    assert checked.numbers(PROGRAMS["block_with_a_skip"], None)[4:] == [0, 0, 0, 1]
    assert checked.numbers(PROGRAMS["block_with_a_skip"], 0)[4:] == [-2, -1, 0, 1]


def test_losses_that_are_added_up_keep_their_graphs() -> None:
    broken, mended = (checked.numbers(PROGRAMS["mean_loss"], repair)[2::3] for repair in (None, 0))
    assert broken[2] > 50 * broken[0] > 0
    assert mended == [0, 0, 0]


def test_without_shuffling_the_second_network_learns_less() -> None:
    first, second = checked.numbers(PROGRAMS["train_then_look"], None)
    assert second < first - 0.08
    first, second = checked.numbers(PROGRAMS["train_then_look"], 0)
    assert abs(second - first) < 0.05
