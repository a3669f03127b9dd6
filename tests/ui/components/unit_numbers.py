"""Units of networks of all kinds as Python takes them apart, and what the browser is told to do the same."""

from random import Random
from typing import Any

import torch
from torch import Tensor, nn

from convlab.networks import units
from convlab.networks.designs import DESIGNS
from convlab.networks.graph import INPUT
from convlab.networks.layer_kinds import ITSELF
from convlab.networks.modes import Training
from convlab.networks.recipes import recipe
from convlab.networks.recording import Recording, record
from convlab.ui.feature_maps import lab
from convlab.ui.feature_maps.unfolded import after
from tests.networks.test_units import Branches, Means

POOLS = [
    nn.MaxPool2d(3, stride=2, padding=1, dilation=2),
    nn.MaxPool2d(3, stride=2, ceil_mode=True),
    nn.AvgPool2d(3, stride=2, padding=1),
    nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False, ceil_mode=True),
    nn.AvgPool2d(2, divisor_override=3),
    nn.AdaptiveAvgPool2d((3, 5)),
    nn.AdaptiveMaxPool2d(4),
    nn.AdaptiveAvgPool2d(1),
]
CONVOLUTIONS = [
    nn.Conv2d(4, 6, (2, 3), stride=2, padding=(1, 2), dilation=(2, 1), groups=2, bias=False),
    *(nn.Conv2d(4, 4, 3, padding=2, groups=4, padding_mode=mode) for mode in ("reflect", "circular")),
    nn.Conv2d(4, 4, 3, padding=2, padding_mode="replicate"),
    nn.Conv2d(4, 2, 4, padding="same"),
    nn.ConvTranspose2d(4, 6, (2, 3), stride=2, padding=(0, 1), dilation=(2, 1), groups=2),
    nn.ConvTranspose2d(4, 2, 3, stride=3, output_padding=1, bias=False),
]
OTHERS = [nn.BatchNorm2d(4, affine=False, track_running_stats=False), nn.ZeroPad2d((1, 2, 0, 3)), nn.GELU()]


def unit_sums() -> list[dict[str, Any]]:
    """A network each, with units of every layer that has a recipe."""
    seed = torch.Generator().manual_seed(0)
    found = [
        _network(DESIGNS[key].build(), torch.randn(1, 3, 32, 32, generator=seed))
        for key in ("net", "net_batch_norm", "net_res")
    ]
    for key in ("net_dropout", "net_batch_norm"):
        others = torch.randn(5, 3, 32, 32, generator=seed)
        found.append(
            _network(DESIGNS[key].build(), torch.randn(1, 3, 32, 32, generator=seed), Training(others, 1))
        )
    for module in (*POOLS, *CONVOLUTIONS, *OTHERS):
        found.append(_network(nn.Sequential(module), torch.randn(2, 4, 12, 12, generator=seed)))
    for module in (Branches(), Means()):
        found.append(_network(module, torch.randn(1, 2, 6, 6, generator=seed)))
    return found


def _network(module: nn.Module, x: Tensor, training: Training | None = None) -> dict[str, Any]:
    recording, chance = record(module, x, training), Random(0)
    names = [INPUT, *(layer.name for layer in recording.layers)]
    outputs = [recording.outputs[name][0] for name in names]
    layers: list[dict[str, Any]] = [
        {"title": INPUT, "shape": list(x.shape[1:]), "sources": [], "window": ITSELF.placed(), "recipe": None}
    ]
    tensors: dict[str, list[float]] = {}
    told = []
    for n, layer in enumerate(recording.layers, 1):
        made, turned = recipe(recording, layer), after(recording, layer.name)
        layers.append(
            {
                "title": layer.name,
                "kind": layer.kind,
                "after": None if turned is None else names.index(turned.name),
                "shape": list(layer.shape),
                "sources": [names.index(name) for name in layer.inputs],
                "window": (layer.reads or ITSELF).placed(),
                "recipe": made and {"how": made.how, "numbers": made.numbers},
            }
        )
        if made is None:
            continue
        tensors |= {f"{n}.{name}": tensor.flatten().tolist() for name, tensor in made.tensors.items()}
        middle = [tuple(chance.randrange(size) for size in layer.shape) for _ in range(3)]
        ends = [tuple(0 for _ in layer.shape), tuple(size - 1 for size in layer.shape)]
        told += [_unit(recording, n, layer.name, unit) for unit in (*ends, *middle)]
    return {
        "layers": layers,
        "values": [output.flatten().tolist() for output in outputs],
        "tensors": tensors,
        "units": told,
    }


def _unit(recording: Recording, n: int, name: str, unit: tuple[int, ...]) -> dict[str, Any]:
    explanation = units.explain_unit(recording, name, unit)
    terms, steps, remark = lab._told(explanation, recording.training is not None)
    steps = [*steps, *lab._turned(recording, name, unit)]
    place = dict(zip(("channel", "row", "col"), (*unit, 0, 0), strict=False))
    return {"place": {"layer": n, **place}, "terms": terms, "steps": steps, "remark": remark}
