"""What the networks of Probe say, in a browser component, and how it asks that while a hand moves."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from convlab.ui import server
from convlab.ui.words import _


@dataclass(frozen=True)
class Look:
    """How the route "look" is asked.

    Attributes:
        secret: under which the server has the picture and the networks; "": do not ask.
        window, padding: the square of the picture that the networks see, as controls hold them.
        temperature: of the probabilities.
    """

    secret: str
    window: str
    padding: str
    temperature: float

    def told(self) -> dict[str, Any]:
        """What the browser is told."""
        controls = {"window": self.window, "padding": self.padding, "temperature": self.temperature}
        return {"route": server.path("look"), "secret": self.secret, "controls": controls}


@dataclass(frozen=True)
class VerdictShown:
    """What one network says: plain text, and a number for each class."""

    title: str
    classes: Sequence[str]
    logits: Sequence[float]
    probabilities: Sequence[float]


def says() -> dict[str, str]:
    """The labels of a verdict."""
    return {"class": _("class"), "probability": _("probability"), "logit": _("logit")}
