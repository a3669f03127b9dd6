"""The Probe lesson's Plotly figures. All words in them are ours: Plotly reads text as markup."""

from collections.abc import Sequence
from itertools import pairwise

import plotly.graph_objects as go
import streamlit as st

from convlab.probing.evaluation import Calibration
from convlab.ui.words import _

INSIDE, OUTSIDE = "#0072B2", "#D55E00"  # told apart by every kind of colour vision
LINES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#8a7d00", "#56B4E9", "#6d6d6d", "#7b4fb5")
DASHES = ("solid", "dash", "dot", "dashdot")
_GREY = "#808a96"


def show(figure: go.Figure, key: str, height: int = 340) -> None:
    """Draw a figure across its column."""
    figure.update_layout(
        height=height,
        margin={"l": 10, "r": 10, "t": 30, "b": 10},
        font={"size": 14},
        legend={"orientation": "h", "y": 1.16, "x": 0},
    )
    st.plotly_chart(figure, width="stretch", config={"displayModeBar": False}, key=key)


def calibration_figure(calibration: Calibration) -> go.Figure:
    """Accuracy of the answers in each bin of confidence, beside the line where the two agree."""
    figure = go.Figure()
    bins = [one for one in calibration.bins if one.count]
    agree = {"dash": "dash", "color": _GREY, "width": 2}
    figure.add_scatter(
        x=[0, 1], y=[0, 1], name=_("as sure as right"), mode="lines", line=agree, hoverinfo="skip"
    )
    figure.add_bar(
        x=[(one.low + one.high) / 2 for one in bins],
        y=[one.accuracy for one in bins],
        width=[one.high - one.low for one in bins],
        name=_("right answers"),
        marker={"color": INSIDE, "line": {"width": 1, "color": "white"}},
        customdata=[[one.count, one.confidence] for one in bins],
        hovertemplate="%{y:.1%} (%{customdata[0]}, %{customdata[1]:.1%})<extra></extra>",
    )
    low = min([one.low for one in bins], default=0.0)
    figure.update_xaxes(
        title=_("how sure (largest probability)"), range=[max(0, low - 0.02), 1.005], tickformat=".0%"
    )
    figure.update_yaxes(title=_("share that is right"), range=[0, 1.02], tickformat=".0%")
    return figure


def histogram_figure(
    edges: Sequence[float],
    inside: Sequence[float],
    outside: Sequence[float],
    threshold: float,
    across: str,
) -> go.Figure:
    """How a score spreads over two sets of pictures, and the threshold below which it is refused."""
    figure = go.Figure()
    middles = [(low + high) / 2 for low, high in pairwise(edges)]
    width = edges[1] - edges[0]
    hover = "%{y:.1%}<extra>%{fullData.name}</extra>"
    figure.add_bar(
        x=middles,
        y=list(inside),
        width=width,
        name=_("inside: the data set"),
        marker={"color": INSIDE, "opacity": 0.55},
        hovertemplate=hover,
    )
    figure.add_scatter(
        x=middles,
        y=list(outside),
        name=_("outside"),
        mode="lines",
        line={"color": OUTSIDE, "width": 3, "shape": "hvh"},
        hovertemplate=hover,
    )
    figure.add_vline(x=threshold, line={"color": _GREY, "width": 3, "dash": "dash"})
    figure.update_layout(bargap=0)
    figure.update_xaxes(title=across)
    figure.update_yaxes(title=_("share of the pictures"), tickformat=".0%", rangemode="tozero")
    return figure


def lines_figure(
    x: Sequence[float],
    lines: Sequence[tuple[str, Sequence[float]]],
    across: str,
    upwards: str,
    mark: float | None = None,
) -> go.Figure:
    """Shares along a slider, the value that is set marked.

    Args:
        x: values of the slider.
        lines: (name without markup, share at each value).
        across, upwards: titles of the axes.
        mark: the value that is set.
    """
    figure = go.Figure()
    for n, (name, shares) in enumerate(lines):
        line = {"color": LINES[n % len(LINES)], "dash": DASHES[n // len(LINES) % len(DASHES)], "width": 3}
        hover = "%{x}: %{y:.3f}<extra>%{fullData.name}</extra>"
        figure.add_scatter(
            x=list(x), y=list(shares), name=name, mode="lines+markers", line=line, hovertemplate=hover
        )
    figure.update_layout(showlegend=True)
    if mark is not None:
        figure.add_vline(x=mark, line={"color": _GREY, "width": 3, "dash": "dash"})
    figure.update_xaxes(title=across)
    figure.update_yaxes(title=upwards, range=[-0.02, 1.02], tickformat=".0%")
    return figure


def bars_figure(
    names: Sequence[str], shares: Sequence[float], level: float, across: str, upwards: str
) -> go.Figure:
    """A share for each of some things, and the level of the whole as a line."""
    figure = go.Figure(
        go.Bar(
            x=list(names),
            y=list(shares),
            marker={"color": INSIDE},
            hovertemplate="%{x}: %{y:.1%}<extra></extra>",
        )
    )
    figure.add_hline(y=level, line={"color": OUTSIDE, "width": 2, "dash": "dash"})
    lowest = min([*shares, level])
    figure.update_xaxes(title=across, type="category")
    figure.update_yaxes(title=upwards, tickformat=".0%", range=[max(0, lowest - 0.05), 1])
    return figure


def safe(text: str) -> str:
    """A name of unknown origin for Plotly, which takes angle brackets for markup and & for entities."""
    return text.replace("&", "＆").replace("<", "‹").replace(">", "›").replace("$", "＄")
