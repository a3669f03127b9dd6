"""Below the loop: an entry's gradient as a sum over pictures and places, and what a loss keeps alive."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

import streamlit as st
from torch import nn

from convlab.datasets.sketches import CLASSES
from convlab.errors import UserError
from convlab.snippets import step as snippets
from convlab.training.contributions import Contributions, contributions
from convlab.training.left_alive import Alive, left_alive
from convlab.ui import frame, widgets
from convlab.ui.code_panel import code_panel
from convlab.ui.components.answer import Sentence, Table, answer
from convlab.ui.components.map_row import map_row
from convlab.ui.lessons import LESSONS
from convlab.ui.modules.controls import State
from convlab.ui.modules.step_controls import Place, StepControls
from convlab.ui.modules.step_taken import Taken, batch, beginning
from convlab.ui.modules.step_words import number
from convlab.ui.networks import class_title
from convlab.ui.numbers import by_numbers, text
from convlab.ui.words import _, escaped, explain, prose

_KEY = "modules.step.closer"
_MOST_MAPS = 8
_BATCHES = 4


def show(state: State, shown: Taken) -> None:
    """One of the two, as the learner chooses."""
    titles = {"sum": _("Where a gradient comes from"), "item": _("Forget .item()")}
    widgets.choose(state, "step_closer", _("Look closer"), titles, as_buttons=True)
    if state.value.step_closer == "item":
        st.markdown(prose("modules", "step_item"))
    answered(state.value, shown)
    if state.value.step_closer == "sum":
        _below_sum(state, shown)
    else:
        _below_item(state.value)


def answered(chosen: StepControls, shown: Taken) -> None:
    """PyTorch's answer, without the page's layout."""
    if chosen.step_closer == "sum":
        _sum(chosen, shown)
    else:
        _item(chosen, shown)


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


def _sum(chosen: StepControls, shown: Taken) -> None:
    name, index = entry_of(chosen, shown)
    found = _contributions(chosen, shown)
    if isinstance(found, UserError):
        answer(f"{_KEY}.said", Sentence(escaped(explain(found)), "info"))
        return
    answer(f"{_KEY}.said", Sentence(_said(found, f"{name}[{', '.join(map(str, index))}]")))
    _pixels, _pictures, labels = batch(chosen.step_places)
    shares = found.by_picture.tolist()
    names = [class_title(CLASSES[label]) for label in labels.tolist()]
    is_map = found.values.shape[1:].numel() > 1
    if is_map:
        titled = [
            (_("{n}: {name}, sum {share}").format(n=n, name=kind, share=number(share)), values)
            for n, (kind, share, values) in enumerate(zip(names, shares, found.values, strict=True), 1)
        ]
        map_row(f"{_KEY}.sum", titled[:_MOST_MAPS])
    columns: dict[str, Iterable[object]] = {
        _("Picture"): range(1, len(names) + 1),
        _("Class"): names,
        _("It adds"): shares,
    }
    all_are_drawn = is_map and len(shares) <= _MOST_MAPS
    answer(f"{_KEY}.shares", *([] if all_are_drawn else [_table(columns)]))


def _table(columns: Mapping[str, Iterable[object]]) -> Table:
    """As ``listed`` writes it."""
    return Table({name: [text(value) for value in values] for name, values in columns.items()})


def _contributions(chosen: StepControls, shown: Taken) -> Contributions | UserError:
    """What the entry's gradient is made of, or why it is no such sum."""
    try:
        return _added(shown.network, chosen.step_places, *entry_of(chosen, shown), chosen.step_seed)
    except UserError as error:
        return error


def _below_sum(state: State, shown: Taken) -> None:
    """Its script, and where else such sums are shown."""
    if isinstance(_contributions(state.value, shown), UserError):
        return
    name, index = entry_of(state.value, shown)

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


def _item(chosen: StepControls, shown: Taken) -> None:
    counted = kept_alive(chosen, shown)
    columns: dict[str, Iterable[object]] = {
        _("Batch"): range(1, _BATCHES + 1),
        _("`total += loss.item()`"): [_alive(one) for one in counted[True, True]],
        _("`total += loss`, in training"): [_alive(one) for one in counted[False, True]],
        _("`total += loss`, in validation"): [_alive(one) for one in counted[False, False]],
    }
    answer(f"{_KEY}.alive", _table(columns))


def _below_item(controls: StepControls) -> None:
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
