"""The network and the picture that the controls name, and the forward pass: outputs and receptive fields."""

import math
from dataclasses import dataclass, field, replace
from functools import cached_property

import streamlit as st
from torch import Tensor

from convlab.errors import N_, UserError
from convlab.networks import footprint, graph, parameters, receptive_field, shape_errors
from convlab.networks.graph import INPUT
from convlab.networks.modes import Training
from convlab.networks.receptive_field import Unit
from convlab.networks.recording import Recording, finite, record, replay
from convlab.pictures import images
from convlab.training import runs
from convlab.ui import checkpoints, cropping, edited, foreign, networks
from convlab.ui.boundary import keeping, say
from convlab.ui.edited import too_large
from convlab.ui.failures import show_failure
from convlab.ui.feature_maps.batch import Beside, beside
from convlab.ui.feature_maps.controls import FeatureMapsControls, State
from convlab.ui.networks import Model
from convlab.ui.opened import Opened
from convlab.ui.picture import Picture, working_picture
from convlab.ui.words import _


@dataclass(frozen=True)
class ForwardPass:
    """A network on one picture.

    Attributes:
        model: shared between sessions: never changed.
        fields: receptive field of each layer by name, where there is a rule for it.
        identity: changes with network, weights, picture or mode.
        origin: the same whatever kernels the learner has changed, and in both modes.
        beside: the other pictures of the batch, and ``in_eval`` what the last layer puts out in eval() mode;
            both None for a pass in eval().
    """

    model: Model
    recording: Recording
    fields: dict[str, receptive_field.Row]
    identity: str
    origin: str
    beside: Beside | None = None
    in_eval: Tensor | None = None
    measured: dict[tuple[str, Unit], receptive_field.Row] = field(default_factory=dict)

    def row(self, name: str, unit: Unit) -> receptive_field.Row | None:
        """What a unit can see: by its layer's rule, by autograd where there is none; None for the input."""
        if name == INPUT or name in self.fields:
            return self.fields.get(name)
        found = self.measured.pop((name, unit), None) or footprint.measured(self.network, name, unit)
        self.measured[name, unit] = found  # the last one, for ``unruled``
        return found

    def unruled(self, name: str) -> receptive_field.Row:
        """Of a layer without a rule: what was measured last of it, or all of the picture until then."""
        known = [row for (layer, _unit), row in self.measured.items() if layer == name]
        return known[-1] if known else receptive_field.anything(self.network, name)

    @property
    def network(self) -> graph.Network:
        """The traced graph (all networks offered here can be traced)."""
        assert self.recording.network is not None
        return self.recording.network

    def output(self, name: str) -> Tensor:
        """What a layer put out for the picture, without the batch axis."""
        return self.recording.outputs[name][0]

    @cached_property
    def names(self) -> list[str]:
        """The input and every layer, in the order in which they run."""
        return [INPUT, *(layer.name for layer in self.recording.layers)]

    @property
    def result(self) -> Tensor:
        """What the last layer put out."""
        return self.recording.result[0]

    @cached_property
    def unused(self) -> dict[str, int]:
        """As ``parameters.unused``."""
        return parameters.unused(self.network)

    def unit_names(self, layer: str) -> tuple[str, ...]:
        """What the units of the last layer are called: its classes, plain text; () for other layers."""
        names = self.model.class_names
        return names if layer == self.names[-1] and self.result.shape == (len(names),) else ()


PASSES: Opened[ForwardPass] = Opened("feature_maps.open_pass")  # that sessions have open


def design_model(controls: FeatureMapsControls) -> Model:
    """The network that the controls name, other than a stack. Raises UserError as ``convlab.ui.networks``."""
    if controls.cross:
        return networks.cross_model(controls.first_kernel, controls.second_kernel)
    if controls.foreign:
        return foreign.model(controls)
    if controls.weights == "checkpoint":
        return checkpoints.opened()
    if controls.weights == "run":
        if not controls.run:
            raise UserError(N_("The link names no run: choose other weights, or open a run on Train."))
        return networks.run_model(runs.get(controls.run), controls.epoch)
    if key := networks.bundled_key(controls.network, controls.weights):
        return networks.bundled_model(key)
    return networks.random_model(controls.network, controls.seed)


