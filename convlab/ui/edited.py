"""The kernels that this visit has changed: of each network its own, for all lessons and nobody else."""

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

import streamlit as st

from convlab.errors import N_, UserError
from convlab.networks import about, edits
from convlab.networks.about import About
from convlab.networks.edits import NONE, Edits, Grid, Place
from convlab.storage import tensor_files
from convlab.ui.kept import kept
from convlab.ui.networks import Model
from convlab.ui.steps import Steps

_HAD = "networks.edits"  # identity of a network -> all that was made of it
_MOST_NETWORKS = 50


def too_large() -> UserError:
    """What is said of kernels whose numbers PyTorch cannot hold."""
    sentence = N_(
        "These kernels make numbers that are too large for PyTorch's float32: the last change is undone."
    )
    return UserError(sentence)


def steps(model: Model) -> Steps[Edits]:
    """What this session has made of a network, the first as it came."""
    had: dict[str, Steps[Edits]] = st.session_state.setdefault(_HAD, {})
    identity = model.own.identity
    had[identity] = had.pop(identity) if identity in had else Steps([NONE], 0)
    while len(had) > _MOST_NETWORKS:  # the one that was not open for longest
        del had[next(iter(had))]
    return had[identity]


def now(model: Model) -> Edits:
    """The kernels of a network that this session has changed."""
    had: dict[str, Steps[Edits]] = st.session_state.get(_HAD, {})
    found = had.get(model.own.identity)
    return found.had[found.at] if found else NONE


def change(model: Model, kernels: Mapping[Place, Grid]) -> None:
    """Put kernels into a network, one more step. Raises UserError, as ``edits.changed``."""
    steps(model).made(edits.changed(now(model), model.own.probe.network, kernels))


def keep(model: Model, made: Edits) -> None:
    """These and no others are changed now, one more step. Raises UserError for what does not fit."""
    steps(model).made(edits.changed(NONE, model.own.probe.network, made.kernels))


def restore(model: Model) -> None:
    """All kernels are as they came; that can be undone, too."""
    steps(model).made(NONE)


def edited(model: Model) -> Model:
    """The network with the kernels that this session has put into it; the model itself where there are none.

    The same object as long as nothing changes.
    """
    if not (made := now(model)):
        return model.own
    identity = f"{model.own.identity}+{made.identity}"

    def make() -> Model:
        own = model.own
        probe = replace(own.probe, network=edits.applied(own.probe.network, made))
        return replace(own, identity=identity, probe=probe, edits=made, unedited=own)

    return cast(Model, kept("networks.edited", 4).get(identity, make))


def weights_file(model: Model) -> bytes:
    """A network of the chapter as it is now, as a .safetensors file that the lab opens again."""
    weights, probe = model.probe.network.state_dict(), model.probe
    told = About(
        model.match.design,
        model.match.options,
        *(probe.classes or None, probe.mean, probe.std),
        model.about.data,
        weights=about.fingerprint(weights),
    )
    return tensor_files.packed(weights, told.words())
