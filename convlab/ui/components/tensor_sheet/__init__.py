"""Modules and their tensors as a sheet: one picture of each tensor in each column, read under one cursor."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import streamlit as st
import torch
from torch import Tensor

from convlab.ui import scales
from convlab.ui.components.shared import declare, pack, player_labels
from convlab.ui.words import _

_mount = declare("tensor_sheet", "scale", "player", "code")

MOST_DRAWN = 2**18  # entries of a tensor that is drawn
MOST_SENT = 2**20  # entries of all: 4 MB

GRADIENTS = "gradients"  # what Column.of says of them
PARAMETER, BUFFER = "Parameter", "buffer"  # what Row.kind says of a module's own tensors


@dataclass(frozen=True)
class Row:
    """A module, or a tensor in each column.

    Attributes:
        name: its path, as in a state_dict: "conv1.weight"; "" is the network itself.
        kind: a module's class, or what a tensor is: "Parameter", "buffer".
        tensors: one for each column, of any dtype, device and shape; None is written so. () for a module.
        note: plain text beside it.
        mark: what has become of it.
        lines: those of the code, from 0, that light up while one points at it.
    """

    name: str
    kind: str
    tensors: tuple[Tensor | None, ...] = ()
    note: str = ""
    mark: Literal["", "new", "gone", "changed"] = ""
    lines: tuple[int, ...] = ()


@dataclass(frozen=True)
class Column:
    """A column: its title, and what it is of: columns of the same share one scale; "" has one of its own.

    Gradients are drawn from blue to red, all else from green to purple.
    """

    title: str
    of: str = ""


@dataclass(frozen=True)
class Step:
    """A place of the player: one sentence, the names of the rows and the lines of code that are lit."""

    says: str
    rows: tuple[str, ...] = ()
    lines: tuple[int, ...] = ()


def tensor_sheet(
    key: str,
    rows: Sequence[Row],
    columns: Sequence[str | Column],
    *,
    code: str = "",
    steps: Sequence[Step] = (),
    reveals: bool = False,
    formula: str = "",
    kept: tuple[str, tuple[int, ...]] | None = None,
    on_keep: Callable[[], None] | None = None,
    shown: Sequence[int] = (),
    identity: str = "",
    zeros: str = "",
) -> None:
    """Show modules and their tensors.

    Args:
        code: shown beside the sheet; its lines light up with their rows.
        steps: where there are any, a player walks through them.
        reveals: rows that no step has lit so far are pale.
        formula: said of the entry that one points at, with its values by column: "{0} - 0.1 * {1} = {2}".
        kept: the entry that is marked while nobody points: the tensor's name, its index.
        shown: the columns that are shown, all where there is none; ~n keeps the place of column n, which is
            not there yet.
        identity: of what is shown: another component may lead the sheet through its columns.
        zeros: what is said of entries that are exactly 0, which are grey then.
        on_keep: called when an entry was kept by a click or Enter; it is in ``kept_entry(key)`` then.
    """
    titled = [Column(column) if isinstance(column, str) else column for column in columns]
    cells, values = _drawn(rows)
    header = {
        "labels": _labels(),
        "rows": [{**told, "cells": drawn} for told, drawn in zip(_told(rows), cells, strict=True)],
        "columns": [
            {"title": column.title, "end": end, "gradients": column.of == GRADIENTS}
            for column, end in zip(titled, ends(rows, titled), strict=True)
        ],
        "code": code.splitlines(),
        "steps": [vars(step) for step in steps],
        "reveals": reveals,
        "formula": formula,
        "kept": kept,
        "keeps": on_keep is not None,
        "identity": identity,
        "zeros": zeros,
        "shown": list(shown),
    }
    blobs = {
        "values": torch.cat(values) if values else b"",
        "weights": scales.table(scales.WEIGHTS),
        "diverging": scales.table(scales.DIVERGING),
    }
    events = {"on_keep_change": on_keep} if on_keep else {}
    _mount(key=key, data=pack(header, **blobs), **events)


def kept_entry(key: str) -> tuple[str, tuple[int, ...]] | None:
    """The tensor's name and the index of the entry that was kept; None where the browser sent neither.

    Whether there is such an entry is for the caller to check.
    """
    try:
        sent: Any = st.session_state[key].get("keep")
        name, index = sent["name"], tuple(int(place) for place in sent["index"])
    except (TypeError, ValueError, KeyError, OverflowError, AttributeError):
        return None
    fits = isinstance(name, str) and all(0 <= place < 2**31 for place in index)
    return (name, index) if fits else None


def ends(rows: Sequence[Row], columns: Sequence[Column]) -> list[float]:
    """Where each column's scale ends: its largest finite size; columns that are of the same share one.

    A single whole number, such as a counter, is written and has no part in it; a buffer has a scale of its
    own, or a running variance would make all weights pale.
    """
    found: dict[str | int, float] = {}
    groups = [column.of or n for n, column in enumerate(columns)]
    for row in rows:
        tensors = () if row.kind == BUFFER else row.tensors
        for group, tensor in zip(groups, tensors, strict=False):
            if tensor is not None and _has_values(tensor) and not _is_counter(tensor):
                found[group] = max(found.get(group, 0.0), _largest(tensor))
    return [found.get(group) or 1.0 for group in groups]


def _largest(tensor: Tensor) -> float:
    sizes = as_floats(tensor).abs()
    largest = sizes.max().item()
    if math.isfinite(largest):  # as nearly all are: sorting out what is not takes several times as long
        return largest
    finite = sizes[sizes.isfinite()]
    return finite.max().item() if finite.numel() else 0.0


def as_floats(tensor: Tensor) -> Tensor:
    """The entries in order, float32 on the CPU; of complex numbers the sizes."""
    values = tensor.detach()
    values = values.abs() if values.is_complex() else values
    return values.to("cpu", torch.float32).reshape(-1)


def _has_values(tensor: Tensor) -> bool:
    return tensor.device.type != "meta" and 0 < tensor.numel() <= MOST_DRAWN


def _is_counter(tensor: Tensor) -> bool:
    return tensor.numel() == 1 and not tensor.is_floating_point()


def _drawn(rows: Sequence[Row]) -> tuple[list[list[dict[str, Any]]], list[Tensor]]:
    """Each row's cells, and the values of all that is drawn, one tensor behind the other."""
    values: list[Tensor] = []
    sent = 0
    cells = []
    for row in rows:
        line: list[dict[str, Any]] = []
        for tensor in row.tensors:
            drawn: dict[str, Any] = {"at": -1, "shape": None, "said": "None"}
            if tensor is not None:
                has_picture = _has_values(tensor) and not _is_counter(tensor)
                fits = has_picture and sent + tensor.numel() <= MOST_SENT
                said = "" if fits else _undrawn(tensor)
                drawn = {"at": sent if fits else -1, "shape": list(tensor.shape), "said": said}
                if fits:
                    values.append(as_floats(tensor))
                    sent += tensor.numel()
            line.append(drawn)
        cells.append(line)
    return cells, values


