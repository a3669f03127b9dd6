"""The components' JavaScript under Node: each ``*.test.mjs`` beside this file, with Python's numbers."""

import base64
import io
import itertools
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from convlab.convolution import conv2d
from convlab.convolution.conv2d import ConvSettings
from convlab.errors import UserError
from convlab.networks import graph, receptive_field
from convlab.networks.designs import Net, sequential_net
from convlab.networks.layer_kinds import Bins, Window
from convlab.networks.variants import NetResDeep
from convlab.pictures.board import Board
from convlab.ui import scales
from convlab.ui.components.shared import pack

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
                "output_shape": list(output.shape[-2:]),
                "npy": _npy(output.numpy().reshape(output.shape[-2:])),
            }
        )
    assert len(found) > 300
    return found


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


def _taps(window: Window | Bins, unit: tuple[int, ...], shape: tuple[int, ...]) -> list[list[int]]:
    """The rows and the columns of the layer before that a unit reads, without padding."""
    taps = [window.reads(axis, unit[1 + axis], shape[1 + axis]) for axis in (0, 1)]
    return [[at for at in line if at >= 0] for line in taps]


def boards() -> list[dict[str, Any]]:
    """Boards and their text."""
    random = np.random.default_rng(0)
    made = [Board(size, bytes(random.integers(0, 16, size * size, np.uint8))) for size in (16, 32)]
    return [{"size": board.size, "cells": [*board.cells], "text": board.encode()} for board in made]


NUMBERS: dict[str, Callable[[], Any]] = {
    "base": messages,
    "convolve": convolutions,
    "windows": windows,
    "cells": boards,
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
