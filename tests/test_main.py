"""``python -m convlab shapes``: what it prints, and how it refuses."""

import json
import subprocess
import sys
from typing import Any

import pytest

from convlab.__main__ import main
from convlab.networks.designs import DESIGNS, design, parameter_counts
from tests import sources


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
    assert sum(layer["parameters"] for layer in found) == sum(parameter_counts(design(key).build()))
    assert found[-1]["output_shape"] == [2]


def test_options(capsys: pytest.CaptureFixture[str]) -> None:
    wide = listed(capsys, "--design", "net", "--option", "kernel_size=1x3")
    assert wide[0]["receptive_field"] == [1, 3]
    assert sum(layer["parameters"] for layer in wide) == 17_034
    deep = listed(capsys, "--design", "net_res_deep", "--option", "n_blocks=2", "--option", "shared=true")
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


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: command"),
        (["shapes"], "the following arguments are required: --design"),
        (["paint"], "argument command: invalid choice: 'paint'"),
        (["shapes", "--design", "no"], "There is no design 'no': choose one of net, "),
        (["shapes", "--design", "net", "--option", "x"], "'x' is no option: write NAME=VALUE"),
        (["shapes", "--design", "net", "--option", "x=1"], "This design has no option 'x'"),
        (["shapes", "--design", "net", "--option", "kernel_size=nan"], "kernel_size cannot be 'nan': choose"),
        (["shapes", "--design", "net", "--input", "32x32"], "'32x32' is no picture's shape: write CxHxW"),
        (["shapes", "--design", "net", "--input", "3x0x32"], "'3x0x32' is no picture's shape"),
        (["shapes", "--design", "net", "--input", "3x9999x9999"], "'3x9999x9999' is no picture's shape"),
        (["shapes", "--design", "net", "--input", "3x64x64"], "fc1 does not fit what reaches it: mat1 and"),
        (["shapes", "--design", "net", "--input", "1x32x32"], "conv1 does not fit what reaches it: Given"),
    ],
)
def test_a_mistake_is_one_sentence(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(arguments)
    except SystemExit as stop:
        code = int(str(stop.code))
    printed = capsys.readouterr()
    assert code == 2
    assert printed.out == ""
    assert printed.err.startswith(message)
    assert printed.err.count("\n") == 1


def test_from_a_terminal() -> None:
    script = [sys.executable, "-X", "importtime", "-m", "convlab", "shapes", "--design", "net_res", "--json"]
    ran = subprocess.run(script, cwd=sources.ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0
    assert [layer["receptive_field"] for layer in json.loads(ran.stdout)][9] == [22, 22]
    for heavy in ("sympy", "torchvision", "streamlit", "pydantic", "torch._dynamo", "safetensors"):
        assert f"| {heavy}\n" not in ran.stderr.replace("|   ", "| "), heavy  # a quick start
