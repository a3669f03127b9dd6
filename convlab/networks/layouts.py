"""Where channels, rows and columns stand among the axes of a tensor: a permute or a view moves them.

A step whose values are not [N, C, H, W], such as those between two permutes, has no maps. It is no layer of
its own, and what it reads is said in the axes of the maps before it.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from convlab.networks.layer_kinds import OWN_PLACE, Along, Pattern, Window

Layout = tuple[int, ...]  # of each axis of a tensor: 0 batch, 1 channels, 2 rows, 3 columns
Shape = tuple[int, ...]

MOVES = ("permute", "transpose", "swapaxes", "view", "reshape", "contiguous", "unflatten")


def plain(dimensions: int) -> Layout:
    """The axes in their usual order."""
    return tuple(range(dimensions))


def has_maps(layout: Layout) -> bool:
    """Whether a tensor of this layout is shown: maps in their usual order, a vector, or a matrix."""
    return len(layout) <= 4 and layout == plain(len(layout))


def after(call: str, args: Sequence[Any], before: Layout, shapes: tuple[Shape, Shape]) -> Layout:
    """The layout behind a call, by its name and its arguments behind the input.

    ``shapes`` are those before and behind it, with the batch axis.
    """
    old, new = shapes
    if len(new) < 4:
        return plain(len(new))
    if call == "permute":
        dims = args[0] if len(args) == 1 else args
        return tuple(before[dim] for dim in dims)
    if call in ("transpose", "swapaxes"):
        moved, (one, other) = list(before), args
        moved[one], moved[other] = moved[other], moved[one]
        return tuple(moved)
    if call in MOVES:
        return _reshaped(before, old[1:], new[1:]) or plain(len(new))
    return before if old[:-1] == new[:-1] else plain(len(new))  # Linear changes the last axis alone


def _reshaped(before: Layout, old: Shape, new: Shape) -> Layout | None:
    """The layout where a view parts or joins axes of one kind; None where it mixes kinds."""
    found, i, j = [0], 0, 0
    while i < len(old) and j < len(new):
        first, values, wanted = i, old[i], new[j]
        i, j, begun = i + 1, j + 1, j
        while values != wanted:  # axes that hold as many values are the same ones, parted otherwise
            if values < wanted and i < len(old):
                values, i = values * old[i], i + 1
            elif wanted < values and j < len(new):
                wanted, j = wanted * new[j], j + 1
            else:
                return None
        kinds = set(before[first + 1 : i + 1])
        if len(kinds) > 1:
            return None
        found += [*kinds] * (j - begun)
    return tuple(found) if (i, j) == (len(old), len(new)) else None


def reads(call: str, pattern: Pattern | None, layout: Layout, behind: Layout) -> Pattern | None:
    """What a unit reads, in the axes of maps, by its pattern in its own axes; None for no rule."""
    if call in MOVES and len(behind) > 3 and set(layout) == set(behind):
        return OWN_PLACE
    if has_maps(layout):
        return pattern
    if not isinstance(pattern, Along):
        return None
    axes = {axis + 2 for axis in pattern.axes} | ({1} if pattern.groups else set())
    kinds = {layout[axis] for axis in axes}
    return Along(frozenset(kind - 2 for kind in kinds if kind > 1), groups=int(1 in kinds))


def joined(inner: Pattern | None, outer: Pattern | None) -> Pattern | None:
    """What a unit reads through a step without maps, and one behind it; None for no rule."""
    if inner is None or outer is None or not isinstance(inner, Along):
        return None
    if isinstance(outer, Along):
        return Along(inner.axes | outer.axes, groups=int(bool(inner.groups or outer.groups)))
    if isinstance(outer, Window) and not inner.axes:
        return replace(outer, groups=1) if inner.groups else outer
    return None
