"""What excites a unit: the patches of a data set that it answers most strongly, and a picture made for it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from convlab.errors import N_, UserError, check_range
from convlab.networks.graph import Network, Walker, running, trace
from convlab.networks.receptive_field import Unit, View, check_unit
from convlab.networks.recording import record
from convlab.pictures.images import to_float

MAX_STEPS = 512
MAX_JITTER_PX = 8
_AT_ONCE = 100  # pictures in a pass
_LOOK = 8  # steps from one look at the picture as it is to the next
_GREY = 0.5
_NOISE = 0.1  # standard deviation of the first picture about grey

Prepare = Callable[[Tensor], Tensor]  # float [N, C, H, W], 0..1 -> what enters the network
Told = Callable[[int, int], None]  # pictures or steps: done, in all


@dataclass(frozen=True)
class Found:
    """A picture by its number in the set, its unit that answers most strongly, and that unit's value."""

    picture: int
    unit: Unit
    value: float


def strongest(
    module: nn.Module,
    pictures: Tensor,
    prepare: Prepare,
    layer: str,
    channel: int,
    most: int = 9,
    told: Told = lambda done, total: None,
) -> tuple[Found, ...]:
    """The pictures of a set that a map answers most strongly, each at its best unit; strongest first.

    In eval mode. The pictures are uint8 [N, C, H, W]; of a vector ``channel`` is the entry. The values are
    those of each picture alone. Raises UserError for no such layer, or one that is neither maps nor a vector.
    """
    network = trace(module, tuple(pictures.shape[1:]))
    shape = network.layer(layer).shape
    if len(shape) not in (1, 3):
        raise UserError(N_("{layer} has neither maps nor a vector: choose another layer."), layer=layer)
    check_unit(network.layer(layer), (channel, 0, 0)[: len(shape)])
    tops, done = [], 0
    for some in pictures.split(_AT_ONCE):
        with torch.no_grad():
            tops.append(
                _output(network, prepare(to_float(some)), layer)[:, channel].reshape(len(some), -1).amax(1)
            )
        done += len(some)
        told(done, len(pictures))
    places = torch.cat(tops).topk(min(most, len(pictures))).indices.tolist()
    found = [
        _alone(module, place, prepare(to_float(pictures[place][None])), layer, channel) for place in places
    ]
    return tuple(sorted(found, key=lambda one: -one.value))


def _alone(module: nn.Module, place: int, x: Tensor, layer: str, channel: int) -> Found:
    values = record(module, x).outputs[layer][0][channel]
    at = int(values.argmax())
    unit = (channel, *divmod(at, values.shape[1])) if values.dim() else (channel,)
    return Found(place, unit, float(values.flatten()[at]))


def _output(network: Network, x: Tensor, layer: str) -> Tensor:
    with running(network.body, x):
        return next(output for done, output in Walker(network).walk(x) if done.name == layer)


def seen(pixels: Tensor, view: View) -> Tensor:
    """What a unit sees of a picture, uint8 [C, h, w]; grey where its window reaches over the border."""
    real = pixels[:, slice(*view.real_rows), slice(*view.real_cols)]
    return F.pad(real, view.ghosts, value=128)


@dataclass(frozen=True)
class Regularisation:
    """How an ascent is kept from noise that excites the unit and shows nothing.

    Attributes:
        jitter_px: before each step the picture is moved by up to so many pixels, there and back.
        blur: share, 0..1, of each pixel that is taken from its neighbours after each step.
        l2: share, 0..1, by which each pixel returns to grey after each step: the gradient of L2.
    """

    jitter_px: int = 1
    blur: float = 0.3
    l2: float = 0.02

    def check(self) -> None:
        """Raise UserError for what is out of range."""
        check_range("jitter_px", self.jitter_px, 0, MAX_JITTER_PX)
        check_range("blur", self.blur, 0, 1)
        check_range("l2", self.l2, 0, 1)


