"""What JSON of a run's folder may hold."""

import json
import math
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from convlab.errors import Sentence
from convlab.training import kinds

SAID: TypeAdapter[Sentence] = TypeAdapter(kinds.Said)
MEASURED: TypeAdapter[float] = TypeAdapter(kinds.Measured)


@pytest.mark.parametrize(
    ("template", "values"),
    [
        ("{x:>2000000000}", {"x": 1}),
        ("{x:{y}}", {"x": 1, "y": ">2000000000"}),
        ("{x.__class__}", {"x": 1}),
        ("{x[0]}", {"x": "a"}),
        ("{x!r}", {"x": 1}),
        ("{x}", {}),
        ("{}", {}),
        ("{", {}),
        ("{x:g}", {"x": "a"}),
    ],
)
def test_a_sentence_that_cannot_be_said_or_has_no_end_is_refused(
    template: str, values: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError):
        SAID.validate_json(json.dumps({"template": template, "values": values}), strict=True)


def test_our_own_sentences_can_be_said() -> None:
    for template in ("{value}", "{value:g}", "{value:.6g}", "{value:,}", "{value:.0%}", "none", "{{value}}"):
        told = SAID.validate_json(json.dumps({"template": template, "values": {"value": 0.5}}), strict=True)
        assert str(told) == template.format(value=0.5)


def test_a_measure_is_finite_or_null() -> None:
    assert MEASURED.validate_json("0.5", strict=True) == 0.5
    assert math.isnan(MEASURED.validate_json("null", strict=True))
    for text in ("1e999", "-Infinity", '"1"', "true", "[]"):
        with pytest.raises(ValidationError):
            MEASURED.validate_json(text, strict=True)


@pytest.mark.parametrize(
    "text", ["", "0" * 15, "0" * 17, "A" * 16, "0" * 16 + "\n", "٣" * 16, "../../../../etc/"]
)
def test_what_is_no_id(text: str) -> None:
    assert not kinds.is_id(text)
    assert kinds.is_id("0123456789abcdef")
