"""Surgery: silence or rewrite a kernel, take each out in turn, prune; accuracy on a whole set of pictures."""

from functools import lru_cache

import streamlit as st
import torch

from convlab.convolution import kernels
from convlab.errors import UserError
from convlab.probing import surgery
from convlab.probing.evaluation import evaluate
from convlab.probing.probe import Probe
from convlab.ui import figures, scales
from convlab.ui.boundary import say
from convlab.ui.class_names import class_names
from convlab.ui.networks import Model
from convlab.ui.probe import charts, data
from convlab.ui.probe.controls import State
from convlab.ui.probe.data import Pictures
from convlab.ui.probe.subject import Subject
from convlab.ui.probe.thumbs import thumbs
from convlab.ui.words import _, escaped


def operate(state: State, subject: Subject) -> None:
    """Everything works on a copy; the network above stays what it is."""
    layers = surgery.convolutions(subject.probe.network)
    if not layers:
        st.info(
            _("This network has no convolution to cut into: choose another above."), icon=":material/info:"
        )
        return
    data.choose_data(state, "data", _("Data set"))
    found = data.get_ready(state.value.data, "surgery")
    if found is None or not data.asked(subject.model, 1, len(found.dataset.val), "surgery"):
        return
    try:
        before = accuracy(subject.model, found)
        _one_kernel(state, subject, found, before, list(layers))
        st.divider()
        _sweep(state, subject, found, before)
        st.divider()
        _prune(state, subject, found, before)
    except UserError as error:
        say(error)


@lru_cache(maxsize=32)
def accuracy(model: Model, found: Pictures) -> float:
    """Of the network as it is. Raises UserError where the classes do not fit."""
    return _scored(model.probe, model, found)


def _scored(probe: Probe, model: Model, found: Pictures) -> float:
    split = data.validation(model, found)
    return evaluate(probe, split.images, split.labels).accuracy


def _one_kernel(state: State, subject: Subject, found: Pictures, before: float, layers: list[str]) -> None:
    place = _choose_kernel(state, subject, layers)
    layer, out_channel, in_channel = place
    weight = surgery.convolutions(subject.probe.network)[layer].weight.detach()
    old = weight[out_channel] if in_channel is None else weight[out_channel, in_channel][None]
    text = state.value.kernel
    try:
        value = _value(text, old, in_channel)
        edited = surgery.edited(subject.probe, layer, out_channel, in_channel, value)
    except UserError as error:
        say(error, "warning")
        return
    new = surgery.convolutions(edited.network)[layer].weight.detach()
    now = new[out_channel] if in_channel is None else new[out_channel, in_channel][None]
    after = _scored(edited, subject.model, found)
    chances = [one.probabilities(subject.seen[None])[0] for one in (subject.probe, edited)]
    name = class_names(subject.probe.classes)[int(chances[0].argmax())]
    share = [float(chance[chances[0].argmax()]) for chance in chances]
    with st.container(horizontal=True):
        st.metric(_("Accuracy before"), f"{before:.2%}")
        st.metric(_("after"), f"{after:.2%}", f"{after - before:+.2%}")
        st.metric(_("{name}, before").format(name=escaped(name)), f"{share[0]:.3f}")
        st.metric(_("after "), f"{share[1]:.3f}", f"{share[1] - share[0]:+.3f}")
    end = figures.largest(weight)
    shown = list(range(min(len(old), 6)))
    for title, kernels_shown in ((_("was, channel {n}"), old), (_("is, channel {n}"), now)):
        rows = [(title.format(n=_channel(in_channel, n)), kernels_shown[n]) for n in shown]
        tiles = [(scales.weights(kernel, end), name) for name, kernel in rows]
        thumbs(tiles, f"kernel-{title}", 100)
    legend = _(
        "One scale for all weights of the layer: green is −{end:.3g}, white is 0, purple is {end:.3g}."
    )
    st.caption(legend.format(end=end))


def _channel(in_channel: int | None, n: int) -> int:
    return n if in_channel is None else in_channel


