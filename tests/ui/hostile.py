"""Names that mean something to Markdown, HTML, Plotly and Streamlit, and where they stand as they came."""

import json
import re
from collections.abc import Iterator
from typing import Any

from streamlit.testing.v1 import AppTest

from tests.ui.driver import elements

# What takes a text as it is. Whatever is not here is taken for Markdown, a field that is new among it.
PLAIN = {
    ("selectbox", "options"), ("selectbox", "raw_value"), ("selectbox", "default"),
    ("text_input", "value"), ("text_input", "default"), ("text_area", "value"), ("text_area", "default"),
    ("imgs", "alt"), ("code", "code_text"), ("file_uploader", "value"),
}  # fmt: skip
_NO_NAMES = {"id", "form_id", "element_id", "user_key", "key", "bytes", "url", "query_string"}
_RAW = re.compile(r"\*hx\w+\*")  # an escaped one has backslashes before the stars
_IN_FIGURE = re.compile(r"hx\w+\*<|\$x\$")


def hostile(tag: str) -> str:
    """A name of 42 characters and a tag of letters, which says where it was seen."""
    return f"*hx{tag}*<b>\"'\\![i](http://e.invalid)$x$:cat:"


def unescaped(app: AppTest) -> list[str]:
    """Every place of a page that shows a hostile name as it came, where its text has a meaning."""
    found = []
    for element in elements(app._tree):
        if (proto := getattr(element, "proto", None)) is not None and element.type != "bidi_component":
            found += [f"{element.type}.{path}: {text}" for path, text in _meaningful(element.type, proto)]
        if element.type == "table":  # whose cells are Markdown; a dataframe's are not
            found += [f"table: {text}" for text in _cells(element) if _RAW.search(text)]
    return found


def _meaningful(kind: str, proto: Any) -> Iterator[tuple[str, str]]:
    for path, text in _strings(proto):
        name = path.rpartition(".")[2]
        if kind == "plotly_chart" and name == "spec":
            yield from ((path, part) for part in _leaves(json.loads(text)) if _IN_FIGURE.search(part))
        elif name not in _NO_NAMES and not {(kind, name), (path.partition(".")[0], name)} & PLAIN:
            yield from [(path, text)] if _RAW.search(text) else []


def _strings(proto: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """(path of names, text) of all texts in a message."""
    for field, value in proto.ListFields():
        parts = value if isinstance(value, (list, tuple)) or hasattr(value, "append") else [value]
        for part in parts:
            here = f"{path}{field.name}"
            if hasattr(part, "ListFields"):
                yield from _strings(part, f"{here}.")
            elif isinstance(part, str):
                yield here, part


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _leaves(part)


def _cells(element: Any) -> Iterator[str]:
    table = element.value
    yield from map(str, table.columns)
    for column in table.columns:
        yield from map(str, table[column].tolist())
