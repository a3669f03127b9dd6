"""convlab.ui.components.number_fields: on every page, once, and its words about what a field did not take."""

import math
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from convlab.training.settings import Hyperparameters
from convlab.ui import widgets
from convlab.ui.components import number_fields
from convlab.ui.lessons import LESSONS
from convlab.ui.modules.step_controls import StepControls
from tests.ui.driver import open_page, received, send, troubles

WHOLE: dict[str, Any] = {"ends": (1.0, 32.0), "whole": True}
ABOVE_0 = widgets.limits(StepControls.model_fields["step_lr"])
BELOW_1 = widgets.limits(Hyperparameters.model_fields["momentum"])


def refusal(app: AppTest) -> list[Any]:
    """How many refusals the browser is told of, and the last one's sentence."""
    found: list[Any] = received(app, number_fields.KEY)[0]["refusal"]
    return found


@pytest.mark.parametrize(
    ("text", "how", "told"),
    [
        ("1,000", {}, "'1,000' can be read in two ways: write 1.000 or 1000."),
        ("1,5\t2", {}, "'1,5\\t2' is not a number: write one such as -1, 0.5 or 1/9."),
        ("2,5", WHOLE, "'2,5' is not a whole number: write one such as 3."),
        ("1e400", {}, "'1e400' is too large a number."),
        ("1e400", WHOLE, "'1e400' is too large a number."),
        ("abc", WHOLE, "'abc' is not a number: write a whole one, such as 3."),
        ("-3", WHOLE, "'-3' does not fit here: write a whole number from 1 to 32."),
        (" 33", WHOLE, "'33' does not fit here: write a whole number from 1 to 32."),
        ("-3", {"ends": (0.0, 1e9)}, "'-3' does not fit here: write a number from 0 to 1000000000."),
        ("0", {"ends": ABOVE_0}, "'0' does not fit here: write a number above 0, at most 10."),
        ("1", {"ends": BELOW_1}, "'1' does not fit here: write a number from 0 on, below 1."),
        ("9e20", {"whole": True}, "This value does not fit here, so the last one stands."),
        ("-3", {"ends": (-math.inf, 0.0)}, "This value does not fit here, so the last one stands."),
        (" ", WHOLE, "This value does not fit here, so the last one stands."),
        ("x" * 10**6, {}, f"'{'x' * 20}' is not a number: write one such as -1, 0.5 or 1/9."),
    ],
)
def test_why_a_text_was_not_taken(text: str, how: dict[str, Any], told: str) -> None:
    assert str(number_fields.reason(text, **how)) == told


def test_the_ends_are_those_of_the_field() -> None:
    app = open_page("pages/modules.py", part="step")
    for sent in ({"least": 1, "most": 32}, {"least": 1.0, "most": 32.0}):
        send(app, number_fields.KEY, "refused", {"text": "-3", "whole": True, **sent})
        assert refusal(app)[1] == "'-3' does not fit here: write a whole number from 1 to 32."
    odds: list[Any] = [None, "1", [], {}, math.nan, 10**400]
    for odd in odds:
        send(app, number_fields.KEY, "refused", {"text": "-3", "whole": odd, "least": odd, "most": odd})
        assert refusal(app)[1] == "This value does not fit here, so the last one stands."
    assert troubles(app) == []


@pytest.mark.parametrize("page", ["app.py", *(f"pages/{name}.py" for name in LESSONS if name != "home")])
def test_every_page_says_below_a_field_what_it_did_not_take(page: str) -> None:
    app = open_page(page)
    assert refusal(app) == [0, ""]
    for count in (1, 2):  # the same once more is said once more
        send(app, number_fields.KEY, "refused", {"text": "1,000 <b>*x*</b>"})
        assert refusal(app) == [count, str(number_fields.reason("1,000 <b>*x*</b>"))]
    assert troubles(app) == []
    assert not app.toast


NOTHING: list[Any] = [None, 7, [], {}, "", {"text": None}, {"other": "1"}]


@pytest.mark.parametrize("payload", NOTHING, ids=str)
def test_what_the_browser_would_not_send_does_no_harm(payload: object) -> None:
    app = send(open_page("pages/kernels.py"), number_fields.KEY, "refused", payload)
    assert troubles(app) == []
    assert refusal(app) == [0, ""]
