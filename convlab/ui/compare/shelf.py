"""The comparisons that there are: one is chosen, renamed, deleted whole."""

from contextlib import suppress
from typing import Any

import streamlit as st

from convlab.comparison import sweep as sweeps
from convlab.comparison.sweep import Sweep
from convlab.datasets import givers
from convlab.errors import UserError
from convlab.training import run_files
from convlab.ui import widgets
from convlab.ui.boundary import acting
from convlab.ui.compare.controls import State
from convlab.ui.compare.look import look
from convlab.ui.person import person
from convlab.ui.words import _, moment

MOST_LISTED = 200


def row(state: State, sweep: Sweep | None) -> None:
    """Which comparison is open, and what is to be done with it."""
    listed = titles(sweep)
    if sweep is None and len(listed) == 1:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="compare.row1"):
        widgets.choose(state, "sweep", _("Comparison"), listed, width=380)
        if sweep is not None:
            _rename(sweep)
            _delete(state, sweep)


def titles(chosen: Sweep | None) -> dict[str, str]:
    """Id -> name and date, the newest first; behind a new one. Those on others' pictures are not listed."""
    others, found = givers.of_others(person()), {"": _("A new comparison")}
    listed = sweeps.all_sweeps()[:MOST_LISTED]
    if chosen is not None and chosen not in listed:
        listed.append(chosen)
    for one in listed:
        with suppress(UserError):  # deleted at this moment
            if one == chosen or others.isdisjoint(one.plan.data):
                found[one.id] = f"{one.name} ({moment(one.created)})"
    return found


def _rename(sweep: Sweep) -> None:
    key = f"compare.renamed.{sweep.id}"
    rename = acting(lambda: sweep.rename(st.session_state[key]), "compare")
    look: dict[str, Any] = {"width": 260, "max_chars": run_files.NAME_LENGTH}
    st.text_input(_("Name"), sweep.name, key=key, on_change=rename, **look)


def _delete(state: State, sweep: Sweep) -> None:
    def delete() -> None:
        sweep.delete()
        state.change(sweep="")

    with st.popover(_("Delete"), icon=":material/delete:"):
        count = len(look(sweep).runs)
        told = _("Delete the comparison for good, with the curves and weights of its runs: {count}.")
        st.markdown(told.format(count=count))
        act = acting(delete, "compare")
        st.button(_("Yes, delete it"), type="primary", on_click=act, key="compare.delete")
