"""What a browser component needs to ask what the networks of Probe say, while a hand moves."""

from dataclasses import dataclass
from typing import Any

from convlab.ui import server


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