def _choose_kernel(state: State, subject: Subject, layers: list[str]) -> tuple[str, int, int | None]:
    if state.value.layer not in layers:
        state.change(layer=layers[0], out_channel=0, in_channel=-1)

    def other() -> None:
        state.change(out_channel=0, in_channel=-1)

    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(_("Layer"), layers, width=180, **state.bind("layer", other))
        conv = surgery.convolutions(subject.probe.network)[state.value.layer]
        most_out, most_in = conv.weight.shape[0] - 1, conv.weight.shape[1] - 1
        state.change(
            out_channel=min(state.value.out_channel, most_out),
            in_channel=min(state.value.in_channel, most_in),
        )
        st.number_input(_("Output channel"), 0, most_out, width=120, **state.bind("out_channel"))
        st.number_input(
            _("Input channel"),
            -1,
            most_in,
            width=120,
            help=_("−1: the whole kernel, all its channels."),
            **state.bind("in_channel"),
        )
        st.text_input(
            _("Its new weights"),
            width=330,
            placeholder=_("empty: all zero"),
            help=_("Rows with semicolons between them, such as 0 1 0; 1 1 1; 0 1 0, or one number for all."),
            max_chars=600,
            **state.bind("kernel"),
        )
    if (reason := state.unfit()) is not None:
        say(reason, "warning")
    channel = state.value.in_channel
    return state.value.layer, state.value.out_channel, None if channel < 0 else channel


def _value(text: str, old: torch.Tensor, in_channel: int | None) -> float | torch.Tensor:
    """What the learner wrote as the kernel that ``edited`` takes; nothing is zero."""
    if not text:
        return 0.0
    kernel = kernels.parse(text)
    if kernel.numel() == 1:
        return float(kernel)
    return kernel[0] if in_channel is not None else kernel.expand(len(old), -1, -1)


def _sweep(state: State, subject: Subject, found: Pictures, before: float) -> None:
    layer = state.value.layer
    st.markdown("**" + _("Without each kernel of {layer} in turn").format(layer=layer) + "**")
    key = f"probe.sweep.{subject.model.identity}.{found.digest}.{layer}"
    if not st.session_state.get(key):
        if not st.button(_("Take them out one by one"), icon=":material/content_cut:", key="probe.sweep"):
            return
        st.session_state[key] = True
    with st.spinner(_("One kernel after the other is silenced.")):
        shares = sweep(subject.model, found, layer)
    names = [str(n) for n in range(len(shares))]
    charts.show(
        charts.bars_figure(names, shares, before, _("kernel that is silent"), _("accuracy")),
        "probe.sweep_chart",
    )
    worst = min(range(len(shares)), key=shares.__getitem__)
    sentence = _("Kernel {worst} is missed most: {share:.2%} without it, {before:.2%} with all (dashed).")
    st.caption(sentence.format(worst=worst, share=shares[worst], before=before))


@lru_cache(maxsize=32)
def sweep(model: Model, found: Pictures, layer: str) -> tuple[float, ...]:
    """Accuracy without kernel 0 of a layer, without kernel 1, and so on."""
    return tuple(surgery.knock_outs(model.probe, data.validation(model, found), layer))


def _prune(state: State, subject: Subject, found: Pictures, before: float) -> None:
    st.markdown("**" + _("Prune the smallest weights") + "**")
    st.slider(_("Share set to zero"), 0.0, 1.0, step=0.05, width=420, **state.bind("pruned"))
    after, zeros, weights = pruned(subject.model, found, state.value.pruned)
    with st.container(horizontal=True):
        st.metric(_("Weights at zero"), f"{zeros:,} / {weights:,}")
        st.metric(_("Accuracy"), f"{after:.2%}", f"{after - before:+.2%}")


@lru_cache(maxsize=128)
def pruned(model: Model, found: Pictures, share: float) -> tuple[float, int, int]:
    """(accuracy, weights at zero, weights) once the smallest share of every layer is zero."""
    cut = surgery.pruned(model.probe, share)
    return _scored(cut.probe, model, found), cut.zeros, cut.weights
