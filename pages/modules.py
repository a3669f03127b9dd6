"""Modules: what a network registers, what one step changes, what saving and moving do (8.2.4 to 8.5)."""

import sys
from pathlib import Path

if (root := str(Path(__file__).parents[1])) not in sys.path:  # so that a page also runs by itself
    sys.path.append(root)

from convlab.ui.frame import lesson, part
from convlab.ui.modules import parts
from convlab.ui.modules.controls import ModulesControls, State


@part
def _part(state: State) -> None:
    """Reruns alone: all controls are those of a part."""
    parts.show(state)


with lesson("modules", ModulesControls) as state:
    _part(state)
