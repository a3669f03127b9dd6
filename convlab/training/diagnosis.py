"""What went wrong with a run, in a sentence, and the remedy: rules over what the run measured.

The rules, of which the first that holds speaks (C: classes, so that guessing costs log C; "at chance": by
``outcome.judge``; cross-entropy is the training loss without penalties):

==========  ==================================================================================================
shared      blocks share one batch norm, validation is at chance (5% above 1/C at most) for three epochs, and
            training is more than half of the way from chance to 1: no block fits the running statistics.
broke       the loss was lost, or came back to chance after a cross-entropy below 0.9 log C, or is at chance
            and 5% above log C with steps that are not small: the rate is too high. A rise of the rate at most
            3 epochs before is named.
dead        at chance, and no layer but the last gets a gradient above 1e-8: dead ReLUs, saturated tanhs.
vanishing   flat, and the first layer's gradient is below 1e-3 of the last one's.
held        flat, with a penalty or weight decay above 0.01.
slow        flat, none of the above, and steps are small: SGD's lr / (1 - momentum) is below 0.1, Adam's lr
            below 0.001.
overfits    the validation loss (median of 3 epochs) has been above its lowest value for 5 epochs, by 10% in
            the last ones, and the cross-entropy has fallen by 10% since.
unfinished  the run is over, at a constant rate; in its last tenth (at least 1 epoch) the cross-entropy fell
            by more than 2%, to 0.05 log C at least, and the validation loss is lowest there. No trouble.
==========  ==================================================================================================

Flat: three epochs at least, at chance, and the cross-entropy of the last above 0.97 of the first one's.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from statistics import mean, median
from typing import Any, Literal

from convlab.errors import N_, Sentence
from convlab.networks import designs
from convlab.training import story
from convlab.training.engine import EpochRecord
from convlab.training.outcome import Kind as OutcomeKind
from convlab.training.settings import Settings
from convlab.training.story import Leg

Kind = Literal["shared", "broke", "dead", "vanishing", "held", "slow", "overfits", "unfinished"]

LEARNED, CHANCE, ABOVE_CHANCE = 0.9, 0.95, 1.05  # cross-entropy, as shares of what guessing costs
FLAT_EPOCHS, FLAT = 3, 0.97
NO_GRADIENT, VANISHING = 1e-8, 1e-3
STRONG_PENALTY = 0.01
SMALL_STEP = {"sgd": 0.1, "adam": 0.001, "adamw": 0.001}  # below it a flat loss is a slow one
SINCE_BEST, RISEN, FALLEN = 5, 1.1, 0.9
STILL_FALLING, NOTHING_LEFT = 0.98, 0.05
_NEAR = 3  # epochs between a change of the rate and what it broke


@dataclass(frozen=True)
class Remedy:
    """What to do: "rate": set lr now; "fork": train on from an epoch; "on": from the last; "again": anew.

    ``changes`` are of the settings, and lr alone for "rate".
    """

    way: Literal["rate", "fork", "on", "again"]
    changes: dict[str, Any] = field(default_factory=dict)
    epoch: int = 0


@dataclass(frozen=True)
class Finding:
    """One sentence, and its remedy where there is one."""

    kind: Kind
    said: Sentence
    remedy: Remedy | None = None

    @property
    def trouble(self) -> bool:
        """Something is wrong; else it is only good to know."""
        return self.kind != "unfinished"


@dataclass(frozen=True)
class Measured:
    """What a run measured, and what else the rules ask.

    Attributes:
        leg: its settings, its changes of the rate, its state.
        records: of its epochs, the first one first.
        classes: of its data.
        outcome: what ``outcome.judge`` says of the newest epoch; None where nobody asked.
        stored: the epochs whose weights are kept, ascending.
    """

    leg: Leg
    records: Sequence[EpochRecord]
    classes: int
    outcome: OutcomeKind | None = None
    stored: Sequence[int] = ()

    @property
    def guess(self) -> float:
        """The cross-entropy of equal chances."""
        return math.log(max(2, self.classes))

    @property
    def losses(self) -> list[float]:
        """Training cross-entropy, epoch by epoch."""
        return list(map(_cross_entropy, self.records))

    @property
    def live(self) -> bool:
        """It waits or trains."""
        return self.leg.state in ("queued", "running")

    @property
    def over(self) -> bool:
        """Nobody meant it to go on: one that was paused or interrupted is resumed."""
        return not self.live and self.leg.state not in ("paused", "interrupted")

    @property
    def flat(self) -> bool:
        """See above."""
        some = self.losses
        at_chance = self.outcome in ("guesses", "lost")
        return at_chance and len(some) >= FLAT_EPOCHS and some[-1] > FLAT * some[0]


def diagnose(run: Measured) -> Finding | None:
    """The first of the rules that holds; None where all is well, or nothing is known yet."""
    for rule in (_shared, _dead, _broke, _vanishing, _held, _slow, _overfits, _unfinished):
        if (found := rule(run)) is not None:
            return found
    return None


def _cross_entropy(one: EpochRecord) -> float:
    return one.cross_entropy if math.isfinite(one.penalty) else one.train_loss


def _shared(run: Measured) -> Finding | None:
    options, some = run.leg.settings.options, run.records[-FLAT_EPOCHS:]
    chance = 1 / max(2, run.classes)
    if not options.get("shared") or len(some) < FLAT_EPOCHS or some[-1].train_accuracy < (1 + chance) / 2:
        return None
    if max(one.val_accuracy for one in some) > ABOVE_CHANCE * chance:
        return None
    told = N_(
        "It learns, with {train} of the training pictures right, and validation is at chance with {val}: "
        "all blocks share one batch norm, and its running mean and variance, which eval() takes, fit none."
    )
    values = {"train": f"{some[-1].train_accuracy:.0%}", "val": f"{some[-1].val_accuracy:.0%}"}
    return Finding(
        "shared", Sentence(told, values), Remedy("again", {"options": {**options, "shared": False}})
    )


def _broke(run: Measured) -> Finding | None:
    some, diverged = run.losses, run.leg.state == "diverged"
    learned = [loss for loss in some if loss < LEARNED * run.guess]
    beyond = bool(some) and some[-1] > ABOVE_CHANCE * run.guess and _step(run) >= _small(run)
    if not diverged and not (run.outcome == "lost" or (run.outcome == "guesses" and (learned or beyond))):
        return None
    at = [halt.epoch for _place, halt in run.leg.halts if halt.state == "diverged"]
    bad = sum(1 for _ in takewhile(lambda one: _is_lost(one, run.guess), reversed(run.records)))
    if not bad and not diverged:  # the newest epoch is not
        return None
    epoch = min(len(some) - bad + 1, *at) if at else len(some) - bad + (not diverged or bad > 0)
    return Finding("broke", _said_broke(run, max(1, epoch)), _back(run, max(1, epoch)))


def _is_lost(one: EpochRecord, guess: float) -> bool:
    return not max(_cross_entropy(one), one.val_loss) < CHANCE * guess


def _rise(run: Measured, epoch: int) -> tuple[int, float, float] | None:
    """(batch, rate before, rate after) of the last rise of the rate that may have broken this epoch."""
    leg, found = run.leg, None
    for step, lr in leg.changes.items():
        before = leg.rates([step - 1])[0] if step else leg.settings.lr
        if lr > before and epoch - _NEAR - 1 <= leg.at(step) < epoch:
            found = step, before, lr
    return found


def _rate_in(run: Measured, epoch: int) -> float:
    leg = run.leg
    if not leg.per_epoch:
        return leg.settings.lr
    steps = range((epoch - 1) * leg.per_epoch, min(epoch * leg.per_epoch, leg.steps))
    return max(leg.rates(steps), default=leg.settings.lr)


def _said_broke(run: Measured, epoch: int) -> Sentence:
    values: dict[str, Any] = {"epoch": epoch, "lr": _rate(_rate_in(run, epoch))}
    if (rise := _rise(run, epoch)) is not None:
        step, before, lr = rise
        values |= {"before": _rate(before), "lr": _rate(lr), "place": story.place(run.leg.at(step))}
        told = N_("It broke in epoch {epoch}, after lr {before} → {lr} at epoch {place}: that is too high.")
        return Sentence(told, values)
    if epoch == 1:
        return Sentence(N_("It has learned nothing: lr {lr} is too high from the beginning."), values)
    return Sentence(N_("It learned up to epoch {good} and broke in epoch {epoch}: lr {lr} is too high."),
                    values | {"good": epoch - 1})  # fmt: skip


def _back(run: Measured, epoch: int) -> Remedy:
    """To the newest weights before what broke, with the rate as it was, or a tenth of it."""
    rise = _rise(run, epoch)
    at_most = _small(run) * max(1e-9, 1 - run.leg.settings.momentum)
    lr = min(_rate_in(run, epoch) / 10, at_most) if rise is None else rise[1]
    whole = epoch - 1 if rise is None else min(epoch - 1, int(run.leg.at(rise[0])))
    good = [n for n, loss in enumerate(run.losses[:whole], 1) if loss < LEARNED * run.guess]
    kept = [one for one in run.stored if one in good]
    if not kept:
        return Remedy("again", {"lr": _tidy(lr)})
    return _fork(run, kept[-1], {"lr": _tidy(lr)})


def _fork(run: Measured, epoch: int, changes: Mapping[str, Any]) -> Remedy:
    """From an epoch, for as many epochs as were planned behind it."""
    left = max(1, run.leg.settings.epochs - epoch)
    return Remedy("fork", {"epochs": left, **_moved_rate(run, epoch), **changes}, epoch)


def _moved_rate(run: Measured, epoch: int) -> dict[str, float]:
    """The rate that it had come to by the end of an epoch, where that is another than the settings' one."""
    settings, lr = run.leg.settings, run.leg.until(epoch).lr
    return {"lr": lr} if settings.schedule == "constant" and lr != settings.lr else {}


