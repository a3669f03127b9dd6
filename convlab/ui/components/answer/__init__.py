"""PyTorch's answer in words: sentences, tables, code, bars; drawn by the browser, or by Streamlit alone.

Where a route answers, a component draws it, before Streamlit has heard of the question. Where there is none,
and for scripts (``AppTest``), Streamlit's own elements show the same blocks.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import streamlit as st

from convlab.ui.components.answer.bars import Bars, Legend
from convlab.ui.components.shared import ahead, declare, pack
from convlab.ui.words import _

_mount = declare("answer", "code")

# A letter that stands for itself; code; bold; italic.
_INLINE = re.compile(r"\\([!-/:-@\[-`{-~])|`([^`]+)`|(\*\*)|(\*)")

_MOST_LINES, _SCROLLED_PX = 10, 400  # of a table: more lines than that are scrolled

Runs = list[tuple[str, str]]


def runs(markdown: str) -> Runs:
    """A line of Markdown as (style, text): bold, italic and code alone, as sentences and cells have them.

    A style is of the words "bold", "italic", "code"; "" is plain.
    """
    found: Runs = []
    bold = italic = False
    at = 0

    def add(text: str, code: bool = False) -> None:
        style = " ".join(name for name, on in (("bold", bold), ("italic", italic), ("code", code)) if on)
        if text and found and found[-1][0] == style:
            found[-1] = style, found[-1][1] + text
        elif text:
            found.append((style, text))

    for mark in _INLINE.finditer(markdown):
        add(markdown[at : mark.start()])
        at = mark.end()
        if mark[1] or mark[2]:
            add(mark[1] or mark[2], code=bool(mark[2]))
        bold, italic = bold != bool(mark[3]), italic != bool(mark[4])
    add(markdown[at:])
    return found


@dataclass(frozen=True)
class Sentence:
    """A paragraph; bold, italic and code are Markdown's.

    Attributes:
        tone: "good" or "info" for one in a box of its own.
    """

    markdown: str
    tone: Literal["", "good", "info"] = ""

    def told(self) -> dict[str, Any]:
        """As the browser gets it."""
        return {"kind": "sentence", "runs": runs(self.markdown), "tone": self.tone}

    def show(self) -> None:
        """With Streamlit's own element."""
        if self.tone == "good":
            st.success(self.markdown, icon=":material/check_circle:")
        elif self.tone == "info":
            st.info(self.markdown, icon=":material/info:")
        else:
            st.markdown(self.markdown)


@dataclass(frozen=True)
class Table:
    """Columns by their titles, the first of which names the rows; titles and cells are Markdown.

    A long one is scrolled.
    """

    columns: Mapping[str, Sequence[object]]

    @property
    def _height_px(self) -> int | None:
        return _SCROLLED_PX if len(next(iter(self.columns.values()))) > _MOST_LINES else None

    def told(self) -> dict[str, Any]:
        """As the browser gets it."""
        lines = zip(*self.columns.values(), strict=True)
        return {
            "kind": "table",
            "height_px": self._height_px,
            "titles": [runs(title) for title in self.columns],
            "lines": [[runs(str(cell)) for cell in line] for line in lines],
        }

    def show(self) -> None:
        """With Streamlit's own element."""
        st.table(dict(self.columns), height=self._height_px or "content")


@dataclass(frozen=True)
class Code:
    """Lines of code, or PyTorch's own words (not ``python``); long ones are scrolled."""

    text: str
    python: bool = False
    height_px: int | None = None

    def told(self) -> dict[str, Any]:
        """As the browser gets it."""
        return {"kind": "code", **vars(self)}

    def show(self) -> None:
        """With Streamlit's own element."""
        height: Any = {} if self.height_px is None else {"height": self.height_px}
        st.code(self.text, language="python" if self.python else None, wrap_lines=True, **height)


@dataclass(frozen=True)
class Framed:
    """Several of these in a box."""

    blocks: Sequence[Sentence | Table | Code]

    def told(self) -> dict[str, Any]:
        """As the browser gets it."""
        return {"kind": "framed", "blocks": [block.told() for block in self.blocks]}

    def show(self) -> None:
        """With Streamlit's own element."""
        with st.container(border=True):
            for block in self.blocks:
                block.show()


Block = Sentence | Table | Code | Bars | Legend | Framed
Blocks = dict[str, list[Block]]  # by the key of the answer that shows them


def answer(key: str, *blocks: Block) -> None:
    """Show what PyTorch answers, one block below the other."""
    if not ahead.asked():
        for block in blocks:
            block.show()
        return
    labels = {"code": _("Code"), "table": _("Table that scrolls sideways")}
    _mount(key=key, data=pack({"labels": labels, "blocks": [block.told() for block in blocks]}))


def answers(shown: Blocks) -> None:
    """Several of them, without the page's layout."""
    for key, blocks in shown.items():
        answer(key, *blocks)
