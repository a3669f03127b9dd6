"""The networks of several widths that are compared: the newest run of each."""

from types import SimpleNamespace
from typing import Any

import pytest

from convlab.ui.probe import arena


def run(design: str, **options: Any) -> Any:
    return SimpleNamespace(settings=SimpleNamespace(design=design, options=options))


@pytest.mark.parametrize(
    ("given", "width"),
    [
        (run("net"), 16),
        (run("net", kernel_size=5), None),
        (run("net_width"), 32),
        (run("net_width", n_chans1=8), 8),
        (run("net_depth", n_chans1=8), None),
    ],
)
def test_the_width_of_a_run(given: Any, width: int | None) -> None:
    assert arena.of_width(given) == width


def test_the_newest_run_of_each_width_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    newest, older = run("net"), run("net")
    wide, odd = run("net_width", n_chans1=64), run("net_width", n_chans1=20)
    monkeypatch.setattr(arena, "offered_runs", lambda: [newest, odd, wide, older])
    assert arena.newest_of_each() == {16: newest, 64: wide}
