"""Data sets that a network is evaluated on; long work waits for a button, its results are remembered."""

import timeit
from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import Any, TypeVar

import streamlit as st
import torch
from torch import Tensor

from convlab.datasets import shelf
from convlab.datasets.dataset import Dataset, Split
from convlab.datasets.sources import SOURCES
from convlab.networks.evaluation import Evaluation
from convlab.probing.evaluation import evaluate, matched
from convlab.ui import own_data, widgets
from convlab.ui.boundary import notices
from convlab.ui.kept import kept
from convlab.ui.networks import Model
from convlab.ui.probe.controls import State
from convlab.ui.words import _

T = TypeVar("T")
QUICK_S = 3.0  # a pass that takes longer waits for a button
_SAMPLE = 50


def choose_data(state: State, place: str, label: str = "", control: str = "data") -> Dataset | None:
    """The data set that is chosen of those that this session may use or bring.

    None after saying why it cannot be used, or while making it, which takes a while, waits for a button.

    Args:
        state: of the page.
        place: on the page, for keys.
        label: of the select box; "Data set" where none is given.
        control: "data" or "other_data".
    """
    titles = own_data.titles(getattr(state.value, control))
    if getattr(state.value, control) not in titles:
        state.change(**{control: next(iter(titles))})
    with st.container(horizontal=True, vertical_alignment="bottom"):
        widgets.choose(state, control, label or _("Data set"), titles, width=280)
        with st.popover(_("Bring pictures of your own"), icon=":material/upload:"):
            key = f"probe.zip.{control}"
            own_data.upload(key, lambda name: state.change(**{control: name}), scope="fragment")
    key = getattr(state.value, control)
    if key in SOURCES and not shelf.ready(key):
        source = SOURCES[key]
        if not st.button(_(source.offer), icon=":material/draw:", key=f"probe.draw.{place}"):
            return None
        with st.spinner(_(source.working)):
            shelf.get(key)
    with notices():
        return shelf.get(key)
    return None


def at_once(model: Model, count: int, place: str, passes: float = 1) -> bool:
    """Whether to run a network on many pictures now: at once if that is quick, else when it is asked for.

    A link starts no long work. Once asked for in this session, the same work needs no second click.

    Args:
        count: of pictures.
        place: names the work, for the button.
        passes: how often each picture is looked at.
    """
    seconds = passes * count * _seconds_each(model)
    wanted = f"probe.asked.{place}.{model.identity}"
    if seconds <= QUICK_S or st.session_state.get(wanted):
        return True
    text = _("Measure on {count:,} pictures (about {seconds:.0f} s)").format(count=count, seconds=seconds)
    ask = st.session_state.__setitem__
    st.button(text, icon=":material/play_arrow:", on_click=ask, args=(wanted, True), key=f"{wanted}.button")
    return False


def on_request(
    key: str, identity: Hashable, label: str, waiting: str, make: Callable[[], T], **button: Any
) -> T | None:
    """What long work finds, behind a button; this session keeps it. None until asked for, and after an error.

    Args:
        key: of the button.
        identity: changes with everything that the work depends on.
        label, waiting: of the button, and while it works.
        make: does the work; a UserError is said.
        button: further options of ``st.button``.
    """
    found = kept(key, most=24)
    if identity not in found and not st.button(label, key=key, **button):
        return None
    with notices(), st.spinner(waiting):
        result: T = found.get(identity, make)
        return result
    return None


def evaluate_on(state: State, model: Model, place: str, label: str = "") -> tuple[Dataset, Evaluation] | None:
    """A data set to choose, and the network on its validation pictures; arguments as ``choose_data``.

    None after saying why that cannot be, and while something waits for a button.
    """
    data = choose_data(state, place, label)
    if data is not None and at_once(model, len(data.val), "exam"):
        with notices(), st.spinner(_("Evaluating the pictures.")):
            return data, evaluated(model, data)
    return None


@lru_cache(maxsize=64)
def _seconds_each(model: Model) -> float:
    """What a network takes for a picture in a batch."""
    batch = torch.zeros(_SAMPLE, 3, 32, 32, dtype=torch.uint8)
    model.probe.logits(batch[:2])
    tries = timeit.repeat(lambda: model.probe.logits(batch), number=1, repeat=3)
    return min(tries) / _SAMPLE  # what else the machine does only makes a try slower


def validation(model: Model, data: Dataset) -> Split:
    """The validation pictures, labelled as the network counts. Raises UserError as ``matched``."""
    return matched(model.probe, data.classes, data.val)


@lru_cache(maxsize=24)
def evaluated(model: Model, data: Dataset) -> Evaluation:
    """What the network says of all validation pictures, for all sessions. Raises UserError as ``matched``."""
    split = validation(model, data)
    return evaluate(model.probe, split.images, split.labels)


@lru_cache(maxsize=24)
def logits_of(model: Model, data: Dataset) -> Tensor:
    """Logits of all pictures of a data set, whatever their classes, float32 [N, K]."""
    return model.probe.logits(torch.cat([data.val.images, data.train.images]))
