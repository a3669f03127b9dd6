"""Parts of scripts on what a module registers; tests/pages/test_modules_registered.py runs whole ones."""

import pytest
import torch

from convlab.networks.plain import Net
from convlab.snippets import registration


def test_a_line_that_fails_is_said_by_its_error(capsys: pytest.CaptureFixture[str]) -> None:
    exec(registration.tried("torch.zeros(2) @ torch.zeros(3)", "RuntimeError"), {"torch": torch})
    assert capsys.readouterr().out.startswith("RuntimeError: ")


def test_a_hook_counts_calls_and_not_forwards(capsys: pytest.CaptureFixture[str]) -> None:
    calls = registration.CALLS.format(calls=3, forwards=2)
    exec(f"{registration.COUNTING}\n{calls}", {"net": Net(), "x": torch.zeros(1, 3, 32, 32)})
    assert capsys.readouterr().out == "{'net': 3, 'conv1': 5}\n"
