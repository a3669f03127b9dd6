"""Small pictures in a row, each with a line of plain text."""

from collections.abc import Sequence

import streamlit as st
from torch import Tensor

from convlab.pictures import images
from convlab.ui.words import escaped


def thumbs(pictures: Sequence[tuple[Tensor, str]], key: str, width: int = 128) -> None:
    """Pictures side by side, crisp.

    Args:
        pictures: (uint8 [3, 32, 32], caption of unknown origin).
        key: Streamlit key.
        width: of each on the screen, in CSS pixels.
    """
    with st.container(horizontal=True, key=f"crisp-probe-{key}"):
        for pixels, caption in pictures:
            with st.container(width=width):
                st.image(images.to_png(pixels), width="stretch", output_format="PNG", alt=caption)
                st.caption(escaped(caption))