def _undrawn(tensor: Tensor) -> str:
    """What stands in place of its picture."""
    if tensor.device.type == "meta":
        return _("meta: a shape, no values")
    if _is_counter(tensor):
        return str(tensor.item())
    return _("too large to draw") if tensor.numel() else _("empty")


def _told(rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """What the browser is told of each row, but its pictures."""
    modules = {row.name: n for n, row in enumerate(rows) if not row.tensors}
    inside = _parameters_of(rows, modules)
    for row in rows:
        above = parent(row.name, modules)
        first = next((tensor for tensor in row.tensors if tensor is not None), None)
        count = sum(inside.get(row.name, {}).values()) if first is None else first.numel()
        yield {
            "name": row.name,
            "shown": row.name[len(above) + 1 :] if above else row.name,
            "kind": row.kind,
            "parent": -1 if above is None else modules[above],
            "module": not row.tensors,
            "shape": "" if first is None else str(list(first.shape)),
            "count": count,
            "note": row.note,
            "mark": row.mark,
            "lines": row.lines,
        }


def parent(name: str, modules: Mapping[str, object]) -> str | None:
    """The nearest of the modules that a module or tensor is in; None for none."""
    while name:
        name = name.rpartition(".")[0]
        if name in modules:
            return name
    return None


def _parameters_of(rows: Sequence[Row], modules: Mapping[str, object]) -> dict[str, dict[int, int]]:
    """Entries of each parameter in each module, by identity: one that has several names counts once.

    What is gone counts in what is gone alone; buffers do not count.
    """
    gone = {row.name for row in rows if row.mark == "gone"}
    inside: dict[str, dict[int, int]] = {}
    for row in rows:
        tensor = row.tensors[0] if row.tensors else None
        above = parent(row.name, modules) if tensor is not None and row.kind != BUFFER else None
        while tensor is not None and above is not None and (row.name not in gone or above in gone):
            inside.setdefault(above, {})[id(tensor)] = tensor.numel()
            above = parent(above, modules)
    return inside


def _labels() -> dict[str, Any]:
    return {
        **player_labels(),
        "controls": _("Walk through it"),
        "position": _("Step"),
        "hint": _("Point at an entry: it is read in every column. A click keeps it."),
        "keys": _(
            "Arrow keys go from entry to entry, Page Up and Page Down from tensor to tensor, "
            "Enter keeps one, Escape frees it."
        ),
        "cell": _("{name} {shape}, {column}"),
        "not_there": _("none there"),
        "not_yet": _("not yet"),
        "open": _("Show what is in {name}"),
        "more": _("Show {count} more rows"),
        "new": _("new"),
        "gone": _("gone"),
        "changed": _("changed"),
        "own_scales": _("A scale for each tensor"),
        "own_end": _("±{end}"),
        "weights_words": _("Green is negative, white is zero, purple is positive."),
        "gradients_words": _("Gradients: blue is negative, white is zero, red is positive."),
        "odd_words": _("Yellow is not a number, or infinite."),
        "shared_words": _("A column has one scale, so its tensors can be compared."),
        "buffer_words": _("A buffer has a scale of its own, whose ends stand below it."),
        "own_words": _("Each tensor has a scale of its own, whose ends stand below it."),
        "rows_words": _(
            "A tensor is drawn as weight.flatten(1): a row for each output, its weights side by side."
        ),
        "wrapped": _("What is too wide goes on in a block below."),
        "code": _("Code"),
    }
