"""train() beside eval(): what the mode changes in the open network, said in the line above the lab."""

import streamlit as st
from torch import Tensor

from convlab.errors import UserError
from convlab.networks import modes
from convlab.networks.modes import BATCH_NORMS, DROPOUTS
from convlab.probing import bundled
from convlab.ui import figures, widgets
from convlab.ui.boundary import keeping, rerun
from convlab.ui.feature_maps.controls import FeatureMapsControls, State
from convlab.ui.feature_maps.forward import ForwardPass, design_model, in_training
from convlab.ui.kept import kept
from convlab.ui.numbers import listed
from convlab.ui.picture import Picture
from convlab.ui.words import _, escaped, sentences

_DRAWS = 8  # that the experiment compares; of a network with so many values 2
_LARGE = 2**20
_EXAMPLES = ("net_batch_norm", "net_dropout")


def mode_words(controls: FeatureMapsControls, forward: ForwardPass) -> str:
    """What train() does to the open network now; of untrained batch norm in eval(), that it does nothing."""
    if controls.mode == "train":
        return sentences(*_told(forward)) if modes.kinds_that_differ(forward.model.probe.network) else _same()
    if not modes.untouched(forward.model.probe.network):
        return ""
    return _("**Untrained batch norm** changes next to nothing in eval(): it takes off 0 and divides by 1.")


def mode_offers(state: State, forward: ForwardPass) -> None:
    """Where the mode changes nothing here, networks in which it does; else nothing."""
    if state.value.mode == "train":
        _differs(state, forward, "mode")
    elif modes.untouched(forward.model.probe.network):
        with st.container(horizontal=True, vertical_alignment="center", key="feature_maps.untouched"):
            st.caption(_("Batch norm that was trained:"), width="content")
            _offer(state, _EXAMPLES[:1], "mode")


def draw_again(state: State) -> None:
    """In a row of controls: another batch, and other dropped values, where train() makes a difference."""
    if state.value.mode == "eval" or not _draws(state.value):
        return
    draw = (state.value.draw + 1) % 10_000
    st.button(
        _("Draw again"),
        icon=":material/casino:",
        on_click=keeping(lambda: state.change(draw=draw)),
        key="feature_maps.draw_again",
    )


def _draws(controls: FeatureMapsControls) -> bool:
    if controls.own_stack:
        return True
    try:
        return bool(modes.kinds_that_differ(design_model(controls).probe.network))
    except UserError:  # said where the network is opened
        return False


def _same() -> str:
    return _("This network has neither batch norm nor dropout: train() and eval() are the same.")


def _differs(state: State, forward: ForwardPass, place: str) -> bool:
    """Whether the open network has layers that know the mode; else networks that have some are offered.

    ``place`` is for keys.
    """
    if modes.kinds_that_differ(forward.model.probe.network):
        return True
    sentence = sentences(_same(), _("Open:"))
    with st.container(horizontal=True, vertical_alignment="center", key=f"feature_maps.{place}.same"):
        st.caption(sentence, width="content")
        _offer(state, _EXAMPLES, place)
    return False


def _offer(state: State, designs: tuple[str, ...], place: str) -> None:
    """Buttons for designs with weights that learned from sketches, which they open on one of these."""
    for design in designs:
        opened = {"network": design, "weights": "sketches", "picture": "sketch:bird"}
        label, key = _(bundled.NETWORKS[design + bundled.SKETCHES]), f"feature_maps.{place}.{design}"
        if st.button(label, icon=":material/hub:", key=key):
            state.change(**opened)
            rerun()  # the toolbar too is to name it


