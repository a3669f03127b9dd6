"""An empty folder of ConvLab's, pictures to train on, and what a command prints."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from convlab.__main__ import main


@pytest.fixture(autouse=True)
def lab_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder of 20 dark and 20 bright pictures."""
    for name, shade in (("dark", 30), ("bright", 200)):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for number in range(20):
            Image.new("RGB", (32, 32), (shade + number, shade, shade)).save(
                tmp_path / "pictures" / name / f"{number}.png"
            )
    return tmp_path / "pictures"


PLAIN = ("--option", "activation=tanh", "--normalisation", "cifar10")  # what a plain state_dict leaves open


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[dict[str, Any], str]:
    capsys.readouterr()
    assert main([*map(str, arguments), "--json"]) == 0
    printed = capsys.readouterr()
    found: dict[str, Any] = json.loads(printed.out.splitlines()[-1])
    return found, printed.err
