"""Rows of small pictures, and Plotly figures. Words in a figure are ours or ``safe``: Plotly reads markup."""

from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import plotly.graph_objects as go
import streamlit as st
from plotly.subplots import make_subplots
from torch import Tensor

from convlab.pictures import images
from convlab.ui import scales
from convlab.ui.scales import largest
from convlab.ui.words import _, escaped

if TYPE_CHECKING:  # pages without a verdict do not wait for it
    from convlab.probing.evaluation import Calibration

# Told apart by every kind of colour vision.
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#808a96"
_LINES = (BLUE, ORANGE, "#009E73", "#CC79A7", "#8a7d00", "#56B4E9", "#6d6d6d", "#7b4fb5")
_DASHES = ("solid", "dash", "dot", "dashdot")
SPARSE = 10  # answers of a bin; fewer say little
SMALLEST_PX = 13  # of type in a figure
_MARK = {"color": GREY, "width": 3, "dash": "dash"}
_SHARE_HOVER = "%{y:.1%}<extra>%{fullData.name}</extra>"


# ---- pictures -------------------------------------------------------------------------------------------


def image(pixels: Tensor, alt: str) -> None:
    """A picture across its column, uint8 [1 or 3, H, W], and what it shows for those who do not see it."""
    st.image(images.to_png(pixels), width="stretch", output_format="PNG", alt=alt)


def row(pictures: Sequence[tuple[Tensor, str]], key: str, width: int = 128, titled: bool = False) -> None:
    """Pictures side by side, crisp, ``width`` CSS pixels each: (uint8 [1 or 3, H, W], caption).

    A caption is plain text of unknown origin; if ``titled``, our own Markdown that stands above, in bold.
    """
    with st.container(horizontal=True, key=f"crisp-{key}"):
        for pixels, caption in pictures:
            with st.container(width=width):
                if titled:
                    st.markdown(f"**{caption}**")
                image(pixels, caption)
                if not titled:
                    st.caption(escaped(caption))


def map_row(maps: Sequence[tuple[str, Tensor]], key: str, end: float = 0.0, width: int = 250) -> None:
    """Feature maps, (title, float [H, W]), side by side on one colour scale from -end to end.

    ``end`` joins several rows on one scale; it is never below the largest size of a value that is shown here.
    ``width`` is in CSS pixels.
    """
    end = max(end, largest(*(values for _title, values in maps)))
    row([(scales.colourise(values, end), title) for title, values in maps], key, width, True)
    legend = _("One scale for all: blue is −{end:.3g}, white is 0, red is {end:.3g}.")
    st.caption(legend.format(end=end))


def mask_row(masks: Sequence[tuple[str, Tensor]], key: str) -> None:
    """Grey pictures side by side, black at 0 and white at 1; (title, float [H, W] within 0..1) each."""
    row([(scales.colourise(values, 1.0, scales.GREY), title) for title, values in masks], key, 250, True)
    st.caption(_("Black is 0, white is 1."))


# ---- charts ---------------------------------------------------------------------------------------------


def show(figure: go.Figure, key: str, height: int = 340) -> None:
    """Draw a figure across its column."""
    margin = {"l": 10, "r": 10, "t": 30, "b": 10}
    legend = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "font": {"size": SMALLEST_PX}}
    figure.update_layout(height=height, margin=margin, font={"size": 14}, legend=legend)
    figure.update_xaxes(tickfont={"size": SMALLEST_PX}).update_yaxes(tickfont={"size": SMALLEST_PX})
    st.plotly_chart(figure, width="stretch", config={"displayModeBar": False}, key=key)


def changed(label: str, shown: str, difference: str) -> None:
    """A figure and by how much it changed, such as "+0.50%"; no arrow and no colour for nothing."""
    moved = float(difference.rstrip("%")) != 0
    arrow: Literal["auto", "off"] = "auto" if moved else "off"
    st.metric(label, shown, difference, "normal" if moved else "off", delta_arrow=arrow)


def safe(text: str) -> str:
    """A name of unknown origin for Plotly, which takes angle brackets for markup and & for entities."""
    return escape(text, quote=False).replace("$", "＄")


def _shares(figure: go.Figure, x: str, y: str, **y_axis: Any) -> go.Figure:
    """The figure with the titles of its axes; shares of 1 go up."""
    figure.update_xaxes(title=x)
    figure.update_yaxes(title=y, tickformat=".0%", **y_axis)
    return figure


def growth_figure(sizes: list[int], lines: Sequence[tuple[str, list[int]]], x: str, y: str) -> go.Figure:
    """Counts against size on logarithmic axes, the lines told apart by colour and by dash."""
    figure = go.Figure()
    for (name, counts), dash, colour in zip(lines, _DASHES, (BLUE, ORANGE), strict=False):
        style = {"dash": dash, "color": colour, "width": 3}
        figure.add_scatter(x=sizes, y=counts, name=name, mode="lines+markers", line=style, marker={"size": 8})
    figure.update_xaxes(title=x, type="log", tickvals=sizes)
    figure.update_yaxes(title=y, type="log", dtick=1, tickformat="~s")
    return figure


