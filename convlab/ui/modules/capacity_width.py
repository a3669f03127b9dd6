"""``NetWidth`` at several widths: its parameters, its work and its memory by layer, the time of a step."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import streamlit as st

from convlab import device
from convlab.networks import designs
from convlab.networks.layer_costs import LayerCost, layer_costs
from convlab.snippets.capacity import widths
from convlab.training import cost
from convlab.training.settings import Settings
from convlab.ui import startup
from convlab.ui.modules.bars import Bar, bars, legend
from convlab.ui.modules.controls import State
from convlab.ui.numbers import by_numbers, listed
from convlab.ui.words import _, moment
from convlab.ui.work import Work, asked

BATCH = 64

Costs = dict[int, tuple[LayerCost, ...]]  # by width


@dataclass(frozen=True)
class Times:
    """Seconds of a step of the lab's own loop, by width, and when they were measured."""

    seconds: dict[int, float]
    when: float


@lru_cache(maxsize=64)
def costs_of(width: int) -> tuple[LayerCost, ...]:
    """Of ``NetWidth``, layer by layer."""
    build = designs.design("net_width").build
    return layer_costs(designs.seeded(lambda: build(n_chans1=width), 0))


def show(state: State) -> None:
    """Four groups of bars, then the same in a table."""
    found = {width: costs_of(width) for width in widths(state.value.n_chans1)}
    columns = st.columns(4, gap="medium")
    with columns[0]:
        _bars(state, found, _("Parameters"), lambda one: one.parameters, "{:,.0f}".format)
    with columns[1]:
        title = _("Multiply-adds, forward, of a picture")
        _bars(state, found, title, lambda one: one.multiply_adds, _millions)
    with columns[2]:
        title = _("Memory for backward, of a batch of {count}").format(count=BATCH)
        _bars(state, found, title, lambda one: BATCH * one.saved_bytes, _megabytes)
    with columns[3]:
        times = _times(state, tuple(found))
    legend([one.name for one in next(iter(found.values()))])
    st.table(table(found, times))
    by_numbers("modules.capacity", _panel, found)


def _bars(
    state: State, found: Costs, title: str, of: Callable[[LayerCost], float], text: Callable[[float], str]
) -> None:
    several = []
    for width, layers in found.items():
        parts = tuple((one.name, of(one)) for one in layers)
        total = text(sum(amount for _name, amount in parts))
        several.append(Bar(str(width), parts, total, width == state.value.n_chans1))
    bars(title, several)


def _millions(count: float) -> str:
    return f"{count / 1e6:.2f} M"


def _megabytes(count: float) -> str:
    return f"{count / 1e6:.1f} MB"


def _milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:.1f} ms"


def _times(state: State, several: tuple[int, ...]) -> dict[int, float]:
    """Seconds of a training step by width, measured on this machine; none until that is asked for."""

    def measure(work: Work[Times]) -> Times:
        startup.prepare_optimisers()
        found = {}
        for n, width in enumerate(several):
            work.say(n, len(several))
            options = {"n_chans1": width}
            found[width] = cost.step_s(Settings(design="net_width", options=options, batch_size=BATCH))
        return Times(found, time.time())

    title = _("Time of a training step, batch of {count}").format(count=BATCH)
    place = st.container()
    label, again = _("Measure it on this machine"), _("Measure again")
    times = asked("modules.capacity.times", several, label, measure, again=again)
    with place:
        if times is None:
            st.markdown(f"**{title}**")
        else:
            shown = [
                Bar(
                    str(width),
                    ((_("a step"), seconds),),
                    _milliseconds(seconds),
                    width == state.value.n_chans1,
                )
                for width, seconds in times.seconds.items()
            ]
            bars(title, shown)
            st.caption(_loop(times.when))
    return times.seconds if times else {}


def _loop(when: float) -> str:
    """Which loop was timed, how, and when."""
    text = _(
        "A step of the lab's own loop, with which *Train* trains: {device}, 1 thread. "
        "Measured on this visit, {when}, and kept. "
        "*How much faster* under *Devices and dtypes* times the chapter's loop."
    )
    return text.format(device=device.describe(), when=moment(when))


def table(found: Costs, times: dict[int, float]) -> dict[str, list[str]]:
    """A column for each width: parameters by layer and in all, and what they cost."""
    layers = [one.name for one in next(iter(found.values()))]
    parameters = [_("Parameters of {layer}").format(layer=layer) for layer in layers]
    titles = (
        _("**Parameters in all**"),
        _("Multiply-adds"),
        _("Memory for backward"),
        _("A training step, ms"),
    )
    columns = {"n_chans1": [*parameters, *titles]}
    for width, costs in found.items():
        columns[str(width)] = [
            *(f"{one.parameters:,}" for one in costs),
            f"**{sum(one.parameters for one in costs):,}**",
            _millions(sum(one.multiply_adds for one in costs)),
            _megabytes(BATCH * sum(one.saved_bytes for one in costs)),
            f"{1000 * times[width]:.1f}" if width in times else "–",
        ]
    return columns


def _panel(found: Costs) -> None:
    rows = [(width, one) for width, layers in found.items() for one in layers]
    listed(
        {
            "n_chans1": [width for width, _one in rows],
            _("Layer"): [one.name for _width, one in rows],
            _("Parameters"): [one.parameters for _width, one in rows],
            _("Multiply-adds of a picture"): [one.multiply_adds for _width, one in rows],
            _("Bytes for backward, of a picture"): [round(one.saved_bytes) for _width, one in rows],
        }
    )