def _dead(run: Measured) -> Finding | None:
    norms = list(run.records[-1].gradient_norms.items()) if run.records else []
    if run.outcome != "lost" or len(norms) < 2 or not _silent(run.records[-1]):
        return None
    since = len(run.records) - sum(1 for _ in takewhile(_silent, reversed(run.records))) + 1
    told = N_("Its units are saturated since epoch {epoch}: no gradient reaches {first} … {layer} any more.")
    if _activation(run.leg.settings) == "relu":
        told = N_("Its units are dead since epoch {epoch}: {layer} gives 0 for every picture, so no gradient "
                  "reaches {first} … {layer} any more.")  # fmt: skip
    values = {"epoch": since, "first": norms[0][0], "layer": norms[-2][0]}
    return Finding("dead", Sentence(told, values), _back(run, since))


def _silent(one: EpochRecord) -> bool:
    """No layer but the last gets a gradient."""
    return max(list(one.gradient_norms.values())[:-1]) <= NO_GRADIENT


def _activation(settings: Settings) -> str:
    design = designs.design(settings.design)
    if "activation" in design.options:
        return str(settings.options.get("activation", design.default("activation")))
    return "relu"  # net_res_deep's


def _vanishing(run: Measured) -> Finding | None:
    if not run.flat or len(norms := run.records[-1].gradient_norms) < 2:
        return None
    (first, small), (last, large) = (list(norms.items())[place] for place in (0, -1))
    if not small < VANISHING * large:
        return None
    values: dict[str, Any] = {"first": first, "last": last}
    if small:
        values["times"] = round(large / small)
        told = N_(
            "The gradient vanishes on its way back: {first} gets 1/{times:,} of what {last} gets, so the "
            "first layers do not learn."
        )
    else:
        told = N_(
            "The gradient vanishes on its way back: nothing of it reaches {first}, which does not learn."
        )
    settings = run.leg.settings
    better = {"initialisation": "kaiming"} if settings.initialisation != "kaiming" else _SKIPS
    return Finding("vanishing", Sentence(told, values), Remedy("again", dict(better)))


