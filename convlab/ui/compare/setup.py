"""A new comparison: which one, how many seeds and epochs, on which pictures, and how long it will take."""

import logging
import threading
from typing import Any

import streamlit as st

from convlab.chapter import published
from convlab.comparison import plan as plans
from convlab.comparison import sweep as sweeps
from convlab.comparison.plan import Plan
from convlab.comparison.presets import PRESETS
from convlab.datasets import shelf
from convlab.datasets.sources import SOURCES
from convlab.errors import UserError
from convlab.training import queue
from convlab.training.settings import Settings
from convlab.ui import getting, own_data, startup, widgets
from convlab.ui.boundary import acting, error_boundary, rerun, say, say_problem
from convlab.ui.compare.controls import MOST_SEEDS, CompareControls, State
from convlab.ui.frame import again_and_again
from convlab.ui.runs import labels, starting
from convlab.ui.words import _, counted, duration, enumerated, sentences

_PLACE = "compare.cost_place"
_LOOK_S = 1.0
_WIDE = 110
_MEASURING = threading.Lock()


def show(state: State) -> None:
    """The choices, and one button that starts."""
    say_problem("compare")
    choices, rest = st.columns([3, 2], gap="large")
    going = bool(_missing())
    with choices:
        before = going, state.value.preset, state.value.preset in known()
        again_and_again(_presets, _LOOK_S if going else None)(state, *before)
    with rest:
        _numbers(state)
        _start(state)


def plan_of(told: CompareControls) -> Plan:
    """What the controls ask for. Raises UserError."""
    preset = PRESETS[told.preset]
    changes: dict[str, Any] = {"epochs": told.epochs} if told.epochs else {}
    if told.data:
        ours = told.data in SOURCES or published.book_data(told.data)
        changes |= {"data": told.data} | ({} if ours else {"normalisation": "data"})
    seeds = range(told.seeds) if told.seeds else None
    return preset.plan(_(preset.title), seeds, **changes)


def data_of(told: CompareControls) -> str:
    """The key of the data that the controls ask for."""
    default: str = Settings.model_fields["data"].default
    return told.data or str(PRESETS[told.preset].base.get("data", default))


def data_titles(chosen: str) -> dict[str, str]:
    """Key -> title of the data that this person may train on."""
    return {**own_data.titles(chosen, absent=True), own_data.UPLOAD: _("Upload your own")}


def _presets(state: State, was_going: bool, chosen: str, was_known: bool) -> None:
    """One sentence each, with its section and the time that it takes as it is.

    What is not measured yet is measured meanwhile, and appears as it comes.
    """
    with error_boundary():
        titles = {key: _(preset.title) for key, preset in PRESETS.items()}
        captions = [_caption(key, known().get(key)) for key in PRESETS]

        def anew() -> None:
            state.change(seeds=0, epochs=0)

        look: dict[str, Any] = {"format_func": titles.__getitem__, "captions": captions}
        st.radio(_("What to compare"), list(titles), **look, **state.bind("preset", anew))
        if was_going and state.value.preset == chosen and not _MEASURING.locked():
            startup.prepare_optimisers()
            threading.Thread(target=_measure, args=(_missing(), known()), daemon=True).start()
    preset = state.value.preset
    if (bool(_missing()), preset, preset in known()) != (was_going, chosen, was_known):
        rerun()  # the rest of the page has to hear of it


def _caption(key: str, seconds: float | None) -> str:
    preset = PRESETS[key]
    told = f"{_(preset.question)} ({preset.section})" if preset.section else _(preset.question)
    return told if seconds is None else sentences(told, about(seconds))


def about(seconds: float) -> str:
    """A time that is expected."""
    return _("Takes about **{time}**.").format(time=duration(max(1, seconds)))


