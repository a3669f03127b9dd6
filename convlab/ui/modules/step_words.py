"""What a line of the loop has done, in a sentence with its numbers."""

import math

import torch
from torch import Tensor

from convlab.networks.modes import DROPOUTS, kinds_that_differ
from convlab.training.step import LINES, ORDERS, TURNS, Gradients, Moment, Weights
from convlab.ui.modules.step_taken import Place, Taken
from convlab.ui.words import _, sentences


def code(taken: Taken) -> list[str]:
    """The lines of the loop as the learner reads them."""
    lines = [f"    {LINES[line]}" for line in ORDERS[taken.order]]
    return [f"for turn in range({TURNS}):", *lines, "F.cross_entropy(model(pictures), labels)"]


def lit(taken: Taken, moment: Moment) -> tuple[int, ...]:
    """The line of ``code`` that has just run; () before the loop."""
    if not moment.line:
        return ()
    lines = ORDERS[taken.order]
    return (1 + lines.index(moment.line),) if moment.turn < TURNS else (1 + len(lines),)


def sentence(taken: Taken, n: int) -> str:
    """What there is at a place, and how it differs from the place before."""
    place = taken.places[n]
    moment, before = place.moment, taken.places[max(0, n - 1)].moment
    if moment.turn == TURNS or moment.line == "loss":
        return _of_loss(taken, place)
    if moment.line == "zero_grad":
        return _("Every .grad is None again.") if _held(before) else _("Every .grad is None, as before.")
    if moment.line == "backward":
        return _of_backward(before.gradients, moment.gradients)
    if moment.line == "step":
        return _of_step(taken, before, moment)
    if moment.logits is not None:
        count, classes = moment.logits.shape
        said = _("The network makes {classes} logits of each of the {count} pictures. No weight changes.")
        return said.format(count=count, classes=classes)
    return _("Before the loop: no gradient yet, every .grad is None.")


def _of_loss(taken: Taken, place: Place) -> str:
    found = [moment.loss for moment in taken.passes[: place.passes]]
    if len(found) == 1:
        return _("The loss is the mean of the pictures' losses: {loss}.").format(loss=number(found[0]))
    said = _("The loss of the same batch is now {loss}; before the last step it was {before}.")
    return said.format(loss=number(found[-1]), before=number(found[-2]))


def _of_backward(before: Gradients, after: Gradients) -> str:
    length, count = _length(after), sum(value.numel() for value in after.values() if value is not None)
    if not any(value is not None for value in before.values()):
        said = _("backward() gives each of the {count:,} weights its gradient; their length is {length}.")
        return said.format(count=count, length=number(length))
    said = _(
        "backward() adds to the gradients that are there: their length was {before}, now it is {length}."
    )
    return said.format(before=number(_length(before)), length=number(length))


def _of_step(taken: Taken, before: Moment, after: Moment) -> str:
    if not _held(after):
        return _("Every .grad is None, so step() leaves each weight as it is.")
    name, change = _largest_change(before.weights, after.weights)
    said = _("Each weight becomes w − {lr:g} × its .grad. The largest change is {change}, in {name}.")
    return said.format(lr=taken.lr, change=number(change), name=name)


def _held(moment: Moment) -> bool:
    return any(value is not None for value in moment.gradients.values())


def _length(gradients: Gradients) -> float:
    held = [value.double().square().sum() for value in gradients.values() if value is not None]
    return math.sqrt(float(torch.stack(held).sum())) if held else 0.0


def _largest_change(before: Weights, after: Weights) -> tuple[str, float]:
    changes: dict[str, Tensor] = {name: (after[name] - weight).abs().max() for name, weight in before.items()}
    name = max(changes, key=lambda each: float(changes[each]))
    return name, float(changes[name])


def number(value: float | None) -> str:
    """Four digits, as people read them."""
    return "" if value is None else f"{value:.4g}".replace("-", "−")


def formula(taken: Taken, place: Place) -> str:
    """How the entry that one points at has changed; "" where no step has just used the gradient on show."""
    moment = place.moment
    if moment.line != "step" or not _held(moment):
        return ""
    said = _("{before} − {lr:g} × {gradient} = {after}")
    return said.format(before="{0}", gradient="{1}", after="{2}", lr=taken.lr)


def outcome(taken: Taken, chapter: Taken) -> str:
    """The losses before and after each step, beside those of the chapter's loop where it is another one."""
    said = [_("Loss before the steps, after one, after two: {losses}.").format(losses=_arrows(taken))]
    if taken.order != chapter.order:
        said.append(_("As the chapter has it: {losses}.").format(losses=_arrows(chapter)))
    if taken.order == "no_zero_grad":
        said += _no_merit(taken, chapter)
    if any(kind in DROPOUTS for kind in kinds_that_differ(taken.network)):
        said.append(_("Dropout draws anew in each pass, so the loss moves even where no weight does."))
    return sentences(*said)


def _no_merit(taken: Taken, chapter: Taken) -> list[str]:
    """Why a loss that is lower without ``zero_grad()`` is none, with the lengths of the second steps."""
    last, there = (one.passes[-1].loss for one in (taken, chapter))
    said = (
        [_("The loss is lower by a longer step, not by a better one.")]
        if last is not None and there is not None and last < there
        else []
    )
    length, other = _second_step(taken), _second_step(chapter)
    if not (math.isfinite(length) and 0 < other < math.inf):
        return said
    sentence = _(
        "The second step went along the sum of both gradients, {times:.3g} times as far as the chapter's."
        " Each turn adds one more: this is SGD with momentum 1, which never fades."
    )
    return [*said, sentence.format(times=length / other)]


def _second_step(taken: Taken) -> float:
    """How far the weights move in it."""
    before, after = (moment.weights for moment in taken.moments if moment.line == "step")
    return _length({name: value - before[name] for name, value in after.items()})


def _arrows(taken: Taken) -> str:
    return " → ".join(number(moment.loss) for moment in taken.passes)
