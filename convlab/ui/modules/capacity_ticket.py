"""The lottery ticket: how few weights a trained network needs, and whether they would have been enough."""

from functools import lru_cache
from statistics import fmean
from time import sleep
from typing import cast

import streamlit as st

from convlab.comparison.statistics import Interval, interval
from convlab.datasets import exams, shelf
from convlab.errors import N_
from convlab.networks import pruning
from convlab.probing import bundled, surgery
from convlab.probing.evaluation import evaluate
from convlab.snippets import capacity
from convlab.snippets.training import data_code
from convlab.training import lottery, network, slots
from convlab.training.lottery import ARMS, Trial
from convlab.training.settings import Settings
from convlab.ui import figures, getting
from convlab.ui.components.shared.charts import RUNS, ChartShown, Line
from convlab.ui.components.tensor_sheet import Column, Row, tensor_sheet
from convlab.ui.components.training_curves import curves
from convlab.ui.kept import kept
from convlab.ui.modules.controls import State
from convlab.ui.numbers import by_numbers, listed
from convlab.ui.runs import labels, starting
from convlab.ui.runs.history import of_epochs
from convlab.ui.runs.overlaid import spread
from convlab.ui.tensor_rows import tensor_numbers
from convlab.ui.words import _, sentences
from convlab.ui.work import Work, asked, under_way

DATA, BUNDLED = "sketches", "net_sketches"
_KEY, _SHEET = "modules.ticket", "modules.ticket.sheet"
_LOOK_S = 0.2
_ARMS = {
    "whole": N_("All weights"),
    "ticket": N_("The ticket: its own first values"),
    "other": N_("The same places, other first values"),
}

Trials = tuple[Trial, ...]
Plan = tuple[int, int, int]  # per cent pruned, epochs, seeds


def settings_of(epochs: int) -> Settings:
    """How each network of the experiment is trained."""
    return lottery.RECIPE.changed(epochs=epochs, data=DATA)


def show(state: State) -> None:
    """A trained network pruned at once; beside it the experiment, below what came of it, once asked for."""
    left, right = st.columns(2, gap="medium")
    with left:
        _pruned(state)
    with right:
        found = _experiment(state)
        if found is not None:
            _sum_up(*found)
    if found is not None:
        _results(*found)
    rows = sheet(state.value.pruned)
    tensor_sheet(_SHEET, rows, _columns(), zeros=_("Grey is pruned: exactly 0."))
    by_numbers(_KEY, _panel, rows, None if found is None else found[1])


def _panel(rows: list[Row], trials: Trials | None) -> None:
    tensor_numbers(_SHEET, rows, _columns())
    if trials is not None:
        listed(by_epoch("val_accuracy", trials))


# ---- the bundled network, pruned -------------------------------------------------------------------------


def _pruned(state: State) -> None:
    share = state.value.pruned
    with st.spinner(_("Getting the validation pictures.")):
        before, (after, zeros, weights) = accuracy(0)[0], accuracy(share)
    told = _("**The Net that comes with ConvLab, pruned**: its accuracy on {count:,} sketches")
    st.markdown(told.format(count=_count()))
    with st.container(horizontal=True):
        st.metric(_("Weights kept"), f"{weights - zeros:,} / {weights:,}")
        st.metric(_("Accuracy, trained"), f"{before:.1%}")
        figures.changed(_("Pruned, not trained again"), f"{after:.1%}", f"{after - before:+.1%}")


def _count() -> int:
    return len(exams.get(DATA).val)


@lru_cache(maxsize=128)
def accuracy(share: int) -> tuple[float, int, int]:
    """(accuracy, weights at zero, weights) of the bundled network, so many per cent of each layer pruned."""
    val, cut = exams.get(DATA).val, surgery.pruned(bundled.weights(BUNDLED).probe, share / 100)
    return evaluate(cut.probe, val.images, val.labels).accuracy, cut.zeros, cut.weights


def _columns() -> list[Column]:
    titles = _("First values"), _("Trained"), _("The ticket: first values of what stays")
    return [Column(title, of="weights") for title in titles]


def sheet(share: int) -> list[Row]:
    """The bundled network's weights before training, trained, and as its ticket begins; no bias is pruned."""
    trained, first = bundled.weights(BUNDLED).probe.network, _first()
    rows = []
    for name, mask in pruning.masks(trained, share / 100).items():
        note = _("{kept:,} of {count:,} stay").format(kept=int(mask.sum()), count=mask.numel())
        tensors = first[name], trained.get_parameter(name).detach(), first[name] * mask
        rows.append(Row(name, "Parameter", tensors, note))
    return rows


@lru_cache
def _first() -> lottery.State:
    """What the bundled network was before its training, by the seed on its card."""
    return network.fresh("net", {}, bundled.card(BUNDLED)["seed"]).state_dict()


# ---- the experiment --------------------------------------------------------------------------------------


def _experiment(state: State) -> tuple[Plan, Trials] | None:
    """What came of the plan that the controls tell, or of the last one that was carried out."""
    st.markdown(_("**Prune, back to the first values, train again**"))
    plan: Plan = (state.value.pruned, state.value.ticket_epochs, state.value.ticket_seeds)
    asked_for = cast(Plan, under_way(_KEY) or plan)  # whatever the controls say meanwhile
    label = _("Train {count} networks, {epochs} each").format(
        count=len(ARMS) * plan[2], epochs=labels.epochs(plan[1])
    )
    if (why := starting.missing(DATA)) is not None:
        getting.first(DATA, "modules", why, label, key=_KEY)
        return None
    found = asked(_KEY, asked_for, label, lambda work: _trained(work, plan), by_itself=False)
    if under_way(_KEY) is not None:
        st.caption(_("It takes turns with other runs: it begins when none is training."))
    if found:
        return asked_for, found
    if before := kept(_KEY, most=24).found:
        return cast(tuple[Plan, Trials], list(before.items())[-1])
    told = _("With each seed three: all weights; the ticket; the same places with other first values.")
    st.caption(told)
    return None


