"""The link from a square and a network on the Probe page to the same two on the Feature maps page."""

from convlab.ui.frame import link
from convlab.ui.lessons import LESSONS
from convlab.ui.networks import NetworkControls
from convlab.ui.probe.controls import State
from convlab.ui.probe.subject import Subject
from convlab.ui.urls import serialise
from convlab.ui.words import _


def link_to_feature_maps(state: State, subject: Subject) -> None:
    """A link that opens this square of this picture with the first network, layer by layer."""
    label = _("See it layer by layer in Feature maps")
    link(LESSONS["feature_maps"], label, width="content", query=query(state, subject))


def query(state: State, subject: Subject) -> dict[str, str]:
    """The query string of the Feature maps page."""
    model = subject.model
    kind, _sep, key = model.source.partition(":")
    picture = state.value.model_dump(include={"picture", "board", "window", "padding"})
    weights = {"shipped": "trained"}.get(kind, kind)
    network = {"network": model.match.design, "weights": weights, "run": key * (kind == "run")}
    return serialise(NetworkControls.model_validate({**picture, **network, "epoch": model.epoch}))
