"""Why the network says so: which pixels speak for a class, by four methods, and a test of the methods."""

from functools import lru_cache

import streamlit as st
import torch
from torch import Tensor

from convlab.pictures import images
from convlab.probing import attribution
from convlab.ui import figures, scales, widgets
from convlab.ui.boundary import notices
from convlab.ui.components.why_maps import Cover, Explanation, Why, why_maps
from convlab.ui.networks import Model
from convlab.ui.probe.controls import ProbeControls, State
from convlab.ui.probe.data import on_request
from convlab.ui.probe.lab import identity as lab_identity
from convlab.ui.probe.subject import Subject
from convlab.ui.words import _, escaped, named

KEY = "probe.why_maps"
_GREY = 0.22  # how much of the picture's own contrast shines through


def attribution_panel(state: State, subject: Subject) -> None:
    """The map of the chosen method for each network, over the picture, and what it is asked for."""
    with st.container(horizontal=True, horizontal_alignment="distribute", key="probe.why_head"):
        st.markdown("**" + _("Why?") + "**", width="content")
        widgets.toggle(state, "over", _("Over the picture"))
    titles = {key: _(method.title) for key, method in attribution.METHODS.items()}
    with st.container(horizontal=True, vertical_alignment="bottom", key="probe.why_row"):
        widgets.choose(state, "method", _("Method"), titles, width=168)
        classes = {-1: _("the verdict"), **dict(enumerate(subject.model.class_names))}
        if state.value.target not in classes:
            state.change(target=-1)
        widgets.choose(state, "target", _("For the class"), classes, width=130)
        if state.value.method == "grad_cam":
            _choose_layer(state, subject)
    with notices():
        found = explained(state.value, subject)
        with st.container(key="crisp-probe-why"):
            why_maps(KEY, found)
        sentence = _("Red speaks for the class, blue against it, grey does neither: ±{end:.2g}.")
        if len(found.maps) > 1:
            sentence = _("Red speaks for the class, blue against it; each network on a scale of its own.")
        end = scales.largest(found.maps[0].values)
        st.caption(f"{sentence.format(end=end)} {_meaning(state.value.method)}")


def explained(controls: ProbeControls, subject: Subject) -> Explanation:
    """A map for each network, to point at; what a value is about is covered there."""
    alt, method, layer = _("{method}: what speaks for {name}"), controls.method, controls.cam_layer
    maps, targets = [], []
    for model, logits in zip(subject.models, subject.logits, strict=True):
        target = target_of(controls, subject, model)
        values = attribution_map(model, subject.seen, method, target, layer if model is subject.model else "")
        end = scales.largest(values)  # of its own: two networks' logits have no common measure
        name, below = model.class_names[target], ""
        words = alt.format(method=_(attribution.METHODS[method].title), name=name)
        if len(subject.models) > 1:
            below = named(_told(controls, subject, model, target), f"±{end:.2g}")
            name = _("{what} ({name})").format(what=name, name=model.name)
        picture = _picture(controls, subject, values, end)
        maps.append(Why(words, below, name, target, float(logits[target]), values, picture))
        targets.append(target)
    cover = Cover(patch_px(subject.model, method, layer), subject.colour)
    identity = f"{lab_identity(controls, subject)}/{method}/{layer}/{controls.over}/{targets}"
    return Explanation(identity, maps, subject.look(controls.temperature), cover)


def _meaning(key: str) -> str:
    """What a value of a method's map is, with the method's parameters."""
    found = attribution.METHODS[key]
    return _(found.means).format(**found.settings)


def _told(controls: ProbeControls, subject: Subject, model: Model, target: int) -> str:
    """Which class of which network is explained, if not the one that was asked for also why; plain text."""
    text = _("{network}, for {name}").format(network=model.name, name=model.class_names[target])
    asked = controls.target
    if asked >= 0 and model.probe.classes[target] != subject.probe.classes[asked]:
        missing = _("it has no class {name}").format(name=subject.model.class_names[asked])
        text = _("{what} ({name})").format(what=text, name=missing)
    return text


def _choose_layer(state: State, subject: Subject) -> None:
    """Which convolution Grad-CAM looks at; the last one by default."""
    if names := attribution.convolutions(subject.probe.network):
        if state.value.cam_layer not in names:
            state.change(cam_layer=names[-1])
        widgets.choose(state, "cam_layer", _("Layer of Grad-CAM"), names, width=170)


def target_of(controls: ProbeControls, subject: Subject, model: Model) -> int:
    """The class to explain in a network, or its verdict; two networks may number their classes otherwise."""
    target, own, first = controls.target, model.probe.classes, subject.probe.classes
    if 0 <= target < len(first) and first[target] in own:
        return own.index(first[target])
    return int(subject.logits[subject.models.index(model)].argmax())


