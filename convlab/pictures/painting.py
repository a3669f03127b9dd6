"""Strokes of the sixteen board colours on any 32 x 32 picture; what is not painted keeps its own pixels."""

from functools import cache

import torch
from torch import Tensor

from convlab.errors import N_, UserError
from convlab.pictures.board import PALETTE, Board


@cache
def _palette() -> Tensor:
    return torch.tensor(PALETTE, dtype=torch.int32)


def nearest(picture: Tensor) -> Board:
    """A picture in the colours of the board: of each pixel the nearest by squared distance.

    Args:
        picture: uint8 [3, S, S], S a size that boards have.
    """
    pixels = picture.permute(1, 2, 0).to(torch.int32)  # [S, S, 3]
    distances = ((pixels[..., None, :] - _palette()) ** 2).sum(-1)
    return Board(picture.shape[-1], bytes(distances.argmin(-1).flatten().tolist()))


def painted(picture: Tensor, board: Board) -> Tensor:
    """The picture with the cells that differ from ``nearest(picture)`` in the board's colours.

    A stroke in the colour that a pixel is nearest to changes nothing.

    Args:
        picture: uint8 [3, S, S].
        board: S cells a side.

    Returns:
        uint8 [3, S, S].

    Raises:
        UserError: the board has another size.
    """
    if board.size != picture.shape[-1]:
        raise UserError(N_("The board does not fit this picture: start again from the picture."))
    cells = torch.tensor(list(board.cells)).view(board.size, board.size)
    before = torch.tensor(list(nearest(picture).cells)).view(board.size, board.size)
    colours = _palette()[cells].permute(2, 0, 1).to(torch.uint8)
    return torch.where(cells != before, colours, picture)
