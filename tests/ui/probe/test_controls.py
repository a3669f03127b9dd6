"""The Probe page's controls: what a link may hold, and what it may not."""

import pytest

from convlab.pictures.board import Board
from convlab.ui.probe.controls import ProbeControls
from convlab.ui.urls import parse, serialise


def test_a_link_gives_back_the_controls() -> None:
    controls = ProbeControls(
        model="run:0123456789abcdef", kernel="0 1 0; 1 1 1; 0 1 0", amount=-12.5, pruned=0.5
    )
    assert parse(ProbeControls, serialise(controls)) == (controls, [])
    assert serialise(ProbeControls()) == {}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("model", "run:../../etc"),
        ("model", "file:net"),
        ("method", "magic"),
        ("change", "magic"),
        ("score", "magic"),
        ("kernel", "1 2 | 3 4 | 5 6"),
        ("painted", "16-99"),
        ("data", "My Data"),
        ("temperature", "0"),
        ("threshold", "1.01"),
        ("amount", "nan"),
        ("layer", "conv1; drop"),
    ],
)
def test_what_does_not_fit_is_named_and_left_at_its_default(name: str, text: str) -> None:
    assert parse(ProbeControls, {name: text}) == (ProbeControls(), [name])


def test_a_painted_board_is_kept_and_none_is_empty() -> None:
    board = Board.blank(16).encode()
    assert ProbeControls(painted=board).painted == board
    assert ProbeControls(painted="").painted == ""
