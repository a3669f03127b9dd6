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
from convlab.ui.components.answer import Block, Blocks, Table, answer, answers
from convlab.ui.components.answer.bars import Bar, Bars, Legend
from convlab.ui.modules.controls import CapacityControls, Earlier, ModulesControls, State
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
    *groups, table = blocks(state.value).items()
    columns = st.columns(4, gap="medium")
    for place, (key, several) in zip(columns, groups, strict=False):
        with place:
            answer(key, *several)
    found = _found(state.value)
    with columns[3]:
        times = _times(state, tuple(found))
    answer(table[0], *table[1])
    by_numbers("modules.capacity", _panel, found, times)


def answered(chosen: ModulesControls, _earlier: Earlier) -> None:
    """All but the times, which are measured when somebody asks for them."""
    answers(blocks(chosen))


def blocks(chosen: CapacityControls) -> Blocks:
    """What each width has and costs, as bars by layer, then all of it in a table."""
    found = _found(chosen)

    def group(title: str, of: Callable[[LayerCost], float], text: Callable[[float], str]) -> list[Block]:
        return [_bars(found, chosen.n_chans1, title, of, text)]

    memory = _("Memory for backward, of a batch of {count}").format(count=BATCH)
    names = [one.name for one in next(iter(found.values()))]
    return {
        "modules.width.parameters": group(_("Parameters"), lambda one: one.parameters, "{:,.0f}".format),
        "modules.width.work": group(
            _("Multiply-adds, forward, of a picture"), lambda one: one.multiply_adds, _millions
        ),
        "modules.width.memory": group(memory, lambda one: BATCH * one.saved_bytes, _megabytes),
        "modules.width.table": [Legend(names), Table(_table(found))],
    }


def _found(chosen: CapacityControls) -> Costs:
    return {width: costs_of(width) for width in widths(chosen.n_chans1)}


def _bars(
    found: Costs, marked: int, title: str, of: Callable[[LayerCost], float], text: Callable[[float], str]
) -> Bars:
    several = []
    for width, layers in found.items():
        parts = tuple((one.name, of(one)) for one in layers)
        total = text(sum(amount for _name, amount in parts))
        several.append(Bar(str(width), parts, total, width == marked))
    return Bars(title, several)


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
            Bars(title, shown).show()
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


def _table(found: Costs) -> dict[str, list[str]]:
    """A column for each width: parameters by layer and in all, and what they cost."""
    layers = [one.name for one in next(iter(found.values()))]
    parameters = [_("Parameters of {layer}").format(layer=layer) for layer in layers]
    titles = _("**Parameters in all**"), _("Multiply-adds"), _("Memory for backward")
    columns = {"n_chans1": [*parameters, *titles]}
    for width, costs in found.items():
        columns[str(width)] = [
            *(f"{one.parameters:,}" for one in costs),
            f"**{sum(one.parameters for one in costs):,}**",
            _millions(sum(one.multiply_adds for one in costs)),
            _megabytes(BATCH * sum(one.saved_bytes for one in costs)),
        ]
    return columns


def _panel(found: Costs, times: dict[int, float]) -> None:
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
    if times:
        seconds = [1000 * one for one in times.values()]
        listed({"n_chans1": list(times), _("A training step, ms"): seconds})
