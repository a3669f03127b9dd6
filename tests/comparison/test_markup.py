"""What is put together as markup, and what never becomes any."""

from html.parser import HTMLParser

from hypothesis import example, given
from hypothesis import strategies as st

from convlab.comparison.markup import Markup, element, joined, table


class _Read(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def read(markup: str) -> _Read:
    reader = _Read()
    reader.feed(markup)
    reader.close()
    return reader


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\r\0")),
    st.text(st.characters(codec="utf-8", exclude_characters="\r\0")),
)
@example("<b>", '"><b>')
def test_any_text_stays_text(inside: str, value: str) -> None:
    found = read(element("p", inside, title=value))
    assert (found.tags, found.attributes, found.text) == (["p"], [("title", value)], inside)


def test_markup_inside_stays_markup() -> None:
    made = element("p", "a < b, ", element("b", "&"), Markup("<br>"), class_="x", aria_label="y", lang=None)
    assert made == '<p class="x" aria-label="y">a &lt; b, <b>&amp;</b><br></p>'
    assert joined("<", Markup("<hr>")) == "&lt;<hr>"


def test_a_table_names_its_rows() -> None:
    found = read(table(["", "one"], [["<a>", "1"]]))
    assert found.tags == ["div", "table", "thead", "tr", "th", "th", "tbody", "tr", "th", "td"]
    assert [value for _name, value in found.attributes if value in ("col", "row")] == ["col", "col", "row"]
    assert found.text == "one<a>1"
