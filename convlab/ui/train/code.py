"""The PyTorch code of the run that is shown, what it promises, and the files that it reads."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import streamlit as st
import torch

from convlab import device
from convlab.datasets import shelf
from convlab.errors import N_, Sentence, UserError
from convlab.snippets import training
from convlab.training.runs import Run
from convlab.training.status import LIVE
from convlab.training.story import Leg, Story
from convlab.ui.code_panel import code_panel, download
from convlab.ui.train import events
from convlab.ui.train.controls import State, settings_of
from convlab.ui.words import REMARKS, _, enumerated, escaped, explain, named


def code(state: State, run: Run | None) -> None:
    """Of the run that is shown; where there is none, of the one that Start would make."""
    told = Story((Leg(settings_of(state.value)),)) if run is None else run.story()
    told = replace(told, legs=tuple(map(_known, told.legs)))
    st.markdown(promise(told, planned=run is None))
    happened = list(map(escaped, events.told(told)))
    if happened:
        st.caption(_("It replays: {events}.").format(events=enumerated(happened, REMARKS)))
    for doubt in doubts(told):
        st.info(escaped(explain(doubt)), icon=":material/info:")
    code_panel(training.script_of(told, training.data_code), "train.py")
    _files(told)


def promise(told: Story, planned: bool = False) -> str:
    """Which numbers the script gives; ``planned``: of the run that Start would make."""
    if planned:
        return _("It trains what Start would train.")
    if not told.leg.done:
        return _("The run has not begun: the script trains all of it.")
    if told.leg.state in LIVE:
        return _("The run goes on: the script trains to its last epoch, with what happened so far.")
    if doubts(told):
        return _("It trains as the run did, batch by batch, but not all its numbers are those above:")
    return _(
        "It gives the numbers that you see above, each epoch's losses and accuracies, but for rounding: sums"
        " are taken in another order. The longer the run, the more of the last digits differ."
    )


def doubts(told: Story) -> list[Sentence]:
    """Why its numbers may be others."""
    found = training.doubts(told)
    made_with = {str(leg.environment.get("torch", torch.__version__)) for leg in told.legs}
    if not found and made_with != {torch.__version__}:
        said = N_("The run was trained with PyTorch {then}, here is {now}: the last digits may differ.")
        found.append(Sentence(said, {"then": ", ".join(sorted(made_with)), "now": torch.__version__}))
    for leg in told.legs:
        if (digest := leg.environment["data"].get("digest")) and _digest(leg.settings.data) != digest:
            said = N_("The pictures of {title} are not here any more, or have changed.")
            found.append(Sentence(said, {"title": repr(leg.environment["data"]["title"])}))
    return found


def _digest(key: str) -> str | None:
    try:
        return shelf.digest(key) if shelf.ready(key) else None
    except UserError:
        return None


def _known(leg: Leg) -> Leg:
    """With the title of its data and the names of its classes, though it has not begun."""
    if "data" in leg.environment:
        return leg
    entry = shelf.entries().get(leg.settings.data)
    if entry is None:
        raise UserError(N_("The code comes with the data: get the pictures first."))
    about: dict[str, Any] = {"data": {"title": entry.title}, "classes": list(entry.classes)}
    with suppress(UserError):  # there is no such device here
        about["device"] = device.describe(device.resolve(leg.settings.device))
    return replace(leg, environment=about)


def _files(told: Story) -> None:
    """What the script reads, as downloads."""
    keys = list(dict.fromkeys(leg.settings.data for leg in told.legs))
    for key in filter(shelf.ready, keys):
        label, name = _("Download the pictures it reads"), f"{key}.safetensors"
        label = label if len(keys) == 1 else named(label, name)
        content = shelf.file(key).read_bytes
        extra = "" if key == told.leg.settings.data else f".{key}"
        download(label, content, name, f"train.pictures{extra}", icon=":material/download:")
    if told.given is not None:
        label, content = _("Download the weights it begins with"), told.given.read_bytes
        download(label, content, training.GIVEN, "train.given", icon=":material/download:")