def _trained(work: Work[Trials], plan: Plan) -> Trials:
    """The trials of a plan, once there is a place to train: runs take turns, and this is one of them."""
    pruned, epochs, seeds = plan
    while (slot := slots.take()) is None:
        work.say(0, 1)
        sleep(_LOOK_S)
    try:
        return lottery.trials(settings_of(epochs), shelf.get(DATA), pruned / 100, seeds, work.say)
    finally:
        slot.release()


def _sum_up(plan: Plan, trials: Trials) -> None:
    told = _("Trained here: {pruned}% pruned, {epochs}, {seeds}.")
    numbers = ", ".join(str(trial.seed) for trial in trials)
    seeds = (_("seed {numbers}") if len(trials) == 1 else _("seeds {numbers}")).format(numbers=numbers)
    text = told.format(pruned=plan[0], epochs=labels.epochs(plan[1]), seeds=seeds)
    st.markdown(f"{text} {verdict(trials)}")


def _results(plan: Plan, trials: Trials) -> None:
    left, right = st.columns(2, gap="medium")
    with left:
        st.table(table(trials))
        told = _(
            "All four were trained here, for {here}. The Net that comes with ConvLab, above, was trained for"
            " {there}."
        )
        there = labels.epochs(bundled.card(BUNDLED)["epochs"])
        st.caption(told.format(here=labels.epochs(plan[1]), there=there))
    with right:
        drawn = [chart("val_accuracy", trials)]
        curves(f"{_KEY}.curves", f"{plan} {len(trials)}", drawn, plan[1], plan[1])


def table(trials: Trials) -> dict[str, list[str]]:
    """A row for each network: weights, and accuracies after the last epoch, over the seeds."""
    kept_weights, weights = trials[0].weights
    pruned = _told(interval([trial.pruned_accuracy for trial in trials]))
    rows = [(_("All weights, then pruned, not trained again"), f"{kept_weights:,}", "–", pruned)]
    for arm, title in _ARMS.items():
        ends = [trial.arms[arm].records[-1] for trial in trials]
        count = weights if arm == "whole" else kept_weights
        train, val = ([getattr(end, field) for end in ends] for field in ("train_accuracy", "val_accuracy"))
        rows.append((_(title), f"{count:,}", _told(interval(train)), _told(interval(val))))
    names = (_("Network"), _("Weights"), _("Training accuracy"), _("Validation accuracy"))
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def _told(found: Interval) -> str:
    return f"{found.mean:.1%}" + ("" if found.half is None else f" ± {found.half:.1%}")


def chart(field: str, trials: Trials) -> ChartShown:
    """One of ``labels.METRICS``: the mean over the seeds and its spread, a line for each network."""
    lines = []
    for n, (arm, title) in enumerate(_ARMS.items()):
        mean, band = spread([of_epochs(trial.arms[arm].records, field) for trial in trials])
        lines += [Line(_("± 1 standard deviation"), "band", RUNS[n], band)] if len(trials) > 1 else []
        lines.append(Line(_(title), "dashed" if n % 2 else "solid", RUNS[n], mean))
    title, share = _(labels.METRICS[field]), field.endswith("accuracy")
    unit = _("share classified correctly") if share else _("cross-entropy, mean")
    return ChartShown(field, title, unit, lines, "percent" if share else "number")


def by_epoch(field: str, trials: Trials) -> dict[str, list[float]]:
    """What ``chart`` draws: epoch, and each network's mean over the seeds."""
    found = {_("Epoch"): [float(record.epoch) for record in trials[0].arms["whole"].records]}
    for arm, title in _ARMS.items():
        columns = zip(*(trial.arms[arm].records for trial in trials), strict=True)
        found[_(title)] = [fmean(getattr(record, field) for record in records) for records in columns]
    return found


def verdict(trials: Trials) -> str:
    """What the trials say of the claim: the ticket's accuracy less the others', over the seeds."""
    ends = [{arm: trial.arms[arm].records[-1].val_accuracy for arm in ARMS} for trial in trials]
    apart, whole = (interval([one["ticket"] - one[arm] for one in ends]) for arm in ("other", "whole"))
    told = _(
        "The ticket less other first values: **{apart}** points of accuracy; less all weights: **{whole}**."
    )
    said = told.format(apart=_points(apart), whole=_points(whole))
    if apart.half is None:
        return sentences(said, _("One seed says nothing of luck: take more."))
    if apart.mean > apart.half:
        return sentences(said, _("Its own first values made it better: a winning ticket."))
    if apart.mean < -apart.half:
        return sentences(said, _("Its own first values made it worse: no winning ticket."))
    return sentences(said, _("That is within the luck of the seeds: no winning ticket was found here."))


def _points(found: Interval) -> str:
    text = f"{100 * found.mean:+.1f}" + ("" if found.half is None else f" ± {100 * found.half:.1f}")
    return text.replace("-", "−")


def code(state: State) -> str:
    """The experiment with one seed, in plain PyTorch; it reads the sketches' file."""
    where = "# Train gives this file: Go deeper, PyTorch code, Download the pictures it reads."
    data = f"{where}\n{data_code(DATA)}"
    return capacity.ticket(settings_of(state.value.ticket_epochs), state.value.pruned / 100, data)
