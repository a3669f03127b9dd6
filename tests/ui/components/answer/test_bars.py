"""Bars made of parts: lengths on one scale, totals for screen readers too."""

import re

from streamlit.testing.v1 import AppTest

from convlab.ui.components.answer.bars import Bar, Bars, Legend
from convlab.ui.components.shared.charts import RUNS


def _page() -> None:
    from convlab.ui.components.answer import answer
    from convlab.ui.components.answer.bars import Bar, Bars, Legend

    small = Bar("small", (("a", 1.0), ("<b>", 0.0)), "1 in all")
    several = [small, Bar("large", (("a", 1.0), ("<b>", 3.0)), "4 in all", marked=True)]
    answer("key", Bars("How much", several), Legend(["a", "<b>"]))


def html() -> list[str]:
    app = AppTest.from_function(_page).run()
    assert not app.exception
    return [str(element.proto.body) for element in app.get("html")]


def test_parts_are_as_long_as_they_are_large() -> None:
    assert re.findall(r"width:([\d.]+)%", html()[0]) == ["25.000", "0.000", "25.000", "75.000"]


def test_what_is_seen_is_told_and_read_letter_by_letter() -> None:
    bars, legend = html()
    assert 'aria-label="How much. small: 1 in all; large: 4 in all"' in bars
    assert 'title="&lt;b&gt;: 3"' in bars
    assert "<b>" not in bars + legend
    assert bars.count("font-weight:700") == 2


def _page_of_wholes() -> None:
    from convlab.ui.components.answer.bars import Bar, Bars

    Bars("How long", [Bar("small", (("a step", 1.0),), "1 ms")]).show()


def test_a_bar_of_one_part_has_no_part_s_colour() -> None:
    app = AppTest.from_function(_page_of_wholes).run()
    assert RUNS[0] not in app.get("html")[0].proto.body
    assert RUNS[0] in html()[0]


def test_the_browser_is_told_the_same() -> None:
    bar = Bar("large", (("a", 1.0), ("<b>", 3.0)), "4 in all", marked=True)
    told = Bars("How much", [Bar("small", (("a", 2.0),), "2 in all"), bar]).told()
    assert told["said"] == "How much. small: 2 in all; large: 4 in all"
    grey, *coloured = (part for one in told["bars"] for part in one["parts"])
    assert (grey["colour"], grey["share"]) == (RUNS[5], 50)
    assert [(one["told"], one["colour"], one["share"]) for one in coloured] == [
        ("a: 1", RUNS[0], 25),
        ("<b>: 3", RUNS[1], 75),
    ]
    assert [one["marked"] for one in told["bars"]] == [False, True]
    assert Legend(["a", "<b>"]).told()["names"] == [("a", RUNS[0]), ("<b>", RUNS[1])]
