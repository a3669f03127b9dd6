"""The book's slips: where chapter 8 errs, what is right, and what PyTorch says of both."""

import sys
from pathlib import Path

if (root := str(Path(__file__).parents[1])) not in sys.path:  # so that a page also runs by itself
    sys.path.append(root)

from convlab.ui.frame import lesson, part
from convlab.ui.slips import SlipsControls, State, slips


@part
def _slips(state: State) -> None:
    """Reruns alone when a slip is chosen."""
    slips(state)


with lesson("slips", SlipsControls) as state:
    _slips(state)