def _numbers(state: State) -> None:
    preset = PRESETS[state.value.preset]
    epochs = preset.base.get("epochs", Settings.model_fields["epochs"].default)
    shown = {"seeds": len(preset.seeds), "epochs": int(epochs)}
    ends = {"seeds": MOST_SEEDS, "epochs": 1000}
    names = {"seeds": _("Seeds"), "epochs": labels.setting("epochs")}
    tip = {"seeds": _("Runs of each design that differ in nothing else: their spread is luck.")}
    with st.container(horizontal=True, vertical_alignment="bottom", key="compare.row2"):
        for name, usual in shown.items():

            def take(new: int, name: str = name, usual: int = usual) -> None:
                state.change(**{name: 0 if new == usual else new})

            value = getattr(state.value, name) or usual
            look = {"width": _WIDE, "help": tip.get(name), "step": 1}
            widgets.derived_number(names[name], f"compare.{name}", value, take, (1, ends[name]), **look)
        titles = data_titles(data_of(state.value))

        def take_data(new: str) -> None:
            state.change(data=new)

        chosen = {"options": list(titles), "format_func": titles.get, "width": 220}
        widgets.derived(
            st.selectbox, labels.setting("data"), "compare.data", data_of(state.value), take_data, **chosen
        )


def _start(state: State) -> None:
    """The button, what it starts, and how long that takes; or why it cannot be started."""
    label, key = _("Start the comparison"), "compare.start"
    if data_of(state.value) == own_data.UPLOAD:
        own_data.upload("compare.upload", lambda new: state.change(data=new))
        return
    if (why := starting.missing(data_of(state.value))) is not None:
        getting.first(data_of(state.value), "compare", why, label, type="primary", key=key)
        return
    reason: UserError | None = None
    plan = None
    try:
        plan = plan_of(state.value)
        reason = starting.refusal()
    except UserError as error:
        reason = error

    def start() -> None:
        state.change(sweep=begin(plan_of(state.value)))

    look: dict[str, Any] = {
        "icon": ":material/play_arrow:",
        "type": "primary",
        "disabled": reason is not None,
    }
    st.button(label, on_click=acting(start, "compare"), key=key, **look)
    if reason is not None:
        say(reason, "warning")
    if plan is not None:
        names = enumerated(f"`{name}`" for name in plan.designs)
        count = counted(len(plan.cells), _("1 run"), _("{count} runs"))
        st.markdown(_("**{count}**: {designs}").format(count=count, designs=names))
        st.session_state[_PLACE] = st.empty()


def begin(plan: Plan) -> str:
    """Start a comparison; its id. Raises UserError where it cannot be run here."""
    plans.check(plan)
    made = sweeps.create(plan)
    sweeps.begin(made, queue.shared())
    return made.id


def estimate(state: State) -> None:
    """Put the expected time below the button; last on the page, as the first measurement takes a moment."""
    place = st.session_state.pop(_PLACE, None)
    if place is None or not shelf.ready(data_of(state.value)):
        return
    as_it_is = not (state.value.seeds or state.value.epochs or state.value.data)
    if as_it_is and state.value.preset not in known():
        place.markdown(_("How long it takes is being measured."))
        return
    try:
        startup.prepare_optimisers()
        plan = plan_of(state.value)
        slots = sweeps.slots_for(plan)
        told = about(known()[state.value.preset] if as_it_is else plans.expected_seconds(plan, slots))
    except UserError as error:
        say(error, "warning", place=place)
        return
    at_once = counted(slots, _("One run trains at a time."), _("{count} runs train at once."))
    place.markdown(sentences(told, at_once))


@st.cache_resource(show_spinner=False)
def known() -> dict[str, float]:
    """Preset -> the seconds that it takes as it is, of those that were measured on this server."""
    return {}


def _missing() -> list[str]:
    """The presets that are still to be measured, of those whose pictures are here."""
    data = {data_of(CompareControls(preset=key)) for key in PRESETS}
    ready = {key for key in data if shelf.ready(key)}
    return [key for key in PRESETS if key not in known() and data_of(CompareControls(preset=key)) in ready]


def _measure(missing: list[str], found: dict[str, float], turn: threading.Lock = _MEASURING) -> None:
    """Measure one after the other, for all sessions, in a thread: each takes seconds. One is enough."""
    if not turn.acquire(blocking=False):
        return
    try:
        for key in missing:
            plan = PRESETS[key].plan()
            found[key] = plans.expected_seconds(plan, sweeps.slots_for(plan))
    except UserError as error:  # its pictures have gone; who starts it is told
        logging.getLogger("convlab").warning("%s", error)
    finally:
        turn.release()
