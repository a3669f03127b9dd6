"""What lies below the probe lab: one experiment at a time, so that only the chosen one is computed."""

from convlab.snippets import verdict
from convlab.ui import frame
from convlab.ui.code_panel import code_panel
from convlab.ui.probe.arena import arena
from convlab.ui.probe.attribution import four_methods
from convlab.ui.probe.controls import State
from convlab.ui.probe.mistakes import mistakes
from convlab.ui.probe.modes import train_and_eval
from convlab.ui.probe.ood import out_of_distribution
from convlab.ui.probe.perturb import perturb
from convlab.ui.probe.subject import Subject
from convlab.ui.probe.surgery import operate
from convlab.ui.words import _


def experiments(state: State, subject: Subject) -> None:
    """Let the learner choose an experiment, and show it."""
    titles = {
        "notice": _("What to notice"),
        "four_ways": _("Why, four ways"),
        "mistakes": _("What it gets wrong"),
        "outside": _("Sure of anything"),
        "change": _("Push the picture"),
        "arena": _("Fool it"),
        "modes": _("train() and eval()"),
        "surgery": _("Surgery"),
        "code": _("PyTorch code"),
        "maths": _("Maths and source"),
    }
    show = {
        "four_ways": lambda: four_methods(state, subject),
        "mistakes": lambda: mistakes(state, subject),
        "outside": lambda: out_of_distribution(state, subject),
        "change": lambda: perturb(state, subject),
        "arena": lambda: arena(state, subject),
        "modes": lambda: train_and_eval(state, subject),
        "surgery": lambda: operate(state, subject),
        "code": lambda: _code(state, subject),
    }
    frame.experiments(state, titles, show)


def _code(state: State, subject: Subject) -> None:
    """The verdict of the first network as a script; it reads the picture and the weights from files."""
    controls, model = state.value, subject.model
    script = verdict.verdict(
        model.probe,
        model.match,
        model.weights_file,
        "my_picture.png",
        subject.size_px,
        subject.window,
        controls.padding,
        controls.temperature,
    )
    code_panel(script, "verdict.py")