def _told(forward: ForwardPass) -> list[str]:
    """Sentences on the batch, on what was dropped, on the statistics, and both verdicts."""
    beside, found = forward.beside, forward.recording.training
    assert beside is not None
    assert found is not None
    whose = _("of the network's own data") if beside.own else _("of ConvLab's photographs")
    sentence = _("**train()**: a batch of this picture and {count} more {whose}.")
    told = [sentence.format(count=len(beside.pixels), whose=whose)]
    for layer in forward.recording.layers:
        if layer.kind in DROPOUTS:
            dropped = found.dropped[layer.name]
            whole = dropped.dim() == 1 and forward.output(layer.name).dim() == 3
            sentence = _("{layer} dropped {count} of {all} maps.")
            if not whole:
                sentence = _("{layer} dropped {count} of {all} values.")
            told.append(sentence.format(layer=layer.name, count=int(dropped.sum()), all=dropped.numel()))
    if found.statistics:
        told.append(_("Batch norm takes this batch's mean and variance."))
    if forward.in_eval is not None and (here := _verdict(forward, forward.result)):
        sentence = _("Verdict **{here}**, in eval() **{other}**.")
        told.append(sentence.format(here=here, other=_verdict(forward, forward.in_eval)))
    return told


def _verdict(forward: ForwardPass, logits: Tensor) -> str:
    """The likeliest class and its probability, as Markdown; "" for outputs without names."""
    if not forward.unit_names(forward.names[-1]):
        return ""
    return escaped(forward.model.verdict(logits.softmax(0)))


def modes_compared(state: State, forward: ForwardPass, picture: Picture) -> None:
    """The batch, the outputs in eval() and for several draws in train(), and both kinds of statistics."""
    if not _differs(state, forward, "modes"):
        return
    controls, first = state.value, state.value.draw
    widgets.number(state, "draw", _("Draw"), width=110)
    count = _DRAWS if sum(one.numel() for one in forward.recording.outputs.values()) < _LARGE else 2
    draw = lambda: [in_training(forward, controls, picture, first + n) for n in range(count)]  # noqa: E731
    drawn = kept("feature_maps.draws").get((forward.identity, first), draw)
    beside, found = drawn[0].beside, drawn[0].recording.training
    assert beside is not None
    assert found is not None
    other = _("{n}, its own") if beside.own else _("{n}, a photograph")
    others = [(pixels, other.format(n=n)) for n, pixels in enumerate(beside.pixels, 1)]
    shown = [(picture.pixels, _("this picture")), *others]
    figures.row(shown, "batch", 72)
    _outputs(drawn, first)
    layers = [layer for layer in forward.recording.layers if layer.kind in BATCH_NORMS]
    if layers:
        layer = next((layer for layer in layers if layer.name == controls.layer), layers[0])
        _statistics(layer.name, found.statistics[layer.name])


def _outputs(drawn: list[ForwardPass], first: int) -> None:
    """A row for eval() and one for each draw: what was dropped, and the softmax of the outputs."""
    one, evaluated = drawn[0], drawn[0].in_eval
    if evaluated is None or evaluated.dim() != 1 or len(evaluated) < 2:
        return
    names = one.unit_names(one.names[-1]) or tuple(map(str, range(len(evaluated))))
    rows = [("eval()", 0, evaluated)]
    for n, forward in enumerate(drawn):
        found = forward.recording.training
        assert found is not None
        dropped = sum(int(mask.sum()) for mask in found.dropped.values())
        rows.append((_("train(), draw {n}").format(n=first + n), dropped, forward.result))
    columns: dict[str, list[object]] = {_("Mode"): [row[0] for row in rows]}
    if any(layer.kind in DROPOUTS for layer in one.recording.layers):
        columns[_("Dropped")] = [row[1] for row in rows]
    for k, name in enumerate(names[:6]):
        columns[_("Probability of {name}").format(name=escaped(name))] = [
            f"{float(row[2].softmax(0)[k]):.4f}" for row in rows
        ]
    listed(columns)


def _statistics(layer: str, found: modes.Statistics) -> None:
    running = found.running_mean, found.running_variance
    means, variances = (["–"] * len(found.mean) if one is None else one.tolist() for one in running)
    st.markdown(f"**{layer}**")
    listed(
        {
            _("Map"): list(range(len(found.mean))),
            _("Running mean, eval()"): means,
            _("Batch mean, train()"): found.mean.tolist(),
            _("Running variance, eval()"): variances,
            _("Batch variance, train()"): found.variance.tolist(),
        }
    )
