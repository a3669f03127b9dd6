"""What stays in memory where a loop adds up losses without ``.item()`` (8.4.1).

A loss is the end of a graph: a node for each operation, and the tensors that the nodes have saved for
``backward()``, which lets go of them. Whoever holds the loss holds the nodes, and the tensors too where no
``backward()`` came.

https://docs.pytorch.org/docs/stable/notes/autograd.html#saved-tensors and
https://docs.pytorch.org/docs/stable/autograd.html#torch.autograd.graph.saved_tensors_hooks.
"""

import copy
import weakref
from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.graph import Node, saved_tensors_hooks

from convlab.networks.designs import seeded


@dataclass(frozen=True)
class Alive:
    """What is alive after a batch, once its own variables are gone.

    Attributes:
        nodes: of the graph behind the sum of the losses.
        saved_bytes: in tensors that nodes have saved, each counted once, and parameters, which live anyway,
            not at all.
    """

    nodes: int
    saved_bytes: int


class Saved:
    """A saved tensor, under the eyes of whoever counts; it has no graph, or the two would hold each other."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor.detach()


def left_alive(
    network: nn.Module,
    batches: list[tuple[Tensor, Tensor]],
    lr: float,
    item: bool,
    backward: bool,
    seed: int = 0,
) -> list[Alive]:
    """What is alive after each batch of a loop that adds up its losses.

    Args:
        network: a copy of it runs, in train() mode.
        batches: normalised float32 [N, C, H, W] with labels, int64 [N].
        lr: of ``torch.optim.SGD``.
        item: the loop has ``total += loss.item()``, else ``total += loss``.
        backward: it trains; else it only measures the loss, and has forgotten ``torch.no_grad()`` too.
        seed: of dropout.
    """
    model = copy.deepcopy(network).train().requires_grad_()
    with torch.enable_grad():
        return seeded(lambda: list(counted(model, batches, lr, item, backward)), seed)


def counted(
    model: nn.Module, batches: list[tuple[Tensor, Tensor]], lr: float, item: bool, backward: bool
) -> Iterator[Alive]:
    """``left_alive`` of a model that is trained itself, batch by batch."""
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    alive = weakref.WeakSet[Saved]()
    total: Tensor | float = 0.0

    def pack(tensor: Tensor) -> Saved:
        alive.add(saved := Saved(tensor))
        return saved

    with saved_tensors_hooks(pack, lambda saved: saved.tensor):
        for pictures, labels in batches:
            loss = F.cross_entropy(model(pictures), labels)
            if backward:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            total += loss.item() if item else loss
            del loss
            yield Alive(nodes(total), saved_bytes(alive, model))


def nodes(total: Tensor | float) -> int:
    """How many nodes the graph behind a number has."""
    seen, ahead = set[Node](), [total.grad_fn] if isinstance(total, Tensor) else []
    while ahead:
        node = ahead.pop()
        if node is not None and node not in seen:
            seen.add(node)
            ahead += [before for before, _place in node.next_functions]
    return len(seen)


def saved_bytes(alive: "weakref.WeakSet[Saved]", model: nn.Module) -> int:
    """Bytes of all saved tensors but the model's parameters."""
    own = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
    storages = [saved.tensor.untyped_storage() for saved in alive]
    held = {storage.data_ptr(): storage.nbytes() for storage in storages}
    return sum(size for place, size in held.items() if place not in own)
