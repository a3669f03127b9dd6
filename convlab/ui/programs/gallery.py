"""One program at a time: read it, predict, run it, find the line, choose a repair, run it again."""

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

import streamlit as st

from convlab.programs.catalogue import PROGRAMS
from convlab.programs.program import Program
from convlab.programs.running import Result, runner
from convlab.ui import widgets
from convlab.ui.boundary import keeping
from convlab.ui.course import stops
from convlab.ui.programs import runs
from convlab.ui.programs.controls import State
from convlab.ui.words import _

_PLAYED = "programs.played"  # program -> how far this session has come with it
_NAMES = list(PROGRAMS)


def show(state: State) -> None:
    """The way between the programs, the program beside what one does with it, and all of them below."""
    runner().warm()
    way = st.container()
    program = PROGRAMS[state.value.program]
    listing, steps = st.columns([6, 5], gap="medium")
    with steps, st.container(key="programs-steps"):
        st.markdown(_("**What it is to do:** {aim}").format(aim=_(program.aim)))
        _predict(state, program)
    with listing, st.container(key="programs-listing"):
        _listing(state, program)
    solved = runs.solved()  # at last: one may have been mended just now
    titles = _titles(solved)
    with way:
        _choose(state, titles, len(solved))
    if not _at_a_station():
        with st.container(key="programs-all"):
            _all(state, titles)
    played = state.value
    st.session_state.setdefault(_PLAYED, {})[program.name] = played.guess, played.line, played.repair


def _titles(solved: Collection[str]) -> dict[str, str]:
    """What each program is called, with a mark at those that run as they should."""
    return {
        name: f"{'✓ ' if name in solved else ''}{n}. {_(program.title)} ({program.section})"
        for n, (name, program) in enumerate(PROGRAMS.items(), 1)
    }


def _all(state: State, titles: Mapping[str, str]) -> None:
    """All programs at a glance, to open one of them."""

    def take(name: str | None) -> None:
        state.change(program=name or state.value.program)
        _take_up(state)

    options: dict[str, Any] = {"options": [*titles], "format_func": titles.get}
    widgets.derived(st.pills, _("All programs"), "programs.all", state.value.program, take, **options)


def _choose(state: State, titles: Mapping[str, str], solved: int) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="programs.row1"):
        take_up = partial(_take_up, state)
        widgets.choose(state, "program", _("Program"), titles, then=take_up, width=340)
        if not _at_a_station():
            _step(state, _("Previous program"), "arrow_back", -1)
            _step(state, _("Next program"), "arrow_forward", 1)
        told = _("{count} of {all} run as they should.")
        st.markdown(told.format(count=solved, all=len(titles)), width="content")


def _at_a_station() -> bool:
    """Whether the card leads onward, which is enough of ways."""
    return stops.at("programs") is not None


def _step(state: State, label: str, icon: str, step: int, key: str = "programs.go") -> None:
    """A button that opens the program before or behind the open one."""
    at = _NAMES.index(state.value.program) + step

    def go() -> None:
        state.change(program=_NAMES[at])
        _take_up(state)

    there, look = 0 <= at < len(_NAMES), f":material/{icon}:"
    st.button(label, key=f"{key}.{step}", icon=look, on_click=keeping(go), disabled=not there)


def _take_up(state: State) -> None:
    """Go on with the open program where this session has left it."""
    guess, line, repair = st.session_state.get(_PLAYED, {}).get(state.value.program, ("", 0, 0))
    state.change(guess=guess, line=line, repair=repair)


def _predict(state: State, program: Program) -> None:
    result, guess, place = runs.found(program, None), state.value.guess, st.empty()
    if result is None:
        titles = endings()
        take, offered = partial(_take, state, "guess"), {"options": [*titles], "format_func": titles.get}
        with place.container():
            label = _("What will happen?")
            widgets.derived(st.radio, label, "programs.guess", guess or None, take, **offered)
            if guess:
                result = runs.button(program, None, _("Run it"))
            else:
                st.caption(_("Read the program and say what will happen; then run it."))
    if result is not None:
        place.empty()  # once it has run, nobody predicts
        _after(state, program, result)


def _take(state: State, name: str, new: object) -> None:
    state.change(**{name: new})


def endings() -> dict[str, str]:
    """What a program may come to, in words."""
    stops = _("It stops with an error: {kind}")
    kinds = ("RuntimeError", "ValueError", "TypeError", "AttributeError", "IndexError")
    return {
        "right": _("It runs and does what it is to do."),
        "wrong": _("It runs without a word, and what it does is wrong."),
        **{kind: stops.format(kind=f"`{kind}`") for kind in kinds},
    }


