"""The pictures that a network is examined on, and what it says of them; passes are shared and remembered."""

import time
from dataclasses import dataclass, field
from functools import lru_cache

import streamlit as st
import torch
from torch import Tensor

from convlab.datasets import shelf
from convlab.datasets.dataset import Dataset, Split
from convlab.datasets.sources import SOURCES
from convlab.errors import UserError
from convlab.networks.evaluation import Evaluation
from convlab.probing.evaluation import evaluate, matched
from convlab.ui import own_data, widgets
from convlab.ui.boundary import say
from convlab.ui.networks import Model
from convlab.ui.probe.controls import State
from convlab.ui.words import _

QUICK_S = 3.0  # a pass that takes longer waits for a button
_SAMPLE = 50


@dataclass(frozen=True)
class Pictures:
    """A data set that is ready: two with one digest hold the same pictures."""

    digest: str
    dataset: Dataset = field(compare=False)


def choose_data(state: State, control: str, label: str) -> None:
    """A select box over the data sets that this session may use, and a way to bring one.

    Args:
        state: of the page.
        control: "data" or "other_data".
        label: of the select box.
    """
    titles = own_data.titles(getattr(state.value, control))
    if getattr(state.value, control) not in titles:
        state.change(**{control: next(iter(titles))})
    with st.container(horizontal=True, vertical_alignment="bottom"):
        widgets.choose(state, control, label, titles, width=280)
        with st.popover(_("Bring pictures of your own"), icon=":material/upload:"):
            own_data.upload(
                f"probe.zip.{control}", lambda key: state.change(**{control: key}), scope="fragment"
            )


def get_ready(key: str, place: str) -> Pictures | None:
    """A data set that is there; None while it waits for a button, since making one takes a while.

    Args:
        key: of the shelf.
        place: on the page, for the button.
    """
    if key in SOURCES and not shelf.ready(key):
        source = SOURCES[key]
        if not st.button(_(source.offer), icon=":material/draw:", key=f"probe.draw.{place}"):
            return None
        with st.spinner(_(source.working)):
            shelf.get(key)
    try:
        found = shelf.get(key)
    except UserError as error:
        say(error)
        return None
    return Pictures(found.digest, found)


def asked(model: Model, passes: float, count: int, place: str) -> bool:
    """Whether to run a network on many pictures now: at once if that is quick, else when it is asked for.

    A link starts no long work. Once asked for in this session, the same work needs no second click.

    Args:
        passes: how often each picture is looked at.
        count: of pictures.
        place: names the work, for the button.
    """
    seconds = passes * count * _seconds_each(model)
    wanted = f"probe.asked.{place}.{model.identity}"
    if seconds <= QUICK_S or st.session_state.get(wanted):
        return True
    text = _("Measure on {count:,} pictures (about {seconds:.0f} s)").format(count=count, seconds=seconds)

    def ask() -> None:
        st.session_state[wanted] = True

    st.button(text, icon=":material/play_arrow:", on_click=ask, key=f"{wanted}.button")
    return False


@lru_cache(maxsize=64)
def _seconds_each(model: Model) -> float:
    """What a network takes for a picture in a batch."""
    batch = torch.zeros(_SAMPLE, 3, 32, 32, dtype=torch.uint8)
    model.probe.logits(batch[:2])
    tries = []
    for _once in range(3):  # what else the machine does only makes a try slower
        start = time.perf_counter()
        model.probe.logits(batch)
        tries.append(time.perf_counter() - start)
    return min(tries) / _SAMPLE


def validation(model: Model, found: Pictures) -> Split:
    """The validation pictures, labelled as the network counts. Raises UserError as ``matched``."""
    return matched(model.probe, found.dataset.classes, found.dataset.val)


@lru_cache(maxsize=24)
def evaluated(model: Model, found: Pictures) -> Evaluation:
    """What the network says of all validation pictures, for all sessions. Raises UserError as ``matched``."""
    split = validation(model, found)
    return evaluate(model.probe, split.images, split.labels)


@lru_cache(maxsize=24)
def logits_of(model: Model, found: Pictures) -> Tensor:
    """Logits of all pictures of a data set, whatever their classes, float32 [N, K]."""
    return model.probe.logits(torch.cat([found.dataset.val.images, found.dataset.train.images]))
