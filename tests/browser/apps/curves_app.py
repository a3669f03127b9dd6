"""A page with nothing but curves of a made-up run: ?epochs= says how far it has come."""

import numpy as np
import streamlit as st

from convlab.ui.components.shared.charts import (
    TRAIN,
    VALIDATION,
    ChartShown,
    KernelsShown,
    Lacking,
    Line,
    Mark,
    depth_colour,
)
from convlab.ui.components.training_curves import StatusShown, curves

BATCHES = 20
PLANNED = 50


def loss(epoch: np.ndarray) -> np.ndarray:
    """Of a made-up run; the tests compute the same."""
    return 0.7 / (1 + 0.15 * epoch)


def charts(epochs: int) -> list[ChartShown]:
    """What the panel is sent after so many epochs."""
    ended = np.arange(1.0, epochs + 1)
    batches = np.arange(1, epochs * BATCHES + 1) / BATCHES
    noise = np.random.default_rng(0).normal(0, 0.05, len(batches))
    book = np.array([[1, 0.5635], [10, 0.3278], [20, 0.3035], [50, 0.2411]])
    levels = np.array([[0, 0.93]])
    return [
        ChartShown(
            "loss",
            "Loss",
            "cross-entropy",
            [
                Line("Batch", "faint", TRAIN, np.stack([batches, loss(batches) + noise], 1)),
                Line("Training", "solid", TRAIN, np.stack([ended, loss(ended)], 1)),
                Line("Validation", "dashed", VALIDATION, np.stack([ended, loss(ended) + 0.05], 1)),
                Line("The book", "book", "", book),
            ],
            turns=True,
            marks=(
                Mark(0.5, "fork of a run with a long name"),
                Mark(1.5, "lr 1000"),
                Mark(60, "never"),
            ),
        ),
        ChartShown(
            "accuracy",
            "Accuracy",
            "share classified correctly",
            [
                Line("Training", "solid", TRAIN, np.stack([ended, 1 - loss(ended) / 2], 1)),
                Line("The book", "level", "", levels),
                Line("The book, validation", "level-dashed", "", levels - 0.04),
            ],
            kind="percent",
            turns=True,
            lacking=Lacking("Error", "share classified wrongly"),
        ),
        ChartShown(
            "gradients",
            "Gradient norm",
            "norm",
            [
                Line(name, "thin", depth_colour(n, 4), np.stack([ended, 10.0 ** (n - 4) / ended], 1))
                for n, name in enumerate(["conv1", "conv2", "fc1", "fc2"])
            ],
            log=True,
        ),
        ChartShown(
            "rate",
            "Learning rate",
            "lr",
            [Line("lr", "solid", TRAIN, np.stack([ended, 0.01 + 0 * ended], 1))],
        ),
    ]


if __name__ == "__main__":
    st.set_page_config(layout="wide")
    st.title("Curves")
    epochs = int(st.query_params.get("epochs", "12"))
    if st.button("One more"):
        st.session_state.more = st.session_state.get("more", 0) + 1
    epochs += st.session_state.get("more", 0)
    weights = np.random.default_rng(epochs).integers(0, 256, (16, 3, 3, 3), np.uint8)
    curves(
        "curves",
        "run",
        charts(epochs),
        epochs,
        PLANNED,
        StatusShown("Running", "live", f"epoch {epochs} of {PLANNED}", "", epochs, PLANNED),
        KernelsShown("First-layer kernels", "16 kernels", weights, 0.5),
    )
