"""Dropout at work: the maps that a pass drops, what becomes of others, the mean of many passes (8.5.2)."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import streamlit as st
import torch
from torch import Tensor, nn

from convlab.networks import dropping, normalising
from convlab.probing import bundled
from convlab.snippets import regularisers
from convlab.ui import widgets
from convlab.ui.boundary import keeping
from convlab.ui.components.answer import Sentence, answer
from convlab.ui.components.map_row import tiled_row
from convlab.ui.components.shared.charts import RUNS, ChartShown, Line
from convlab.ui.components.training_curves import curves
from convlab.ui.modules.controls import Earlier, ModulesControls, RegularisedControls, State
from convlab.ui.modules.regularised_penalties import sketches, source
from convlab.ui.numbers import by_numbers, listed
from convlab.ui.words import _, counted, sentences

SKETCH = 5  # a bird
_LAYER, _COLUMNS = "conv2_dropout", 4
_MOST_POINTS = 200


@lru_cache(maxsize=1)
def _maps() -> Tensor:
    """What reaches the second dropout of the bundled network for a sketch of a bird, float32 [16, 8, 8]."""
    return normalising.entering(_network(), _LAYER, sketches()[0][SKETCH : SKETCH + 1])[0]


def _network() -> nn.Module:
    return bundled.weights("net_dropout_sketches").probe.network


def controls(state: State) -> None:
    """Which dropout, how much of it, how many passes; and another draw."""
    widgets.choose(state, "dropout_kind", _("Layer"), width=140)
    widgets.number(state, "dropout_p", "p", width=110, step=0.1)
    widgets.number(state, "dropout_passes", _("Passes"), width=120)
    draw = (state.value.dropout_draw + 1) % 10_000
    state.presses["draw_again"] = {"dropout_draw": draw}
    st.button(
        _("Draw again"),
        icon=":material/casino:",
        on_click=keeping(lambda: state.change(dropout_draw=draw)),
        key="modules.draw_again",
    )


@dataclass(frozen=True, eq=False)
class _Shown:
    """The maps as they came, and what became of them in the passes that the controls name."""

    chosen: RegularisedControls
    maps: Tensor
    found: dropping.Passes

    @property
    def gone(self) -> tuple[int, ...]:
        """The maps that the last pass has dropped; none where it drops single values."""
        return self.found.dropped(-1) if self.chosen.dropout_kind == "Dropout2d" else ()

    @property
    def layers(self) -> list[tuple[str, Tensor]]:
        """In eval(), in the last pass, and the mean of all."""
        means = _("Mean of 1 pass"), _("Mean of {count} passes")
        return [
            (_("eval(): as they came"), self.maps),
            (_("train(): the last pass"), self.found.outputs[-1]),
            (counted(self.chosen.dropout_passes, *means), self.found.means[-1]),
        ]


def show(state: State) -> None:
    """The maps in eval(), in the last pass in train(), and the mean over the passes."""
    shown = _shown(state.value)
    _said(shown)
    picture, left, right = st.columns([1, 6, 4])
    with picture:
        source(SKETCH)
    with left:
        _row(shown)
    with right:
        _away(shown)
    by_numbers("modules.dropout", _numbers, shown.layers, shown.gone)


def answered(chosen: ModulesControls, _earlier: Earlier) -> None:
    """The same, but for the page's layout."""
    shown = _shown(chosen)
    for tell in (_said, _row, _away):
        tell(shown)


def _settings(chosen: RegularisedControls) -> tuple[str, float, int, int]:
    return chosen.dropout_kind, chosen.dropout_p, chosen.dropout_passes, chosen.dropout_draw


def _shown(chosen: RegularisedControls) -> _Shown:
    maps = _maps()
    return _Shown(chosen, maps, dropping.passes(maps, *_settings(chosen)))


def _said(shown: _Shown) -> None:
    outputs = shown.found.outputs
    told = _told(shown.chosen.dropout_p, shown.gone, shown.maps, outputs[-1])
    answer("modules.dropout.said", Sentence(f"{told} {_verdicts(shown.maps, outputs)}"))


def _row(shown: _Shown) -> None:
    tiled_row("modules.dropout", shown.layers, _COLUMNS, [(), shown.gone, ()])


def _told(p: float, gone: tuple[int, ...], maps: Tensor, last: Tensor) -> str:
    zeros = int(((last == 0) & (maps != 0)).sum())
    dropped = _("**{count} of {all} maps are dropped**: {names}.")
    told = dropped.format(count=len(gone), all=len(maps), names=", ".join(map(str, gone)) or "–")
    if not gone:
        dropped = _("**{count:,} of {all:,} values are dropped.**")
        told = dropped.format(count=zeros, all=maps.numel())
    if p == 1:
        return sentences(told, _("With p = 1 nothing is left."))
    scale = _("All others are multiplied by 1 / (1 − {p:g}) = **{scale:.4g}**, so that the mean stays.")
    return sentences(told, scale.format(p=p, scale=1 / (1 - p)))


def _verdicts(maps: Tensor, outputs: Tensor) -> str:
    """What the network makes of the maps, of what the last pass left, and on average of all passes."""
    network = _network()
    with torch.no_grad():
        flat = torch.cat([maps[None], outputs]).flatten(1)
        hidden = torch.tanh(network.get_submodule("fc1")(flat))
        chances = network.get_submodule("fc2")(hidden).softmax(1)[:, 1]
    sentence = _(
        "**bird**: {evaluated:.1%} in eval(), {last:.1%} in this pass, {mean:.1%} in the mean of all."
    )
    return sentence.format(
        evaluated=float(chances[0]), last=float(chances[-1]), mean=float(chances[1:].mean())
    )


def _away(shown: _Shown) -> None:
    """How the mean over more and more passes comes near to eval()."""
    away = dropping.away(shown.found, shown.maps)
    count = len(away)
    numbers = np.unique(np.geomspace(1, count, _MOST_POINTS).round().astype(int))
    points = np.stack([numbers, away.numpy()[numbers - 1]], 1)
    line = Line(_("Distance of the mean"), "solid", RUNS[0], points)
    title, unit = _("How far the mean is from eval()"), _("mean size of the difference")
    words = {"across": _("passes"), "reading": _("Up to pass {epoch}:")}
    resting = _("passes; in the legend: up to pass {count}").format(count=count)
    curves(
        "modules.away",
        f"away/{_settings(shown.chosen)}",
        [ChartShown("away", title, unit, [line], resting=resting)],
        count,
        count,
        words=words,
    )


def _numbers(layers: list[tuple[str, Tensor]], gone: tuple[int, ...]) -> None:
    """The mean of each map, and the values of one that is chosen."""
    count = len(layers[0][1])
    columns = {_("Channel"): list(range(count))}
    columns |= {title: values.mean((1, 2)).tolist() for title, values in layers}
    listed({**columns, _("Dropped"): [_("yes") if n in gone else "–" for n in range(count)]})
    channel = int(st.number_input(_("Channel"), 0, count - 1, 0, width=130, key="modules.dropout.channel"))
    places = [
        (row, column) for row in range(layers[0][1].shape[1]) for column in range(layers[0][1].shape[2])
    ]
    values = {title: [float(one[(channel, *place)]) for place in places] for title, one in layers}
    listed({_("Row, column"): [f"{row}, {column}" for row, column in places], **values})


def code(state: State) -> str:
    """The passes."""
    return regularisers.dropout(*_settings(state.value), SKETCH)
