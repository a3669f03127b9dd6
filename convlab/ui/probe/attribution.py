"""Why it says so: which pixels speak for a class, over the picture; four methods, and a test of them."""

from functools import lru_cache

import streamlit as st
import torch
from torch import Tensor

from convlab.errors import UserError
from convlab.pictures import images
from convlab.probing import attribution
from convlab.ui import figures, scales
from convlab.ui.boundary import say
from convlab.ui.class_names import class_names
from convlab.ui.networks import Model, title
from convlab.ui.probe.controls import State
from convlab.ui.probe.subject import Subject
from convlab.ui.words import _, escaped

_GREY = 0.22  # how much of the picture's own contrast shines through
_KEPT = "probe.survival"
_MOST_KEPT = 24


def why(state: State, subject: Subject) -> None:
    """The map of the chosen method for each network, over the picture, and what it is asked for."""
    st.markdown("**" + _("Why?") + "**")
    _ask(state, subject)
    try:
        maps = [_map(state, subject, model) for model in subject.models]
    except UserError as error:
        say(error)
        return
    end = figures.largest(*maps)
    with st.container(horizontal=True, key="crisp-probe-why"):
        for model, values in zip(subject.models, maps, strict=True):
            with st.container(width="stretch"):
                name = _name(subject, model, state.value.target)
                alt = _("{method}: what speaks for {name}").format(method=_method(state), name=name)
                picture = over(subject.seen, values, end) if state.value.over else _coloured(values, end)
                st.image(images.to_png(picture), width="stretch", output_format="PNG", alt=alt)
                if len(subject.models) > 1:
                    st.caption(escaped(title(model)))
    _legend(end)
    st.toggle(_("Over the picture"), **state.bind("over"))


def _ask(state: State, subject: Subject) -> None:
    titles = {key: _(method.title) for key, method in attribution.METHODS.items()}
    with st.container(horizontal=True, vertical_alignment="bottom", key="probe.why_row"):
        st.selectbox(
            _("Method"), list(titles), format_func=titles.__getitem__, width=168, **state.bind("method")
        )
        _choose_class(state, subject)
        if state.value.method == "grad_cam":
            choose_layer(state, subject)


def _choose_class(state: State, subject: Subject) -> None:
    classes = class_names(subject.probe.classes)
    choices = [-1, *range(len(classes))]
    if state.value.target not in choices:
        state.change(target=-1)
    st.selectbox(
        _("For the class"),
        choices,
        format_func=lambda n: _("the verdict") if n < 0 else classes[n],
        width=130,
        **state.bind("target"),
    )


def choose_layer(state: State, subject: Subject) -> None:
    """Which convolution Grad-CAM looks at; the last one by default."""
    names = attribution.convolutions(subject.probe.network)
    if not names:
        return
    if state.value.cam_layer not in names:
        state.change(cam_layer=names[-1])
    st.selectbox(_("Layer of Grad-CAM"), names, width=170, **state.bind("cam_layer"))


def _method(state: State) -> str:
    return _(attribution.METHODS[state.value.method].title)


def _name(subject: Subject, model: Model, target: int) -> str:
    return class_names(model.probe.classes)[_target(subject, model, target)]


def _target(subject: Subject, model: Model, target: int) -> int:
    """The class to explain in a network; the second one may number the same classes otherwise."""
    own, first = model.probe.classes, subject.probe.classes
    if 0 <= target < len(first) and first[target] in own:
        return own.index(first[target])
    return int(subject.logits[subject.models.index(model)].argmax())


def _map(state: State, subject: Subject, model: Model) -> Tensor:
    layer = state.value.cam_layer if model is subject.model else ""
    target = _target(subject, model, state.value.target)
    return attributed(model, subject.seen, state.value.method, target, layer)


def attributed(model: Model, seen: Tensor, method: str, target: int, layer: str = "") -> Tensor:
    """The signed map [32, 32] of a method; the last ones are remembered, for all sessions."""
    return _attributed(model, seen.numpy().tobytes(), method, target, layer)


@lru_cache(maxsize=256)
def _attributed(model: Model, seen: bytes, method: str, target: int, layer: str) -> Tensor:
    pixels = torch.frombuffer(bytearray(seen), dtype=torch.uint8).reshape(3, 32, 32)
    known = attribution.convolutions(model.probe.network)
    explain_with = attribution.method(method, layer if layer in known else None)
    return explain_with(model.probe, pixels, target)


