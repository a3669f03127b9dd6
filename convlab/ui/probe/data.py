"""A network on many pictures; long work waits for a button, its results are remembered."""

import timeit
from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import Any, TypeVar

import streamlit as st
import torch
from torch import Tensor

from convlab.datasets.dataset import Split
from convlab.datasets.exams import Exam
from convlab.networks.evaluation import Evaluation
from convlab.probing.evaluation import evaluate, matched
from convlab.ui.boundary import keeping, notices
from convlab.ui.course import stops
from convlab.ui.kept import kept
from convlab.ui.networks import Model
from convlab.ui.probe.controls import State
from convlab.ui.probe.exam import choose_exam
from convlab.ui.words import _

T = TypeVar("T")
QUICK_S = 3.0  # a pass that takes longer waits for a button
ASKED_S = 10.0  # so does one at a station, whose answer it shows
_SAMPLE = 50


def at_once(model: Model, count: int, place: str, passes: float = 1) -> bool:
    """Whether to run a network on ``count`` pictures now: at once if that is quick, else when asked for.

    A link starts no long work. Once asked for in this session, the same work, which ``place`` names, needs no
    second click. ``passes``: how often each picture is looked at.
    """
    seconds = passes * count * _seconds_each(model)
    wanted = f"probe.asked.{place}.{model.identity}"
    if quick(model, count, passes) or st.session_state.get(wanted):
        return True
    text = _("Measure on {count:,} pictures (about {seconds:.0f} s)").format(count=count, seconds=seconds)
    ask = st.session_state.__setitem__
    st.button(
        text, icon=":material/play_arrow:", on_click=keeping(ask), args=(wanted, True), key=f"{wanted}.button"
    )
    return False


def quick(model: Model, count: int, passes: float = 1) -> bool:
    """Whether a network looks at ``count`` pictures, ``passes`` times each, before anybody notices."""
    return passes * count * _seconds_each(model) <= (QUICK_S if stops.at("probe") is None else ASKED_S)


def on_request(
    key: str,
    identity: Hashable,
    label: str,
    waiting: str,
    make: Callable[[], T],
    now: bool = False,
    **button: Any,
) -> T | None:
    """What long work finds, behind a button; this session keeps it. None until asked for, and after an error.

    ``identity`` changes with everything that the work depends on. ``waiting`` is shown while ``make`` works,
    whose UserError is said. ``now``: it was asked for elsewhere. ``key``, ``label`` and what is left are the
    button's.
    """
    found = kept(key, most=24)
    if identity not in found and not now and not st.button(label, key=key, **button):
        return None
    with notices(), st.spinner(waiting):
        result: T = found.get(identity, make)
        return result
    return None


def evaluate_on(state: State, model: Model, place: str, label: str = "") -> tuple[Exam, Evaluation] | None:
    """The pictures of ``choose_exam``, and what the network says of them; arguments as there.

    None after saying why that cannot be, and while something waits for a button.
    """
    exam = choose_exam(state, model, place, label)
    if exam is not None and at_once(model, len(exam.val), "exam"):
        with notices(), st.spinner(_("Evaluating the pictures.")):
            return exam, evaluated(model, exam)
    return None


@lru_cache(maxsize=64)
def _seconds_each(model: Model) -> float:
    """What a network takes for a picture in a batch."""
    batch = torch.zeros(_SAMPLE, 3, 32, 32, dtype=torch.uint8)
    model.probe.logits(batch[:2])
    tries = timeit.repeat(lambda: model.probe.logits(batch), number=1, repeat=3)
    return min(tries) / _SAMPLE  # what else the machine does only makes a try slower


def validation(model: Model, exam: Exam) -> Split:
    """The pictures, labelled as the network counts. Raises UserError as ``matched``."""
    return matched(model.probe, exam.classes, exam.val)


@lru_cache(maxsize=24)
def evaluated(model: Model, exam: Exam) -> Evaluation:
    """What the network says of the pictures, for all sessions. Raises UserError as ``matched``."""
    split = validation(model, exam)
    return evaluate(model.probe, split.images, split.labels)


@lru_cache(maxsize=24)
def logits_of(model: Model, exam: Exam) -> Tensor:
    """Logits of the pictures, whatever their classes, float32 [N, K]."""
    return model.probe.logits(exam.val.images)