_SKIPS: dict[str, Any] = {"design": "net_res_deep", "options": {}}


def _held(run: Measured) -> Finding | None:
    settings = run.leg.settings
    strong = {name: getattr(settings, name) for name in ("l1", "l2", "weight_decay")}
    strong = {name: given for name, given in strong.items() if given > STRONG_PENALTY}
    if not run.flat or not strong:
        return None
    told = N_(
        "The loss has been flat for {count} epochs: {names} pulls the weights to 0 faster than they learn."
    )
    values = {
        "count": len(run.records),
        "names": ", ".join(f"{name} {_rate(v)}" for name, v in strong.items()),
    }
    return Finding("held", Sentence(told, values), Remedy("again", dict.fromkeys(strong, 0.0)))


def _slow(run: Measured) -> Finding | None:
    settings, lr, step, small = run.leg.settings, run.leg.lr, _step(run), _small(run)
    if not run.flat or not step < small:
        return None
    values = {"count": len(run.records), "loss": f"{run.losses[-1]:.3f}", "lr": _rate(lr)}
    told = N_(
        "The loss has been flat for {count} epochs: {loss} is still what guessing costs. Gradients reach "
        "every layer, so the steps are too small at lr {lr}."
    )
    if settings.data == "sketches":
        told = N_(
            "The loss has been flat for {count} epochs: {loss} is still what guessing costs. Gradients "
            "reach every layer, but the sketches are slow at lr {lr}."
        )
    faster = {"lr": _tidy(min(10 * lr, lr * small / step))}
    if run.live:
        return Finding("slow", Sentence(told, values), Remedy("rate", faster))
    kept = list(run.stored)
    remedy = _fork(run, kept[-1], faster) if kept and kept[-1] else Remedy("again", faster)
    return Finding("slow", Sentence(told, values), _with_time(run, remedy))


