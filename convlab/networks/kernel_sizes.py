"""``Net`` with other kernels (exercise 1 of 8.7): what its units see, and what a padding does not fit."""

import torch
from torch import Tensor, nn

from convlab.networks import designs, graph, receptive_field, shape_errors
from convlab.networks.designs import INPUT_SHAPE, Net
from convlab.networks.receptive_field import Pair
from convlab.networks.shape_errors import Attempt

KernelSize = int | tuple[int, int]
SIZES: tuple[KernelSize, ...] = (3, 5, (1, 3))


class NetPadded(Net):
    """``Net`` with this padding under every kernel; only what keeps the size fits its Linear layer."""

    def __init__(self, kernel_size: KernelSize, padding: int = 1) -> None:
        super().__init__(kernel_size)
        self.conv1 = nn.Conv2d(3, 16, kernel_size, padding=padding)
        self.conv2 = nn.Conv2d(16, 8, kernel_size, padding=padding)


def attempt(kernel_size: KernelSize, padding: int = 1) -> Attempt:
    """What comes of one picture in ``NetPadded``: logits, or PyTorch's own error."""
    module = designs.seeded(lambda: NetPadded(kernel_size, padding), 0)
    return shape_errors.try_forward(module, torch.zeros(1, *INPUT_SHAPE))


def windows(kernel_size: KernelSize) -> dict[str, Pair]:
    """Rows and columns of the picture that one unit of each convolution and pool of ``Net`` sees (8.2.3)."""
    table = receptive_field.table(graph.trace(designs.seeded(lambda: Net(kernel_size), 0), INPUT_SHAPE))
    return {row.layer.name: row.field.size for row in table if row.layer.window is not None}


def row_order(conv: nn.Conv2d, pictures: Tensor, order: Tensor) -> float:
    """Whether a convolution cares which row stands above which: 0.0 where it does not.

    The largest difference between the maps of pictures [N, C, H, W] with their rows in an order, int64 [H],
    and the maps of the pictures as they are with theirs put into it. The padding keeps their number.
    """
    with torch.no_grad():
        difference = conv(pictures[:, :, order]) - conv(pictures)[:, :, order]
    return float(difference.abs().max())
