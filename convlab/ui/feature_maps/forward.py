"""The network that the controls name, and its forward pass on the picture: outputs and receptive fields."""

from dataclasses import dataclass

import streamlit as st
from torch import Tensor

from convlab.errors import UserError
from convlab.networks import graph, receptive_field, shape_errors
from convlab.networks.graph import INPUT
from convlab.networks.recording import Recording, record
from convlab.training import runs
from convlab.ui import networks
from convlab.ui.boundary import say
from convlab.ui.feature_maps.controls import FeatureMapsControls
from convlab.ui.networks import TRAINED, Model
from convlab.ui.picture import Picture
from convlab.ui.words import _, escaped, explain


@dataclass(frozen=True)
class ForwardPass:
    """A network on one picture.

    Attributes:
        model: the network, shared between sessions: never changed.
        recording: every layer's output for the picture.
        fields: receptive field of each layer by name.
        identity: changes with network, weights or picture.
    """

    model: Model
    recording: Recording
    fields: dict[str, receptive_field.Row]
    identity: str

    @property
    def network(self) -> graph.Network:
        """The traced graph (all networks offered here can be traced)."""
        assert self.recording.network is not None
        return self.recording.network

    def output(self, name: str) -> Tensor:
        """What a layer put out for the picture, without the batch axis."""
        return self.recording.outputs[name][0]

    @property
    def names(self) -> list[str]:
        """The input and every layer, in the order in which they run."""
        return [INPUT, *(layer.name for layer in self.recording.layers)]


def design_model(controls: FeatureMapsControls) -> Model:
    """The network that the controls name, other than a stack. Raises UserError as ``convlab.ui.networks``."""
    if controls.weights == "checkpoint":
        return networks.checkpoint()
    if controls.weights == "run":
        return networks.run_model(runs.get(controls.run), controls.epoch)
    if controls.weights == "trained" and controls.network in TRAINED:
        return networks.bundled_model(controls.network)
    return networks.random_model(controls.network, controls.seed)


def forward_pass(controls: FeatureMapsControls, picture: Picture) -> ForwardPass | None:
    """Run the network that the controls name on the picture; None after saying why it cannot be run."""
    try:
        channels, height, width = picture.pixels.shape
        model = (
            networks.stack_model(controls.stack, (channels, height, width), controls.seed)
            if controls.own_stack
            else design_model(controls)
        )
    except UserError as error:
        say(error)
        return None
    identity = f"{model.identity}/{picture.identity}/{picture.mean}"
    kept: ForwardPass | None = st.session_state.get("feature_maps.forward")
    if kept is not None and kept.identity == identity:
        return kept
    attempt = shape_errors.try_forward(model.probe.network, picture.values[None])
    if attempt.output is None:
        show_failure(attempt)
        return None
    recording = record(model.probe.network, picture.values[None])
    assert recording.network is not None
    rows = {row.layer.name: row for row in receptive_field.table(recording.network)}
    found = ForwardPass(model, recording, rows, identity)
    st.session_state["feature_maps.forward"] = found
    return found


def show_failure(attempt: shape_errors.Attempt) -> None:
    """PyTorch's own message, then what it means and how to fix it."""
    with st.container(border=True):
        st.markdown(_("**This network does not fit.** PyTorch says:"))
        st.code(attempt.error, language=None, wrap_lines=True)
        for sentence in (attempt.meaning, attempt.mend):
            if sentence is not None:
                st.markdown(escaped(explain(sentence)))
