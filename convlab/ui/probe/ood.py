"""Overgeneralisation (8.6): how sure a network is of what it has never seen, and what would refuse it."""

from functools import lru_cache

import streamlit as st
import torch
from torch import Tensor

from convlab.pictures import crop
from convlab.pictures.photographs import PHOTOGRAPHS, photograph
from convlab.probing import ood
from convlab.probing.ood import Comparison
from convlab.ui import figures, widgets
from convlab.ui.networks import Model
from convlab.ui.probe import data
from convlab.ui.probe.controls import State
from convlab.ui.probe.exam import choose_other
from convlab.ui.probe.subject import Subject
from convlab.ui.words import _, escaped

NOISE = 2000
_BINS = 40
_SHOWN = 10


def out_of_distribution(state: State, subject: Subject) -> None:
    """Confidence inside and outside what the network was trained for; a threshold, and what it refuses."""
    kinds = {
        "noise": _("Noise"),
        "plain": _("Plain colours"),
        "photos": _("ConvLab's photographs"),
        "data": _("Another data set"),
    }
    widgets.choose(state, "other", _("Outside"), kinds, as_buttons=True)
    found = _outside(state, subject.model)
    if found is None:
        return
    (images, logits), model = found, subject.model
    told = ood.sureness(logits)
    st.caption(_("Shares of {count:,} pictures from outside:").format(count=len(logits)))
    with st.container(horizontal=True):
        for threshold, share in told.above.items():
            st.metric(_("over {threshold:.0%} sure").format(threshold=threshold), f"{share:.1%}")
        for name, verdicts in zip(model.class_names, told.verdicts, strict=True):
            label = _("classified as {name}").format(name=escaped(name))
            st.metric(label, f"{verdicts / len(logits):.1%}")
    # Of many pictures some at even distances, black and white of the plain ones among them.
    places = torch.linspace(0, len(images) - 1, min(_SHOWN, len(images))).round().long().tolist()
    rows = [(images[place], model.verdict(logits[place].softmax(0))) for place in places]
    figures.row(rows, "probe-strangers", 104)
    _compare(state, model, logits)


def _outside(state: State, model: Model) -> tuple[Tensor, Tensor] | None:
    """Pictures from outside, and what the network says of them; None while they wait for something."""
    kind = state.value.other
    if kind != "data":
        some = pictures(kind)
        return (some, logits_of(model, kind)) if data.at_once(model, len(some), "outside") else None
    found = choose_other(state, model, _("Its validation pictures"))
    if found is None or not data.at_once(model, len(found.val), "outside_data"):
        return None
    return found.val.images, data.logits_of(model, found)


@lru_cache(maxsize=4)
def pictures(kind: str) -> Tensor:
    """Pictures of no class, uint8 [N, 3, 32, 32]: "noise", "plain" or "photos"."""
    if kind == "photos":
        return torch.stack([crop.cut(photograph(key)) for key in PHOTOGRAPHS])
    return ood.uniform_noise(NOISE) if kind == "noise" else ood.plain_colours()


@lru_cache(maxsize=64)
def logits_of(model: Model, kind: str) -> Tensor:
    """What a network says of all of them."""
    return model.probe.logits(pictures(kind))


def _compare(state: State, model: Model, logits: Tensor) -> None:
    st.markdown("**" + _("Compared with what it was trained for") + "**")
    found = data.evaluate_on(state, model, "inside", _("Inside: the validation pictures of"))
    if found is None:
        return
    scores = {key: ood.compare(found[1].logits, logits, key) for key in ood.SCORES}
    names = {"max_softmax": _("Largest probability"), "energy": _("Energy (negated: high is familiar)")}
    help_text = _("Chance that a picture inside scores higher than one outside; 0.5 is guessing.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        widgets.choose(state, "score", _("Score"), names, as_buttons=True)
        for key, comparison in scores.items():
            label = _("AUROC, {score}").format(score=names[key])
            st.metric(label, f"{comparison.auroc:.3f}", help=help_text)
    _threshold(state, scores[state.value.score])


def _threshold(state: State, comparison: Comparison) -> None:
    """The slider is a place on the score's own axis; for probabilities it is the probability itself."""
    edges, inside, out = comparison.histogram(_BINS)
    low, high = float(edges[0]), float(edges[-1])
    probability = state.value.score == "max_softmax"
    label = _("Threshold") if probability else _("Threshold, as a share of the axis")
    widgets.slider(state, "threshold", label, step=0.005)
    value = state.value.threshold if probability else low + state.value.threshold * (high - low)
    refused_in, refused_out = comparison.refused(value)
    sentence = _(
        "A score below **{value:.3g}** is refused: **{inside:.1%}** of the {count_in:,} pictures inside, "
        "**{outside:.1%}** of the {count_out:,} outside."
    )
    counts = {"count_in": len(comparison.inside), "count_out": len(comparison.outside)}
    st.markdown(sentence.format(value=value, inside=refused_in, outside=refused_out, **counts))
    keeping = comparison.keeping(0.95)
    sentence = _(
        "A threshold of {value:.3g} keeps 95% of the pictures inside "
        "and refuses {outside:.1%} of those outside."
    )
    st.markdown(sentence.format(value=keeping, outside=comparison.refused(keeping)[1]))
    across = _("largest probability") if probability else _("log of the sum of exp(logits)")
    figure = figures.histogram_figure(edges.tolist(), inside.tolist(), out.tolist(), value, across)
    figures.show(figure, "probe.histogram")
