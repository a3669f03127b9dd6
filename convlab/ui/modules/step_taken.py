"""What the part "One training step" shows: the loop as it ran, line by line, and as columns of tensors."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import torch
from torch import Tensor, nn

from convlab.datasets import sketches
from convlab.networks import designs
from convlab.networks.checkpoints import WeightsFile
from convlab.probing import bundled
from convlab.snippets.step import Beginning
from convlab.training.step import TURNS, Moment, walk
from convlab.ui.components.tensor_sheet import GRADIENTS, Column, Row
from convlab.ui.kept import once
from convlab.ui.modules.step_controls import StepControls
from convlab.ui.words import _

_SHOWS = {  # the turn and the line that show what a loop does
    "chapter": (0, "step"),
    "no_zero_grad": (1, "backward"),  # it adds to what is there
    "step_first": (1, "step"),  # it finds no gradient
    "zero_grad_last": (1, "step"),
}
_NORMALISED_BY = "net_sketches"  # whose mean and standard deviation the pictures of all networks are given


@dataclass(frozen=True)
class Place:
    """A place of the player: what there is after a line, and which columns show it.

    Attributes:
        columns: of weights before, ``.grad``, weights after; ``~n`` where column n is not there yet.
        passes: how many forward passes there were.
    """

    moment: Moment
    columns: tuple[int, int, int]
    passes: int


@dataclass(frozen=True, eq=False)
class Taken:
    """Two turns of the loop.

    Attributes:
        pixels: uint8 [N, 3, 32, 32].
        labels: int64 [N].
        order: as in ``ORDERS``.
    """

    identity: str
    network: nn.Module
    pixels: Tensor
    labels: Tensor
    lr: float
    order: str
    moments: tuple[Moment, ...]

    @cached_property
    def passes(self) -> list[Moment]:
        """What there is after the loss of each forward pass."""
        return [moment for moment in self.moments if moment.line == "loss"]

    @cached_property
    def states(self) -> list[Mapping[str, Tensor | None]]:
        """All weights and gradients that there were, each once: what the columns hold."""
        found: list[Mapping[str, Tensor | None]] = []
        for moment in self.moments:
            for state in (moment.weights, moment.gradients):
                if self._at(found, state) is None:
                    found.append(state)
        return found

    @staticmethod
    def _at(states: list[Mapping[str, Tensor | None]], state: Mapping[str, Tensor | None]) -> int | None:
        """Where a state is; all in which every gradient is None are one."""
        nothing = set(state.values()) == {None}
        for n, other in enumerate(states):
            if other is state or (nothing and set(other.values()) == {None}):
                return n
        return None

    def column(self, state: Mapping[str, Tensor | None]) -> int:
        """The number of the column that holds a state."""
        found = self._at(self.states, state)
        assert found is not None
        return found

    @cached_property
    def places(self) -> list[Place]:
        """The places of the player: before the loop, after each line, and after the loss behind it."""
        found, passes = [], 0
        for moment in self.moments:
            passes += moment.line == "forward"
            if moment.turn < TURNS or moment.line == "loss":
                found.append(Place(moment, self._columns(moment), passes))
        return found

    def _columns(self, moment: Moment) -> tuple[int, int, int]:
        weights = [self.column(state) for state in self._weights]
        turn = min(moment.turn, TURNS - 1)
        after = weights[turn + 1]
        there = moment.weights is self._weights[turn + 1]
        return weights[turn], self.column(moment.gradients), after if there else ~after

    @cached_property
    def _weights(self) -> list[Mapping[str, Tensor | None]]:
        """The weights at first, and after each step."""
        return [self.moments[0].weights, *(one.weights for one in self.moments if one.line == "step")]

    @property
    def start(self) -> int:
        """Where the player stands at first: behind the first step, or where the second turn goes wrong."""
        sought = _SHOWS[self.order]
        moments = [place.moment for place in self.places]
        return next(n for n, moment in enumerate(moments) if (moment.turn, moment.line) == sought)

    @property
    def columns(self) -> list[Column]:
        """A column for each state, titled in the session's language."""
        titles = {self.column(state): n for n, state in enumerate(self._weights)}
        return [
            Column(_weights_title(titles[n]), "weights") if n in titles else Column(".grad", GRADIENTS)
            for n in range(len(self.states))
        ]

    @cached_property
    def rows(self) -> list[Row]:
        """A row for each parameter, in PyTorch's order."""
        return [
            Row(name, "Parameter", tuple(state[name] for state in self.states))
            for name in self.moments[0].weights
        ]


def _weights_title(steps: int) -> str:
    return _("After step {count}").format(count=steps) if steps else _("Weights")


def taken(controls: StepControls) -> Taken:
    """The loop as the controls have it; the lab keeps the last ones."""
    return _taken(
        controls.step_network,
        controls.step_seed,
        controls.step_places,
        controls.step_lr,
        controls.step_order,
    )


@once(8)
def _taken(network: str, seed: int, places: range, lr: float, order: str) -> Taken:
    pixels, pictures, labels = batch(places)
    model = network_of(network, seed)
    moments = walk(model, pictures, labels, lr, order, seed)
    identity = f"step/{network}/{seed}/{places.start}/{places.stop}/{lr!r}/{order}"
    return Taken(identity, model, pixels, labels, lr, order, moments)


@lru_cache(maxsize=64)
def batch(places: range) -> tuple[Tensor, Tensor, Tensor]:
    """Sketches: uint8 [N, 3, 32, 32], normalised float32 of the same shape, labels int64 [N].

    Who holds them shares them, so nobody changes them.
    """
    pixels = torch.stack([sketches.sketch(place) for place in places])
    return pixels, bundled.weights(_NORMALISED_BY).probe.normalise(pixels), torch.tensor(places) % 2


@lru_cache(maxsize=8)
def network_of(key: str, seed: int) -> nn.Module:
    """A bundled network, or a design with random weights; nobody changes it."""
    if trained(key):
        return bundled.weights(key).probe.network
    return designs.seeded(designs.design(key).build, seed).eval()


def trained(key: str) -> bool:
    """Whether a choice comes with weights that have learned from sketches."""
    return key.endswith(bundled.SKETCHES)


def network_title(key: str) -> str:
    """What a choice is called."""
    if trained(key):
        return _("{name}, trained").format(name=_(bundled.NETWORKS[key]))
    return _("{name}, untrained").format(name=_(designs.design(key).title))


def beginning(controls: StepControls) -> Beginning:
    """How a script begins."""
    key, probe = controls.step_network, bundled.weights(_NORMALISED_BY).probe
    file = WeightsFile(f"convlab/weights/{key}.safetensors") if trained(key) else None
    design = key.removesuffix(bundled.SKETCHES)
    return Beginning(design, controls.step_seed, file, controls.step_places, probe.mean, probe.std)
