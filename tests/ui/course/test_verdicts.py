"""convlab.ui.course.verdicts: numbers, choices and places as people say them."""

import pytest

from convlab.course.stations import Station
from convlab.ui.course import verdicts


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (18090, "18,090"),
        (206.6, "206.6"),
        (0, "0"),
        (-3.0, "\u22123"),
        (0.5, "0.5"),
        (1234.56, "1,235"),
        (0.07812, "0.07812"),
        (2.6e-9, "2.6e-09"),
        (-0.123456, "\u22120.1235"),
        (1e20, "1e+20"),
    ],
)
def test_a_number_has_four_digits_and_a_whole_one_all(value: float, text: str) -> None:
    assert verdicts.number(value) == text


@pytest.mark.parametrize(
    ("guess", "text"),
    [
        ("3,5", "row 3, column 5"),
        ("conv2 3,5", "conv2, row 3, column 5"),
        ("fc1 17", "fc1, entry 17"),
        ("pool1", "pool1"),
        ("3", "3"),  # a layer of an nn.Sequential
        ("<b>", r"\<b\>"),
    ],
)
def test_a_place_is_said_by_row_and_column(guess: str, text: str) -> None:
    station = Station(id="a", title="A", lesson="kernels", kind="place", control="pin", question="Where?")
    assert verdicts.said(station, guess) == text


def test_of_many_right_places_some_are_named() -> None:
    station = Station(id="a", title="A", lesson="kernels", kind="place", control="pin", question="Where?")
    assert verdicts._answer(station, ["0,1", "0,2"]) == "row 0, column 1 or row 0, column 2"
    assert verdicts._answer(station, [f"0,{n}" for n in range(9)]).endswith("column 2, or one of 6 more")
    assert verdicts._answer(station, ["0,0", "0,7", "7,0", "7,7"]).count("row") == 4


def test_one_has_a_unit_of_its_own() -> None:
    counted = {"kind": "number", "unit": "orders", "unit_one": "order", "question": "How many?"}
    station = Station.model_validate({"id": "a", "title": "A", "lesson": "train", **counted})
    assert [verdicts.said(station, n) for n in (1, 2)] == ["1 order", "2 orders"]
