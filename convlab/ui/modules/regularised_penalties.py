"""L2 in the loss and as weight_decay, side by side; what L1 does to the weights (8.5.2)."""

import math
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
import streamlit as st
import torch
from torch import Tensor

from convlab.datasets import sketches as drawings
from convlab.pictures import images
from convlab.snippets import regularisers
from convlab.training import penalties
from convlab.training.network import fresh
from convlab.ui import figures, widgets, work
from convlab.ui.components.answer import Sentence, Table, answer
from convlab.ui.components.shared.charts import RUNS, ChartShown, Line, Style
from convlab.ui.components.tensor_sheet import Column, Row, tensor_sheet
from convlab.ui.components.training_curves import curves
from convlab.ui.kept import Shared, once
from convlab.ui.modules.controls import Earlier, RegularisedControls, State
from convlab.ui.networks import class_title
from convlab.ui.numbers import by_numbers, listed
from convlab.ui.tensor_rows import rows_of, tensor_numbers
from convlab.ui.words import _

STEPS, SIZE = 12, 8  # of the three runs with L2
EPOCHS, TRAINED_ON = 40, 800  # of the networks whose weights are counted; the other 200 sketches validate
SMALL = 1e-3
_DECADES, _BINS = 6, 4  # sizes down to 1e-6, bins a decade


@lru_cache(maxsize=1)
def sketches() -> tuple[Tensor, Tensor]:
    """ConvLab's 1,000 validation sketches, float32 as the chapter normalises, and their classes in turn."""
    found = drawings.validation()
    values = images.to_float(found.images)
    return images.normalise(values, images.CIFAR10_MEAN, images.CIFAR10_STD), found.labels


def source(number: int) -> None:
    """The sketch that maps come from, small, and what it is."""
    found = drawings.validation()
    said = _("The maps come from this sketch: {name}.")
    name = class_title(drawings.CLASSES[int(found.labels[number])])
    figures.row([(found.images[number], said.format(name=name))], f"modules-{number}", width=96)


def l2_controls(state: State) -> None:
    """How strong L2 is, and the optimiser."""
    widgets.number(state, "penalty_l2", _("λ of L2"), width=150, step=0.001)
    widgets.choose(state, "penalty_optimizer", _("Optimiser"), width=200)


def l2(state: State) -> None:
    """The same steps three ways: curves of the loss and of how far the weights are apart, and a table."""
    l2_answered(state.value, ())
    by_numbers("modules.l2", _l2_numbers, three_ways(state.value.penalty_l2, state.value.penalty_optimizer))


def l2_answered(controls: RegularisedControls, _earlier: Earlier) -> None:
    """The same: there is no more layout to it."""
    identity = controls.penalty_l2, controls.penalty_optimizer
    steps = three_ways(*identity)
    answer("modules.l2.said", Sentence(_l2_verdict(controls.penalty_optimizer, steps[-1])))
    words = {"across": _("step"), "reading": _("Step {epoch}:")}
    curves("modules.l2", f"l2/{identity}", _l2_charts(steps), len(steps), len(steps), words=words)
    answer("modules.l2.table", _l2_table(steps, 2 * controls.penalty_l2))


def _l2_table(steps: list[penalties.Step], decay: float) -> Table:
    last = steps[-1]
    return Table(
        {
            _("After {count} steps").format(count=len(steps)): [
                _("λ · Σw² in the loss, by autograd"),
                _("2 · λ · w added to the gradient, as Train does"),
                f"weight_decay = {decay:g}",
            ],
            _("Cross-entropy"): [f"{one:.6f}" for one in (last.in_loss, last.by_hand, last.decayed)],
            _("Penalty in the loss"): [f"{last.penalty:.6f}", f"{last.penalty:.6f}", "–"],
            _("Greatest difference of any weight"): [f"{last.loss_apart:.3g}", f"{last.hand_apart:.3g}", "–"],
        }
    )


def _l2_verdict(optimizer: str, last: penalties.Step) -> str:
    """Whether the runs are one and the same, and that the rest is rounding."""
    numbers: dict[str, object] = {"optimizer": optimizer, "apart": last.loss_apart, "moved": last.moved}
    if last.hand_apart:
        numbers["apart"] = max(last.loss_apart, last.hand_apart)
        said = _(
            "**{optimizer}: not the same.** The weights end up to {apart:.2g} apart, having moved by up to"
            " {moved:.2g}."
        )
        return said.format(**numbers)
    if not last.loss_apart:
        return _("**{optimizer}: the same**, to the last bit of every weight.").format(**numbers)
    said = _(
        "**{optimizer}: the same.** Added to the gradient, L2 gives the weights of weight_decay to the last"
        " bit; by autograd they differ by {apart:.2g} at most, which is the rounding of float32: they have"
        " moved by up to {moved:.2g}."
    )
    return said.format(**numbers)


