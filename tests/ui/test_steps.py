"""Undo and redo: a line of kernels, a place in it, and what the browser's Back does to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlab.ui.steps import MOST, Steps


@pytest.fixture
def steps() -> Steps[str]:
    """Three kernels, the last of them there."""
    steps = Steps[str]()
    for text in "abc":
        steps.made(text)
    return steps


def test_steps_go_back_and_forth_and_stop_at_the_ends(steps: Steps[str]) -> None:
    assert [steps.moved(by) for by in (-1, -1, -1, 1, 5, -9)] == ["b", "a", "a", "b", "c", "a"]
    assert (steps.behind, steps.ahead) == (0, 2)


def test_a_change_gives_up_what_was_undone(steps: Steps[str]) -> None:
    steps.moved(-2)
    steps.made("d")
    assert steps.had == ["a", "d"]
    assert (steps.behind, steps.ahead) == (1, 0)
    steps.made("d")
    assert steps.had == ["a", "d"]


def test_a_change_back_is_a_step_of_its_own_and_a_link_back_is_none(steps: Steps[str]) -> None:
    steps.made("b")
    assert steps.had == ["a", "b", "c", "b"]
    steps.seen("c")
    assert (steps.behind, steps.ahead) == (2, 1)
    steps.seen("b")
    assert (steps.behind, steps.ahead) == (1, 2)
    steps.seen("x")
    assert steps.had == ["a", "b", "x"]


def test_what_was_changed_with_a_kernel_goes_back_and_forth_with_it(steps: Steps[str]) -> None:
    steps.made("d", {"stride": (1, 2), "bias": (0.0, 0.5)})
    steps.made("d", {"stride": (2, 3)})  # the kernel was the same before
    assert steps.behind == 4
    assert [(steps.along(by), steps.moved(by)) for by in (-1, -1, -1, 3, -9)] == [
        ({"stride": 2}, "d"),
        ({"stride": 1, "bias": 0.0}, "c"),
        ({}, "b"),
        ({"stride": 3, "bias": 0.5}, "d"),
        ({"stride": 1, "bias": 0.0}, "a"),
    ]


@given(st.lists(st.tuples(st.sampled_from(["made", "seen", "moved"]), st.integers(-3, 300)), max_size=400))
def test_the_kernel_that_is_there_is_always_the_one_at_the_place(done: list[tuple[str, int]]) -> None:
    steps, there = Steps[str](), "0"
    steps.made(there)
    for what, number in done:
        if what == "moved":
            there = steps.moved(number % 7 - 3)
        else:
            there = str(number)
            getattr(steps, what)(there)
        assert steps.had[steps.at] == there
        assert len(steps.had) <= MOST + 1
        assert steps.behind + steps.ahead == len(steps.had) - 1
        assert len(steps.beside) == len(steps.had)
