"""HTML and SVG put together so that a text can never become markup: names are free text, and anybody's."""

from html import escape


class Markup(str):
    """A text that is markup already."""

    __slots__ = ()


def element(name: str, *inside: str, **attributes: object) -> Markup:
    """One element; what is inside is escaped where it is no ``Markup``, and attributes always are.

    An attribute's ``_`` stands for "-", and one at the end for nothing; those that are None are left out.
    """
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{said}>{joined(*inside)}</{name}>")


def joined(*parts: str) -> Markup:
    """Texts and markup, one behind the other."""
    return Markup("".join(part if isinstance(part, Markup) else escape(part) for part in parts))


def table(head: list[str], rows: list[list[str]]) -> Markup:
    """A table whose first column names its rows; it scrolls by itself where it is too wide."""
    top = element("tr", *(element("th", cell, scope="col") for cell in head))
    body = [
        element("tr", element("th", row[0], scope="row"), *(element("td", cell) for cell in row[1:]))
        for row in rows
    ]
    whole = element("table", element("thead", top), element("tbody", *body))
    return element("div", whole, class_="wide", tabindex=0)
