"""Surgery: silence or rewrite a kernel, take each out in turn, prune; accuracy on a whole set of pictures."""

from functools import lru_cache

import streamlit as st
import torch

from convlab.convolution import kernels
from convlab.datasets.dataset import Dataset
from convlab.errors import UserError
from convlab.probing import surgery
from convlab.probing.evaluation import evaluate
from convlab.probing.probe import Probe
from convlab.ui import figures, scales, widgets
from convlab.ui.boundary import say
from convlab.ui.networks import Model
from convlab.ui.probe.controls import State
from convlab.ui.probe.data import evaluate_on, on_request, validation
from convlab.ui.probe.subject import Subject
from convlab.ui.words import _, escaped

_SHOWN = 6  # channels of a kernel


def operate(state: State, subject: Subject) -> None:
    """Everything works on a copy; the network above stays what it is."""
    if not surgery.convolutions(subject.probe.network):
        sentence = _("This network has no convolution to cut into: choose another above.")
        st.info(sentence, icon=":material/info:")
    elif found := evaluate_on(state, subject.model, "surgery"):
        data, before = found[0], found[1].accuracy
        _one_kernel(state, subject, data, before)
        st.divider()
        _sweep(state, subject.model, data, before)
        st.divider()
        _prune(state, subject.model, data, before)


def _accuracy(probe: Probe, model: Model, data: Dataset) -> float:
    split = validation(model, data)
    return evaluate(probe, split.images, split.labels).accuracy


def _one_kernel(state: State, subject: Subject, data: Dataset, before: float) -> None:
    layer, out_channel, in_channel = _choose_kernel(state, subject)
    weight = surgery.convolutions(subject.probe.network)[layer].weight.detach()
    channels = slice(None) if in_channel is None else slice(in_channel, in_channel + 1)
    old = weight[out_channel, channels]
    try:
        value = _value(state.value.kernel, old, in_channel)
        edited = surgery.edited(subject.probe, layer, out_channel, in_channel, value)
    except UserError as error:
        say(error, "warning")
        return
    new = surgery.convolutions(edited.network)[layer].weight.detach()[out_channel, channels]
    after = _accuracy(edited, subject.model, data)
    chances = [one.probabilities(subject.seen[None])[0] for one in (subject.probe, edited)]
    verdict = int(chances[0].argmax())
    name, share = subject.model.class_names[verdict], [float(chance[verdict]) for chance in chances]
    with st.container(horizontal=True):
        st.metric(_("Accuracy before"), f"{before:.2%}")
        st.metric(_("after"), f"{after:.2%}", f"{after - before:+.2%}")
        st.metric(_("{name}, before").format(name=escaped(name)), f"{share[0]:.3f}")
        st.metric(_("after "), f"{share[1]:.3f}", f"{share[1] - share[0]:+.3f}")
    end = figures.largest(weight)
    for title, shown in ((_("before, channel {n}"), old), (_("after, channel {n}"), new)):
        coloured = [scales.colourise(kernel, end, scales.WEIGHTS) for kernel in shown[:_SHOWN]]
        tiles = [(kernel, title.format(n=n)) for n, kernel in enumerate(coloured, in_channel or 0)]
        figures.row(tiles, f"probe-kernel-{title}", 100)
    legend = _("One scale for the layer's weights: green is −{end:.3g}, white is 0, purple is {end:.3g}.")
    st.caption(legend.format(end=end))


def _choose_kernel(state: State, subject: Subject) -> tuple[str, int, int | None]:
    first, parts = {"out_channel": 0, "in_channel": -1}, surgery.convolutions(subject.probe.network)
    layers = list(parts)
    if state.value.layer not in layers:
        state.change(layer=layers[0], **first)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        widgets.choose(state, "layer", _("Layer"), layers, then=lambda: state.change(**first), width=180)
        shape, whole = parts[state.value.layer].weight.shape, _("−1: the whole kernel, all its channels.")
        places = (("out_channel", _("Output channel"), None), ("in_channel", _("Input channel"), whole))
        for (control, label, help_text), count in zip(places, shape[:2], strict=True):
            state.change(**{control: min(getattr(state.value, control), count - 1)})
            widgets.number(state, control, label, max_value=count - 1, width=120, help=help_text)
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


def _sweep(state: State, model: Model, data: Dataset, before: float) -> None:
    layer = state.value.layer
    st.markdown("**" + _("Without each kernel of {layer} in turn").format(layer=layer) + "**")
    shares = on_request(
        "probe.sweep",
        (model, data, layer),
        _("Silence them one by one"),
        _("Silencing one kernel after another."),
        lambda: tuple(surgery.knock_outs(model.probe, validation(model, data), layer)),
        icon=":material/content_cut:",
    )
    if shares is None:
        return
    figure = figures.bars_figure(shares, before, _("silenced kernel"), _("accuracy"))
    figures.show(figure, "probe.sweep_chart")
    worst = min(range(len(shares)), key=shares.__getitem__)
    sentence = _("Kernel {worst} matters most: {share:.2%} without it, {before:.2%} with all (dashed).")
    st.caption(sentence.format(worst=worst, share=shares[worst], before=before))


def _prune(state: State, model: Model, data: Dataset, before: float) -> None:
    st.markdown("**" + _("Prune the smallest weights") + "**")
    widgets.slider(state, "pruned", _("Share set to zero"), step=0.05, width=420)
    after, zeros, weights = pruned(model, data, state.value.pruned)
    with st.container(horizontal=True):
        st.metric(_("Weights at zero"), f"{zeros:,} / {weights:,}")
        st.metric(_("Accuracy"), f"{after:.2%}", f"{after - before:+.2%}")


@lru_cache(maxsize=128)
def pruned(model: Model, data: Dataset, share: float) -> tuple[float, int, int]:
    """(accuracy, weights at zero, weights) once the smallest share of every layer is zero."""
    cut = surgery.pruned(model.probe, share)
    return _accuracy(cut.probe, model, data), cut.zeros, cut.weights
