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


@pytest.mark.parametrize(
    ("set_to", "picture", "model"),
    [
        ({}, "sketch:bird", "shipped:net_sketches"),
        ({"experiment": "mistakes"}, "sketch:bird", "shipped:net_sketches"),
        ({"picture": "sketch:airplane"}, "sketch:airplane", "shipped:net_sketches"),
        ({"picture": "photo:cat"}, "photo:cat", "shipped:net"),
        ({"model": "shipped:net_batch_norm_sketches"}, "sketch:bird", "shipped:net_batch_norm_sketches"),
        ({"model": "shipped:net_fast"}, "photo:cat", "shipped:net_fast"),
        ({"second": "shipped:net_dropout_sketches"}, "sketch:bird", "shipped:net_sketches"),
        ({"model": "shipped:net_sketches", "picture": "camera"}, "camera", "shipped:net_sketches"),
        ({"model": "shipped:net", "picture": "sketch:bird"}, "sketch:bird", "shipped:net"),
    ],
)
def test_what_nobody_chose_fits_what_was_chosen(set_to: dict[str, str], picture: str, model: str) -> None:
    controls = ProbeControls.model_validate(set_to)
    assert (controls.settled().picture, controls.settled().model) == (picture, model)
    assert controls.settled().settled() == controls.settled()
    assert serialise(controls) == {name: text for name, text in set_to.items() if text != "notice"}


def test_a_painted_board_is_kept_and_none_is_empty() -> None:
    board = Board.blank(16).encode()
    assert ProbeControls(painted=board).painted == board
    assert ProbeControls(painted="").painted == ""