@once(32)
def three_ways(l2: float, optimizer: str) -> list[penalties.Step]:
    """The steps of ``Net`` on the first sketches."""
    kind, settings = penalties.OPTIMIZERS[optimizer]
    pictures, labels = sketches()
    some = pictures[: STEPS * SIZE], labels[: STEPS * SIZE]
    make = partial(fresh, "net", {}, 0)
    return list(penalties.three_ways(make, partial(kind, **settings), l2, *some, SIZE))


def _l2_charts(steps: list[penalties.Step]) -> list[ChartShown]:
    def line(name: str, style: Style, colour: int, values: list[float]) -> Line:
        points = np.array(list(enumerate(values, 1)), dtype=float)
        return Line(name, style, RUNS[colour], points)

    losses = [
        line(_("With the penalty"), "solid", 2, [one.in_loss + one.penalty for one in steps]),
        line(_("Cross-entropy alone"), "solid", 0, [one.in_loss for one in steps]),
        line("weight_decay", "dashed", 1, [one.decayed for one in steps]),
        line(_("Penalty"), "solid", 3, [one.penalty for one in steps]),
    ]
    apart = [
        line(_("In the loss, by autograd"), "solid", 2, [one.loss_apart for one in steps]),
        line(_("Added to the gradient"), "dashed", 1, [one.hand_apart for one in steps]),
        line(_("To compare: how far a weight has moved"), "thin", 5, [one.moved for one in steps]),
    ]
    resting = _("step; in the legend: step {last}").format(last=len(steps))
    title = _("Greatest difference of any weight")
    return [
        ChartShown("one", _("Loss of each batch"), _("mean"), losses, resting=resting),
        ChartShown("other", title, _("from the run with weight_decay"), apart, resting=resting),
    ]


def _l2_numbers(steps: list[penalties.Step]) -> None:
    listed(
        {
            _("Step"): list(range(1, len(steps) + 1)),
            _("Cross-entropy"): [one.in_loss for one in steps],
            _("Penalty"): [one.penalty for one in steps],
            _("Cross-entropy, weight_decay"): [one.decayed for one in steps],
            _("Apart: in the loss"): [one.loss_apart for one in steps],
            _("Greatest change since the start"): [one.moved for one in steps],
            _("Apart: added to the gradient"): [one.hand_apart for one in steps],
        }
    )


def l2_code(state: State) -> str:
    """The three runs."""
    controls = state.value
    return regularisers.three_ways(controls.penalty_optimizer, controls.penalty_l2, STEPS * SIZE, SIZE)


@dataclass(frozen=True, eq=False)
class Trained:
    """A network after training: which penalty, its weights, their sizes, ascending, and its accuracies."""

    l1: float
    l2: float
    weights: dict[str, Tensor]
    sizes: Tensor
    train_accuracy: float
    val_accuracy: float


_TRAINED: Shared[Trained] = Shared(2**24, lambda one: 2 * one.sizes.nbytes)


def l1_controls(state: State) -> None:
    """How strong both penalties are."""
    widgets.number(state, "penalty_l1", _("λ of L1"), width=150, step=0.001)
    widgets.number(state, "penalty_l2", _("λ of L2"), width=150, step=0.001)


def l1(state: State) -> None:
    """How large the weights are that are left: without a penalty, with L2, with L1."""
    controls = state.value
    asked = (0.0, 0.0), (0.0, controls.penalty_l2), (controls.penalty_l1, 0.0)
    label = _("Train Net three times: without, with L2, with L1")
    st.caption(_settings())
    identity, train = (*asked, EPOCHS), partial(_train_all, asked)
    found = work.asked("modules.l1.train", identity, label, train, partly=True) or []
    charts = _l1_charts(found)
    words = {"across": _("size of a weight"), "reading": _("Size {epoch}:")}
    curves("modules.l1", f"l1/{asked}/{len(found)}", charts, _DECADES, _DECADES, words=words)
    if found:
        _l1_table(found)
        tensor_sheet("modules.l1.sheet", *_sheet(found))
    by_numbers("modules.l1", _l1_numbers, charts, found)


def _settings() -> str:
    sentence = _(
        "{train} of ConvLab's sketches to train on for {epochs} epochs, {val} to validate on;"
        " SGD with momentum 0.9, lr 0.01, batches of 64, seed 0."
    )
    return sentence.format(train=TRAINED_ON, epochs=EPOCHS, val=len(sketches()[1]) - TRAINED_ON)


