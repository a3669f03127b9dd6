"""What lies below the probe lab: one experiment at a time, so that only the chosen one is computed."""

from functools import partial

from convlab.ui import frame
from convlab.ui.code_panel import code_on_request, code_panel
from convlab.ui.probe import scripts
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


def experiments(state: State, subject: Subject, first: bool) -> None:
    """Let the learner choose an experiment, and show it; ``first``: as ``frame.experiments``."""
    offered = {
        "notice": (_("What to notice"), None),
        "four_ways": (_("Why, four ways"), four_methods),
        "mistakes": (_("What it gets wrong"), mistakes),
        "outside": (_("Sure of anything"), out_of_distribution),
        "change": (_("Push the picture"), perturb),
        "arena": (_("Fool it"), arena),
        "modes": (_("train() and eval()"), train_and_eval),
        "surgery": (_("Surgery"), operate),
        "code": (_("PyTorch code"), _code),
        "maths": (_("Maths and source"), None),
    }
    frame.experiments(state, offered, subject, first=first)
    if (make := scripts.of(state)) is not None:
        name = state.value.experiment
        code_on_request(f"probe.{name}", partial(make, state, subject), f"{name}.py")


def _code(state: State, subject: Subject) -> None:
    """The verdict of the first network as a script; it reads the picture and the weights from files."""
    code_panel(scripts.verdict_of(state, subject), "verdict.py")
