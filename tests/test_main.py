"""``python -m convlab``: a mistake is one sentence, and a start is quick."""

import json
import subprocess
import sys

import pytest

from convlab.__main__ import main
from tests import sources


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


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    script = [sys.executable, "-m", "convlab", "shapes", "--design", "net_res_deep"]
    with subprocess.Popen(
        script, cwd=sources.ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as told:
        assert told.stdout
        assert told.stderr
        told.stdout.close()
        assert told.stderr.read() == ""
        assert told.wait() == 0
