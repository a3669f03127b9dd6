"""Plotly figures and rows of small maps that pages share."""

import plotly.graph_objects as go
import streamlit as st
import torch
from torch import Tensor

from convlab.pictures import images
from convlab.ui import scales
from convlab.ui.words import _

CHART = {"displayModeBar": False}


def map_row(maps: list[tuple[str, Tensor]], end: float, key: str, width: int = 250) -> None:
    """Feature maps side by side on one colour scale from -end to end, each under its title.

    Args:
        maps: (title, float [H, W]).
        end: largest size of a value in any of them.
        key: Streamlit key.
        width: of each map on screen, in CSS pixels.
    """
    _pictures([(title, scales.colourise(values, end, signed=True)) for title, values in maps], key, width)
    legend = _("One scale for all: blue is -{end:.3g}, white is 0, red is {end:.3g}.")
    st.caption(legend.format(end=end))


def mask_row(masks: list[tuple[str, Tensor]], key: str) -> None:
    """Grey pictures side by side, black at 0 and white at 1, each under its title.

    Args:
        masks: (title, float [H, W] within 0..1).
        key: Streamlit key.
    """
    _pictures([(title, scales.colourise(values, 1.0, signed=False)) for title, values in masks], key, 250)
    st.caption(_("Black is 0, white is 1."))


def _pictures(pictures: list[tuple[str, Tensor]], key: str, width: int) -> None:
    with st.container(horizontal=True, key=f"crisp-{key}"):
        for title, pixels in pictures:
            with st.container(width=width):
                st.markdown(f"**{title}**")
                st.image(images.to_png(pixels), width="stretch", output_format="PNG", alt=title)


def matrix_figure(matrix: Tensor, hover: list[list[str]], rows: str, columns: str) -> go.Figure:
    """A matrix as coloured cells, zero in the neutral middle.

    Args:
        matrix: float [R, C].
        hover: text for each cell.
        rows, columns: titles of the axes.
    """
    end = float(matrix.abs().max()) or 1.0
    heatmap = go.Heatmap(
        z=matrix.tolist(),
        zmin=-end,
        zmax=end,
        colorscale=scales.WEIGHTS,
        xgap=1,
        ygap=1,
        text=hover,
        hovertemplate="%{text}<extra></extra>",
        colorbar={"title": _("weight")},
    )
    figure = go.Figure(heatmap)
    figure.update_xaxes(title=columns)
    figure.update_yaxes(title=rows, autorange="reversed")
    figure.update_layout(height=420, margin={"l": 10, "r": 10, "t": 10, "b": 10}, font={"size": 14})
    return figure


def growth_figure(sizes: list[int], lines: list[tuple[str, list[int]]], x: str, y: str) -> go.Figure:
    """Counts against size on logarithmic axes, the lines told apart by colour and by dash."""
    figure = go.Figure()
    for (name, counts), dash, colour in zip(lines, ["solid", "dash"], ["#0072B2", "#D55E00"], strict=True):
        style = {"dash": dash, "color": colour, "width": 3}
        figure.add_scatter(x=sizes, y=counts, name=name, mode="lines+markers", line=style, marker={"size": 8})
    figure.update_xaxes(title=x, type="log", tickvals=sizes)
    figure.update_yaxes(title=y, type="log", dtick=1, tickformat="~s")
    legend = {"orientation": "h", "y": 1.12}
    figure.update_layout(
        height=400, margin={"l": 10, "r": 10, "t": 10, "b": 10}, font={"size": 14}, legend=legend
    )
    return figure


def largest(*maps: Tensor) -> float:
    """Largest size of a value in any of the maps; 1 where all are 0."""
    return float(torch.stack([values.abs().max() for values in maps]).max()) or 1.0


def accuracy_figure(
    names: list[str], sets: list[tuple[str, list[float | None]]], spreads: list[float | None], across: str
) -> go.Figure:
    """Accuracies as dots, a row for each name: two of the book hollow, two of the learner filled.

    Args:
        names: our own words, no markup.
        sets: (title, values): the book's training and validation, then the learner's.
        spreads: standard deviations of the last set.
        across: title of the axis.
    """
    blue, orange, grey = "#2f7fc4", "#d96c1a", "#808a96"
    looks = [("circle-open", grey), ("diamond-open", grey), ("circle", blue), ("diamond", orange)]
    figure = go.Figure()
    for (title, values), (symbol, colour) in zip(sets, looks, strict=True):
        marker = {
            "symbol": symbol,
            "color": colour,
            "size": 13,
            "line": {"width": 3 if "open" in symbol else 0},
        }
        hover = "%{y}: %{x:.3f}<extra>%{fullData.name}</extra>"
        figure.add_scatter(x=values, y=names, name=title, mode="markers", marker=marker, hovertemplate=hover)
    figure.data[-1].error_x = {"type": "data", "array": [spread or 0.0 for spread in spreads], "thickness": 2}
    lowest = min(value for _title, values in sets for value in values if value is not None)
    figure.update_xaxes(title=across, tickformat=".0%", range=[min(0.74, lowest - 0.03), 1.01], dtick=0.05)
    figure.update_yaxes(autorange="reversed", automargin=True, categoryorder="array", categoryarray=names)
    legend = {"orientation": "h", "y": 1.1}
    figure.update_layout(
        height=480, margin={"l": 10, "r": 10, "t": 10, "b": 10}, font={"size": 14}, legend=legend
    )
    return figure