def picture_of(state: State) -> tuple[Picture, str | None]:
    """The working picture, normalised as the network was trained, and a notice where another stands in."""
    controls = state.value.fitting
    if controls.free:
        return working_picture(controls)
    middle = {"window": "", "padding": "black"}
    if controls.window or controls.padding != "black":
        with st.container(horizontal=True, vertical_alignment="center", key="feature_maps.cropped"):
            sentence = _("This is a part of the picture, as a link or the Probe page has it.")
            st.markdown(sentence, width="content")
            take, icon = lambda: state.change(**middle), ":material/crop_free:"
            st.button(_("Take the middle"), icon=icon, on_click=keeping(take), key="feature_maps.uncrop")
    try:
        model = design_model(controls)
    except UserError:  # shown where the network is run
        return cropping.picture(controls, images.CIFAR10_MEAN, images.CIFAR10_STD)
    return cropping.picture(controls, model.probe.mean, model.probe.std, model.input_shape[1])


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
    model = edited.edited(model)
    read_as = f"{model.match}/{model.probe.classes}"  # what a file does not tell may be told anew
    asked = f"{read_as}/{picture.identity}/{picture.mean}/{picture.std}"
    identity, origin = (f"{one.identity}/{asked}" for one in (model, model.own))
    if controls.mode == "train":
        identity += f"/train/{controls.draw}"
    kept: ForwardPass | None = st.session_state.get("feature_maps.forward")
    if kept is not None and kept.identity == identity:
        return kept
    if kept is not None and kept.origin == origin:  # other kernels: all else is as it was
        recording = replay(graph.reopened(kept.network, model.probe.network), picture.values[None])
        if model.edits and not finite(recording):
            return _without_last(controls, picture, model)
        return _keep(ForwardPass(model, recording, kept.fields, identity, origin), controls, picture)
    attempt = shape_errors.try_forward(model.probe.network, picture.values[None])
    if attempt.output is None:
        show_failure(attempt)
        return None
    recording = record(model.probe.network, picture.values[None])
    if (empty := next((layer for layer in recording.layers if 0 in layer.shape), None)) is not None:
        sentence = N_(
            "{layer} puts out no values at all, its shape is {shape}, and PyTorch does not complain: "
            "take less padding or a larger kernel_size."
        )
        say(UserError(sentence, layer=f"{empty.name} {empty.kind}", shape=list(empty.shape)))
        return None
    assert recording.network is not None
    rows = {row.layer.name: row for row in receptive_field.table(recording.network)}
    return _keep(ForwardPass(model, recording, rows, identity, origin), controls, picture)


def _without_last(controls: FeatureMapsControls, picture: Picture, model: Model) -> ForwardPass | None:
    """Undo the last change of a kernel, which made numbers that are none, and say so."""
    say(too_large(), "warning")
    edited.steps(model).moved(-1)
    return forward_pass(controls, picture)


def _keep(found: ForwardPass, controls: FeatureMapsControls, picture: Picture) -> ForwardPass:
    """Of a pass in eval(), that in the mode of the controls, kept for this session."""
    if controls.mode == "train":
        found = in_training(found, controls, picture, controls.draw)
    st.session_state["feature_maps.forward"] = found
    return found


def in_training(
    forward: ForwardPass, controls: FeatureMapsControls, picture: Picture, draw: int
) -> ForwardPass:
    """The same network and picture in train() mode, in a batch that is drawn with a seed; so is dropout."""
    each = sum(math.prod(layer.shape) for layer in forward.recording.layers)
    others = beside(forward.model, controls.picture, picture, draw, each)
    recording = replay(forward.network, picture.values[None], Training(others.values, draw))
    in_eval = forward.result if forward.in_eval is None else forward.in_eval
    return replace(forward, recording=recording, beside=others, in_eval=in_eval)
