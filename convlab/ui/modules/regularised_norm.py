"""Batch norm at work: statistics that move step by step, and the bias that it takes the place of (8.5.2)."""

from functools import lru_cache

import numpy as np
import streamlit as st
import torch
from torch import Tensor, nn

from convlab.networks import normalising
from convlab.networks.normalising import Biased, Tracked
from convlab.probing import bundled
from convlab.snippets import regularisers
from convlab.ui import widgets
from convlab.ui.components.answer import Sentence, Table, answer
from convlab.ui.components.map_row import map_row
from convlab.ui.components.shared.charts import RUNS, ChartShown, Line, Mark
from convlab.ui.components.training_curves import curves
from convlab.ui.modules.controls import Earlier, ModulesControls, RegularisedControls, State
from convlab.ui.modules.regularised_penalties import sketches, source
from convlab.ui.numbers import by_numbers, listed
from convlab.ui.words import _

STEPS, SIZE = 24, 16


def _network() -> nn.Module:
    return bundled.weights("net_batch_norm_sketches").probe.network


@lru_cache(maxsize=1)
def _maps() -> Tensor:
    """What reaches the second batch norm of the bundled network, float32 [384, 16, 16, 16]."""
    pictures = sketches()[0][: STEPS * SIZE].split(64)
    return torch.cat([normalising.entering(_network(), "conv2_batchnorm", some) for some in pictures])


@lru_cache(maxsize=1)
def _before_conv2() -> Tensor:
    """What reaches conv2 for the first batch, float32 [16, 32, 16, 16]."""
    return normalising.entering(_network(), "conv2", sketches()[0][:SIZE])


def controls(state: State) -> None:
    """How fast the running statistics follow, when eval() freezes them, and which channel is shown."""
    widgets.number(state, "norm_momentum", "momentum", width=130, step=0.05)
    widgets.slider(state, "norm_frozen_from", _("Batches in train(), then eval()"), width=260)
    widgets.number(state, "norm_channel", _("Channel"), width=110)


def statistics(state: State) -> None:
    """A fresh batch norm over 24 batches: curves of a channel's statistics, and the last step in numbers."""
    statistics_answered(state.value, ())
    chosen = state.value
    found = tracked(chosen.norm_momentum, chosen.norm_frozen_from)
    by_numbers("modules.statistics", _statistics_numbers, found, chosen.norm_channel)


def statistics_answered(chosen: ModulesControls, _earlier: Earlier) -> None:
    """The same, without the page's layout."""
    found = tracked(chosen.norm_momentum, chosen.norm_frozen_from)
    answer("modules.statistics.said", Sentence(_last_step(chosen, found)))
    words = {"across": _("batch"), "reading": _("Batch {epoch}:")}
    identity = f"{chosen.norm_momentum}/{chosen.norm_frozen_from}/{chosen.norm_channel}"
    curves("modules.statistics", identity, _statistics_charts(chosen, found), STEPS, STEPS, words=words)


@lru_cache(maxsize=32)
def tracked(momentum: float, frozen_from: int) -> Tracked:
    """What a fresh layer goes through."""
    maps = _maps()
    layer = nn.BatchNorm2d(maps.shape[1], momentum=momentum)
    with torch.no_grad():
        return normalising.track(layer, maps.split(SIZE), frozen_from)


def _statistics_charts(chosen: ModulesControls, found: Tracked) -> list[ChartShown]:
    channel, frozen = chosen.norm_channel, chosen.norm_frozen_from
    marks = [Mark(frozen, "eval()")] if frozen < STEPS else []
    resting = _("batch; in the legend: batch {last}").format(last=STEPS)
    every = _maps()[:, channel]

    def chart(
        key: str, title: str, begun: float, own: Tensor, running: Tensor, whole: float, name: str
    ) -> ChartShown:
        moved = np.stack([np.arange(STEPS + 1), [begun, *running[:, channel].tolist()]], 1)
        each = np.stack([np.arange(1, STEPS + 1), own[:, channel].numpy()], 1)
        lines = [
            Line(name, "solid", RUNS[0], moved),
            Line(_("The batch's own"), "dashed", RUNS[1], each),
            Line(_("All {count} pictures").format(count=STEPS * SIZE), "level", "", np.array([[0, whole]])),
        ]
        return ChartShown(key, title, "", lines, marks=marks, resting=resting)

    mean = found.batch_mean, found.running_mean, float(every.mean())
    variance = found.batch_variance, found.running_variance, float(every.var())
    title = _("Mean of channel {channel}").format(channel=channel)
    other = _("Variance of channel {channel}").format(channel=channel)
    return [
        chart("one", title, 0.0, *mean, "running_mean"),
        chart("other", other, 1.0, *variance, "running_var"),
    ]


