"""The components' JavaScript under Node: each ``*.test.mjs`` beside this file, with Python's numbers."""

import base64
import decimal
import io
import itertools
import json
import math
import os
import shutil
import subprocess
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from convlab import numerals
from convlab.convolution import conv2d, gradient
from convlab.convolution.conv2d import ConvSettings
from convlab.errors import UserError
from convlab.networks import graph, receptive_field
from convlab.networks.designs import Net, sequential_net
from convlab.networks.layer_kinds import ITSELF, Bins, Window
from convlab.networks.units import Source, source_window
from convlab.networks.variants import NetDepth, NetRes, NetResDeep
from convlab.pictures.board import Board
from convlab.ui import scales
from convlab.ui.components.shared import pack
from tests.convolution.test_conv2d import random_case
from tests.networks.modules import Branches
from tests.test_numerals import READ, REFUSED
from tests.ui.components.unit_numbers import unit_sums

HERE = Path(__file__).parent
FILES = sorted(HERE.rglob("*.test.mjs"))
MEAN, STD = (0.5, 0.25, 0.125), (0.5, 0.25, 2.0)  # exact in binary: both sides normalise alike


def messages() -> dict[str, Any]:
    """A packed message and what is in it."""
    message = pack({"text": "aé🐱", "n": [1, 2.5, None]}, bytes=b"abcde", floats=torch.tensor([0.5, -1.0]))
    return {"message": base64.b64encode(message).decode(), "table": [*scales.table(scales.DIVERGING)]}


def convolutions() -> list[dict[str, Any]]:
    """PyTorch's results for many shapes and settings, and where their pixels come from."""
    found: list[dict[str, Any]] = []
    random = torch.Generator().manual_seed(0)
    options: dict[str, list[Any]] = {
        "channels": [1, 3],
        "size": [(5, 7), (8, 8)],
        "kernel": [(1, 1), (3, 3), (2, 3), (5, 1)],
        "stride": [1, 2, 3],
        "padding": [0, "same", 2],
        "padding_mode": ["zeros", "reflect", "replicate", "circular"],
        "dilation": [1, 2],
    }
    for case in itertools.product(*options.values()):
        given = dict(zip(options, case, strict=True))
        settings = {name: given[name] for name in ("stride", "dilation", "padding", "padding_mode")}
        n = len(found)
        settings |= {
            "bias": (n % 3) / 4,
            "flip": n % 2 == 1,
            "activation": ("none", "relu", "tanh", "abs")[n % 4],
        }
        shape = (given["channels"], *given["size"])
        pixels = torch.randint(0, 256, shape, generator=random, dtype=torch.uint8)
        kernel = torch.randn(given["channels"] if n % 5 else 1, *given["kernel"], generator=random)
        mean, std = MEAN[: shape[0]], STD[: shape[0]]
        image = (pixels / 255 - torch.tensor(mean)[:, None, None]) / torch.tensor(std)[:, None, None]
        try:
            chosen = ConvSettings(**settings)
            place = conv2d.geometry(shape[1], shape[2], given["kernel"], chosen)
            output = conv2d.convolve(image, kernel, chosen)
        except UserError:
            continue
        found.append(
            {
                "pixels": pixels.flatten().tolist(),
                "shape": shape,
                "rows": place.rows,
                "cols": place.cols,
                "mean": mean,
                "std": std,
                "kernel": kernel.tolist(),
                "settings": chosen.model_dump(),
                "output": output.flatten().tolist(),
                "windows": _windows(place),
                "output_shape": list(output.shape[-2:]),
                "npy": _npy(output.numpy().reshape(output.shape[-2:])),
            }
        )
    assert len(found) > 300
    return found


def _windows(place: conv2d.Geometry) -> dict[str, Any]:
    """What ``placeOf`` and ``nearestTo`` are told of the windows, and what Python says of some places."""
    left, _right, top, _bottom = place.padding
    rows, cols = place.out_height, place.out_width
    shares = [(0.0, 0.0), (0.3, 0.62), (0.5, 0.5), (1.0, 1.0), (-0.2, 1.4)]
    return {
        "stride": place.stride,
        "dilation": place.dilation,
        "kernel": place.kernel_size,
        "before": (top, left),
        "size": (place.height, place.width),
        "places": [[(row, col), place.place(row, col)] for row in range(rows) for col in range(cols)],
        "nearest": [[share, place.nearest(*share)] for share in shares],
    }


def _npy(values: np.ndarray) -> str:
    file = io.BytesIO()
    np.lib.format.write_array(file, values, version=(1, 0))
    return base64.b64encode(file.getvalue()).decode()


