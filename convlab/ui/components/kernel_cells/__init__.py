"""The cells of one kernel in the browser; who shows what comes of it hears of every change."""

from collections.abc import Callable
from typing import Any

import streamlit as st
from torch import Tensor

from convlab.convolution import kernels
from convlab.ui import scales
from convlab.ui.components.shared import declare, editor_labels, hear, numbers, pack, revision
from convlab.ui.words import _

_mount = declare("kernel_cells", "numerals", "post", "revisions", "editor", "messenger")


def kernel_cells(
    key: str,
    place: str,
    kernel: Tensor,
    text: str,
    own: Tensor | None,
    end: float,
    on_cut: Callable[[], None],
    on_paste: Callable[[], None],
) -> None:
    """Show a kernel, float32 [kh, kw]; ``cut(key)`` has what became of it at ``on_cut``.

    Args:
        place: where it stands; another one ends what the browser has pending.
        text: the kernel as the page holds it; the browser says this of it while nobody has changed it.
        own: the kernel that the network came with; None where there are several.
        end: where the scale of colours ends.
        on_paste: what was pasted is in ``shared.pasted`` then.
    """
    header = {
        "labels": {**editor_labels(), "zero": _("All zero"), "own": _("As it came")},
        "limit": kernels.MAX_WEIGHT,
        "revision": revision(key),
        "place": place,
        "size": list(kernel.shape),
        "text": text,
        "own": own is not None,
        "end": end,
    }
    blobs = {"kernel": kernel, "came": kernel if own is None else own}
    listeners = {"on_cut_change": on_cut, "on_paste_change": on_paste}
    _mount(key=key, data=pack(header, **blobs, weights=scales.table(scales.WEIGHTS)), **listeners)


def cut(key: str) -> str | None:
    """The text of the kernel that the browser sent; None where it is not what the component sends."""
    found = numbers(key, "cut", ("revision",))
    text: Any = None if found is None else st.session_state[key]["cut"].get("text")
    if found is None or not isinstance(text, str) or len(text) > kernels.MAX_TEXT_LENGTH:
        return None
    hear(key, max(0, found[0]))
    return text
