"""Surgery: silence or rewrite a kernel, take each out in turn, prune; accuracy on a whole set of pictures."""

from contextlib import suppress
from functools import lru_cache

import streamlit as st
import torch
from pydantic import ValidationError

from convlab.convolution import kernels
from convlab.datasets.exams import Exam
from convlab.errors import UserError
from convlab.probing import surgery
from convlab.probing.evaluation import evaluate
from convlab.probing.probe import Probe
from convlab.ui import figures, scales, widgets
from convlab.ui.boundary import say
from convlab.ui.components.followed import Watched
from convlab.ui.components.kernel_cells import cut, kernel_cells
from convlab.ui.components.shared import pasted
from convlab.ui.networks import Model
from convlab.ui.probe.controls import ProbeControls, State
from convlab.ui.probe.data import evaluate_on, on_request, validation
from convlab.ui.probe.made import follow_cut
from convlab.ui.probe.subject import Subject
from convlab.ui.words import _, escaped

_SHOWN = 6  # channels of a kernel
CELLS = "probe.cells"


def operate(state: State, subject: Subject) -> None:
    """Everything works on a copy; the network above stays what it is."""
    if not surgery.convolutions(subject.probe.network):
        sentence = _("This network has no convolution to cut into: choose another above.")
        st.info(sentence, icon=":material/info:")
        return
    _choose_kernel(state, subject)
    try:
        _cells(state, subject)
        fits = True
    except UserError as error:
        say(error, "warning")
        fits = False
    if found := evaluate_on(state, subject.model, "surgery"):
        exam, before = found[0], found[1].accuracy
        if fits:
            _one_kernel(state, subject, exam, before)
        st.divider()
        _sweep(state, subject.model, exam, before)
        st.divider()
        _prune(state, subject.model, exam, before)


def _accuracy(probe: Probe, model: Model, exam: Exam) -> float:
    split = validation(model, exam)
    return evaluate(probe, split.images, split.labels).accuracy


def _weight(probe: Probe, layer: str) -> torch.Tensor:
    return surgery.convolutions(probe.network)[layer].weight.detach()


def operated(controls: ProbeControls, subject: Subject) -> Probe:
    """The first network with the kernel that the controls describe; UserError as ``surgery.edited``."""
    return surgery.edited(subject.probe, *kernel_chosen(controls, subject))


def _cells(state: State, subject: Subject) -> None:
    """The new weights, to change by hand, and the verdict with them, which follows."""
    layer, out_channel, in_channel, _value = kernel_chosen(state.value, subject)
    edited, chosen = operated(state.value, subject), (out_channel, in_channel or 0)
    weight, new = (_weight(probe, layer) for probe in (subject.probe, edited))
    own = weight[chosen] if in_channel is not None or weight.shape[1] == 1 else None

    def put(text: str | None) -> None:
        with suppress(ValidationError):  # no kernel that the browser could have sent
            if text is not None:
                state.change(kernel=text)

    def paste() -> None:
        kernel = new[chosen][None].cpu()
        if (received := pasted(CELLS, kernel.shape)) is not None:
            put(kernels.format_kernel(kernels.put(kernel, kernels.parse(received[0]), received[1])))

    left, right = st.columns(2)
    with left:
        place, text, end = f"{layer}/{chosen}", state.value.kernel, scales.largest(weight)
        kernel_cells(CELLS, place, new[chosen], text, own, end, lambda: put(cut(CELLS)), paste)
    with right:
        others = {"layer": layer, "out_channel": out_channel, "in_channel": state.value.in_channel}
        follow_cut(state, subject, edited, Watched(CELLS, "kernel", text, others))


