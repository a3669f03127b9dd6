"""Programs: short programs with one mistake each, to be predicted, run, found and mended (chapter 8)."""

import sys
from pathlib import Path

if (root := str(Path(__file__).parents[1])) not in sys.path:  # so that a page also runs by itself
    sys.path.append(root)

from convlab.ui.frame import lesson, part
from convlab.ui.programs import gallery
from convlab.ui.programs.controls import ProgramsControls, State


@part
def _gallery(state: State) -> None:
    """Reruns alone: all controls are those of a program."""
    gallery.show(state)


with lesson("programs", ProgramsControls) as state:
    _gallery(state)
