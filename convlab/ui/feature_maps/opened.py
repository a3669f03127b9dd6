"""The network that the controls name, opened on the picture: weights, recording, receptive fields."""

from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import streamlit as st
from torch import Tensor, nn

from convlab.errors import N_, UserError
from convlab.networks import checkpoints, designs, graph, receptive_field, shape_errors, stacks
from convlab.networks import recording as activations
from convlab.networks.graph import INPUT
from convlab.networks.recording import Recording
from convlab.pictures import images
from convlab.probing import bundled
from convlab.probing.loading import LoadedProbe, load_probe
from convlab.training import runs
from convlab.training.runs import Run
from convlab.ui.boundary import say
from convlab.ui.feature_maps.controls import FeatureMapsControls
from convlab.ui.picture import Picture
from convlab.ui.words import _, escaped, explain

Statistics = tuple[tuple[float, ...], tuple[float, ...]]
_FILE, _STATISTICS = "feature_maps.checkpoint", "feature_maps.statistics"
TRAINED = bundled.designs()  # the designs whose weights come with ConvLab
OPTIONS = {"net_res_deep": {"n_blocks": 5}}  # the chapter's 100 blocks fill no screen


@dataclass(frozen=True)
class Opened:
    """A network opened on one picture.

    Attributes:
        module: shared between sessions: never changed.
        recording: every layer's output for the picture.
        fields: receptive field of each layer by name.
        identity: changes with network, weights or picture.
        design, options: what it was built from; "" for a stack of one's own.
    """

    module: nn.Module
    recording: Recording
    fields: dict[str, receptive_field.Row]
    identity: str
    design: str
    options: dict[str, Any]

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


def checkpoint_upload() -> None:
    """Let the learner give a checkpoint; one that cannot be used leaves the last good one in place."""
    file = st.file_uploader(
        _("Checkpoint (.safetensors or .pt)"),
        type=["safetensors", "pt"],
        help=_(
            "Weights of one of the chapter's designs; which one is found out from their names and shapes."
        ),
        key="feature_maps.upload",
    )
    if file is not None and st.session_state.get(f"{_FILE}.seen") != file.file_id:
        st.session_state[f"{_FILE}.seen"], st.session_state[f"{_FILE}.refused"] = file.file_id, None
        try:
            adopt(load_probe(file.getvalue()))
        except UserError as error:
            st.session_state[f"{_FILE}.refused"] = error
    refused = st.session_state.get(f"{_FILE}.refused")
    if refused is not None:
        say(refused, "error")


def adopt(loaded: LoadedProbe) -> None:
    """Take over a checkpoint that was uploaded here or on another page."""
    st.session_state[_FILE] = loaded.checkpoint
    st.session_state[_STATISTICS] = loaded.probe.mean, loaded.probe.std


def statistics(controls: FeatureMapsControls) -> Statistics:
    """Mean and standard deviation of the pictures that the network was trained on."""
    if not controls.own_stack:
        with suppress(UserError):  # said where the network is opened
            if controls.weights == "run":
                about = runs.get(controls.run).environment
                return tuple(about["mean"]), tuple(about["std"])
            if controls.weights == "checkpoint" and _STATISTICS in st.session_state:
                found: Statistics = st.session_state[_STATISTICS]
                return found
    return images.CIFAR10_MEAN, images.CIFAR10_STD


def open_network(controls: FeatureMapsControls, picture: Picture) -> Opened | None:
    """Run the network that the controls name on the picture; None after saying why it cannot be run."""
    try:
        module, name, match = _module(controls, picture)
    except UserError as error:
        say(error)
        return None
    identity = f"{name}/{picture.identity}/{picture.mean}"
    kept: Opened | None = st.session_state.get("feature_maps.opened")
    if kept is not None and kept.identity == identity:
        return kept
    attempt = shape_errors.try_forward(module, picture.values[None])
    if attempt.output is None:
        show_failure(attempt)
        return None
    recording = activations.record(module, picture.values[None])
    assert recording.network is not None
    rows = {row.layer.name: row for row in receptive_field.table(recording.network)}
    opened = Opened(module, recording, rows, identity, match.design, match.options)
    st.session_state["feature_maps.opened"] = opened
    return opened


def show_failure(attempt: shape_errors.Attempt) -> None:
    """PyTorch's own message, then what it means and how to mend it."""
    with st.container(border=True):
        st.markdown(_("**This network does not fit.** PyTorch says:"))
        st.code(attempt.error, language=None, wrap_lines=True)
        for sentence in (attempt.meaning, attempt.mend):
            if sentence is not None:
                st.markdown(escaped(explain(sentence)))


def _module(controls: FeatureMapsControls, picture: Picture) -> tuple[nn.Module, str, checkpoints.Match]:
    seed, design = controls.seed, controls.network
    if controls.own_stack:
        channels, height, width = picture.pixels.shape
        module = stacks.build(stacks.parse(controls.stack), channels, (height, width), seed)
        return module.eval(), f"{controls.stack}/{seed}", checkpoints.Match("", {})
    if controls.weights == "checkpoint":
        found: checkpoints.Checkpoint | None = st.session_state.get(_FILE)
        if found is None:
            raise UserError(N_("There is no checkpoint yet: upload one, or choose random weights."))
        return found.module, found.identity, found.matches[0]
    if controls.weights == "run":
        return _of_run(controls)
    match = checkpoints.Match(design, OPTIONS.get(design, {}))
    if controls.weights == "trained" and design in TRAINED:
        return trained(design), f"{design}/trained", bundled.weights(design).matches[0]
    return random(design, seed), f"{design}/{seed}", match


def _of_run(controls: FeatureMapsControls) -> tuple[nn.Module, str, checkpoints.Match]:
    """A run's network after one of its epochs, the newest where the link names none."""
    run = runs.get(controls.run)
    stored = run.epochs_stored()
    if not stored:
        raise UserError(N_("This run has no weights yet: wait until it trains."))
    epoch = stored[-1] if controls.epoch < 0 else controls.epoch
    match = checkpoints.Match(run.settings.design, dict(run.settings.options))
    return _network_at(run, epoch), f"{run.id}/{epoch}", match


@lru_cache(maxsize=16)
def _network_at(run: Run, epoch: int) -> nn.Module:
    return run.network_at(epoch)


@lru_cache(maxsize=16)
def random(design: str, seed: int) -> nn.Module:
    """A design with random weights; shared by all sessions and never changed."""
    return designs.seeded(lambda: designs.design(design).build(**OPTIONS.get(design, {})), seed).eval()


@lru_cache
def trained(design: str) -> nn.Module:
    """A design with the weights that come with ConvLab; shared by all sessions and never changed."""
    return bundled.weights(design).probe.network
