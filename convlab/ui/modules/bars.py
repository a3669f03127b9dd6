"""Bars made of parts, one below the other: how much each part has, by its length and by its colour."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from convlab.ui.components.shared.charts import RUNS
from convlab.ui.words import REMARKS, enumerated, named

_BARS = (
    '<div role="img" aria-label="{told}" style="display:grid;gap:.3rem .6rem;align-items:center;'
    'font-size:.875rem;grid-template-columns:max-content 1fr max-content">{rows}</div>'
)
_BAR = (
    '<span{look}>{name}</span><span style="display:flex;height:1.1rem">{parts}</span>'
    "<span{look}>{total}</span>"
)
_PART = '<span title="{told}" style="{colour};width:{share:.3f}%"></span>'
_LEGEND = (
    '<div style="display:flex;flex-wrap:wrap;gap:.3rem .5rem;align-items:center;font-size:.875rem">'
    "{told}</div>"
)
_SQUARE = '<span style="{colour};width:.9rem;height:.9rem"></span><span>{name}</span>'

_WHOLE = 5  # the grey one: a bar of one part is of no part's colour


@dataclass(frozen=True)
class Bar:
    """A bar: its name, its parts (name, amount), what they come to as text, and whether it stands out."""

    name: str
    parts: tuple[tuple[str, float], ...]
    total: str
    marked: bool = False


def bars(title: str, several: Sequence[Bar]) -> None:
    """Show bars on one scale; under the pointer a part tells what it is. All words are ours."""
    longest = max(sum(amount for _name, amount in bar.parts) for bar in several) or 1
    told = enumerated((named(bar.name, bar.total) for bar in several), REMARKS)
    rows = "".join(_row(bar, longest) for bar in several)
    st.markdown(f"**{title}**")
    st.html(_BARS.format(told=escape(f"{title}. {told}"), rows=rows))


def legend(names: Sequence[str]) -> None:
    """Which colour is which part's."""
    told = "".join(_SQUARE.format(colour=_colour(n), name=escape(name)) for n, name in enumerate(names))
    st.html(_LEGEND.format(told=told))


def _row(bar: Bar, longest: float) -> str:
    parts = "".join(
        _PART.format(
            told=escape(named(name, f"{amount:,.6g}")),
            colour=_colour(n if len(bar.parts) > 1 else _WHOLE),
            share=100 * amount / longest,
        )
        for n, (name, amount) in enumerate(bar.parts)
    )
    look = ' style="font-weight:700"' if bar.marked else ""
    return _BAR.format(look=look, name=escape(bar.name), parts=parts, total=escape(bar.total))


def _colour(n: int) -> str:
    return f"background:{RUNS[n]}"
