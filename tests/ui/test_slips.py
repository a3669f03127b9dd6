"""The page of the book's slips: all with lines and live values, one alone, links that open."""

from typing import Any
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from convlab.chapter import errata
from convlab.chapter.errata import ERRATA, Erratum
from convlab.ui.lessons import LESSONS
from convlab.ui.urls import parse
from tests.pages.test_alone import CONTROLS
from tests.ui.driver import on_card, open_page, troubles

PAGE = "pages/slips.py"


def facts_tables(app: AppTest) -> list[Any]:
    """Those of what is computed, one for each slip."""
    return [table for table in app.table if "Computed now" in table.value.columns]


@pytest.fixture(scope="module")
def app() -> AppTest:
    return open_page(PAGE)


def test_all_stand_on_one_page_with_their_lines_values_and_links(app: AppTest) -> None:
    assert troubles(app) == []
    assert len(facts_tables(app)) == len(ERRATA) == 13
    shown = [code.value for code in app.code]
    (names,) = [table for table in app.table if "Where" in table.value.columns]
    shown += [cell.strip("`") for row in names.value.values for cell in row[1:]]
    lines = [line for erratum in ERRATA for line in erratum.lines]
    assert sorted(shown) == sorted(code for line in lines for code in (line.book, line.right))
    tried = [link for link in app.page_link if link.value.startswith("Try it in ")]
    assert [link.value for link in tried] == [
        f"Try it in {LESSONS[erratum.lesson].title}" for erratum in ERRATA
    ]


def test_the_titles_count_to_twelve(app: AppTest) -> None:
    bold = [text.value.strip("*") for text in app.markdown if text.value.startswith("**")]
    for n, erratum in enumerate(ERRATA[:12], 1):
        assert f"{n}. {erratum.title} ({erratum.place})" in bold
    assert "Even kernels and padding (Section 8.2.1, footnote 3)" in bold


def test_the_values_are_those_of_pytorch_now(app: AppTest) -> None:
    for erratum, table in zip(ERRATA, facts_tables(app), strict=True):
        labels, values = (list(table.value[column]) for column in table.value.columns)
        assert labels == [fact.label for fact in erratum.live()] or "\\" in "".join(labels)
        assert len(values) == len(labels)
    blocks = dict(facts_tables(app)[ERRATA.index(errata.of("blocks"))].value.values)
    assert "75,810" in blocks.values()
    assert "994,530" in blocks.values()


def test_one_is_shown_alone_and_the_link_says_which() -> None:
    app = open_page(PAGE, slip="blocks")
    assert troubles(app) == []
    assert [code.value for code in app.code][:2] == [
        errata.of("blocks").lines[0].book,
        errata.of("blocks").lines[0].right,
    ]
    assert len(app.table) == 1
    app.selectbox(key="slips.slip").set_value("half").run()
    assert app.query_params["slip"] == "half"
    assert len(app.table) == 1


def test_an_unknown_slip_is_refused_with_a_sentence_and_all_are_shown() -> None:
    app = open_page(PAGE, slip="none")
    assert "slip" in app.warning[0].value
    assert len(facts_tables(app)) == len(ERRATA)


@pytest.mark.parametrize("erratum", ERRATA, ids=lambda erratum: erratum.key)
def test_a_link_is_one_of_its_lesson_and_the_lesson_opens(erratum: Erratum) -> None:
    query = dict(parse_qsl(erratum.link, strict_parsing=True))
    model = CONTROLS[erratum.lesson]
    _controls, refused = parse(model, query)
    assert refused == []
    assert query.keys() <= model.model_fields.keys()
    app = open_page(LESSONS[erratum.lesson].file, **query)
    assert troubles(app) == []
    assert not app.warning


def test_the_link_of_o11_pins_the_pixel_where_the_slip_costs_most() -> None:
    erratum = errata.of("first_output")
    found = {fact.key: fact.value for fact in erratum.live()}
    assert dict(parse_qsl(erratum.link))["pin"] == f"{found['worst_row']},{found['worst_col']}"


def test_a_station_that_asks_gives_nothing_away_until_it_is_answered() -> None:
    app = open_page(PAGE, slip="loss_sign", station="sign-of-the-loss")
    assert troubles(app) == []
    labels = [panel.label for panel in app.expander]
    assert labels == ["What it should be, and what comes of both"]
    assert not app.expander[0].proto.expanded
    outside = [code.value for code in app.code if code.value == errata.of("loss_sign").lines[0].book]
    assert len(outside) == 2  # once alone, once in the closed panel beside the right line
    on_card(app, "show").click().run()
    app.run()
    assert not app.expander
    assert len(app.code) == 2


def test_a_station_shows_the_lines_of_its_section_and_opens_them_with_the_answer() -> None:
    app = open_page(PAGE, slip="names", station="dropouts-attribute")
    assert [code.value.split()[0] for code in app.code] == ["nn.Model", "nn.BatchNorm1D", "train"]
    on_card(app, "show").click().run()
    assert troubles(app) == []
    assert len(facts_tables(app)) == 1
    (lines,) = [table.value for table in app.table if "Where" in table.value.columns]
    assert set(lines["Where"]) == {"Section 8.5.2"}
