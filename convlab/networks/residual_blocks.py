"""One residual block at many places against a block each, and how a network of many begins (8.5.3)."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from convlab.networks.designs import parameter_counts, seeded
from convlab.networks.variants import NetResDeep

PICTURES = 2  # enough: what holds for one batch holds for any


def twins(n_chans1: int, n_blocks: int) -> tuple[NetResDeep, NetResDeep, str]:
    """The book's network, which repeats one block, and one with a block each and the very same weights.

    Also what ``load_state_dict`` says: a state_dict names a block at each of its places.
    """
    shared = NetResDeep(n_chans1, n_blocks, shared=True)
    separate = NetResDeep(n_chans1, n_blocks, shared=False)
    return shared, separate, str(separate.load_state_dict(shared.state_dict()))


def backward(network: nn.Module, x: Tensor, labels: Tensor) -> Tensor:
    """One forward and one backward pass in training mode, which fills ``.grad``; the logits."""
    logits: Tensor = network(x)
    F.cross_entropy(logits, labels).backward()
    return logits.detach()


def added_up(blocks: nn.Sequential) -> dict[str, Tensor]:
    """Name within a block -> the sum of its gradients, the last block's first, as backward goes."""
    sums: dict[str, Tensor] = {}
    for block in reversed(list(blocks)):
        for name, parameter in block.named_parameters():
            if parameter.grad is not None:
                sums[name] = sums[name] + parameter.grad if name in sums else parameter.grad
    return sums


def eval_apart(network: NetResDeep, x: Tensor) -> float:
    """How far eval() is from train() on one batch once the running statistics know that batch alone.

    With a momentum of 1 one pass is enough for them. A block that is repeated has one set for all its places,
    and keeps those of the last.

    Returns:
        The largest difference of any logit.
    """
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = 1.0
    with torch.no_grad():
        logits = network.train()(x)
        apart = network.eval()(x) - logits
    return float(apart.abs().max())


@dataclass(frozen=True, eq=False)
class Compared:
    """Both networks after one backward pass of the same batch.

    Attributes:
        said: by ``load_state_dict`` when the weights were copied.
        logits: the largest difference of any.
        sums: name within a block -> the separate blocks' gradients, added up.
        own: name within a block -> the shared block's gradient.
        modes: how far ``eval_apart`` finds the shared and the separate network.
    """

    shared: NetResDeep
    separate: NetResDeep
    said: str
    logits: float
    sums: dict[str, Tensor]
    own: dict[str, Tensor]
    modes: tuple[float, float]

    @property
    def difference(self) -> float:
        """The largest between the sums and the shared block's gradients."""
        return max(float((self.sums[name] - self.own[name]).abs().max()) for name in self.own)


def compare(n_chans1: int = 32, n_blocks: int = 10, seed: int = 0) -> Compared:
    """For n_chans1 and n_blocks as ``NetResDeep`` takes them, on ``PICTURES`` pictures of noise."""

    def make() -> tuple[NetResDeep, NetResDeep, str, Tensor]:
        return *twins(n_chans1, n_blocks), torch.randn(PICTURES, 3, 32, 32)

    shared, separate, said, x = seeded(make, seed)
    one, other = (backward(network, x, torch.arange(PICTURES) % 2) for network in (shared, separate))
    apart = float((one - other).abs().max())
    sums, own = added_up(separate.resblocks), added_up(shared.resblocks[:1])
    modes = eval_apart(shared, x), eval_apart(separate, x)
    return Compared(shared, separate, said, apart, sums, own, modes)


def parameters(n_chans1: int, n_blocks: int, shared: bool) -> int:
    """Numbers to train; they are counted, and none is drawn."""
    with torch.device("meta"):
        return sum(parameter_counts(NetResDeep(n_chans1, n_blocks, shared)))


def first_batch(network: NetResDeep, x: Tensor, labels: Tensor) -> tuple[float, float, float]:
    """What a fresh network makes of a batch in training mode.

    Returns:
        The root mean square of what the last block gives; the mean cross-entropy; the length of the gradient
        of the first convolution's weight.
    """
    given: list[Tensor] = []
    hook = network.resblocks.register_forward_hook(lambda blocks, inputs, output: given.append(output))
    loss = F.cross_entropy(network(x), labels)
    hook.remove()
    (gradient,) = torch.autograd.grad(loss, network.conv1.weight)
    return given[0].detach().pow(2).mean().sqrt().item(), loss.item(), gradient.norm().item()
