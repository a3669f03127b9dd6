"""Kernels of the open network edited in the lab: what the browser is told of them, and what it sends."""

from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from typing import Any

import streamlit as st
import torch

from convlab.convolution import kernels
from convlab.errors import UserError
from convlab.networks import edits
from convlab.networks.edits import Place
from convlab.networks.receptive_field import Unit
from convlab.ui import edited, server
from convlab.ui.boundary import say_briefly
from convlab.ui.components.network_lab.editing import EditingShown, KernelsShown, sent
from convlab.ui.components.shared import numbers, pasted
from convlab.ui.feature_maps import large
from convlab.ui.feature_maps.controls import FeatureMapsControls
from convlab.ui.feature_maps.forward import ForwardPass
from convlab.ui.feature_maps.network_route import named
from convlab.ui.networks import Model
from convlab.ui.picture import Picture
from convlab.ui.words import explain

LAB = "feature_maps.lab"  # the component's key
_KNOWN = (
    "feature_maps.edits.known"  # the number of the edits that the browser's start from, and which they are
)
_REVISION = "feature_maps.edits.revision"
_HEARD = "feature_maps.edits.heard"  # how far the browser has asked to go since it opened, back less than 0
_REFUSED = "feature_maps.edits.refused"  # how often a paste was refused, and why the last one was


def shown(
    controls: FeatureMapsControls, forward: ForwardPass, picture: Picture, name: str, unit: Unit
) -> EditingShown:
    """What the lab is told of the kernels of the open map, and of all that were changed."""
    model, paths = forward.model, edits.editable(forward.network)
    origin, known = st.session_state.get(_KNOWN, (0, ""))
    now = _identity(model)
    origin += known != now  # they came from elsewhere: another network, undo, the panel of numbers
    st.session_state[_KNOWN] = origin, now
    steps = edited.steps(model)
    count, error = st.session_state.get(_REFUSED, (0, None))
    question = _question(controls, forward, picture)
    return EditingShown(
        route=server.path("network") if question else "",
        question=question or {},
        edits=model.edits.told(),
        paths=[paths.get(one, "") for one in forward.names],
        **vars(kernels_shown(forward, name, unit)),
        revision=st.session_state.get(_REVISION, 0),
        origin=origin,
        undo=steps.behind,
        redo=steps.ahead,
        steps=st.session_state.get(_HEARD, 0),
        refusal=(count, explain(error)) if error else (0, ""),
    )


def kernels_shown(forward: ForwardPass, name: str, unit: Unit) -> KernelsShown:
    """Those of one map, without the learner's changes."""
    layer = edits.editable(forward.network).get(name, "")
    network = forward.model.own.probe.network
    own = edits.filter_of(network, layer, unit[0]).detach().float() if layer else torch.zeros(0, 1, 1)
    offered = presets((own.shape[1], own.shape[2]))
    titled = [(kernels.PRESETS[key].title, edits.grid_of(one)) for key, one in offered.items()]
    return KernelsShown(layer, unit[0], own, titled)


def _identity(model: Model) -> str:
    return f"{model.own.identity}+{edited.now(model).identity}"


def _question(controls: FeatureMapsControls, forward: ForwardPass, picture: Picture) -> dict[str, Any] | None:
    """What names network and picture to the route; None where Streamlit carries edits."""
    carried = controls.mode == "train" or large.is_large(forward)
    name = None if carried else named(forward.model.own, controls)
    if name is None:
        return None
    shape = list(picture.pixels.shape)
    return {"network": name.model_dump(), "shape": shape, "mean": picture.mean, "std": picture.std}


@lru_cache(maxsize=8)
def presets(size: tuple[int, int]) -> dict[str, torch.Tensor]:
    """The presets that there are at a size, float32 [kh, kw], by their keys: nobody changes them."""
    found = {}
    for key in kernels.PRESETS:
        with suppress(UserError):  # too small for what it detects, or larger than a preset can be
            found[key] = kernels.preset(key, size)
    return {key: kernel for key, kernel in found.items() if tuple(kernel.shape) == size}


def take_edit(model: Model, event: str = "edit") -> None:
    """Keep the kernels that the browser has sent with this event, if it sent any."""
    received = sent(LAB, event)
    if received is None or _KNOWN not in st.session_state:
        return
    made, revision, origin = received
    if (origin, _identity(model)) != st.session_state[_KNOWN]:
        return  # another network was chosen after this edit, or an undo overtook it
    if revision <= st.session_state.get(_REVISION, 0):
        return  # known already: what has come since stays
    st.session_state[_REVISION] = revision
    edited.keep(model, made)
    st.session_state[_KNOWN] = origin, _identity(model)
    st.session_state[_REFUSED] = st.session_state.get(_REFUSED, (0, None))[0], None


def take_step(model: Model) -> None:
    """Undo or redo, as often as the browser asks for since the last time."""
    take_edit(model, "step")
    asked = numbers(LAB, "step", ["steps"])
    if asked is not None:
        by = asked[0] - st.session_state.get(_HEARD, 0)
        st.session_state[_HEARD] = asked[0]
        step(model, by)


def step(model: Model, by: int) -> None:
    """Undo (less than 0) or redo so many changes; fewer where there are fewer."""
    take_edit(model)
    edited.steps(model).moved(by)


def take_paste(model: Model) -> None:
    """Fill the cells of a kernel from the chosen one on with what was pasted there, or none of them."""
    take_edit(model, "paste")
    place = sent_place(model)
    if place is None:
        return
    kernel = kernel_now(model, place)[None]
    if (received := pasted(LAB, kernel.shape)) is None:
        return
    count = st.session_state.get(_REFUSED, (0, None))[0]
    try:
        put = kernels.put(kernel, kernels.parse(received[0]), received[1])
        edited.change(model, {place: edits.grid_of(put[0])})
    except UserError as error:
        st.session_state[_REFUSED] = count + 1, error
    else:
        st.session_state[_REFUSED] = count, None


def sent_place(model: Model) -> Place | None:
    """The kernel that the browser has pasted into; None where there is no such one."""
    at = numbers(LAB, "paste", ("out", "in"))
    layer = st.session_state[LAB].get("paste", {}).get("layer") if at else None
    try:
        found = Place(str(layer), *(at or (-1, -1)))
        kernel_now(model, found)
    except UserError:
        return None
    return found


def kernel_now(model: Model, place: Place) -> torch.Tensor:
    """A kernel as it is now, float32 [kh, kw]. Raises UserError for no such place."""
    own = edits.kernel_at(model.own.probe.network, place).detach().float()
    grid = edited.now(model).kernels.get(place)
    return own if grid is None else torch.tensor(grid)


def change(model: Model, place: Place, made: Callable[[torch.Tensor], torch.Tensor]) -> None:
    """Put what is made of a kernel in its place; why that cannot be is said in a corner."""
    take_edit(model)  # one that came in the same message was made before
    try:
        edited.change(model, {place: edits.grid_of(made(kernel_now(model, place)))})
    except UserError as error:
        say_briefly(error)
