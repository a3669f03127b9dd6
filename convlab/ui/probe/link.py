"""The way through: what stands on the Probe page as a link to the Feature maps page."""

from convlab.ui import frame
from convlab.ui.feature_maps.controls import FeatureMapsControls
from convlab.ui.probe.controls import CHECKPOINT, State
from convlab.ui.probe.subject import Subject
from convlab.ui.urls import serialise
from convlab.ui.words import _


def way_through(state: State, subject: Subject) -> None:
    """A link that opens this square of this picture with this network, layer by layer."""
    label = _("See it layer by layer in Feature maps")
    frame.link(frame.LESSONS["feature_maps"], label, width="content", query=link(state, subject))


def link(state: State, subject: Subject) -> dict[str, str]:
    """The query string of the Feature maps page."""
    controls, model = state.value, subject.model
    kind, _sep, key = model.source.partition(":")
    weights = {"shipped": "trained", "run": "run", CHECKPOINT: "checkpoint"}[kind]
    wanted = FeatureMapsControls(
        picture=controls.picture,
        board=controls.board,
        window=controls.window,
        padding=controls.padding,
        network=model.match.design,
        weights=weights,  # type: ignore[arg-type]
        run=key if kind == "run" else "",
        epoch=model.epoch,
    )
    return serialise(wanted)
