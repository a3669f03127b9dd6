"""``python -m convlab shapes``: the receptive-field table of every design, as JSON and to read."""

import json
from typing import Any

import pytest
from torch import nn

from convlab.__main__ import main
from convlab.networks.designs import DESIGNS, Design, design


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert main(["shapes", *arguments, "--json"]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    found: list[dict[str, Any]] = json.loads(printed.out)
    return found


def test_json_of_net(capsys: pytest.CaptureFixture[str]) -> None:
    found = listed(capsys, "--design", "net")
    assert [layer["name"] for layer in found] == [
        *("conv1", "tanh1", "pool1", "conv2", "tanh2", "pool2", "flatten1", "fc1", "tanh3", "fc2")
    ]
    assert found[5] == {
        "name": "pool2",
        "kind": "MaxPool2d",
        "output_shape": [8, 8, 8],
        "parameters": 0,
        "shared_with": None,
        "receptive_field": [10, 10],
        "jump": [4, 4],
        "start": [-3, -3],
        "path_sizes": [[10, 10]],
    }


@pytest.mark.parametrize("key", DESIGNS)
def test_parameters_of_every_design(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = listed(capsys, "--design", key)
    assert sum(layer["parameters"] for layer in found) == sum(
        p.numel() for p in design(key).build().parameters()
    )
    assert found[-1]["output_shape"] == [2]


def test_options(capsys: pytest.CaptureFixture[str]) -> None:
    wide = listed(capsys, "--design", "net", "--option", "kernel_size=1x3")
    assert wide[0]["receptive_field"] == [1, 3]
    assert sum(layer["parameters"] for layer in wide) == 17_034
    deep = listed(capsys, "--design", "net_res_deep", "--option", "n_blocks=2", "--option", "shared=true")
    assert sum(layer["parameters"] for layer in deep) == 75_810
    assert sum(layer["parameters"] for layer in deep if layer["shared_with"] is None) == 75_810
    assert deep[-6]["path_sizes"] == [[4, 4], [8, 8], [12, 12]]


def test_a_table_to_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(["shapes", "--design", "net_res_deep", "--option", "shared=true", "--option", "n_blocks=2"]) == 0
    )
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == [
        "layer",
        "kind",
        "output",
        "shape",
        "parameters",
        "receptive",
        "field",
        "jump",
        "start",
    ]
    assert lines[1].split() == ["conv1", "Conv2d", "32x32x32", "896", "3x3", "1,", "1", "-1,", "-1"]
    assert "= resblocks.0.conv " in lines[8]
    assert lines[-1] == "75,810 parameters"
    assert len({len(line[: line.rindex(",")]) for line in lines[1:-2]}) <= 2  # columns stand below each other


def test_a_layer_without_a_receptive_field_is_listed_and_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def make() -> nn.Module:
        return nn.Sequential(nn.Conv2d(3, 2, 3), nn.PixelUnshuffle(2), nn.ReLU())

    monkeypatch.setitem(DESIGNS, "net", Design("Shuffled", "", make))
    found = listed(capsys, "--design", "net")
    assert [layer["receptive_field"] for layer in found] == [[3, 3], None, None]
    assert main(["shapes", "--design", "net"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].split() == ["1", "PixelUnshuffle", "8x15x15", "0", "-", "-", "-"]
    assert "no receptive-field rule for 1, a PixelUnshuffle layer" in lines[-3]
    assert lines[-1] == "56 parameters"