def _after(state: State, program: Program, result: Result) -> None:
    """What the program has come to, and what is to be done next."""
    mends = program.ending != "right" and program.is_there(state.value.line)
    runs.show(result)
    came, guess, titles = runs.ending(program, result), state.value.guess, endings()
    if guess and came in titles:
        said = _("You predicted: {guess}").format(guess=titles[guess])
        did = _("So it is.") if guess == came else _("What it did: {ending}").format(ending=titles[came])
        _say(guess == came, said, did)
    if program.ending == "right":
        _done(state, program)
        return
    _find(state, program)
    if mends:
        _mend(state, program)
    else:
        _hint(state, program)


def _say(is_right: bool, said: str, more: str = "") -> None:
    icon = ":material/check_circle:" if is_right else ":material/cancel:"
    st.markdown(f"{icon} {said}" + (f" **{more}**" if more else ""))


def _find(state: State, program: Program) -> None:
    """The lines, to choose the one with the mistake; by keyboard a choice counts when Enter is pressed."""
    written = {n: numbered(n, line) for n, line in enumerate(program.lines, 1) if line.strip()}
    line = state.value.line if state.value.line in written else 0
    label = _("Where is the mistake? If something is missing, choose the line that it belongs before.")
    look: dict[str, Any] = {"format_func": written.get, "placeholder": _("Choose a line"), "index": None}

    def take(new: int | None) -> None:
        state.change(line=new or 0)

    widgets.derived(st.selectbox, label, "programs.line", line or None, take, options=[*written], **look)


def _hint(state: State, program: Program) -> None:
    if line := state.value.line:
        told = _("Line {line} is not it. What do the message, or the numbers, say?")
        _say(False, told.format(line=line))
    with st.container(horizontal=True):
        if line:
            shown = partial(_take, state, "line", program.line)
            st.button(_("Show me the line"), key="programs.show_line", on_click=keeping(shown))
        _again(state)


def _again(state: State) -> None:
    icon, forget = ":material/restart_alt:", partial(anew, state)
    st.button(_("Start again"), key="programs.anew", icon=icon, on_click=keeping(forget))


def _mend(state: State, program: Program) -> None:
    order, line = runs.offered(program), state.value.line
    told = _("Line {line} it is: what belongs there?")
    if line != program.line:
        told = _("Line {line} is right too. The repairs here are made in line {other}: what belongs there?")
    choices = {place: runs.one_line(program.repairs[n]) for place, n in enumerate(order, 1)}
    take, offered = partial(_take, state, "repair"), {"options": [*choices], "format_func": choices.get}
    label, now = told.format(line=line, other=program.line), state.value.repair or None
    widgets.derived(st.radio, label, "programs.repair", now, take, **offered)
    repair = runs.chosen(program, state.value.repair)
    result = None if repair is None else runs.button(program, repair, _("Run it repaired"))
    if repair is None or result is None:
        _again(state)
        return
    runs.show(result)
    if repair == 0:
        _done(state, program)
    else:
        _say(False, _(program.repairs[repair].otherwise))
        _again(state)


def _done(state: State, program: Program) -> None:
    _say(True, _(program.why))
    with st.container(horizontal=True):
        if not _at_a_station():
            _step(state, _("Next program"), "arrow_forward", 1, "programs.further")
        _again(state)


def anew(state: State) -> None:
    """Forget what was predicted, run and chosen with the open program."""
    runs.forget(PROGRAMS[state.value.program])
    state.change(guess="", line=0, repair=0)


def _listing(state: State, program: Program) -> None:
    """The program's lines with their numbers; as repaired, with what was changed, once that is chosen."""
    repair = runs.chosen(program, state.value.repair) if program.is_there(state.value.line) else None
    is_open = program.ending != "right" and repair is not None and runs.found(program, None) is not None
    text = program.repaired(program.repairs[repair]) if is_open and repair is not None else program.text
    st.code(text, language="python", line_numbers=True, wrap_lines=True)
    if is_open and repair is not None:
        change = [f"- {program.lines[program.line - 1]}"]
        change += [f"+ {line}" for line in program.put_in(program.repairs[repair]).splitlines()]
        st.code("\n".join(change), language="diff", wrap_lines=True)


def numbered(number: int, line: str) -> str:
    """A line of a program as a choice: its number, its indentation kept."""
    code = line.lstrip()
    indent = f"{number:>2} {line[: len(line) - len(code)]}".replace(" ", "\u00a0")
    return f"{indent}{code}"