def attribution_map(model: Model, seen: Tensor, method: str, target: int, layer: str = "") -> Tensor:
    """The signed map [32, 32] of a method; the last ones are remembered, for all sessions."""
    return _attribution_map(model, seen.numpy().tobytes(), method, target, layer)


@lru_cache(maxsize=64)
def patch_px(model: Model, method: str, layer: str = "") -> int:
    """As ``attribution.patch_px``; a layer that the network has not is its last."""
    known = attribution.convolutions(model.probe.network)
    return attribution.patch_px(model.probe, method, layer if layer in known else None)


@lru_cache(maxsize=256)
def _attribution_map(model: Model, seen: bytes, method: str, target: int, layer: str) -> Tensor:
    pixels = torch.frombuffer(bytearray(seen), dtype=torch.uint8).reshape(3, 32, 32)
    known = attribution.convolutions(model.probe.network)
    attribute = attribution.method(method, layer if layer in known else None)
    return attribute(model.probe, pixels, target)


def overlay(seen: Tensor, values: Tensor, end: float) -> Tensor:
    """A signed map, float [32, 32], over a pale grey picture: nothing where it is 0, red above, blue below.

    Both pictures are uint8 [3, 32, 32]; ``end`` is the value of the full colour, above 0.
    """
    grey = (images.to_float(seen) * torch.tensor(images.LUMA)[:, None, None]).sum(0)
    pale = (1 - _GREY) + _GREY * (2 * grey - 1)
    strength = (values.abs() / end).clamp(0, 1)
    ends = torch.tensor(list(scales.table(scales.DIVERGING)), dtype=torch.float32).reshape(256, 3) / 255
    colour = torch.where((values > 0)[..., None], ends[-14], ends[14]).permute(2, 0, 1)
    return (255 * (pale * (1 - strength) + colour * strength)).round().clamp(0, 255).to(torch.uint8)


def _picture(controls: ProbeControls, subject: Subject, values: Tensor, end: float) -> Tensor:
    """A map as it is to be shown, uint8 [3, 32, 32]."""
    if controls.over:
        return overlay(subject.seen, values, end)
    return scales.colourise(values, end)


def four_methods(state: State, subject: Subject) -> None:
    """All methods side by side, and what is left of each when the network's layers are randomised."""
    if state.value.method != "grad_cam":  # else it is asked for above
        _choose_layer(state, subject)
    target = target_of(state.value, subject, subject.model)
    sentence = _("For **{name}**. Each method has its own unit, and so its own scale.")
    st.markdown(sentence.format(name=escaped(subject.model.class_names[target])))
    columns = st.columns(len(attribution.METHODS))
    added = _("All pixels add up to {total:.3f}; the logit is {wanted:.3f} above the mean colour's.")
    for column, (key, method) in zip(columns, attribution.METHODS.items(), strict=True):
        with column, notices():
            st.markdown(f"**{_(method.title)}**")
            values = attribution_map(subject.model, subject.seen, key, target, state.value.cam_layer)
            end = scales.largest(values)
            with st.container(key=f"crisp-probe-{key}"):
                figures.image(_picture(state.value, subject, values, end), _(method.title))
            st.caption(_("±{end:.2g}").format(end=end))
            st.caption(_meaning(key))
            if key == "integrated_gradients":  # its axiom of completeness, with this picture's numbers
                wanted = attribution.logit_difference(subject.probe, subject.seen, target)
                st.caption(added.format(total=float(values.sum()), wanted=wanted).replace("-", "−"))
            _survival(state, subject, key, target)


def _survival(state: State, subject: Subject, key: str, target: int) -> None:
    """Behind a button: it asks for a map after each layer that is randomised."""
    layer = state.value.cam_layer or None
    steps = on_request(
        f"probe.survival.{key}",
        (subject.identity, target, layer),
        _("Does it survive a random network?"),
        _("Randomising the layers one by one."),
        lambda: attribution.survival(subject.probe, subject.seen, target, attribution.method(key, layer)),
        icon=":material/shuffle:",
    )
    if steps is None:
        return
    alike = [f"{step.correlation:.2f}".replace("-", "−") for step in steps]
    titled = _("from {layer}: {alike}, ±{end:.2g}")
    rows = []
    for step, told in zip(steps, alike, strict=True):
        end = scales.largest(step.values)  # a random network's values have another size
        words = titled.format(layer=step.layer, alike=told, end=end)
        rows.append((_picture(state.value, subject, step.values, end), words))
    figures.row(rows, f"probe-survival-{key}", 92)
    st.table({_("Randomised from"): [step.layer for step in steps], _("Correlation"): alike})
