"""How far a unit sees (section 8.2.3, the sidebar). Pools are averages here: those read the same pixels."""

import torch
from torch import nn


def convolution_pool_convolution() -> dict[str, object]:
    """How many pixels wide a unit sees behind a 3x3 convolution, a 2x2 pool and a 3x3 convolution."""
    layers = nn.Sequential(nn.Conv2d(1, 1, 3, padding=1), nn.AvgPool2d(2), nn.Conv2d(1, 1, 3))
    picture = torch.zeros(1, 1, 32, 32, requires_grad=True)
    (gradient,) = torch.autograd.grad(layers(picture)[0, 0, 5, 5], picture)
    seen = gradient[0, 0].any(0)
    return {"answer": int(seen.sum())}


def at_the_corner() -> dict[str, object]:
    """How many real pixels wide the same layers see from the corner of the second convolution."""
    layers = nn.Sequential(nn.Conv2d(1, 1, 3, padding=1), nn.AvgPool2d(2), nn.Conv2d(1, 1, 3))
    picture = torch.zeros(1, 1, 32, 32, requires_grad=True)
    (gradient,) = torch.autograd.grad(layers(picture)[0, 0, 0, 0], picture)
    seen = gradient[0, 0].any(0)
    return {"answer": int(seen.sum())}


def second_pool_of_net() -> dict[str, object]:
    """How many pixels wide a unit of Net's pool2 sees, and one of conv2."""
    layers = nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1), nn.AvgPool2d(2), nn.Conv2d(16, 8, 3, padding=1), nn.AvgPool2d(2)
    )
    widths = []
    for depth in (3, 4):
        picture = torch.zeros(1, 3, 32, 32, requires_grad=True)
        (gradient,) = torch.autograd.grad(layers[:depth](picture)[0, 0, 4, 4], picture)
        widths.append(int(gradient[0].any(0).any(0).sum()))
    return {"answer": widths[1], "conv2": widths[0]}


def sees_half_of_the_picture() -> dict[str, object]:
    """The first layer of NetDepth whose units see more than half of the picture's 32 pixels each way."""
    from convlab.networks import designs, graph, receptive_field

    network = graph.trace(designs.design("net_depth").build(), designs.INPUT_SHAPE)
    widths = {row.layer.name: row.field.size[1] for row in receptive_field.table(network)}
    wide = [name for name, width in widths.items() if width > 16]
    return {"answer": wide[:1], "conv3": widths["conv3"], "pool3": widths["pool3"]}


def pixels_that_count() -> dict[str, object]:
    """How many of the pixels that reach a unit of conv2 weigh more than half as much as the strongest."""
    from convlab.networks import footprint, graph
    from convlab.pictures import crop, images, photographs
    from convlab.probing import bundled

    keys = ("cat", "astronaut", "coffee", "rocket", "camera", "coins", "brick", "gravel", "horse")
    pictures = torch.stack([crop.cut(photographs.photograph(key)) for key in keys])
    probe = bundled.weights("net").probe
    values = images.normalise(images.to_float(pictures), probe.mean, probe.std)
    network = graph.trace(probe.network, (3, 32, 32))
    strength = footprint.effective(network, "conv2", (0, 8, 8), values)
    reached, strong = int((strength > 0).sum()), int((strength > strength.max() / 2).sum())
    answer = "all" if strong == reached else "half" if strong > reached / 3 else "few"
    return {"answer": answer, "reached": reached, "strong": strong}
