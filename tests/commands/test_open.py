"""``convlab open``: what it is told, and that the server gets it."""

import argparse
from pathlib import Path

import pytest

from convlab.__main__ import main
from convlab.commands import open as command
from convlab.commands import serve
from convlab.networks import factories, pretrained
from convlab.networks.factories import Plan


def given(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.arguments(parser)
    return parser.parse_args(words)


def test_what_is_told_becomes_a_plan(tmp_path: Path) -> None:
    assert command.planned(given("a.b:c"), "/here") == Plan("a.b:c", folder="/here")
    words = ["a:b", "--input", "1x28x28", "--classes", "cat, dog", "--mean", "0.1", "--std", "0.3"]
    weights = tmp_path / "w.pt"
    found = command.planned(given(*words, "--weights", str(weights)), "/here")
    assert found == Plan("a:b", str(weights), (1, 28, 28), ("cat", "dog"), (0.1,), (0.3,), "/here")
    assert command.planned(given("a:b", "--normalisation", "imagenet"), "").std == pretrained.STD
    assert command.planned(given("a:b", "--classes", "cat", "dog"), "").classes == ("cat", "dog")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["a:b", "--input", "3x224"], "is no shape of pictures"),
        (["a:b", "--input", "3x224x128"], "is no shape of pictures"),
        (["a:b", "--input", "3x999x999"], "is no shape of pictures"),
        (["a:b", "--mean", "0.5"], "for each of the 3 channels"),
        (["a:b", "--std", "1", "0", "1"], "for each of the 3 channels"),
        (["nothing"], "names no code"),
    ],
)
def test_what_does_not_hold_together_is_one_sentence(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["open", *words]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1


def test_the_server_is_told_of_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    started: list[int] = []

    def start(port: int) -> int:
        started.append(port)
        return 0

    monkeypatch.setattr(serve, "start", start)
    monkeypatch.setenv(factories.VARIABLE, "")  # what it was is put back
    assert main(["open", "builtins:int", "--input", "3x8x8", "--port", "9123"]) == 2  # nothing to open
    assert started == []
    assert main(["open", "torch.nn:ReLU", "--input", "3x8x8", "--port", "9123"]) == 0
    assert started == [9123]
    plan = factories.named()
    assert plan is not None
    assert plan.factory == "torch.nn:ReLU"
    assert "http://127.0.0.1:9123/feature_maps?network=terminal" in capsys.readouterr().out
