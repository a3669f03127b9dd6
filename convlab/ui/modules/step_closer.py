"""Below the loop: an entry's gradient as a sum over pictures and places, and what a loss keeps alive."""

from functools import lru_cache

import streamlit as st
from torch import nn

from convlab.datasets.sketches import CLASSES
from convlab.snippets import step as snippets
from convlab.training.contributions import Contributions, contributions
from convlab.training.left_alive import Alive, left_alive
from convlab.ui import frame, widgets
from convlab.ui.boundary import notices
from convlab.ui.code_panel import code_panel
from convlab.ui.components.map_row import map_row
from convlab.ui.lessons import LESSONS
from convlab.ui.modules.controls import State
from convlab.ui.modules.step_controls import Place, StepControls
from convlab.ui.modules.step_taken import Taken, batch, beginning
from convlab.ui.modules.step_words import number
from convlab.ui.networks import class_title
from convlab.ui.numbers import by_numbers, listed
from convlab.ui.words import _, prose

_KEY = "modules.step.closer"
_MOST_MAPS = 8
_BATCHES = 4


def show(state: State, shown: Taken) -> None:
    """One of the two, as the learner chooses."""
    titles = {"sum": _("Where a gradient comes from"), "item": _("Forget .item()")}
    widgets.choose(state, "step_closer", _("Look closer"), titles, as_buttons=True)
    with notices():
        if state.value.step_closer == "sum":
            _sum(state, shown)
        else:
            _item(state.value, shown)


def has(shown: Taken, name: str, index: Place) -> bool:
    """Whether the network has such an entry."""
    weights = shown.moments[0].weights
    if name not in weights or len(index) != weights[name].dim():
        return False
    return all(0 <= at < size for at, size in zip(index, weights[name].shape, strict=True))


def entry_of(controls: StepControls, shown: Taken) -> tuple[str, Place]:
    """The entry that stays chosen; the first of the network where it has none such."""
    if has(shown, *controls.step_kept):
        return controls.step_kept
    name, first = next(iter(shown.moments[0].weights.items()))
    return name, (0,) * first.dim()


def keep(state: State, name: str, index: Place) -> None:
    """Have an entry stay chosen."""
    state.change(step_entry=",".join((name, *map(str, index))))


def _sum(state: State, shown: Taken) -> None:
    name, index = entry_of(state.value, shown)
    _pixels, _pictures, labels = batch(state.value.step_places)
    found = _added(shown.network, state.value.step_places, name, index, state.value.step_seed)
    st.markdown(_said(found, f"{name}[{', '.join(map(str, index))}]"))
    shares = found.by_picture.tolist()
    names = [class_title(CLASSES[label]) for label in labels.tolist()]
    if found.values.shape[1:].numel() > 1:
        titled = [
            (_("{n}: {name}, sum {share}").format(n=n, name=kind, share=number(share)), values)
            for n, (kind, share, values) in enumerate(zip(names, shares, found.values, strict=True), 1)
        ]
        map_row(f"{_KEY}.sum", titled[:_MOST_MAPS])
    if len(shares) > _MOST_MAPS or found.values.shape[1:].numel() == 1:
        listed({_("Picture"): range(1, len(names) + 1), _("Class"): names, _("It adds"): shares})

    def code() -> None:
        code_panel(snippets.summed(beginning(state.value), name, index), "gradient_sum.py")

    by_numbers(f"{_KEY}.code", code, label=_("PyTorch code of this sum"))
    label, query = _("On one picture, place by place: Kernels, Its gradient"), {"experiment": "gradient"}
    frame.link(LESSONS["kernels"], label, "content", query)


@lru_cache(maxsize=32)
def _added(network: nn.Module, places: range, name: str, index: Place, seed: int) -> Contributions:
    _pixels, pictures, labels = batch(places)
    return contributions(network, pictures, labels, name, index, seed)


def _said(found: Contributions, entry: str) -> str:
    pictures, rows, columns = found.values.shape
    if rows * columns == 1:
        said = _("The gradient of `{entry}`, {gradient}, is the sum of {pictures} numbers, one a picture.")
        return said.format(entry=entry, gradient=number(found.gradient), pictures=pictures)
    said = _(
        "The gradient of `{entry}`, {gradient}, is the sum of {count:,} numbers, one for each of {rows} × "
        "{columns} places in {pictures} pictures, where the weight meets another value. Added up: {total}."
    )
    return said.format(
        entry=entry,
        gradient=number(found.gradient),
        count=found.values.numel(),
        pictures=pictures,
        rows=rows,
        columns=columns,
        total=number(found.total),
    )


def _item(controls: StepControls, shown: Taken) -> None:
    st.markdown(prose("modules", "step_item"))
    counted = kept_alive(controls, shown)
    listed(
        {
            _("Batch"): range(1, _BATCHES + 1),
            _("`total += loss.item()`"): [_alive(one) for one in counted[True, True]],
            _("`total += loss`, in training"): [_alive(one) for one in counted[False, True]],
            _("`total += loss`, in validation"): [_alive(one) for one in counted[False, False]],
        }
    )

    def code() -> None:
        script = snippets.kept(beginning(controls), controls.step_lr, next_places(controls))
        code_panel(script, "kept_alive.py")

    by_numbers(f"{_KEY}.code", code, label=_("PyTorch code of this count"))


def kept_alive(controls: StepControls, shown: Taken) -> dict[tuple[bool, bool], list[Alive]]:
    """(with .item(), with backward()) -> what is alive after each of the next batches."""
    places = tuple(next_places(controls))
    return {
        (item, backward): _left(shown.network, places, controls.step_lr, item, backward, controls.step_seed)
        for item, backward in ((True, True), (False, True), (False, False))
    }


@lru_cache(maxsize=48)
def _left(
    network: nn.Module, places: tuple[range, ...], lr: float, item: bool, backward: bool, seed: int
) -> list[Alive]:
    return left_alive(network, [batch(each)[1:] for each in places], lr, item, backward, seed)


def next_places(controls: StepControls) -> list[range]:
    """The batches, from the one on show."""
    first, size = controls.step_places.start, controls.step_size
    return [range(first + n * size, first + (n + 1) * size) for n in range(_BATCHES)]


def _alive(alive: Alive) -> str:
    said = _("{nodes:,} nodes, {bytes:,} bytes")
    return said.format(nodes=alive.nodes, bytes=alive.saved_bytes)