def windows() -> list[dict[str, Any]]:
    """Units of four networks: what the lab is told of their layers, and what Python says that they see."""
    random = np.random.default_rng(0)
    found = []
    uneven = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d((7, 11)))
    for module in (Net(), NetResDeep(), sequential_net(), uneven):
        network = graph.trace(module, (3, 32, 32))
        for row in receptive_field.table(network):
            layer = row.layer
            for _unit in range(4):
                unit = tuple(int(random.integers(size)) for size in layer.shape)
                view = receptive_field.window_of(row, unit, (32, 32))
                bins, window = layer.reads if isinstance(layer.reads, Bins) else None, layer.window
                before = network.shape(layer.inputs[0])
                found.append(
                    {
                        "told": {"field": vars(row.field), "reach": row.reach, "grid": row.grid},
                        "unit": unit,
                        "seen": [view.rows, view.cols],
                        "real": [view.real_rows, view.real_cols],
                        "window": window and window.placed(),
                        "bins": bins and bins.placed(),
                        "size": before[1:],
                        "taps": _taps(reads, unit, before) if (reads := bins or window) else None,
                    }
                )
    return found


def fields() -> dict[str, list[dict[str, Any]]]:
    """All layers of some networks as the lab is told of them, the input first."""
    uneven = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d((7, 11)))
    branches = Branches(nn.Conv2d(3, 2, 7, padding=3, stride=2), nn.Conv2d(3, 2, 2, stride=2), False)
    networks = {"Net": Net(), "NetDepth": NetDepth(), "NetRes": NetRes(), "NetResDeep": NetResDeep()}
    return {
        name: _layers_of(graph.trace(module, (3, 32, 32)))
        for name, module in {**networks, "uneven": uneven, "branches": branches}.items()
    }


def _layers_of(network: graph.Network) -> list[dict[str, Any]]:
    names = [graph.INPUT, *(layer.name for layer in network.layers)]
    pixels = tuple(tuple((n, n + 1) for n in range(size)) for size in network.input_shape[1:])
    whole = {"size": (1, 1), "jump": (1, 1), "start": (0, 0)}
    told: list[dict[str, Any]] = [
        {"title": graph.INPUT, "shape": network.input_shape, "sources": [], "field": whole, "reach": pixels}
    ]
    for row in receptive_field.table(network):
        layer = row.layer
        told.append(
            {
                "title": layer.name,
                "shape": layer.shape,
                "sources": [names.index(name) for name in layer.inputs],
                "window": (layer.reads or ITSELF).placed(),
                "field": vars(row.field),
                "reach": row.reach,
                "grid": row.grid,
            }
        )
    return told


def _taps(window: Window | Bins, unit: tuple[int, ...], shape: tuple[int, ...]) -> list[list[int]]:
    """The rows and the columns of the layer before that a unit reads, without padding."""
    taps = [window.reads(axis, unit[1 + axis], shape[1 + axis]) for axis in (0, 1)]
    return [[at for at in line if at >= 0] for line in taps]


class Joined(nn.Module):
    """Groups, a depthwise convolution and maps stacked on maps."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 6, 3, padding=1)
        self.grouped = nn.Conv2d(6, 4, 3, padding=1, groups=2)
        self.depthwise = nn.Conv2d(6, 6, 3, padding=1, groups=6)
        self.head = nn.Linear(10, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits."""
        x = self.first(x)
        both = torch.cat([self.grouped(x), self.depthwise(x)], 1)
        answer: torch.Tensor = self.head(nn.functional.adaptive_avg_pool2d(both, 1).flatten(1))
        return answer


def networks() -> list[dict[str, Any]]:
    """Networks as the lab is told of them, and what some of their units read."""
    random = np.random.default_rng(0)
    found = []
    for module in (Net(), NetResDeep(n_blocks=100), sequential_net(), Joined()):
        network = graph.trace(module, (3, 32, 32))
        names = [graph.INPUT, *(layer.name for layer in network.layers)]
        told: list[dict[str, Any]] = [{"kind": "", "shape": (3, 32, 32), "sources": [], "groups": 0}]
        units: list[dict[str, Any]] = []
        for n, layer in enumerate(network.layers, 1):
            groups = layer.reads.groups if layer.reads else 0
            sources = [names.index(name) for name in layer.inputs]
            window = (layer.reads or ITSELF).placed()
            told.append(
                {
                    "kind": layer.kind,
                    "shape": layer.shape,
                    "sources": sources,
                    "window": window,
                    "groups": groups,
                }
            )
            for _unit in range(6 if n < 30 else 0):
                unit = tuple(int(random.integers(size)) for size in layer.shape)
                read = source_window(network, layer.name, unit)
                units.append({"layer": n, "unit": unit, "reads": [_read_there(names, one) for one in read]})
        found.append({"layers": told, "units": units})
    return found


def _read_there(names: list[str], source: Source) -> dict[str, Any]:
    taps = [[at for at in line if at >= 0] for line in (source.rows, source.cols)]
    return {"layer": names.index(source.layer), "channels": source.channels, "taps": taps}