def _one_kernel(state: State, subject: Subject, exam: Exam, before: float) -> None:
    layer, out_channel, in_channel, _kernel = kernel_chosen(state.value, subject)
    edited = operated(state.value, subject)
    weight = _weight(subject.probe, layer)
    channels = slice(None) if in_channel is None else slice(in_channel, in_channel + 1)
    old = weight[out_channel, channels]
    new = _weight(edited, layer)[out_channel, channels]
    after = _accuracy(edited, subject.model, exam)
    chances = [one.probabilities(subject.seen[None])[0] for one in (subject.probe, edited)]
    verdict = int(chances[0].argmax())
    name, share = subject.model.class_names[verdict], [float(chance[verdict]) for chance in chances]
    with st.container(horizontal=True):
        st.metric(_("Accuracy before"), f"{before:.2%}")
        figures.changed(_("after"), f"{after:.2%}", f"{after - before:+.2%}")
        st.metric(_("{name}, before").format(name=escaped(name)), f"{share[0]:.3f}")
        figures.changed(_("after "), f"{share[1]:.3f}", f"{share[1] - share[0]:+.3f}")
    end = scales.largest(weight, new)
    for title, shown in ((_("before, channel {n}"), old), (_("after, channel {n}"), new)):
        coloured = [scales.colourise(kernel, end, scales.WEIGHTS) for kernel in shown[:_SHOWN]]
        tiles = [(kernel, title.format(n=n)) for n, kernel in enumerate(coloured, in_channel or 0)]
        figures.row(tiles, f"probe-kernel-{title}", 100)
    legend = _("One scale for the layer's weights: green is −{end:.3g}, white is 0, purple is {end:.3g}.")
    st.caption(legend.format(end=end))


def _choose_kernel(state: State, subject: Subject) -> None:
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
        st.text_area(
            _("Its new weights"),
            width=330,
            height=92,
            placeholder=_("empty: all zero"),
            help=_("One row a line, or semicolons between rows: 0 1 0; 1 1 1; 0 1 0. Or one number for all."),
            max_chars=600,
            **state.bind("kernel"),
        )
    if (reason := state.unfit()) is not None:
        say(reason, "warning")


def kernel_chosen(
    controls: ProbeControls, subject: Subject
) -> tuple[str, int, int | None, float | torch.Tensor]:
    """Layer, output channel, input channel (None: all) and the new weights. Raises UserError."""
    parts = surgery.convolutions(subject.probe.network)
    layer = controls.layer if controls.layer in parts else next(iter(parts))
    channel = None if controls.in_channel < 0 else controls.in_channel
    count = parts[layer].weight.shape[1] if channel is None else 1
    return layer, controls.out_channel, channel, _value(controls.kernel, count, channel)


def _value(text: str, count: int, in_channel: int | None) -> float | torch.Tensor:
    """What the learner wrote as the kernel of ``count`` channels that ``edited`` takes; nothing is zero."""
    if not text:
        return 0.0
    kernel = kernels.parse(text)
    if kernel.numel() == 1:
        return float(kernel)
    return kernel[0] if in_channel is not None else kernel.expand(count, -1, -1)


def _sweep(state: State, model: Model, exam: Exam, before: float) -> None:
    layer = state.value.layer
    st.markdown("**" + _("Without each kernel of {layer} in turn").format(layer=layer) + "**")
    shares = on_request(
        "probe.sweep",
        (model, exam, layer),
        _("Silence them one by one"),
        _("Silencing one kernel after another."),
        lambda: tuple(surgery.knock_outs(model.probe, validation(model, exam), layer)),
        icon=":material/content_cut:",
    )
    if shares is None:
        return
    figure = figures.bars_figure(shares, before, _("silenced kernel"), _("accuracy"))
    figures.show(figure, "probe.sweep_chart")
    worst = min(range(len(shares)), key=shares.__getitem__)
    sentence = _(
        "Kernel {worst} matters most: {share:.2%} without it, {before:.2%} with all (dashed), "
        "of {count:,} pictures."
    )
    st.caption(sentence.format(worst=worst, share=shares[worst], before=before, count=len(exam.val)))


def _prune(state: State, model: Model, exam: Exam, before: float) -> None:
    st.markdown("**" + _("Prune the smallest weights") + "**")
    widgets.slider(state, "pruned", _("Share set to zero"), step=0.05, width=420)
    after, zeros, weights = pruned(model, exam, state.value.pruned)
    with st.container(horizontal=True):
        st.metric(_("Weights at zero"), f"{zeros:,} / {weights:,}")
        figures.changed(_("Accuracy"), f"{after:.2%}", f"{after - before:+.2%}")


@lru_cache(maxsize=128)
def pruned(model: Model, exam: Exam, share: float) -> tuple[float, int, int]:
    """(accuracy, weights at zero, weights) once the smallest share of every layer is zero."""
    cut = surgery.pruned(model.probe, share)
    return _accuracy(cut.probe, model, exam), cut.zeros, cut.weights
