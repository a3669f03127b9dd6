"""The network that the controls name, opened on the picture: weights, recording, receptive fields."""

from dataclasses import dataclass
from functools import lru_cache

import streamlit as st
from torch import Tensor, nn

from convlab import activations, checkpoints, layers, models, receptive_field, stacks
from convlab.activations import Recording
from convlab.errors import N_, UserError
from convlab.layers import INPUT
from convlab.ui.chooser import Picture
from convlab.ui.feature_maps.controls import OWN_STACK, FeatureMapsControls
from convlab.ui.words import _, explain, plain

_FILE = "feature_maps.checkpoint"


@dataclass(frozen=True)
class Opened:
    """A network opened on one picture.

    Attributes:
        module: shared between sessions: never changed.
        recording: every layer's output for the picture.
        fields: receptive field of each layer by name.
        identity: changes with network, weights or picture.
        source: where the weights come from, in words.
    """

    module: nn.Module
    recording: Recording
    fields: dict[str, receptive_field.Row]
    identity: str
    source: str

    @property
    def network(self) -> layers.Network:
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


def checkpoint_upload() -> None:
    """Let the learner give a checkpoint; one that cannot be used leaves the last good one in place."""
    file = st.file_uploader(
        _("Checkpoint (.safetensors or .pt)"),
        type=["safetensors", "pt"],
        help=_("Weights of one of the chapter's designs; which one is found out from their names and shapes."),
        key="feature_maps.upload",
    )
    if file is not None and st.session_state.get(f"{_FILE}.seen") != file.file_id:
        st.session_state[f"{_FILE}.seen"], st.session_state[f"{_FILE}.refused"] = file.file_id, None
        try:
            st.session_state[_FILE] = checkpoints.load(file.getvalue())
        except UserError as error:
            st.session_state[f"{_FILE}.refused"] = error
    refused = st.session_state.get(f"{_FILE}.refused")
    if refused is not None:
        st.error(plain(explain(refused)), icon=":material/error:")


def open_network(controls: FeatureMapsControls, picture: Picture) -> Opened:
    """Run the network that the controls name on the picture.

    Raises:
        UserError: a stack that does not fit, or a checkpoint that was not given yet.
    """
    module, source, identity = _module(controls)
    identity = f"{identity}/{picture.identity}/{picture.mean}"
    kept: Opened | None = st.session_state.get("feature_maps.opened")
    if kept is not None and kept.identity == identity:
        return kept
    recording = activations.record(module, picture.values[None])
    assert recording.network is not None
    rows = {row.layer.name: row for row in receptive_field.table(recording.network)}
    opened = Opened(module, recording, rows, identity, source)
    st.session_state["feature_maps.opened"] = opened
    return opened


def _module(controls: FeatureMapsControls) -> tuple[nn.Module, str, str]:
    seed = controls.seed
    if controls.network == OWN_STACK:
        module = stacks.build(stacks.parse(controls.stack), controls.in_channels, seed=seed)
        return module, _("random weights, seed {seed}").format(seed=seed), f"{controls.stack}/{seed}"
    if controls.weights == "checkpoint":
        found: checkpoints.Checkpoint | None = st.session_state.get(_FILE)
        if found is None:
            raise UserError(N_("There is no checkpoint yet: upload one, or choose random weights."))
        return found.module, _("your checkpoint"), found.identity
    if controls.weights == "trained" and controls.network == "net":
        return _trained(), _("trained by the book's recipe"), "net/trained"
    return _random(controls.network, seed), _("random weights, seed {seed}").format(seed=seed), f"{controls.network}/{seed}"


@lru_cache(maxsize=16)
def _random(design: str, seed: int) -> nn.Module:
    return models.seeded(lambda: models.design(design).build(), seed).eval()


@lru_cache
def _trained() -> nn.Module:
    return checkpoints.shipped("net")