def accuracy_figure(
    names: list[str],
    sets: Mapping[str, list[float | None]],
    halves: Sequence[Sequence[float | None]],
    across: str,
) -> go.Figure:
    """Accuracies as dots, a row for each name: two of the book hollow, two of the learner filled.

    ``sets``: title -> values: the book's training and validation, then the learner's, around which intervals
    reach as far as ``halves`` say; None for none.
    """
    looks = [("circle-open", GREY), ("diamond-open", GREY), ("circle", BLUE), ("diamond", ORANGE)]
    figure = go.Figure()
    for (title, values), (symbol, colour) in zip(sets.items(), looks, strict=True):
        line = {"width": 3 if "open" in symbol else 0}
        marker = {"symbol": symbol, "color": colour, "size": 13, "line": line}
        hover = "%{y}: %{x:.3f}<extra>%{fullData.name}</extra>"
        figure.add_scatter(x=values, y=names, name=title, mode="markers", marker=marker, hovertemplate=hover)
    for trace, reach in zip(figure.data[2:], halves, strict=True):
        trace.error_x = {"type": "data", "array": [half or 0.0 for half in reach], "thickness": 2}
    lowest = min(value for values in sets.values() for value in values if value is not None)
    figure.update_xaxes(title=across, tickformat=".0%", range=[min(0.74, lowest - 0.03), 1.01], dtick=0.05)
    figure.update_yaxes(autorange="reversed", automargin=True, categoryorder="array", categoryarray=names)
    return figure


def calibration_figure(calibration: "Calibration") -> go.Figure:
    """Accuracy of the answers in each bin of confidence, the line where the two agree, and the bins' counts.

    Bins of fewer than ``SPARSE`` answers are pale.
    """
    figure = make_subplots(rows=2, shared_xaxes=True, row_heights=[0.72, 0.28], vertical_spacing=0.06)
    bins = [one for one in calibration.bins if one.count]
    agree = {"mode": "lines", "line": {"dash": "dash", "color": GREY, "width": 2}, "hoverinfo": "skip"}
    figure.add_scatter(x=[0, 1], y=[0, 1], name=_("perfect calibration"), row=1, col=1, **agree)
    opacity = [1 if one.count >= SPARSE else 0.35 for one in bins]
    places = {
        "x": [(one.low + one.high) / 2 for one in bins],
        "width": [one.high - one.low for one in bins],
        "marker": {"color": BLUE, "opacity": opacity, "line": {"width": 1, "color": "white"}},
    }
    figure.add_bar(
        y=[one.accuracy for one in bins],
        name=_("answers"),
        customdata=[[one.count, one.confidence] for one in bins],
        hovertemplate="%{y:.1%} (%{customdata[0]}, %{customdata[1]:.1%})<extra></extra>",
        row=1,
        col=1,
        **places,
    )
    counts = [one.count for one in bins]
    told = {"text": [f"{count:,}" for count in counts], "textposition": "outside", "cliponaxis": False}
    figure.add_bar(y=counts, showlegend=False, hoverinfo="skip", row=2, col=1, **told, **places)
    low = min([one.low for one in bins], default=0.0)
    figure.update_xaxes(range=[max(0, low - 0.02), 1.005], tickformat=".0%")
    figure.update_xaxes(title=_("confidence (largest probability)"), row=2, col=1)
    figure.update_yaxes(title=_("accuracy"), tickformat=".0%", range=[0, 1.02], row=1, col=1)
    most = 1.35 * max(counts, default=1)
    figure.update_yaxes(title=_("pictures"), range=[0, most], nticks=3, row=2, col=1)
    return figure


def histogram_figure(
    edges: Sequence[float], inside: Sequence[float], outside: Sequence[float], threshold: float, across: str
) -> go.Figure:
    """How a score spreads over two sets of pictures, and the threshold below which it is refused."""
    figure = go.Figure()
    middles = [(low + high) / 2 for low, high in pairwise(edges)]
    name, marker = _("inside: the data set"), {"color": BLUE, "opacity": 0.55}
    figure.add_bar(x=middles, y=list(inside), name=name, marker=marker, hovertemplate=_SHARE_HOVER)
    figure.update_traces(width=edges[1] - edges[0])
    look = {"mode": "lines", "line": {"color": ORANGE, "width": 3, "shape": "hvh"}}
    figure.add_scatter(x=middles, y=list(outside), name=_("outside"), hovertemplate=_SHARE_HOVER, **look)
    figure.add_vline(x=threshold, line=_MARK)
    figure.update_layout(bargap=0)
    return _shares(figure, across, _("share of the pictures"), rangemode="tozero")


def lines_figure(
    x: Sequence[float],
    lines: Sequence[tuple[str, Sequence[float]]],
    across: str,
    upwards: str,
    mark: float | None = None,
) -> go.Figure:
    """Shares along the values ``x`` of a slider, (name without markup, shares) each, and where it stands."""
    figure = go.Figure()
    for n, (name, shares) in enumerate(lines):
        round_, colour = divmod(n, len(_LINES))
        line = {"color": _LINES[colour], "dash": _DASHES[round_ % len(_DASHES)], "width": 3}
        hover = "%{x}: %{y:.3f}<extra>%{fullData.name}</extra>"
        look = {"mode": "lines+markers", "line": line, "hovertemplate": hover}
        figure.add_scatter(x=list(x), y=list(shares), name=name, **look)
    figure.update_layout(showlegend=True)
    if mark is not None:
        figure.add_vline(x=mark, line=_MARK)
    return _shares(figure, across, upwards, range=[-0.02, 1.02])


def bars_figure(shares: Sequence[float], level: float, across: str, upwards: str) -> go.Figure:
    """A share for each of some numbered things, and the level of the whole as a line."""
    names = [str(n) for n in range(len(shares))]
    hover = "%{x}: %{y:.1%}<extra></extra>"
    figure = go.Figure(go.Bar(x=names, y=list(shares), marker={"color": BLUE}, hovertemplate=hover))
    figure.add_hline(y=level, line={"color": ORANGE, "width": 2, "dash": "dash"})
    figure.update_xaxes(type="category")
    return _shares(figure, across, upwards, range=[max(0, min([*shares, level]) - 0.05), 1])