def _train_all(asked: tuple[tuple[float, float], ...], at: work.Work[list[Trained]]) -> list[Trained]:
    found: list[Trained] = []
    for l1, l2 in asked:
        so_far = list(found) or None  # one object for each network that is done: the page shows it once
        found.append(_TRAINED.get((l1, l2, EPOCHS), partial(_train, l1, l2, at, so_far, len(asked))))
    return found


def _train(
    l1: float, l2: float, at: work.Work[list[Trained]], so_far: list[Trained] | None, runs: int
) -> Trained:
    pictures, labels = sketches()
    network = fresh("net", {}, 0)
    training = penalties.train(network, pictures[:TRAINED_ON], labels[:TRAINED_ON], l1, l2, EPOCHS)
    for epoch, _loss in enumerate(training, 1):
        at.say(len(so_far or ()) * EPOCHS + epoch, runs * EPOCHS, so_far)
    with torch.no_grad():
        right = network(pictures).argmax(1) == labels
    accuracies = (float(part.double().mean()) for part in (right[:TRAINED_ON], right[TRAINED_ON:]))
    return Trained(l1, l2, network.state_dict(), penalties.sizes(network), *accuracies)


def _name(one: Trained) -> str:
    if one.l1:
        return _("L1, λ = {size:g}").format(size=one.l1)
    return _("L2, λ = {size:g}").format(size=one.l2) if one.l2 else _("No penalty")


def _l1_charts(found: list[Trained]) -> list[ChartShown]:
    """How many weights have a size, and how many are smaller, over the size, small ones to the left."""
    begun = penalties.sizes(fresh("net", {}, 0))
    named = [(_("Untrained"), begun), *((_name(one), one.sizes) for one in found)]
    places = torch.arange(2 * _DECADES * _BINS + 1, dtype=torch.float64) / (2 * _BINS)  # edges and middles
    counts, shares = list[Line](), list[Line]()
    for n, (name, sizes) in enumerate(named):
        below = torch.searchsorted(sizes.double(), 10 ** (places - _DECADES)).double() / len(sizes)
        style: Style = "solid" if n else "dashed"
        colour = RUNS[(5, 0, 1, 2)[n]]
        middles = torch.stack([places[1::2], 100 * (below[2::2] - below[:-1:2])], 1)
        counts.append(Line(name, style, colour, middles.numpy()))
        shares.append(Line(name, style, colour, torch.stack([places, below], 1).numpy()))
    unit = _("% of the weights, {bins} bins for each power of 10").format(bins=_BINS)
    share = _("share of the weights")
    resting = _("size of a weight; in the legend: the share below {small:g}").format(small=SMALL)
    at_small = _DECADES + math.log10(SMALL)
    title, smaller = _("How large the weights are"), _("How many are smaller")
    return [
        ChartShown("one", title, unit, counts, exponent=-_DECADES, silent=True),
        ChartShown(
            "other", smaller, share, shares, "percent", exponent=-_DECADES, resting=resting, rests_at=at_small
        ),
    ]


def _sheet(found: list[Trained]) -> tuple[list[Row], list[Column]]:
    """The weights of all networks, drawn out on one scale."""
    rows = rows_of(fresh("net", {}, 0), *(one.weights for one in found), own=False)
    return rows, [Column(_name(one), "weights") for one in found]


def _l1_table(found: list[Trained]) -> None:
    st.table(
        {
            _("Net after {count} epochs").format(count=EPOCHS): [_name(one) for one in found],
            _("Weights below {size:g}").format(size=SMALL): [
                f"{penalties.share_below(one.sizes, SMALL):.1%}" for one in found
            ],
            _("exactly 0"): [f"{float((one.sizes == 0).double().mean()):.1%}" for one in found],
            "Σ|w|": [f"{float(one.sizes.double().sum()):.1f}" for one in found],
            "Σw²": [f"{float(one.sizes.double().square().sum()):.1f}" for one in found],
            _("Training accuracy"): [f"{one.train_accuracy:.1%}" for one in found],
            _("Validation accuracy"): [f"{one.val_accuracy:.1%}" for one in found],
        }
    )


def _l1_numbers(charts: list[ChartShown], found: list[Trained]) -> None:
    shares = charts[1].lines
    sizes = (10 ** (shares[0].points[:, 0] - _DECADES)).tolist()
    listed({_("Smaller than"): sizes, **{line.name: line.points[:, 1].tolist() for line in shares}})
    if found:
        tensor_numbers("modules.l1.sheet", *_sheet(found))


def l1_code(state: State) -> str:
    """One of the three trainings: the one with L1."""
    return regularisers.sparse(state.value.penalty_l1, 0.0, TRAINED_ON, EPOCHS)
