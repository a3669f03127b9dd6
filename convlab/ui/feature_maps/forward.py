"""The network and the picture that the controls name, and the forward pass: outputs and receptive fields."""

from dataclasses import dataclass

import streamlit as st
from torch import Tensor

from convlab.errors import UserError
from convlab.networks import graph, receptive_field, shape_errors
from convlab.networks.graph import INPUT
from convlab.networks.recording import Recording, record
from convlab.pictures import images
from convlab.training import runs
from convlab.ui import cropping, networks
from convlab.ui.boundary import say
from convlab.ui.feature_maps.controls import FeatureMapsControls, State
from convlab.ui.networks import TRAINED, Model
from convlab.ui.picture import Picture, working_picture
from convlab.ui.words import _, escaped, explain


@dataclass(frozen=True)
class ForwardPass:
    """A network on one picture.

    Attributes:
        model: shared between sessions: never changed.
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


def picture_of(state: State) -> tuple[Picture, str | None]:
    """The working picture, normalised as the network was trained, and a notice where another stands in."""
    controls = state.value.fitting
    if controls.own_stack:
        return working_picture(controls)
    middle = {"window": "", "padding": "black"}
    if controls.window or controls.padding != "black":
        with st.container(horizontal=True, vertical_alignment="center", key="feature_maps.cropped"):
            sentence = _("This is the part of the picture that was chosen on the Probe page.")
            st.markdown(sentence, width="content")
            take, icon = lambda: state.change(**middle), ":material/crop_free:"
            st.button(_("Take the middle"), icon=icon, on_click=take, key="feature_maps.uncrop")
    try:
        probe = design_model(controls).probe
    except UserError:  # shown where the network is run
        return cropping.picture(controls, images.CIFAR10_MEAN, images.CIFAR10_STD)
    return cropping.picture(controls, probe.mean, probe.std)


def forward_pass(controls: FeatureMapsControls, picture: Picture) -> ForwardPass | None:
    """Run the network that the controls name on the picture; None after saying why it cannot be run."""
    try:
        if controls.own_stack:
            channels, height, width = picture.pixels.shape
            model = networks.stack_model(controls.stack, (channels, height, width), controls.seed)
        else:
            model = design_model(controls)
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
        for sentence in (attempt.meaning, attempt.fix):
            if sentence is not None:
                st.markdown(escaped(explain(sentence)))
