"""Answers and guesses."""

import pytest
import torch

from convlab.course import asking
from convlab.course.stations import Choice, Station, Wrong
from convlab.errors import UserError


def made(**entries: object) -> Station:
    return Station.model_validate({"id": "a", "title": "A", "lesson": "kernels", "question": "?", **entries})


def test_a_number_is_right_within_its_tolerance() -> None:
    wrong = (Wrong(value=9, otherwise="One."),)
    station = made(kind="number", tolerance=0.1, told=20.0, wrong=wrong)
    assert [asking.is_right(station, guess) for guess in (18.0, 22.0, 22.1)] == [True, True, False]
    assert [asking.otherwise(station, guess) for guess in (9.0, 10.0)] == ["One.", ""]


@pytest.mark.parametrize(
    ("unit", "told", "text", "value"),
    [
        ("parameters", 18090.0, "18,090", 18090.0),
        ("parameters", 18090.0, "18 090 parameters", 18090.0),
        ("pixels wide", 30.0, "30 Pixels", 30.0),
        ("% of the entries", 75.0, "75 %", 75.0),
        ("percentage points more", 3.0, "3%", 3.0),
        ("个百分点", 3.0, "３％", 3.0),
        ("个权重", 27, "27 个", 27),
        ("accuracy, 0 to 1", 0.5, "88,5%", 0.885),
        ("times as bright", 1.125, "1,125", 1.125),  # the answer, as some write it
        ("times as bright", 3.0, "1,125", 1125.0),  # else as pages print it
        ("", 1.0, "\u22120,5", -0.5),
        ("", 1.0, "1/9", 1 / 9),
        ("", 1.0, "1e-3", 1e-3),
    ],
)
def test_a_guess_is_read_as_people_type_it(unit: str, told: float, text: str, value: float) -> None:
    assert asking.read(made(kind="number", unit=unit, told=told), text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "many", "75 apples", "nan", "1e999", "9" * 40, "1,2,3", "%", "1/0"])
def test_what_is_no_guess_is_refused(text: str) -> None:
    with pytest.raises(UserError):
        asking.read(made(kind="number", unit="pixels", told=1.0), text)


def test_a_choice_is_right_by_its_key() -> None:
    choices = (Choice(key="a", text="A"), Choice(key="b", text="B", otherwise="B is for bias."))
    station = made(kind="choice", choices=choices, told="a")
    assert asking.is_right(station, "a")
    assert not asking.is_right(station, "b")
    assert asking.otherwise(station, "b") == "B is for bias."


def test_a_figure_at_the_beginning_is_no_number_of_a_list() -> None:
    assert asking.filled("{answer}. Each has.", {"answer": 18}) == "18\\. Each has."
    assert asking.filled("{answer:,} in all. 2. No.", {"answer": 1800}) == "1,800 in all. 2. No."
    assert asking.filled("1. First", {}) == "1. First"


def test_a_text_is_filled_in_and_nothing_else_of_it_is_read() -> None:
    assert asking.filled("{answer:,} of {x} {answer.real}", {"answer": 1234}) == "1,234 of {x} {answer.real}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("8*8*8 weights, x[0]*y*z", "8\\*8\\*8 weights, x[0]\\*y\\*z"),
        ("2**3 and 2**4", "2\\*\\*3 and 2\\*\\*4"),
        ("super().__init__()", "super().\\_\\_init\\_\\_()"),
        ("**bold**, *set off* and conv_1_x", None),
        ("卷积*层*是**等变**的", None),
        ("`8*8*8`, ``a*b*c`` and $a*b*c$", None),
    ],
)
def test_what_multiplies_or_is_a_name_stands_as_it_was_typed(text: str, shown: str | None) -> None:
    assert asking.filled(text, {}) == (shown or text)


def test_a_figure_makes_no_long_text_and_what_is_no_number_is_not_written_as_one() -> None:
    found = {"answer": 2 / 3, "said": "no", "places": ["1,2", "2,1"], "none": None}
    texts = [
        "{answer:>999999}",
        "{answer:.999f}",
        "{answer:.1%}",
        "{said:.2f}",
        "{said:d}",
        "{places}",
        "{none}",
    ]
    shown = ["{answer:>999999}", "{answer:.999f}", "66.7%", "{said:.2f}", "{said:d}", "1,2, 2,1", "{none}"]
    assert [asking.filled(text, found) for text in texts] == shown


def test_a_guess_of_another_kind_than_the_answer_is_wrong() -> None:
    station = made(kind="number", answer="architecture.dense_against_convolution")
    assert not asking.is_right(station, "many")
    assert not asking.is_right(made(kind="number"), 3)


def test_an_unknown_answer_is_said() -> None:
    with pytest.raises(UserError, match="no answer"):
        asking.figures("os.system")


def test_random_numbers_of_an_answer_follow_from_a_seed_and_leave_the_generator_alone() -> None:
    before, found = torch.get_rng_state(), list[asking.Figures]()
    for _ in range(2):
        asking.figures.cache_clear()
        found.append(asking.figures("regularisers.what_dropout_keeps"))
    assert found[0] == found[1]
    assert torch.equal(torch.get_rng_state(), before)
