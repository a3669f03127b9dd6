"""What is asked: one picture, the square cut from it, and the networks that look at it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import streamlit as st
from torch import Tensor

from convlab.errors import UserError
from convlab.pictures import crop
from convlab.probing.probe import Probe, softened
from convlab.ui.boundary import say
from convlab.ui.components.probe_lab import SourceShown, reduced
from convlab.ui.components.shared.looking import Look
from convlab.ui.cropping import window_on
from convlab.ui.kept import kept
from convlab.ui.networks import Model
from convlab.ui.opened import Opened
from convlab.ui.picture import whole_later, whole_picture
from convlab.ui.probe.controls import ProbeControls, State
from convlab.ui.probe.models import open_models
from convlab.ui.words import _


@dataclass(frozen=True, eq=False)
class Scene:
    """A picture, and the networks that look at it; what a route asks about a square of the learner's.

    Attributes:
        whole: gives the picture, uint8 [3, H, W].
        name: no other picture has it.
        pixels: the picture as ``reduced`` makes it.
        models: one network, or two.
    """

    whole: Callable[[], Tensor]
    name: str
    pixels: Tensor
    models: tuple[Model, ...]

    def asked(self, controls: ProbeControls) -> "Subject":
        """What is asked about the square that the controls describe."""
        return asked(controls, self.models, self.whole(), self.name, self.pixels)


SCENES: Opened[Scene] = Opened("probe.scene")


@dataclass(frozen=True)
class Subject(SourceShown):
    """Everything that a verdict depends on: a picture and its square, and what is asked about it.

    Attributes:
        seen: uint8 [3, 32, 32]: the square.
        models: one network, or two.
        logits: float32 [K] of each network.
        secret: under which ``SCENES`` has the picture and the networks; "" where no session has them open.
    """

    seen: Tensor
    models: tuple[Model, ...]
    logits: tuple[Tensor, ...]
    secret: str = ""

    @property
    def identity(self) -> bytes:
        """Changes with the 32 x 32 pixels and the first network."""
        return self.model.identity.encode() + self.seen.numpy().tobytes()

    @property
    def values(self) -> Tensor:
        """Float32 [3, 32, 32]: what enters the first network."""
        return self.probe.normalise(self.seen[None])[0]

    @property
    def paddings(self) -> dict[str, str]:
        """Padding -> what it is called; of two networks with different means, it says whose is taken."""
        if len({model.probe.mean for model in self.models}) == 1:
            return super().paddings
        return {**super().paddings, "mean": _("Mean colour of {network}").format(network=self.model.name)}

    @property
    def model(self) -> Model:
        """The first network."""
        return self.models[0]

    @property
    def probe(self) -> Probe:
        """The first network with its class names."""
        return self.model.probe

    def look(self, temperature: float) -> Look:
        """How a browser component asks about this square while a hand moves."""
        window = self.window
        square = f"{window.left_px},{window.top_px},{window.side_px}"
        return Look(self.secret, square, self.padding, temperature)

    def probabilities(self, temperature: float) -> list[Tensor]:
        """Of each network, float32 [K]."""
        return [softened(logits, temperature) for logits in self.logits]


def open_subject(state: State) -> Subject | None:
    """What the controls describe; None after saying why it cannot be asked."""
    with st.container():  # with a notice or without: the lab behind it keeps its place, and is not made anew
        try:
            models = open_models(state.value)
        except UserError as error:
            say(error)
            return None
        whole, name, notice = whole_picture(state.value, crop.SIZE_PX)
        if notice:
            st.info(notice, icon=":material/info:")
        pixels = kept("probe.shown").get(name, lambda: reduced(whole))
        identity = name, tuple(model.identity for model in models)
        later, those = whole_later(state.value, crop.SIZE_PX), tuple(models)
        scene = kept("probe.scene").get(identity, lambda: Scene(later, name, pixels, those))
        found = asked(state.value, scene.models, whole, name, pixels)
        return replace(found, secret=SCENES.secret_of(scene))


def asked(
    controls: ProbeControls, models: Sequence[Model], whole: Tensor, name: str, pixels: Tensor
) -> Subject:
    """Cut the square that the controls describe from a picture, uint8 [3, H, W], and ask the networks."""
    size_px, padding, mean = (whole.shape[1], whole.shape[2]), controls.padding, models[0].probe.mean
    window = window_on(controls, *size_px)
    seen = crop.cut(whole, window, padding, mean)
    logits = tuple(model.probe.logits(seen[None])[0] for model in models)
    place = name, size_px, pixels, window, padding, crop.colour_of(mean)
    return Subject(*place, seen, tuple(models), logits)