@dataclass(frozen=True, eq=False)
class Made:
    """A picture that was made for a unit, uint8 [C, H, W], and what the unit says of it.

    Attributes:
        steps: that were done; the picture is the best of those looked at, that of step ``best``.
        values: the unit's value of the pictures looked at, the first noise before all; in eval mode.
    """

    pixels: Tensor
    steps: int
    best: int
    values: tuple[float, ...]

    @property
    def value(self) -> float:
        """The unit's value of the picture."""
        return max(self.values)


@dataclass(eq=False)
class Ascent:
    """Gradient ascent on one unit's value, from seeded noise, a step at a time; the network is left alone.

    Each step goes ``rate`` along the gradient, divided by its root mean square where it is not 0. Where it is
    0 everywhere, as of a ReLU that does not fire, the picture is drawn anew. Erhan et al. 2009; Olah et al.
    2017, https://distill.pub/2017/feature-visualization. Raises UserError for no such layer or unit.
    """

    module: nn.Module
    shape: tuple[int, ...]
    prepare: Prepare
    layer: str
    unit: Unit
    seed: int = 0
    regularisation: Regularisation = field(default_factory=Regularisation)
    rate: float = 0.02

    def __post_init__(self) -> None:
        self.regularisation.check()
        self._network = trace(self.module, self.shape)
        check_unit(self._network.layer(self.layer), self.unit)
        self._chance = torch.Generator().manual_seed(self.seed)
        self._x = self._drawn(_NOISE)
        self._steps, self._values = 0, list[float]()
        self._look()

    def run(self, steps: int, told: Callable[[Made], None] = lambda made: None) -> Made:
        """So many more steps; ``told`` gets what is there, every few steps. Raises UserError for too many."""
        check_range("steps", steps, 1, MAX_STEPS)
        for step in range(steps):
            self._step()
            if (step + 1) % _LOOK == 0 or step + 1 == steps:
                self._look()
                told(self.made)
        return self.made

    @property
    def made(self) -> Made:
        """The best picture so far."""
        return Made(self._best, self._steps, self._best_step, tuple(self._values))

    def _drawn(self, deviation: float) -> Tensor:
        noise = torch.randn(1, *self.shape, generator=self._chance)
        return (_GREY + deviation * noise).clamp(0, 1)

    def _step(self) -> None:
        to, regular = self.regularisation.jitter_px, self.regularisation
        by = tuple(torch.randint(-to, to + 1, (2,), generator=self._chance).tolist())
        with torch.enable_grad():
            x = self._x.roll(by, (2, 3)).requires_grad_()
            value = _output(self._network, self.prepare(x), self.layer)[0][self.unit]
            (gradient,) = torch.autograd.grad(value, x, materialize_grads=True)
        self._steps += 1
        if not gradient.any():
            self._x = self._drawn(3 * _NOISE)
            return
        gradient = gradient.roll((-by[0], -by[1]), (2, 3))
        moved = self._x + self.rate * gradient / gradient.square().mean().sqrt()
        moved = _GREY + (1 - regular.l2) * (moved - _GREY)
        self._x = torch.lerp(moved, _blurred(moved), regular.blur).clamp(0, 1)

    def _look(self) -> None:
        """The unit's value of the picture as it would be saved, and whether it is the best so far."""
        pixels = (255 * self._x[0]).round().to(torch.uint8)
        x = self.prepare(to_float(pixels[None]))
        value = float(record(self.module, x).outputs[self.layer][0][self.unit])
        if not self._values or value > max(self._values):
            self._best, self._best_step = pixels, self._steps
        self._values.append(value)


def _blurred(x: Tensor) -> Tensor:
    """Each pixel as the mean of the 3 x 3 around it, with weights 1 2 1 along each axis."""
    line = torch.tensor([1.0, 2.0, 1.0]) / 4
    kernel = torch.outer(line, line).expand(x.shape[1], 1, 3, 3)
    return F.conv2d(F.pad(x, (1, 1, 1, 1), "replicate"), kernel, groups=x.shape[1])