def _step(run: Measured) -> float:
    """The rate as it is now; with momentum, what many steps in one direction come to."""
    return run.leg.lr / max(1e-9, 1 - run.leg.settings.momentum)


def _small(run: Measured) -> float:
    return SMALL_STEP[run.leg.settings.optimizer]


def _with_time(run: Measured, remedy: Remedy) -> Remedy:
    """A fork from the end of a run trains as many epochs as that did."""
    if remedy.way == "fork" and remedy.epoch == run.leg.settings.epochs:
        return Remedy("fork", {**remedy.changes, "epochs": run.leg.settings.epochs}, remedy.epoch)
    return remedy


def smooth(values: Sequence[float]) -> list[float]:
    """Each with the one before and the one behind it: their median; the ends have fewer."""
    return [median(values[max(0, n - 1) : n + 2]) for n in range(len(values))]


def best(records: Sequence[EpochRecord]) -> int:
    """The place, from 0, of the lowest validation loss, smoothed."""
    smoothed = smooth([one.val_loss for one in records])
    return min(range(len(smoothed)), key=smoothed.__getitem__)


def _overfits(run: Measured) -> Finding | None:
    if len(run.records) <= SINCE_BEST:
        return None
    lowest, some = best(run.records), run.losses
    now = median(one.val_loss for one in run.records[-3:])
    low = smooth([one.val_loss for one in run.records])[lowest]
    stays = (
        len(some) - 1 - lowest >= SINCE_BEST and min(one.val_loss for one in run.records[-SINCE_BEST:]) > low
    )
    if not stays or now <= RISEN * low or some[-1] >= FALLEN * some[lowest]:
        return None
    told = N_(
        "It overfits since epoch {epoch}: the validation loss rose from {low} to {now}, while the training "
        "loss fell from {before} to {after}."
    )
    values = {"epoch": lowest + 1, "low": _digits(low), "now": _digits(now)}
    values |= {"before": _digits(some[lowest]), "after": _digits(some[-1])}
    remedy = None
    if kept := [one for one in run.stored if 0 < one <= lowest + 1]:
        remedy = None if (more := _against(run.leg.settings)) is None else _fork(run, kept[-1], more)
    return Finding("overfits", Sentence(told, values), remedy)


def _against(settings: Settings) -> dict[str, Any] | None:
    """What helps against overfitting and is not tried yet."""
    if not settings.flip and not settings.shift_px:
        return {"flip": True, "shift_px": 2}
    return None if settings.l2 or settings.weight_decay else {"l2": 0.001}


def _unfinished(run: Measured) -> Finding | None:
    some, count = run.losses, max(1, len(run.records) // 10)
    over = run.over and run.leg.settings.schedule == "constant"  # a cycle ends near 0, with little left
    if len(some) < FLAT_EPOCHS or not over or run.outcome in ("guesses", "lost"):
        return None
    before, after = mean(some[-2 * count : -count]), mean(some[-count:])
    if after < NOTHING_LEFT * run.guess or not after < STILL_FALLING * before:
        return None
    if best(run.records) < len(some) - count - 1:
        return None
    told = N_("It has not converged yet: the training loss still fell by {share} in the last epochs.")
    if count == 1:
        told = N_("It has not converged yet: the training loss still fell by {share} in the last epoch.")
    more = {"epochs": len(some), **_moved_rate(run, len(some))}
    remedy = Remedy("on", more, len(some)) if max(run.stored, default=0) == len(some) else None
    return Finding("unfinished", Sentence(told, {"share": f"{1 - after / before:.0%}"}), remedy)


def _tidy(rate: float) -> float:
    return float(f"{rate:.3g}")


def _rate(rate: float) -> str:
    return f"{rate:.4g}"


def _digits(number: float) -> str:
    return f"{number:.3f}" if number < 10 else f"{number:,.0f}"
