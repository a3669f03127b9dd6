"""``python -m convlab``: a mistake is one sentence, and a start is quick."""

import errno
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from convlab.__main__ import main
from tests import sources


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--paint"], "unrecognized arguments: --paint"),
        (["shapes"], "the following arguments are required: --design"),
        (["train", "--data", ""], "--data has an empty value: give one, or leave it out."),
        (["train", "--design= ", "--epochs", "1"], "--design has an empty value"),
        (["evaluate", "--weights", "a.pt", "--data", " "], "--data has an empty value"),
        (["shapes", "--design", ""], "--design has an empty value"),
        ([""], "convlab has an empty value"),
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


def shapes(*options: str, **how: Any) -> "subprocess.CompletedProcess[str]":
    script = [sys.executable, "-m", "convlab", "shapes", "--design", "net", *options]
    return subprocess.run(script, cwd=sources.ROOT, stderr=subprocess.PIPE, text=True, check=False, **how)


class Full(io.StringIO):
    """Goes to a disk without room."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.file = (folder / "full").open("w")

    def write(self, _text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    def fileno(self) -> int:
        return self.file.fileno()


def test_what_cannot_be_printed_is_said_and_no_word_about_the_labs_own_disk(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "stdout", Full(tmp_path))
    assert main(["shapes", "--design", "net"]) == 2
    assert capsys.readouterr().err == "The result cannot be printed: No space left on device.\n"


@pytest.mark.skipif(sys.platform == "win32", reason="it closes a descriptor as a shell does")
def test_without_anywhere_to_print_a_command_does_its_work() -> None:
    ran = shapes(preexec_fn=lambda: os.close(1))
    assert (ran.returncode, ran.stderr) == (0, "")


def test_an_interrupt_while_a_command_is_loaded_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(name: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("importlib.import_module", interrupted)
    assert main(["shapes", "--design", "net"]) == 2
    assert capsys.readouterr().err == "Ended before anything was done.\n"