def _last_step(chosen: ModulesControls, found: Tracked) -> str:
    """The last step in train() as the formula has it, with its numbers."""
    channel, last, momentum = chosen.norm_channel, chosen.norm_frozen_from, chosen.norm_momentum
    if not last:
        return _("**In eval() from the start**: mean 0 and variance 1 stay as they are.")
    before = float(found.running_mean[last - 2, channel]) if last > 1 else 0.0
    own, after = float(found.batch_mean[last - 1, channel]), float(found.running_mean[last - 1, channel])
    sentence = _(
        "**Batch {last}**: running_mean = (1 − {momentum:g}) · {before:.4f} + {momentum:g} · {own:.4f}"
        " = **{after:.4f}**."
    )
    numbers = {"momentum": momentum, "before": before, "own": own, "after": after}
    told = sentence.format(last=last, **numbers).replace("-", "−")
    frozen = _("From batch {next} on, eval() leaves it as it is.").format(next=last + 1)
    return told + (" " + frozen if last < STEPS else "")


def _statistics_numbers(found: Tracked, channel: int) -> None:
    listed(
        {
            _("Batch"): list(range(1, STEPS + 1)),
            _("Batch's mean"): found.batch_mean[:, channel].tolist(),
            "running_mean": found.running_mean[:, channel].tolist(),
            _("Batch's variance"): found.batch_variance[:, channel].tolist(),
            "running_var": found.running_variance[:, channel].tolist(),
        }
    )


def statistics_code(state: State) -> str:
    """The layer over the batches."""
    chosen = state.value
    return regularisers.statistics(chosen.norm_momentum, chosen.norm_frozen_from, STEPS * SIZE, SIZE)


def bias_controls(state: State) -> None:
    """What is added to which bias."""
    widgets.number(state, "norm_channel", _("Channel"), width=110)
    widgets.number(state, "norm_bias", _("Added to its bias in conv2"), width=200, step=0.5)


def bias(state: State) -> None:
    """A channel of the convolution and of the batch norm behind it, with the bias as it was and changed."""
    shown = _bias_maps(state.value)
    picture, convolved, normalised = st.columns([1, 4, 4])
    with picture:
        source(0)
    with convolved:
        map_row(*shown[0])
    with normalised:
        map_row(*shown[1])
    _bias_table(state.value)
    by_numbers("modules.bias", _bias_numbers, [*shown[0][1], *shown[1][1]])


def bias_answered(chosen: ModulesControls, _earlier: Earlier) -> None:
    """The same, without the page's layout."""
    for key, maps in _bias_maps(chosen):
        map_row(key, maps)
    _bias_table(chosen)


def _bias_maps(chosen: RegularisedControls) -> list[tuple[str, list[tuple[str, Tensor]]]]:
    """Key and maps of two rows: beside the convolution's, those of batch norm would be pale."""
    channel, added = chosen.norm_channel, chosen.norm_bias
    before, after = biased(channel, 0.0), biased(channel, added)
    titles = (
        _("conv2"),
        _("conv2, bias {added:+g}").format(added=added),
        _("Batch norm, train()"),
        _("Batch norm, bias {added:+g}").format(added=added),
    )
    maps = [
        one[0, channel] for one in (before.convolved, after.convolved, before.normalised, after.normalised)
    ]
    shown = list(zip(titles, maps, strict=True))
    return [("modules.bias", shown[:2]), ("modules.bias.normalised", shown[2:])]


def _bias_table(chosen: RegularisedControls) -> None:
    channel = chosen.norm_channel
    changes = _changes(biased(channel, 0.0), biased(channel, chosen.norm_bias), channel)
    over = _("Over the batch's {count} pictures").format(count=SIZE)
    answer("modules.bias.table", Table({over: [*changes], _("Value"): [*changes.values()]}))


@lru_cache(maxsize=64)
def biased(channel: int, added: float) -> Biased:
    """The bundled network's second convolution and batch norm on the first batch."""
    network = _network()
    layers = network.get_submodule("conv2"), network.get_submodule("conv2_batchnorm")
    return normalising.with_bias(*layers, _before_conv2(), channel, added)  # type: ignore[arg-type]


def _changes(before: Biased, after: Biased, channel: int) -> dict[str, str]:
    """How much the outputs change, and how large the gradients are, over the whole batch."""

    def change(name: str) -> str:
        return f"{float((getattr(after, name) - getattr(before, name)).abs().max()):.3g}"

    return {
        _("Greatest change of conv2"): change("convolved"),
        _("Greatest change of batch norm in train()"): change("normalised"),
        _("Greatest change of batch norm in eval(), its statistics as they were"): change("in_eval"),
        _("Gradient of conv2's bias"): f"{float(after.bias_gradient[channel]):.3g}",
        _("Gradient of batch norm's bias"): f"{float(after.shift_gradient[channel]):.3g}",
    }


def _bias_numbers(maps: list[tuple[str, Tensor]]) -> None:
    height, width = maps[0][1].shape
    places = [(row, column) for row in range(height) for column in range(width)]
    values = {title: [float(one[place]) for place in places] for title, one in maps}
    listed({_("Row, column"): [f"{row}, {column}" for row, column in places], **values})


def bias_code(state: State) -> str:
    """Both runs of the two layers."""
    return regularisers.bias(state.value.norm_channel, state.value.norm_bias, SIZE)
