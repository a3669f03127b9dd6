"""convlab.ui.components.answer: the same blocks for the browser, and with Streamlit's own elements."""

import pytest
from streamlit.testing.v1 import AppTest

from convlab.ui.components.answer import Block, Code, Framed, Runs, Sentence, Table, answers, runs
from convlab.ui.components.shared import ahead
from convlab.ui.words import escaped
from tests.ui.driver import unpack


@pytest.mark.parametrize(
    ("markdown", "read"),
    [
        ("plain", [("", "plain")]),
        ("", []),
        (
            "**`to`** gives *another* one",
            [("bold code", "to"), ("", " gives "), ("italic", "another"), ("", " one")],
        ),
        ("a **b *c* d**", [("", "a "), ("bold", "b "), ("bold italic", "c"), ("bold", " d")]),
        (r"\*\*not bold\*\* \`nor code\`", [("", "**not bold** `nor code`")]),
        ("`a * b ** c`", [("code", "a * b ** c")]),
        (r"C:\path", [("", r"C:\path")]),
    ],
)
def test_a_line_of_markdown_is_read(markdown: str, read: Runs) -> None:
    assert runs(markdown) == read


@pytest.mark.parametrize("name", ["[1, 16, 32, 32]", "a_b*c`d`", "<b>", "1 - 2", r"\n"])
def test_what_is_escaped_comes_letter_by_letter(name: str) -> None:
    assert "".join(text for _style, text in runs(escaped(name))).replace("\u2060", "") == name


def test_a_table_is_told_line_by_line() -> None:
    told = Table({"a": [1, 2], "**b**": ["x", "`y`"]}).told()
    assert told["titles"] == [[("", "a")], [("bold", "b")]]
    assert told["lines"] == [[[("", "1")], [("", "x")]], [[("", "2")], [("code", "y")]]]


def test_where_a_route_asks_the_blocks_are_the_message() -> None:
    blocks: list[Block] = [Framed([Sentence("one"), Code("two\nlines")]), Sentence("good", "good")]
    with ahead.gathered() as messages:
        answers({"first": blocks, "second": [Sentence("alone")]})
    assert list(messages) == ["first", "second"]
    framed, good = unpack(messages["first"])[0]["blocks"]
    assert [block["kind"] for block in framed["blocks"]] == ["sentence", "code"]
    assert framed["blocks"][1]["text"] == "two\nlines"
    assert (good["runs"], good["tone"]) == ([["", "good"]], "good")


def page() -> None:
    from convlab.ui.components.answer import Code, Framed, Sentence, Table, answer

    framed = Framed([Sentence("**one**"), Code("two", height_px=380)])
    answer("key", framed, Table({"a": [1]}), Sentence("good", "good"), Sentence("so", "info"))


def test_without_a_route_streamlit_shows_them() -> None:
    app = AppTest.from_function(page).run()
    assert not app.exception
    assert [one.value for one in app.markdown] == ["**one**"]
    assert [one.value for one in app.code] == ["two"]
    assert app.table[0].value["a"].tolist() == [1]
    assert (app.success[0].value, app.info[0].value) == ("good", "so")
