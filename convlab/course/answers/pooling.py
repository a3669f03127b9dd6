"""Halving a picture, and what two kernels find with a pool between them (section 8.2.3)."""

import torch
import torch.nn.functional as F
from torch import nn


def kept_by_max_pooling() -> dict[str, object]:
    """Which share of a map's values max pooling with 2x2 tiles throws away."""
    picture = torch.rand(1, 3, 32, 32)
    output = nn.MaxPool2d(2)(picture)
    kept = output.numel() / picture.numel()
    return {"answer": round(100 * (1 - kept)), "before": list(picture.shape), "after": list(output.shape)}


def parameters_of_pooling() -> dict[str, object]:
    """How many parameters a pooling layer learns, and a convolution that halves the same 16 maps."""
    pool, conv = nn.MaxPool2d(2), nn.Conv2d(16, 16, kernel_size=3, stride=2, padding=1)
    learned, strided = (sum(p.numel() for p in layer.parameters()) for layer in (pool, conv))
    return {"answer": learned, "strided": strided}


def one_strong_value() -> dict[str, object]:
    """What average pooling leaves of a strong value among three zeros, and what max pooling leaves."""
    tile = torch.tensor([[0.0, 0.0], [1.0, 0.0]])[None, None]
    return {"answer": float(F.avg_pool2d(tile, 2)), "largest": float(F.max_pool2d(tile, 2))}


def read_with_stride_two() -> dict[str, object]:
    """How many of 64 pixels a convolution with stride 2 reads: with a 3x3 kernel, and with one of 1x1."""
    read = []
    for size, padding in ((3, 1), (1, 0)):
        picture = torch.zeros(1, 1, 8, 8, requires_grad=True)
        output = F.conv2d(picture, torch.ones(1, 1, size, size), stride=2, padding=padding)
        (gradient,) = torch.autograd.grad(output.sum(), picture)
        read.append(int((gradient > 0).sum()))
    return {"answer": read[0], "by_one": read[1], "outputs": output.numel()}


def large_cross() -> dict[str, object]:
    """Where two small cross kernels with a max pool between them answer most: the row and column."""
    from convlab.pictures.drawings import draw

    picture = (draw("crosses", 16)[:1] / 255)[None]
    cross = torch.tensor([[-0.25, 0.2, -0.25], [0.2, 0.2, 0.2], [-0.25, 0.2, -0.25]])[None, None]
    first = F.conv2d(picture, cross, padding=1)
    second = F.conv2d(F.max_pool2d(first, 2), cross, padding=1)[0, 0]
    row, column = divmod(int(second.argmax()), second.shape[1])
    largest, next_one = second.flatten().topk(2).values.tolist()
    return {"answer": [f"conv2 {row},{column}"], "largest": largest, "next": next_one}


def numbers_of_one_unit() -> dict[str, object]:
    """How many products one unit of Net's conv2 adds up."""
    conv2 = nn.Conv2d(16, 8, kernel_size=3, padding=1)
    return {"answer": conv2.weight[0].numel(), "maps": conv2.in_channels}
