"""The pictures that a network is examined on: its own to validate on, unless the learner chooses others."""

from collections.abc import Callable

import streamlit as st

from convlab.datasets import exams
from convlab.datasets.exams import Exam, Home
from convlab.datasets.sources import SOURCES
from convlab.networks.about import Origin
from convlab.probing import bundled
from convlab.ui import getting, own_data, widgets
from convlab.ui.boundary import notices, rerun
from convlab.ui.networks import NEWEST, Model
from convlab.ui.probe.controls import ON_SKETCHES, OPEN, State
from convlab.ui.words import _, escaped, sentences


def choose_exam(state: State, model: Model, place: str, label: str = "") -> Exam | None:
    """The validation pictures to ask a network about: its own, or those that are chosen instead.

    None after saying what its own are, why they cannot be used, and what fits. ``place`` is for keys; the
    label of the select box is "Data set" where none is given.
    """
    origin = model.about.data
    home = own_data.find(model)
    key, titles = _chosen(state, origin, home)

    def take(chosen: str) -> None:
        state.change(data=chosen, model=state.value.model)  # the network stays, whatever data it is shown

    select(label or _("Data set"), "data", titles, key, take)
    if key == OPEN and home is None:
        _say_what_is_missing(state, model, origin, place)
        return None
    with notices(), st.spinner(_("Getting the validation pictures.")):
        exam = exams.get(key or (home.key if home else ""))
        _say_whose(exam, key, origin, home)
        return exam
    return None


def key_of(state: State, model: Model) -> str:
    """The data set that ``choose_exam`` takes the pictures from; "" where they are not here."""
    home = own_data.find(model)
    key, _offered = _chosen(state, model.about.data, home)
    return key or (home.key if home else "")


def _chosen(state: State, origin: Origin | None, home: Home | None) -> tuple[str, dict[str, str]]:
    """The key that the learner chose, ``OPEN`` for the network's own; what there is to choose from."""
    key = state.value.data
    if home is not None and key == home.key:
        key = OPEN  # chosen or not, they are its own
    titles = _titles(key, origin, home)
    return key if key in titles else OPEN, titles  # a link may name what was deleted


def select(
    label: str, control: str, titles: dict[str, str], chosen: str, take: Callable[[str], None]
) -> None:
    """A select box over data sets, and a place to bring one; ``take`` gets the key of another."""
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"probe.{control}.row1"):
        look = {"options": list(titles), "format_func": titles.__getitem__, "width": 340}
        widgets.derived(st.selectbox, label, f"probe.{control}", chosen, take, **look)
        with st.popover(_("Bring pictures of your own"), icon=":material/upload:"):
            own_data.upload(f"probe.zip.{control}", take, scope="fragment")


def _titles(chosen: str, origin: Origin | None, home: Home | None) -> dict[str, str]:
    """Key -> title: the network's own first, then what else this session may use."""
    if origin is None:
        first = _("Its own: the file does not tell")
    elif home is None:
        first = _("Its own, not here: {title}").format(title=own_data.title_of(origin))
    else:
        first = _("Its own: {title}").format(title=own_data.title_of(origin))
    others = own_data.titles(chosen)
    return {OPEN: first} | {key: title for key, title in others.items() if not home or key != home.key}


def _say_whose(exam: Exam, key: str, origin: Origin | None, home: Home | None) -> None:
    """How many pictures there are, and what the network has to do with them."""
    count = len(exam.val)
    if key == OPEN:
        told = _("{count:,} validation pictures, on which the network was not trained.")
        if exam.trained:
            told = _(
                "{count:,} validation pictures. Training pictures too, pixel for pixel: {trained:,}. "
                "The network knows them, and its figures look better than they are."
            )
        if home is not None and not home.same:
            told = sentences(
                told, _("They are another copy of its data, so that figures may differ a little.")
            )
        st.caption(told.format(count=count, trained=exam.trained))
    elif origin is not None:
        sentence = _(
            "**These are not the network's own pictures.** It was trained on {title}; "
            "here are {count:,} validation pictures of other data. Their classes are matched by name."
        )
        own = escaped(own_data.title_of(origin))
        st.info(sentence.format(title=own, count=count), icon=":material/info:")
    else:
        sentence = _(
            "{count:,} validation pictures. The file does not tell what the network was trained on: "
            "perhaps on some of these."
        )
        st.caption(sentence.format(count=count))


def _say_what_is_missing(state: State, model: Model, origin: Origin | None, place: str) -> None:
    """Why there is nothing to examine a network on, and what fits: its data, other data, another network."""
    if origin is None:
        sentence = _(
            "**{network}** does not tell what it was trained on: choose pictures above, or bring your own. "
            "Figures mean most on pictures that it was not trained on."
        )
        st.info(sentence.format(network=escaped(model.name)), icon=":material/info:")
        return
    source = SOURCES.get(origin.key)
    sentence = _(
        "**{network}** was trained on {title}, which is not on this machine. Bring these pictures as a zip, "
        "choose other data above, or ask a network whose pictures are here."
    )
    if source is not None:
        sentence = _(
            "**{network}** was trained on {title}, which is not on this machine. Download it, bring the "
            "pictures as a zip, choose other data above, or ask a network whose pictures are here."
        )
    told = {"network": escaped(model.name), "title": escaped(own_data.title_of(origin))}
    st.info(sentence.format(**told), icon=":material/info:")
    if source is not None:
        getting.get(origin.key, "probe")
    key = f"{model.match.design}{bundled.SKETCHES}"
    ask_instead(state, [key if key in bundled.NETWORKS else ON_SKETCHES.partition(":")[2]], place)


def ask_instead(state: State, keys: list[str], place: str) -> None:
    """A button for each of some bundled networks, which then takes the first one's place."""
    with st.container(horizontal=True):
        for key in keys:
            label = _("Ask {network} instead").format(network=_(bundled.NETWORKS[key]))
            if st.button(label, icon=":material/neurology:", key=f"probe.ask.{place}.{key}"):
                state.change(model=f"shipped:{key}", epoch=NEWEST, data=OPEN)
                rerun()  # the toolbar too is to name it


def choose_other(state: State, model: Model, label: str) -> Exam | None:
    """Validation pictures of data that are not the network's own; None while there are none."""
    home = own_data.find(model)
    titles, own = own_data.titles(state.value.other_data), home.key if home else ""
    titles = {key: title for key, title in titles.items() if key != own}
    if state.value.other_data not in titles:
        state.change(other_data=next(iter(titles), OPEN))
    select(label, "other_data", titles, state.value.other_data, lambda key: state.change(other_data=key))
    if not titles:
        st.info(_("There are no other data here yet: bring pictures of your own."), icon=":material/info:")
        return None
    with notices(), st.spinner(_("Getting the validation pictures.")):
        return exams.get(state.value.other_data)
    return None
