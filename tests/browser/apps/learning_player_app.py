"""A page with nothing but the learning player: ?case= chooses the run, buttons rerun and learn anew."""

import streamlit as st
import torch

from convlab.convolution.conv2d import ConvSettings
from convlab.convolution.learning import Trajectory, learn
from convlab.ui.components.learning_player import learning_player

LAYER = ConvSettings()
SOBEL = torch.tensor([[[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]])


def run(case: str, seed: int) -> Trajectory:
    """The run of that name; the tests make the same one to compare with."""
    torch.set_num_threads(1)
    noise = torch.Generator().manual_seed(7)
    if case == "small":
        return learn(torch.rand(1, 16, 16, generator=noise), SOBEL, LAYER, lr=0.1, steps=120, seed=seed)
    if case == "diverged":
        return learn(torch.rand(1, 16, 16, generator=noise), SOBEL, LAYER, lr=9.0, steps=120, seed=seed)
    size = 7 if case == "wide" else 3
    target = torch.randn(3, size, size, generator=noise) * 0.3
    return learn(torch.rand(3, 32, 32, generator=noise), target, LAYER, lr=0.2, steps=500, seed=seed)


if __name__ == "__main__":
    st.set_page_config(layout="wide")
    st.title("Learn this kernel")
    st.button("Rerun")
    if st.button("Other start"):
        st.session_state.seed = st.session_state.get("seed", 0) + 1
    trajectory = run(st.query_params.get("case", "small"), st.session_state.get("seed", 0))
    learning_player(trajectory, key="learning")
    st.html(f'<p id="runs">{st.session_state.setdefault("runs", 0)}</p>')
    st.session_state.runs += 1
