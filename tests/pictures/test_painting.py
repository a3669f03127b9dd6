"""Strokes on a picture: what is not painted keeps its own pixels."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from convlab.errors import UserError
from convlab.pictures.board import PALETTE, Board
from convlab.pictures.painting import nearest, painted

GENERATOR = torch.Generator().manual_seed(0)
PICTURE = torch.randint(0, 256, (3, 32, 32), dtype=torch.uint8, generator=GENERATOR)


def test_the_nearest_colour_by_hand() -> None:
    picture = torch.zeros(3, 8, 8, dtype=torch.uint8)
    picture[:, 0, 0] = torch.tensor([250, 251, 252])
    picture[:, 0, 1] = torch.tensor([150, 20, 5])
    cells = nearest(picture).cells
    assert cells[:3] == bytes([7, 8, 0])


def test_palette_colours_are_their_own() -> None:
    picture = torch.tensor(PALETTE, dtype=torch.uint8).T.reshape(3, 2, 8).repeat(1, 4, 1)
    assert nearest(picture).cells == bytes(range(16)) * 4
    assert torch.equal(nearest(picture).pixels(), picture)


def test_an_untouched_board_is_the_picture_itself() -> None:
    assert torch.equal(painted(PICTURE, nearest(PICTURE)), PICTURE)


@given(st.dictionaries(st.integers(0, 1023), st.integers(0, 15), max_size=40))
def test_only_strokes_change_pixels(strokes: dict[int, int]) -> None:
    cells = bytearray(nearest(PICTURE).cells)
    for place, colour in strokes.items():
        cells[place] = colour
    after = painted(PICTURE, Board(32, bytes(cells))).flatten(1)
    before, fresh = PICTURE.flatten(1), nearest(PICTURE).cells
    for place in range(1024):
        changed = strokes.get(place, fresh[place]) != fresh[place]
        wanted = list(PALETTE[strokes[place]]) if changed else before[:, place].tolist()
        assert after[:, place].tolist() == wanted


def test_a_board_of_another_size_is_refused() -> None:
    with pytest.raises(UserError, match="does not fit"):
        painted(PICTURE, Board.blank(16))