def over(seen: Tensor, values: Tensor, end: float) -> Tensor:
    """A signed map over a pale grey picture, uint8 [3, 32, 32]: nothing where it is 0, red above, blue below.

    Args:
        seen: uint8 [3, 32, 32].
        values: float [32, 32].
        end: value of the full colour, above 0.
    """
    grey = (images.to_float(seen) * torch.tensor(images.LUMA)[:, None, None]).sum(0)
    pale = (1 - _GREY) + _GREY * (2 * grey - 1)
    strength = (values.abs() / end).clamp(0, 1)
    ends = torch.tensor(list(scales.table(scales.DIVERGING)), dtype=torch.float32).reshape(256, 3) / 255
    colour = torch.where((values > 0)[..., None], ends[-14], ends[14]).permute(2, 0, 1)
    return (255 * (pale * (1 - strength) + colour * strength)).round().clamp(0, 255).to(torch.uint8)


def _coloured(values: Tensor, end: float) -> Tensor:
    return scales.colourise(values, end, signed=True)


def _legend(end: float) -> None:
    sentence = _(
        "Red speaks for the class, blue against it, and what keeps its grey does neither: ±{end:.2g}."
    )
    st.caption(sentence.format(end=end))


def four_ways(state: State, subject: Subject) -> None:
    """All methods side by side, and what is left of each when the network's layers are randomised."""
    if state.value.method != "grad_cam":  # else it is asked for above
        choose_layer(state, subject)
    target = subject.target(state.value)
    st.markdown(
        _("For **{name}**. Each method has its own unit, and so its own scale.").format(
            name=escaped(class_names(subject.probe.classes)[target])
        )
    )
    columns = st.columns(len(attribution.METHODS))
    for column, (key, method) in zip(columns, attribution.METHODS.items(), strict=True):
        with column:
            st.markdown(f"**{_(method.title)}**")
            try:
                values = attributed(subject.model, subject.seen, key, target, state.value.cam_layer)
            except UserError as error:
                say(error)
                continue
            end = figures.largest(values)
            picture = over(subject.seen, values, end) if state.value.over else _coloured(values, end)
            with st.container(key=f"crisp-probe-{key}"):
                st.image(images.to_png(picture), width="stretch", output_format="PNG", alt=_(method.title))
            st.caption(_("±{end:.2g}").format(end=end))
            _completeness(subject, key, values, target)
            _survival(state, subject, key, target)


def _completeness(subject: Subject, key: str, values: Tensor, target: int) -> None:
    """The axiom of integrated gradients, with this picture's numbers."""
    if key == "integrated_gradients":
        wanted = attribution.logit_difference(subject.probe, subject.seen, target)
        sentence = _(
            "All pixels add up to {total:.3f}; the logit's way from the mean colour is {wanted:.3f}."
        )
        st.caption(sentence.format(total=float(values.sum()), wanted=wanted).replace("-", "−"))


Found = tuple[tuple[str, float], ...]


def _survival(state: State, subject: Subject, key: str, target: int) -> None:
    """Behind a button: it asks for a map after each layer that is randomised. What was found stays."""
    layer = state.value.cam_layer or None
    found: dict[object, Found] = st.session_state.setdefault(_KEPT, {})
    identity = (subject.model.identity, subject.seen.numpy().tobytes(), key, target, layer)

    def test() -> None:
        while len(found) >= _MOST_KEPT:
            del found[next(iter(found))]
        explain_with = attribution.method(key, layer)
        steps = attribution.survival(subject.probe, subject.seen, target, explain_with)
        found[identity] = tuple((step.layer, step.correlation) for step in steps)

    if identity not in found:
        asked = st.button(
            _("Does it survive a random network?"), icon=":material/shuffle:", key=f"probe.survival.{key}"
        )
        if not asked:
            return
        with st.spinner(_("The layers are randomised one by one.")):
            test()
    rows = found[identity]
    st.table(
        {
            _("Random from"): [name for name, _share in rows],
            _("Alike"): [f"{share:.2f}".replace("-", "−") for _name, share in rows],
        }
    )
