"""A module's rows for ``tensor_sheet``, and what such a sheet shows once more as Streamlit's own widgets."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st
from torch import Tensor, nn

from convlab.ui import numbers
from convlab.ui.components.tensor_sheet import BUFFER, PARAMETER, Column, Row, as_floats
from convlab.ui.widgets import derived, derived_number
from convlab.ui.words import _, cell


def rows_of(
    module: nn.Module,
    *columns: Mapping[str, Tensor | None],
    own: bool = True,
    notes: Mapping[str, str] | None = None,
    marks: Mapping[str, Any] | None = None,
    lines: Mapping[str, tuple[int, ...]] | None = None,
) -> list[Row]:
    """Rows of a module, of the modules in it, and of their parameters and buffers, in PyTorch's order.

    Args:
        columns: name -> tensor; a name that is missing has None there.
        own: the module's own tensors are the first column.
        notes, marks, lines: ``Row``'s, by name; a tensor lights up its module's lines where it has none.
    """
    notes, marks, lines = notes or {}, marks or {}, lines or {}

    def row(name: str, kind: str, tensors: tuple[Tensor | None, ...] = (), above: str = "") -> Row:
        lit = lines.get(name, lines.get(above, ()))
        return Row(name, kind, tensors, notes.get(name, ""), marks.get(name, ""), lit)

    found = []
    for path, part in module.named_modules(remove_duplicate=False):
        found.append(row(path, type(part).__name__))
        for kind, tensors in ((PARAMETER, part._parameters), (BUFFER, part._buffers)):
            for last, tensor in tensors.items():
                if tensor is not None:
                    name = f"{path}.{last}" if path else last
                    shown = (*([tensor] if own else []), *(column.get(name) for column in columns))
                    found.append(row(name, kind, shown, path))
    return found


def only(row: Row, columns: Sequence[int]) -> Row:
    """The row with some of its columns."""
    return replace(row, tensors=tuple(row.tensors[n] for n in columns)) if row.tensors else row


def tensor_numbers(
    key: str,
    rows: Sequence[Row],
    columns: Sequence[str | Column],
    kept: tuple[str, tuple[int, ...]] | None = None,
) -> None:
    """What the sheet shows: its rows, then an entry that is chosen, in every column.

    The keys are ``KEY.tensor`` and ``KEY.index.AXIS``; ``kept`` is what they show at first.
    """
    titles = [column if isinstance(column, str) else column.title for column in columns]
    told = [_summary(row, titles) for row in rows]
    numbers.listed({name: [line[name] for line in told] for name in told[0]} if told else {_("Name"): []})
    tensors = {row.name: row for row in rows if any(tensor is not None for tensor in row.tensors)}
    if not tensors:
        return
    row = tensors[_chosen_tensor(f"{key}.tensor", list(tensors), kept)]
    first = next(tensor for tensor in row.tensors if tensor is not None)
    index = _chosen_index(f"{key}.index", row.name, tuple(first.shape), kept)
    numbers.results({title: _value(row.tensors[n], index) for n, title in enumerate(titles)})


def _summary(row: Row, titles: Sequence[str]) -> dict[str, object]:
    first = next((tensor for tensor in row.tensors if tensor is not None), None)
    told: dict[str, object] = {
        _("Name"): row.name or row.kind,
        _("Kind"): row.kind,
        _("Shape"): "" if first is None else str(list(first.shape)),
        _("Entries"): "" if first is None else first.numel(),
    }
    for n, title in enumerate(titles):
        tensor = row.tensors[n] if n < len(row.tensors) else None
        told[_("{column}, largest size").format(column=title)] = (
            _largest(tensor) if row.tensors and tensor is not None else "None" if row.tensors else ""
        )
    told[_("Note")] = " ".join(part for part in (row.mark, row.note) if part)
    return told


def _largest(tensor: Tensor) -> object:
    if tensor.device.type == "meta" or not tensor.numel():
        return str(tensor.device) if tensor.numel() else ""
    return float(as_floats(tensor).abs().max())


def _value(tensor: Tensor | None, index: tuple[int, ...]) -> object:
    """An entry's value; why there is none, where there is none."""
    if tensor is None:
        return "None"
    if tensor.device.type == "meta":
        return "meta"
    fits = len(index) == tensor.dim() and all(
        place < size for place, size in zip(index, tensor.shape, strict=True)
    )
    return float(as_floats(tensor[index])[0]) if fits else _("none there")


def _chosen_tensor(key: str, names: list[str], kept: tuple[str, tuple[int, ...]] | None) -> str:
    place = f"{key}.chosen"
    first = kept[0] if kept else names[0]
    name: str = st.session_state.get(place, first)
    name = name if name in names else names[0]

    def take(new: str) -> None:
        st.session_state[place] = new

    derived(st.selectbox, _("Tensor"), key, name, take, options=names, format_func=cell)
    return name


def _chosen_index(
    key: str, name: str, shape: tuple[int, ...], kept: tuple[str, tuple[int, ...]] | None
) -> tuple[int, ...]:
    """A number for each axis, 0 at first."""
    start = kept[1] if kept and kept[0] == name and len(kept[1]) == len(shape) else (0,) * len(shape)
    index = []
    with st.container(horizontal=True):
        for axis, (size, first) in enumerate(zip(shape, start, strict=True)):
            place = f"{key}.{axis}.chosen"
            at = min(int(st.session_state.get(place, first)), size - 1)

            def take(new: float, place: str = place) -> None:
                st.session_state[place] = int(new)

            derived_number(_("Axis {n}").format(n=axis), f"{key}.{axis}", at, take, (0, size - 1), width=110)
            index.append(at)
    return tuple(index)
