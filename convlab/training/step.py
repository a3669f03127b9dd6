"""One training step, taken apart: what each line of the loop changes (8.4.1).

The loop goes round twice over one batch, so that the second pass meets what the first has left behind: the
weights after a step, and gradients that nobody set to zero.

https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.zero_grad.html and
https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html.
"""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from convlab.errors import N_, chosen
from convlab.networks.designs import seeded

TURNS = 2
LINES: dict[str, str] = {
    "forward": "logits = model(pictures)",
    "loss": "loss = F.cross_entropy(logits, labels)",
    "zero_grad": "optimizer.zero_grad()",
    "backward": "loss.backward()",
    "step": "optimizer.step()",
}
_RIGHT = tuple(LINES)
ORDERS: dict[str, tuple[str, ...]] = {
    "chapter": _RIGHT,
    "no_zero_grad": ("forward", "loss", "backward", "step"),
    "step_first": ("forward", "loss", "zero_grad", "step", "backward"),
    "zero_grad_last": ("forward", "loss", "backward", "zero_grad", "step"),
}
Weights = Mapping[str, Tensor]
Gradients = Mapping[str, Tensor | None]


@dataclass(frozen=True, eq=False)
class Moment:
    """What there is after a line of the loop; tensors that a line left alone are the same objects as before.

    Attributes:
        turn: the pass through the loop, from 0; ``TURNS`` for the forward pass and the loss behind the last.
        line: one of ``LINES``, which has just run; "" before the first.
        weights: parameter -> its values, float32, of its shape.
        gradients: parameter -> its ``.grad``, of its shape; None where that is None.
        logits: float32 [N, K] of the last forward pass; None before the first.
        losses: float32 [N], each picture's cross-entropy in nats; None between forward pass and loss.
        loss: their mean, as the loop has it.
    """

    turn: int
    line: str
    weights: Weights
    gradients: Gradients
    logits: Tensor | None = None
    losses: Tensor | None = None
    loss: float | None = None


@dataclass
class _Loop:
    """The loop's variables, and what its lines do with them."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    pictures: Tensor
    labels: Tensor
    logits: Tensor = field(default_factory=lambda: torch.empty(0))
    loss: Tensor = field(default_factory=lambda: torch.empty(0))

    def run(self, line: str) -> None:
        """Run one of ``LINES``; the tests compare this with the lines themselves."""
        if line == "forward":
            self.logits = self.model(self.pictures)
        elif line == "loss":
            self.loss = F.cross_entropy(self.logits, self.labels)
        elif line == "zero_grad":
            self.optimizer.zero_grad()
        elif line == "backward":
            self.loss.backward()
        else:
            self.optimizer.step()


def walk(
    network: nn.Module, pictures: Tensor, labels: Tensor, lr: float, order: str = "chapter", seed: int = 0
) -> tuple[Moment, ...]:
    """What there is before the loop, after each of its lines in ``TURNS`` passes, and after one loss more.

    A copy of the network learns, in train() mode, by plain ``torch.optim.SGD``; ``network`` stays as it is.

    Args:
        pictures: normalised float32 [N, C, H, W].
        labels: int64 [N].
        lr: of ``torch.optim.SGD``.
        order: one of ``ORDERS``, else UserError.
        seed: of dropout.
    """
    lines = chosen(ORDERS, order, N_("There is no loop {key}: choose one of {keys}."))
    model = copy.deepcopy(network).train().requires_grad_()
    loop = _Loop(model, torch.optim.SGD(model.parameters(), lr=lr), pictures, labels)
    with torch.enable_grad():
        return seeded(lambda: tuple(_moments(loop, lines)), seed)


def _moments(loop: _Loop, lines: tuple[str, ...]) -> Iterator[Moment]:
    now = Moment(0, "", _weights(loop.model), _gradients(loop.model))
    yield now
    for turn in range(TURNS + 1):
        for line in lines if turn < TURNS else ("forward", "loss"):
            loop.run(line)
            now = _after(loop, replace(now, turn=turn, line=line))
            yield now


def _after(loop: _Loop, now: Moment) -> Moment:
    """The moment with what its line has changed."""
    if now.line == "forward":
        return replace(now, logits=loop.logits.detach(), losses=None, loss=None)
    if now.line == "loss":
        losses = F.cross_entropy(loop.logits.detach(), loop.labels, reduction="none")
        return replace(now, losses=losses, loss=loop.loss.item())
    if now.line == "step":
        return replace(now, weights=_weights(loop.model))
    return replace(now, gradients=_gradients(loop.model))


def _weights(model: nn.Module) -> Weights:
    return {name: tensor.detach().clone() for name, tensor in model.named_parameters()}


def _gradients(model: nn.Module) -> Gradients:
    named = model.named_parameters()
    return {name: None if tensor.grad is None else tensor.grad.clone() for name, tensor in named}
