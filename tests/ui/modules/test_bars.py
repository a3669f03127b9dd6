"""Bars made of parts: lengths on one scale, totals for screen readers too."""

import re

from streamlit.testing.v1 import AppTest

from convlab.ui.components.shared.charts import RUNS


def _page() -> None:
    from convlab.ui.modules.bars import Bar, bars, legend

    small = Bar("small", (("a", 1.0), ("<b>", 0.0)), "1 in all")
    bars("How much", [small, Bar("large", (("a", 1.0), ("<b>", 3.0)), "4 in all", marked=True)])
    legend(["a", "<b>"])


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
    from convlab.ui.modules.bars import Bar, bars

    bars("How long", [Bar("small", (("a step", 1.0),), "1 ms")])


def test_a_bar_of_one_part_has_no_part_s_colour() -> None:
    app = AppTest.from_function(_page_of_wholes).run()
    assert RUNS[0] not in app.get("html")[0].proto.body
    assert RUNS[0] in html()[0]
