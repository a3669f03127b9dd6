"""Ghost pixels: how many ``padding="same"`` takes, and what each of them shows (chapter 8.2.1)."""

from typing import Literal

PaddingMode = Literal["zeros", "reflect", "replicate", "circular"]


def same(kernel_size: int, dilation: int = 1) -> tuple[int, int]:
    """Ghost pixels (before, after) along an axis that keep its size; PyTorch puts the odd one after."""
    total = dilation * (kernel_size - 1)
    return total // 2, total - total // 2


def shown(position: int, n: int, padding_mode: str = "zeros") -> int:
    """The real pixel, 0..n-1, that a position of a padded axis shows, or -1 for a zero.

    Ghosts lie below 0 and from n on; those of a mode that is not PyTorch's show nothing.
    """
    if 0 <= position < n:
        return position
    if padding_mode == "replicate":
        return min(max(position, 0), n - 1)
    if padding_mode == "circular":
        return position % n
    return n - 1 - abs(n - 1 - abs(position)) if padding_mode == "reflect" else -1
