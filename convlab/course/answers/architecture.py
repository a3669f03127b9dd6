"""What networks are made of: counts, shapes and what fits together (sections 8.1, 8.2.4 to 8.3, 8.5.1)."""

import torch
import torch.nn.functional as F
from torch import nn


def dense_against_convolution() -> dict[str, object]:
    """How many times as many parameters the book's dense network has as its convolutional one."""
    dense = nn.Sequential(
        nn.Linear(3 * 32 * 32, 1024), nn.Tanh(), nn.Linear(1024, 512), nn.Tanh(),
        nn.Linear(512, 128), nn.Tanh(), nn.Linear(128, 2),
    )  # fmt: skip
    conv = nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1), nn.Tanh(), nn.MaxPool2d(2),
        nn.Conv2d(16, 8, 3, padding=1), nn.Tanh(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(8 * 8 * 8, 32), nn.Tanh(), nn.Linear(32, 2),
    )  # fmt: skip
    many, few = (sum(p.numel() for p in net.parameters()) for net in (dense, conv))
    return {"answer": many / few, "dense": many, "convolutional": few}


def net_parameters() -> dict[str, object]:
    """How many of the numbers that Net learns are in its two convolutions."""
    net = nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1), nn.Tanh(), nn.MaxPool2d(2),
        nn.Conv2d(16, 8, 3, padding=1), nn.Tanh(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(8 * 8 * 8, 32), nn.Tanh(), nn.Linear(32, 2),
    )  # fmt: skip
    counts = [p.numel() for p in net.parameters()]
    return {"answer": sum(counts[:4]), "all": sum(counts)}


def missing_flatten() -> dict[str, object]:
    """How many rows reach the first Linear layer where nothing flattens the maps before it."""
    maps = torch.zeros(1, 8, 8, 8)  # what the second pool hands on for one picture
    linear = nn.Linear(8 * 8 * 8, 32)
    said = ""
    try:
        linear(maps)
    except RuntimeError as error:
        said = str(error)
    rows, columns = maps.flatten(0, 2).shape
    return {"answer": rows, "columns": columns, "said": said, "flattened": maps.flatten(1).shape[1]}


def hidden_in_a_list() -> dict[str, object]:
    """How many parameters a module has whose layers are in a plain list."""

    class Hidden(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = [nn.Conv2d(3, 16, 3), nn.Conv2d(16, 8, 3)]

    hidden = Hidden()
    found = sum(p.numel() for p in hidden.parameters())
    registered = sum(p.numel() for p in nn.ModuleList(hidden.layers).parameters())
    return {"answer": found, "registered": registered}


def forgotten_super() -> dict[str, object]:
    """What comes of a module whose __init__ does not call that of nn.Module."""

    class Forgetful(nn.Module):
        def __init__(self) -> None:
            self.conv = nn.Conv2d(3, 16, 3)

    try:
        Forgetful()
    except AttributeError as error:
        return {"answer": "at-once", "said": f"AttributeError: {error}"}
    return {"answer": "never", "said": ""}


def hooks_that_run() -> dict[str, object]:
    """How often a hook runs when a module is called once and its forward twice."""
    net, runs = nn.Linear(4, 2), []
    net.register_forward_hook(lambda module, inputs, output: runs.append(1))
    x = torch.ones(1, 4)
    outputs = torch.stack([net(x), net.forward(x), net.forward(x)]).detach()
    return {"answer": len(runs), "outputs": len(outputs), "apart": float((outputs - outputs[0]).abs().max())}


def modules_against_functions() -> dict[str, object]:
    """How far apart the logits are of one network written with modules and with functions."""
    net = nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1), nn.Tanh(), nn.MaxPool2d(2),
        nn.Conv2d(16, 8, 3, padding=1), nn.Tanh(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(8 * 8 * 8, 32), nn.Tanh(), nn.Linear(32, 2),
    )  # fmt: skip
    x = torch.randn(1, 3, 32, 32)
    conv1, conv2, fc1, fc2 = net[0], net[3], net[7], net[9]
    out = F.max_pool2d(torch.tanh(conv1(x)), 2)
    out = F.max_pool2d(torch.tanh(conv2(out)), 2)
    out = fc2(torch.tanh(fc1(out.view(-1, 8 * 8 * 8))))
    return {"answer": float((net(x) - out).detach().abs().max()), "tensors": len(list(net.parameters()))}


def numbers_at_a_pixel() -> dict[str, object]:
    """How many numbers the first convolution of Net makes at one place, and of how many."""
    conv1 = nn.Conv2d(3, 16, kernel_size=3, padding=1)
    window = conv1.weight[0].numel()
    of_net, of_wider = conv1.out_channels, nn.Conv2d(3, 32, kernel_size=3, padding=1).out_channels
    picture, maps = 3 * 32 * 32, conv1(torch.zeros(1, 3, 32, 32)).numel()
    return {"answer": of_net, "window": window, "wider": of_wider, "picture": picture, "maps": maps}


def twice_as_wide() -> dict[str, object]:
    """How many parameters Net has with 32 and 16 channels in place of 16 and 8."""

    def parameters(channels: int) -> int:
        half = channels // 2
        layers = [
            nn.Conv2d(3, channels, 3), nn.Conv2d(channels, half, 3),
            nn.Linear(half * 8 * 8, 32), nn.Linear(32, 2),
        ]  # fmt: skip
        return sum(p.numel() for p in nn.ModuleList(layers).parameters())

    return {"answer": parameters(32), "before": parameters(16), "wider": parameters(64)}


def half_as_wide() -> dict[str, object]:
    """How many parameters Net has with 8 and 4 channels in place of 16 and 8, and how many are in fc1."""

    def parameters(channels: int) -> list[int]:
        half = channels // 2
        layers = [
            nn.Conv2d(3, channels, 3), nn.Conv2d(channels, half, 3),
            nn.Linear(half * 8 * 8, 32), nn.Linear(32, 2),
        ]  # fmt: skip
        return [sum(p.numel() for p in layer.parameters()) for layer in layers]

    found = parameters(8)
    return {"answer": sum(found), "before": sum(parameters(16)), "linear": found[2]}


def layer_with_most_numbers() -> dict[str, object]:
    """Which layer of Net has the most parameters, and how many."""
    from convlab.networks import graph
    from convlab.networks.designs import Net

    layers = graph.trace(Net(), (3, 32, 32)).layers
    most = max(layers, key=lambda layer: layer.parameters)
    convolutions = sum(layer.parameters for layer in layers if layer.kind == "Conv2d")
    return {"answer": [most.name], "numbers": most.parameters, "convolutions": convolutions}


def where_two_ways_meet() -> dict[str, object]:
    """Which layer of NetRes reads two others, and which those are."""
    from convlab.networks import graph
    from convlab.networks.variants import NetRes

    (meeting,) = (layer for layer in graph.trace(NetRes(), (3, 32, 32)).layers if len(layer.inputs) > 1)
    first, second = meeting.inputs
    return {"answer": [meeting.name], "first": first, "second": second}
