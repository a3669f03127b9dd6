"""Bars made of parts, one below the other: how much each part has, by its length and by its colour."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import streamlit as st

from convlab.ui import words
from convlab.ui.components.shared.charts import RUNS

_BARS = (
    '<div role="img" aria-label="{told}" style="display:grid;gap:.3rem .6rem;align-items:center;'
    'font-size:.875rem;grid-template-columns:max-content 1fr max-content">{rows}</div>'
)
_BAR = (
    '<span{look}>{name}</span><span style="display:flex;height:1.1rem">{parts}</span>'
    "<span{look}>{total}</span>"
)
_PART = '<span title="{told}" style="background:{colour};width:{share:.3f}%"></span>'
_LEGEND = (
    '<div style="display:flex;flex-wrap:wrap;gap:.3rem .5rem;align-items:center;font-size:.875rem">'
    "{told}</div>"
)
_SQUARE = '<span style="background:{colour};width:.9rem;height:.9rem"></span><span>{name}</span>'

_WHOLE = 5  # the grey one: a bar of one part is of no part's colour


@dataclass(frozen=True)
class Bar:
    """A bar: its name, its parts (name, amount), what they come to as text, and whether it stands out."""

    name: str
    parts: tuple[tuple[str, float], ...]
    total: str
    marked: bool = False

    def drawn(self, longest: float) -> list[dict[str, Any]]:
        """Of each part what it is, its colour, and its share of the longest bar in percent."""
        return [
            {
                "told": words.named(name, f"{amount:,.6g}"),
                "colour": RUNS[n if len(self.parts) > 1 else _WHOLE],
                "share": 100 * amount / longest,
            }
            for n, (name, amount) in enumerate(self.parts)
        ]


@dataclass(frozen=True)
class Bars:
    """Bars on one scale below their title; under the pointer a part tells what it is. All words are ours."""

    title: str
    several: Sequence[Bar]

    @property
    def _longest(self) -> float:
        return max(sum(amount for _name, amount in bar.parts) for bar in self.several) or 1

    @property
    def _said(self) -> str:
        told = words.enumerated((words.named(bar.name, bar.total) for bar in self.several), words.REMARKS)
        return f"{self.title}. {told}"

    def told(self) -> dict[str, Any]:
        """As the browser gets it."""
        several = [{**vars(bar), "parts": bar.drawn(self._longest)} for bar in self.several]
        return {"kind": "bars", "title": self.title, "said": self._said, "bars": several}

    def show(self) -> None:
        """With Streamlit's own elements."""
        st.markdown(f"**{self.title}**")
        rows = "".join(self._row(bar) for bar in self.several)
        st.html(_BARS.format(told=escape(self._said), rows=rows))

    def _row(self, bar: Bar) -> str:
        parts = "".join(
            _PART.format(told=escape(one["told"]), colour=one["colour"], share=one["share"])
            for one in bar.drawn(self._longest)
        )
        look = ' style="font-weight:700"' if bar.marked else ""
        return _BAR.format(look=look, name=escape(bar.name), parts=parts, total=escape(bar.total))


@dataclass(frozen=True)
class Legend:
    """Which colour is which part's."""

    names: Sequence[str]

    def told(self) -> dict[str, Any]:
        """As the browser gets it."""
        return {"kind": "legend", "names": list(zip(self.names, RUNS, strict=False))}

    def show(self) -> None:
        """With Streamlit's own element."""
        named = zip(self.names, RUNS, strict=False)
        told = "".join(_SQUARE.format(colour=colour, name=escape(name)) for name, colour in named)
        st.html(_LEGEND.format(told=told))
