"""Every two designs: how far apart they are, and whether that is real, in words."""

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from convlab.comparison.statistics import Difference, Pair
from convlab.ui.compare.look import Look
from convlab.ui.words import REMARKS, _, cell, counted, enumerated, escaped, explain, sentences

_ORDER = {"real": 0, "few": 1, "noise": 2}
_SIGNS = {"real": ":material/check_circle:", "few": ":material/help:", "noise": ":material/waves:"}


def show(look: Look) -> None:
    """A row for each pair, those that are real first."""
    found = look.measured.pairs
    if not found:
        st.info(_("Once two designs have a finished seed, they are compared here."), icon=":material/info:")
        return
    with st.container(key="compare.table"):
        st.table(table(found))
    corrected = counted(
        len(found),
        _("One comparison, so nothing is corrected."),
        _("Corrected by Holm over {count} comparisons."),
    )
    unpaired = (
        ""
        if all(one.difference.paired for one in found)
        else _("Pairs without two seeds in common are compared by Welch's test.")
    )
    st.caption(sentences(corrected, _("The last epoch counts, never the best."), unpaired))


def verdict(found: Sequence[Pair]) -> str:
    """Which differences are real, and of how many nobody knows, in Markdown; "" before there is a pair."""
    if not found:
        return ""
    ahead: dict[str, list[str]] = {}
    for pair in found:
        if pair.difference.verdict == "real":
            first, second = _names(pair)
            ahead.setdefault(first, []).append(second)
    counts = Counter(pair.difference.verdict for pair in found)
    told = _("Too few seeds to tell: {few}. Within the noise: {noise}. Corrected by Holm.")
    rest = told.format(few=counts["few"], noise=counts["noise"])
    if not ahead:
        none = counted(
            len(found),
            _("**The one difference is not real** with these seeds."),
            _("**None of {count} differences is real** with these seeds."),
        )
        return sentences(none, rest)
    by_first = sorted(ahead.items(), key=lambda one: -len(one[1]))
    over = (
        _("**{first}** over {others}").format(first=escaped(first), others=escaped(enumerated(others)))
        for first, others in by_first
    )
    real = _("**Real, {count} of {all}**: {over}.")
    told = real.format(count=counts["real"], all=len(found), over=enumerated(over, REMARKS))
    return sentences(told, rest)


def table(found: Sequence[Pair]) -> dict[str, list[str]]:
    """Title of the column -> texts; the design that is ahead stands first in its row."""
    ordered = sorted(found, key=lambda one: (_ORDER[one.difference.verdict], -abs(one.difference.mean)))
    return {
        _("Validation accuracy"): [cell(_("{a} over {b}").format(a=a, b=b)) for a, b in map(_names, ordered)],
        _("Difference"): [points(abs(one.difference.mean)) for one in ordered],
        _("95% interval"): [_reach(one.difference) for one in ordered],
        _("Seeds"): [str(one.difference.count) for one in ordered],
        _("What it is worth"): [_worth(one.difference) for one in ordered],
    }


def _names(pair: Pair) -> tuple[str, str]:
    return (pair.a, pair.b) if pair.difference.mean >= 0 else (pair.b, pair.a)


def points(share: float) -> str:
    """A difference of shares, as "+2.3 points"; percentage points."""
    return _("{points} points").format(points=f"{100 * share:+.1f}".replace("-", "−"))


def _reach(found: Difference) -> str:
    if found.low is None or found.high is None:
        return "–"
    ends = (found.low, found.high) if found.mean >= 0 else (-found.high, -found.low)
    low, high = (f"{100 * end:+.1f}".replace("-", "−") for end in ends)
    return _("{low} to {high} points").format(low=low, high=high)


def _worth(found: Difference) -> str:
    return f"{_SIGNS[found.verdict]} {explain(found.said())}"
