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
    frame.experiments(state, offered, subject)


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
