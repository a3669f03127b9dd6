"""The scripts of what the page shows: the verdict, and each experiment as it is set."""

from collections.abc import Callable

from convlab.probing import surgery
from convlab.probing.perturbations import KINDS
from convlab.snippets import probing, verdict
from convlab.ui.picture import own_file
from convlab.ui.probe.attribution import target_of
from convlab.ui.probe.controls import State
from convlab.ui.probe.exam import key_of
from convlab.ui.probe.ood import NOISE
from convlab.ui.probe.perturb import accuracy_values, steps
from convlab.ui.probe.subject import Subject
from convlab.ui.probe.surgery import kernel_chosen
from convlab.ui.probe.trail import cell_of

Script = Callable[[State, Subject], str]


def of(state: State) -> Script | None:
    """What writes the script of the experiment that is shown; None where there is nothing to compute."""
    if state.value.experiment == "arena":
        return _ARENA.get(state.value.game)
    return _SCRIPTS.get(state.value.experiment)


def verdict_of(state: State, subject: Subject) -> str:
    """The verdict of the first network; it reads the picture and the weights from files."""
    controls, model = state.value, subject.model
    own = own_file(controls.picture)
    return verdict.verdict(
        model.probe,
        model.match,
        model.weights_file,
        "my_picture.png",
        subject.size_px,
        subject.window,
        controls.padding,
        controls.temperature,
        plain=own is None or own.plain,
        changed=model.edits,
    )


def _behind(state: State, subject: Subject, *lines: str) -> str:
    return probing.behind(verdict_of(state, subject), subject.probe, *lines)


def _bare(subject: Subject, *lines: str) -> str:
    model = subject.model
    return probing.bare(model.probe, model.match, model.weights_file, model.edits, *lines)


def _examined(state: State, subject: Subject, *lines: str) -> tuple[str, ...]:
    """The validation pictures, and what is asked of them; nothing while they are not here."""
    key = key_of(state, subject.model)
    return (probing.examined(key), *lines) if key else ()


def _four_ways(state: State, subject: Subject) -> str:
    layer = state.value.cam_layer or None
    return _behind(state, subject, probing.four_ways(target_of(state.value, subject, subject.model), layer))


def _mistakes(state: State, subject: Subject) -> str:
    asked = [probing.mistakes(state.value.temperature)]
    if cell := cell_of(state, len(subject.model.class_names)):
        asked.append(probing.in_cell(*cell))
    return _bare(subject, *_examined(state, subject, *asked))


def _outside(state: State, subject: Subject) -> str:
    controls = state.value
    strangers = probing.outside(controls.other, NOISE, controls.other_data)
    compared = probing.compared(controls.score, controls.threshold)
    return _bare(subject, strangers, *_examined(state, subject, compared))


def _pushed(state: State, subject: Subject) -> str:
    controls = state.value
    kind = KINDS[controls.change]
    along = probing.pushed_all(controls.change, accuracy_values(kind))
    pushed = probing.pushed(controls.change, steps(kind), controls.temperature)
    return _behind(state, subject, pushed, *_examined(state, subject, along))


def _painted(state: State, subject: Subject) -> str:
    return _behind(state, subject, probing.painted(state.value.painted) if state.value.painted else "")


def _ascended(state: State, subject: Subject) -> str:
    controls = state.value
    return _behind(state, subject, probing.ascended(controls.goal, controls.budget, controls.norm))


def _least(state: State, subject: Subject) -> str:
    return _behind(state, subject, probing.least_change(state.value.goal, state.value.norm))


def _modes(state: State, subject: Subject) -> str:
    controls = state.value
    asked = probing.in_both_modes(controls.batch_size, controls.order, controls.seed)
    return _bare(subject, *_examined(state, subject, asked))


def _operated(state: State, subject: Subject) -> str:
    if not surgery.convolutions(subject.probe.network):
        return _bare(subject)
    operated = probing.operated(*kernel_chosen(state.value, subject), state.value.pruned)
    return _bare(subject, *_examined(state, subject, operated))


_SCRIPTS: dict[str, Script] = {
    "four_ways": _four_ways,
    "mistakes": _mistakes,
    "outside": _outside,
    "change": _pushed,
    "modes": _modes,
    "surgery": _operated,
}
_ARENA: dict[str, Script] = {"paint": _painted, "ascend": _ascended, "least": _least, "board": verdict_of}
