"""What became of a run that goes on without an error: whether its network learns, or is lost all the same.

A loss may stay finite while nothing is left to learn: units that are dead or saturated pass no gradient on,
logits may be huge and wrong.
"""

import math
from dataclasses import dataclass
from typing import Literal

from convlab.datasets.dataset import Dataset, counts
from convlab.errors import N_, Sentence
from convlab.training.engine import EpochRecord
from convlab.training.kinds import Said

Kind = Literal["learns", "guesses", "lost"]

BLOWN_UP = 10.0  # times the loss of guessing, in training and validation: no network that learns comes there
_ABOVE_GUESSING = 1.5
_NO_GRADIENT = 1e-8
_DEVIATIONS = 3.0  # how far above guessing an accuracy must be so that it is no chance


@dataclass(frozen=True)
class Outcome:
    """A verdict on an epoch; ``said`` is for people, None where the network learns."""

    kind: Kind = "learns"
    said: Said | None = None


@dataclass(frozen=True)
class Guessing:
    """What one comes to who says the most common class of each picture, or all classes with equal chance.

    Pictures to train and to validate on, those of the most common class; the loss is that of equal chances.
    """

    train: int
    val: int
    train_right: int
    val_right: int
    loss: float


def guessing(dataset: Dataset) -> Guessing:
    """On a data set."""
    train, val = zip(*counts(dataset), strict=True)
    return Guessing(sum(train), sum(val), max(train), max(val), math.log(len(dataset.classes)))


def judge(last: EpochRecord, chance: Guessing) -> Outcome:
    """What the newest epoch says of a run."""
    lowest = min(last.train_loss, last.val_loss)
    right = last.train_accuracy * chance.train + last.val_accuracy * chance.val
    count, expected = chance.train + chance.val, chance.train_right + chance.val_right
    at_chance = not right > expected + _DEVIATIONS * math.sqrt(expected * (1 - expected / count))
    if lowest > BLOWN_UP * chance.loss or (at_chance and lowest > _ABOVE_GUESSING * chance.loss):
        told = N_(
            "It is lost: its validation loss is {loss}, and guessing costs only {guess}. "
            "Start again with a smaller learning rate."
        )
        values = {"loss": _digits(last.val_loss), "guess": _digits(chance.loss)}
        return Outcome("lost", Sentence(told, values))
    norms = list(last.gradient_norms.values())[:-1]
    if at_chance and norms and max(norms) <= _NO_GRADIENT:
        told = N_(
            "It is lost: no gradient reaches the layers before {layer} any more, so they cannot learn. "
            "Start again with a smaller learning rate."
        )
        return Outcome("lost", Sentence(told, {"layer": list(last.gradient_norms)[-1]}))
    if at_chance:
        told = N_(
            "It cannot be told from guessing: {right} of the validation pictures are right, and the most "
            "common class alone would give {chance}. Train longer, or try another learning rate."
        )
        values = {"right": f"{last.val_accuracy:.1%}", "chance": f"{chance.val_right / chance.val:.1%}"}
        return Outcome("guesses", Sentence(told, values))
    return Outcome()


def _digits(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.2f}"