def gradients() -> list[dict[str, Any]]:
    """Gradients place by place, of many settings."""
    found = []
    for seed in range(40):
        image, kernel, settings = random_case(seed)
        target = torch.randn(kernel.shape, generator=torch.Generator().manual_seed(seed + 1))
        made = gradient.gradient(image, kernel, target, settings)
        place = conv2d.geometry(*image.shape[1:], (kernel.shape[1], kernel.shape[2]), settings)
        padded = conv2d.padded(gradient.inputs(image, kernel), place, settings.padding_mode)
        found.append(
            {
                "inputs": {
                    "values": padded.flatten().tolist(),
                    "rows": padded.shape[1],
                    "cols": padded.shape[2],
                },
                "shape": list(kernel.shape),
                "size": list(made.upstream.shape),
                "settings": settings.model_dump(),
                "upstream": made.upstream.flatten().tolist(),
                "met": made.met.flatten().tolist(),
                "gradient": made.weight.flatten().tolist(),
            }
        )
    return found


def indices() -> list[dict[str, Any]]:
    """Entries of tensors and their indices."""
    found: list[dict[str, Any]] = []
    shapes: tuple[tuple[int, ...], ...] = ((), (5,), (2, 3), (4, 3, 3, 2), (2, 1, 5))
    for shape in shapes:
        entries = range(math.prod(shape))
        places = [[int(place) for place in np.unravel_index(entry, shape)] for entry in entries]
        found.append({"shape": shape, "entries": [*entries], "indices": places})
    return found


def boards() -> list[dict[str, Any]]:
    """Boards and their text."""
    random = np.random.default_rng(0)
    made = [Board(size, bytes(random.integers(0, 16, size * size, np.uint8))) for size in (16, 32)]
    return [{"size": board.size, "cells": [*board.cells], "text": board.encode()} for board in made]


def numerals_read() -> list[tuple[str, float | str | None]]:
    """Texts, and the number that Python reads in each; "inf" is no JSON; None is refused."""
    random = Random(0)
    signs = "0123456789" * 2 + ".,-+e/ \u2212\uff11\u00a0\u2009"
    made = ["".join(random.choices(signs, k=random.randrange(1, 8))) for _case in range(2000)]
    return [(text, _read(text)) for text in (*READ, *REFUSED, *made)]


def _read(text: str) -> float | str | None:
    try:
        value = numerals.number(text)
    except UserError:
        return None
    return value if math.isfinite(value) else str(value)


def steps() -> list[tuple[float, float, float]]:
    """A number, the step of a field up or down, and their sum as decimals have it."""
    random, steps = Random(0), (0.001, 0.01, 0.05, 0.1, 0.5, 0.0005)
    hard = [0.0015, 0.25, 0.1 + 0.2, 1 / 3, 1e-7, 5e-324, 0.0, 1e9, 123456789.123456]
    made = [random.choice((round(random.random(), 4), random.uniform(-1e6, 1e6))) for _case in range(500)]
    cases = itertools.product([*hard, *made], steps, (1, -1))
    with decimal.localcontext(prec=400):
        return [(a, way * b, float(Decimal(repr(a)) + way * Decimal(repr(b)))) for a, b, way in cases]


def chosen_scales() -> list[dict[str, Any]]:
    """Maps, what a learner has chosen, and the scale that Python chooses."""
    random = torch.Generator().manual_seed(0)
    found = []
    choices: tuple[scales.Choice, ...] = ("auto", "own", "signed", "grey")
    for choice, limit, unit, low, size, pair in itertools.product(
        choices, (0.0, 0.7, 2.0), (True, False), (0.0, -0.5, -1.0), (0.0, 0.9, 30.0), (True, False)
    ):
        values, *shared = (torch.rand(2, 7, generator=random) + low) * torch.tensor([[size], [2 * size]])
        shared = shared if pair else []
        scale = scales.choose(values, choice, limit, unit, tuple(shared))
        told = {
            "choice": choice,
            "limit": limit,
            "unit": unit,
            "shared": [other.tolist() for other in shared],
        }
        found.append({"values": values.tolist(), **told, "scale": vars(scale)})
    return found


NUMBERS: dict[str, Callable[[], Any]] = {
    "scale": chosen_scales,
    "base": messages,
    "convolve": convolutions,
    "windows": windows,
    "fields": fields,
    "atlas": networks,
    "folding": networks,
    "arrange": networks,
    "sums": gradients,
    "cells": boards,
    "drawn_out": indices,
    "numerals": numerals_read,
    "steps": steps,
    "unit_sums": unit_sums,
}


@pytest.mark.parametrize("file", FILES, ids=[file.relative_to(HERE).as_posix() for file in FILES])
def test_under_node(file: Path, tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not there: JavaScript is not tested")
    made = NUMBERS.get(file.name.removesuffix(".test.mjs"), dict)()
    (tmp_path / "numbers.json").write_text(json.dumps(made))
    environment = {**os.environ, "NUMBERS": str(tmp_path / "numbers.json")}
    done = subprocess.run(
        [node, "--test", "--test-reporter=tap", file],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
