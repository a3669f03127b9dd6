"""What a slider, a brush or a kernel's cells made, and what the networks say of it while a hand moves."""

from collections.abc import Sequence
from dataclasses import replace

from torch import Tensor

from convlab.pictures.board import Board
from convlab.probing import perturbations
from convlab.probing.probe import Probe
from convlab.ui.components.followed import Watched, followed
from convlab.ui.components.shared.looking import VerdictShown
from convlab.ui.numbers import by_numbers, listed, results
from convlab.ui.probe.controls import State
from convlab.ui.probe.lab import judged, verdicts
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
    said, pixels = verdicts(subject, state.value.temperature, picture), shown(picture)
    count = repainted(subject, pixels) if watched.control == "painted" else None
    _show(state, subject, pixels, said, watched, count)


def follow_cut(state: State, subject: Subject, cut: Probe, watched: Watched) -> None:
    """What the first network says of the square with one of its kernels changed; it goes along with that."""
    said = judged_cut(subject, cut, state.value.temperature)
    _show(state, subject, None, said, watched, None)


def repainted(subject: Subject, pixels: Tensor) -> int:
    """How many pixels of a picture, uint8 [3, 32, 32], differ from the square's."""
    return int((pixels != subject.seen).any(0).sum())


def judged_cut(subject: Subject, cut: Probe, temperature: float) -> list[VerdictShown]:
    """The verdict of a copy of the first network on the square."""
    (said,) = judged([subject.model], [cut.logits(subject.seen[None])[0]], temperature)
    return [replace(said, title=_("{network}, with this kernel").format(network=said.title))]


def _show(
    state: State,
    subject: Subject,
    pixels: Tensor | None,
    said: Sequence[VerdictShown],
    watched: Watched,
    count: int | None,
) -> None:
    followed(KEY, pixels, said, subject.look(state.value.temperature), watched, count)
    by_numbers(KEY, _numbers, said, count, label=_("This verdict by numbers"))


def _numbers(said: Sequence[VerdictShown], count: int | None) -> None:
    for one in said:
        listed({cell(one.title): one.classes, _("Logit"): one.logits, _("Probability"): one.probabilities})
    if count is not None:
        results({_("Painted pixels"): count})
