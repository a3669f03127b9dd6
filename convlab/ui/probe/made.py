"""What a slider or a brush made of the square, and what the networks say of it while a hand moves."""

from collections.abc import Sequence

from torch import Tensor

from convlab.pictures.board import Board
from convlab.probing import perturbations
from convlab.ui.components.followed import Watched, followed
from convlab.ui.components.shared.looking import VerdictShown
from convlab.ui.numbers import by_numbers, listed
from convlab.ui.probe.controls import State
from convlab.ui.probe.lab import verdicts
from convlab.ui.probe.subject import Subject
from convlab.ui.words import _, cell

KEY = "probe.follow"


def changed(subject: Subject, change: str, amount: float) -> Tensor:
    """The square with a change of ``perturbations.KINDS``, float32 [3, 32, 32]; UserError as ``perturb``."""
    return perturbations.pictures(subject.probe, subject.seen, change, [amount])[0]


def painted(subject: Subject, board: str) -> Tensor:
    """The square with what was painted on it, uint8 [3, 32, 32]; "" is nothing."""
    return Board.decode(board).painted_on(subject.seen) if board else subject.seen


def shown(picture: Tensor) -> Tensor:
    """What was made, as it is to be shown, uint8 [3, 32, 32]."""
    return (picture * 255).round().byte() if picture.is_floating_point() else picture


def follow(state: State, subject: Subject, picture: Tensor, watched: Watched) -> None:
    """What was made, and the verdict on it; both go along with what is watched."""
    temperature = state.value.temperature
    said = verdicts(subject, temperature, picture)
    followed(KEY, shown(picture), said, subject.look(temperature), watched)
    by_numbers(KEY, _numbers, said, label=_("This verdict by numbers"))


def _numbers(said: Sequence[VerdictShown]) -> None:
    for one in said:
        listed({cell(one.title): one.classes, _("Logit"): one.logits, _("Probability"): one.probabilities})
