"""Plotly figures and rows of small maps that pages share."""

import plotly.graph_objects as go
import streamlit as st
import torch
from torch import Tensor

from convlab import images
from convlab.ui import scales
from convlab.ui.words import _

CHART = {"displayModeBar": False}


def map_row(maps: list[tuple[str, Tensor]], end: float, key: str) -> None:
    """Feature maps side by side on one colour scale from -end to end, each under its title.

    Args:
        maps: (title, float [H, W]).
        end: largest size of a value in any of them.
        key: Streamlit key; ``crisp-`` before it keeps the pixels sharp.
    """
    with st.container(horizontal=True, key=f"crisp-{key}"):
        for title, values in maps:
            with st.container(width=250):
                st.markdown(f"**{title}**")
                picture = images.to_png(scales.colourise(values, end, signed=True))
                st.image(picture, width="stretch", output_format="PNG")
    legend = _("One scale for all: blue is -{end:.3g}, white is 0, red is {end:.3g}.")
    st.caption(legend.format(end=end))


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
    figure.update_yaxes(title=y, type="log", dtick=1, exponentformat="power")
    legend = {"orientation": "h", "y": 1.12}
    figure.update_layout(
        height=400, margin={"l": 10, "r": 10, "t": 10, "b": 10}, font={"size": 14}, legend=legend
    )
    return figure


def largest(*maps: Tensor) -> float:
    """Largest size of a value in any of the maps; 1 where all are 0."""
    return float(torch.stack([values.abs().max() for values in maps]).max()) or 1.0
