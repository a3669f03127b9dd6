"""Runs of the open program: a button, what came of it (kept for this session); which run as they should."""

import random
from collections.abc import Hashable
from functools import partial

import streamlit as st
import torch

from convlab.course import way
from convlab.programs.program import Ending, Program, Repair
from convlab.programs.running import Result, runner
from convlab.ui.boundary import error_boundary
from convlab.ui.kept import kept
from convlab.ui.person import person
from convlab.ui.words import _

_KEY = "programs.runs"


def offered(program: Program) -> list[int]:
    """The repairs in their order on the screen: another for each program, always the same."""
    order = list(range(len(program.repairs)))
    random.Random(program.name).shuffle(order)
    return order


def chosen(program: Program, place: int) -> int | None:
    """The repair at a place of the screen, from 1; None where there is none."""
    order = offered(program)
    return order[place - 1] if 0 < place <= len(order) else None


def found(program: Program, repair: int | None) -> Result | None:
    """What came of the last run of this session; None where there was none."""
    runs, identity = kept(_KEY, most=200), (program.name, repair)
    result: Result | None = runs.get(identity, lambda: None) if identity in runs else None
    return result


def button(program: Program, repair: int | None, label: str) -> Result | None:
    """A button that runs it, and what came of the last run; None before."""
    identity: Hashable = (program.name, repair)
    key = f"programs.run.{'repaired' if repair is not None else 'as_it_is'}"
    if st.button(label, key=key, icon=":material/play_arrow:", type="primary"):
        place = st.empty()
        waits = partial(place.markdown, ":material/hourglass_top: " + _("Running …"))
        with error_boundary():
            # Each word on the page is also where Streamlit ends it: then the program's process ends as well.
            result = runner().run(program, repair, waits)
            kept(_KEY).forget(identity)
            kept(_KEY).get(identity, lambda: result)
            if result.ending == "" and (program.ending == "right" or repair == 0):
                way.solve(person(), program.name)
        place.empty()
    return found(program, repair)


def show(result: Result) -> None:
    """What the program printed, and how long it took."""
    st.code(result.output or _("(nothing printed)"), language=None, wrap_lines=True)
    told = _("What it said, under PyTorch {version}, in {seconds:.2f} s.")
    st.caption(told.format(version=torch.__version__, seconds=result.seconds))
    if result.ending is None:
        st.markdown(_("It was stopped: it took too long, or too much memory, or printed too much."))


def ending(program: Program, result: Result) -> Ending | None:
    """What a run of the program as it is has come to; None where it was stopped."""
    if result.ending == "":
        return "right" if program.ending == "right" else "wrong"
    return result.ending  # type: ignore[return-value]  # an error of another kind is no guess of anybody's


def solved() -> set[str]:
    """The programs that the learner has brought to run as they should."""
    return way.solved(person())


def forget(program: Program) -> None:
    """Begin with a program anew."""
    for repair in (None, *range(len(program.repairs))):
        kept(_KEY).forget((program.name, repair))
    way.unsolve(person(), program.name)


def one_line(repair: Repair) -> str:
    """A repair as a choice: its lines in one."""
    return " ⏎ ".join(f"`{line}`" for line in repair.new.splitlines())
