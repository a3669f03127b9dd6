"""ui/probe/made.py: what a slider or a brush made of the square, as pictures and as numbers."""

import pytest
import torch

from convlab.pictures import crop, photographs
from convlab.pictures.board import Board
from convlab.probing import bundled
from convlab.ui.networks import bundled_model
from convlab.ui.probe import made, subject
from convlab.ui.probe.controls import ProbeControls
from tests.ui.driver import open_page

CAT = photographs.photograph("cat")


def cat() -> subject.Subject:
    return subject.asked(ProbeControls(), [bundled_model("net")], CAT, "cat", CAT)


def test_a_neutral_slider_and_no_paint_leave_the_square() -> None:
    seen = crop.cut(CAT)
    assert torch.equal(made.shown(made.changed(cat(), "rotate", 0.0)), seen)
    assert torch.equal(made.painted(cat(), ""), seen)
    assert torch.equal(made.painted(cat(), Board.nearest(seen).encode()), seen)


def test_a_shift_moves_the_pixels_and_lets_the_mean_colour_in() -> None:
    seen = crop.cut(CAT)
    moved = made.shown(made.changed(cat(), "shift", 3.0))
    assert torch.equal(moved[:, :, 3:], seen[:, :, :-3])
    assert moved[:, 0, 0].tolist() == list(crop.colour_of(bundled.weights("net").probe.mean))


def test_a_pixel_counts_as_painted_where_a_channel_differs() -> None:
    seen = crop.cut(CAT)
    painted = seen.clone()
    painted[0, 3, 4] ^= 1
    painted[:, 9, 9] ^= 128
    assert made.repainted(cat(), seen) == 0
    assert made.repainted(cat(), painted) == 2


@pytest.mark.parametrize("query", [{"experiment": "change"}, {"experiment": "arena", "game": "paint"}])
def test_the_verdict_on_it_stands_by_numbers_too(query: dict[str, str]) -> None:
    app = open_page("pages/probe.py", picture="photo:cat", **query)
    app.session_state[f"{made.KEY}.by_numbers"] = True
    app.run()
    (panel,) = [one for one in app.expander if one.label == "This verdict by numbers"]
    said = panel.table[0].value
    logits = bundled.weights("net").probe.logits(crop.cut(CAT)[None])[0]
    assert [float(text) for text in said["Logit"]] == pytest.approx(logits.tolist(), rel=1e-4)
