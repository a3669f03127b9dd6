"""What stands above the table of past runs: what is looked for, which columns, in which order, which page."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

import streamlit as st

from convlab.ui import widgets
from convlab.ui.runs import labels
from convlab.ui.train import run_rows
from convlab.ui.train.controls import State
from convlab.ui.train.run_rows import Entry, Row
from convlab.ui.words import _

PER_PAGE = 50
T = TypeVar("T")


def filters(state: State, listed: Sequence[Row]) -> None:
    """Words to search for; network, data, state and date, of those that the runs have."""

    def first_page() -> None:
        state.change(table_page=1)

    asked, settings = state.value, [run.settings for run, _status in listed]
    spans = {"": _("At any time"), "day": _("In the last 24 hours"), "week": _("In the last 7 days")}
    spans["month"] = _("In the last 30 days")
    found: dict[str, tuple[str, set[str], Callable[[str], str]]] = {
        "only_design": (_("Network"), {one.design for one in settings}, partial(labels.value, "design")),
        "only_data": (_("Data"), {one.data for one in settings}, labels.data_title),
        "only_state": (_("State"), {status.state for _run, status in listed}, labels.state_name),
    }
    with st.container(horizontal=True, vertical_alignment="bottom", key="train.filters"):
        hint = _("name, tag, notes, setting")
        bound = state.bind("search", first_page)
        st.text_input(_("Search"), width=250, placeholder=hint, max_chars=80, **bound)
        for name, (label, has, called) in found.items():
            offered = {"": _("Any")} | {
                key: called(key) for key in sorted({*has, getattr(asked, name)} - {""})
            }
            widgets.choose(state, name, label, offered, width=170, then=first_page)
        widgets.choose(state, "begun", _("Begun"), spans, width=190, then=first_page)


def columns_and_order(state: State, found: Sequence[Entry]) -> None:
    """Which columns the table has, and by which of them it is sorted."""
    offered = [name for name in run_rows.SORTABLE if name not in run_rows.SETTINGS]
    offered += [
        *run_rows.SETTINGS,
        *(name for name in run_rows.differing(found) if name not in run_rows.SETTINGS),
    ]

    def take(names: Sequence[str]) -> None:
        state.change(columns=",".join(names))

    with st.container(horizontal=True, vertical_alignment="bottom", key="train.order"):
        look = {"options": offered, "format_func": run_rows.title, "width": 520}
        look |= {"placeholder": _("All, those that differ first")}
        value = [name for name in chosen(state) if name in offered]
        widgets.derived(st.multiselect, _("Columns"), "train.columns", value, take, **look)
        sortable = {name: run_rows.title(name) for name in dict.fromkeys((*offered, state.value.sort))}
        widgets.choose(state, "sort", _("Sort by"), sortable, width=200)
        widgets.toggle(state, "ascending", _("Smallest first"))


def chosen(state: State) -> list[str]:
    """The columns that were chosen; none where the table has what fits."""
    return [name for name in state.value.columns.split(",") if name]


def paged(state: State, found: Sequence[T]) -> Sequence[T]:
    """Those that stand on the chosen page; a choice of pages where there are several."""
    pages = max(1, -(-len(found) // PER_PAGE))
    if state.value.table_page > pages:
        state.change(table_page=pages)
    if pages == 1:
        return found
    first = (state.value.table_page - 1) * PER_PAGE
    here = found[first : first + PER_PAGE]
    with st.container(horizontal=True, vertical_alignment="bottom", key="train.pages"):
        widgets.number(state, "table_page", _("Page"), max_value=pages, width=130)
        told = _("Runs {first:,} to {last:,} of {count:,}")
        st.caption(told.format(first=first + 1, last=first + len(here), count=len(found)), width="content")
    return here
