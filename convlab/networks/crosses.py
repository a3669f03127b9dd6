"""Figure 8.8 as a network: two small kernels with a max pool between them answer to a large cross (8.2.3)."""

from collections import OrderedDict

import torch
from torch import Tensor, nn


def find_cross(first: Tensor, second: Tensor) -> nn.Sequential:
    """A network for grey pictures [N, 1, H, W] whose score [N, 1] is the largest value of its last map.

    Both kernels are float32 [1, 3, 3], without a bias; padding keeps the size of what they slide over.
    """
    conv1, conv2 = (nn.Conv2d(1, 1, kernel_size=3, padding=1, bias=False) for _ in range(2))
    with torch.no_grad():
        conv1.weight[0] = first
        conv2.weight[0] = second
    pool1, largest, score = nn.MaxPool2d(2), nn.AdaptiveMaxPool2d(1), nn.Flatten()
    layers = {"conv1": conv1, "pool1": pool1, "conv2": conv2, "largest": largest, "score": score}
    return nn.Sequential(OrderedDict(layers))
