"""The pixel board a learner paints on, alone or over a picture, and the text that carries it in a link."""

from dataclasses import dataclass

import torch
from torch import Tensor

from convlab.errors import N_, UserError

SIZES = (8, 12, 16, 24, 32)
BLACK = 0

# Eight greys in even steps, then eight hues. The hues were searched for so that all sixteen stay
# apart for red-, green- and blue-blind eyes too (Machado et al. 2009, full severity): any two differ
# by 0.096 or more in OKLab, about as much as the two lightest greys do.
COLOURS: dict[str, tuple[int, int, int]] = {
    N_("black"): (0, 0, 0),
    N_("darkest grey"): (36, 36, 36),
    N_("dark grey"): (73, 73, 73),
    N_("grey, darker half"): (109, 109, 109),
    N_("grey, lighter half"): (146, 146, 146),
    N_("light grey"): (182, 182, 182),
    N_("lightest grey"): (219, 219, 219),
    N_("white"): (255, 255, 255),
    N_("dark red"): (145, 22, 0),
    N_("orange"): (231, 151, 88),
    N_("yellow"): (233, 197, 3),
    N_("green"): (19, 138, 15),
    N_("sky blue"): (0, 182, 250),
    N_("navy blue"): (19, 12, 145),
    N_("violet"): (164, 44, 254),
    N_("magenta"): (205, 34, 188),
}
COLOUR_NAMES, PALETTE = tuple(COLOURS), tuple(COLOURS.values())
_PIXELS = torch.tensor(PALETTE, dtype=torch.uint8)  # [16, 3]

_DIGITS = b"0123456789abcdef"  # one a colour: the index into PALETTE


@dataclass(frozen=True)
class Board:
    """A painted square picture of one of ``SIZES``; UserError where size and cells do not fit together.

    Cells are size * size indices into ``PALETTE``, row by row from the top left.
    """

    size: int
    cells: bytes

    def __post_init__(self) -> None:
        _check_side(self.size)
        if len(self.cells) != self.size**2 or max(self.cells) >= len(PALETTE):
            raise _unreadable()

    @classmethod
    def blank(cls, size: int) -> "Board":
        """A black board: black is 0, so zero padding adds no edge around it."""
        _check_side(size)
        return cls(size, bytes([BLACK]) * size**2)

    @classmethod
    def nearest(cls, picture: Tensor) -> "Board":
        """A picture, uint8 [3, S, S], S one of ``SIZES``, in the nearest colours by squared distance."""
        pixels = picture.permute(1, 2, 0).int()  # [S, S, 3]
        distances = ((pixels[..., None, :] - _PIXELS.int()) ** 2).sum(-1)
        return cls(picture.shape[-1], bytes(distances.argmin(-1).flatten().tolist()))

    def encode(self) -> str:
        """The board as URL-safe text: ``16-`` and a hexadecimal digit a cell; 1027 characters at most."""
        return f"{self.size}-{bytes(_DIGITS[cell] for cell in self.cells).decode()}"

    @classmethod
    def decode(cls, text: str) -> "Board":
        """The board that ``encode`` wrote; each has exactly one text, and any other raises UserError."""
        sides = {str(size): size for size in SIZES}
        side, _, digits = text[: 3 + max(SIZES) ** 2 + 1].partition("-")
        if side not in sides or not set(digits.encode()) <= set(_DIGITS):
            raise _unreadable()
        return cls(sides[side], bytes(_DIGITS.index(digit) for digit in digits.encode()))

    def pixels(self) -> Tensor:
        """The picture, uint8 [3, size, size]."""
        return _PIXELS[self._grid()].permute(2, 0, 1).contiguous()

    def painted_on(self, picture: Tensor) -> Tensor:
        """A picture, uint8 [3, size, size], with this board's cells that differ from ``nearest(picture)``.

        A stroke in the colour that a pixel is nearest to changes nothing. UserError if the sizes differ.
        """
        if self.size != picture.shape[-1]:
            raise UserError(N_("The board does not fit this picture: start again from the picture."))
        return torch.where(self._grid() != Board.nearest(picture)._grid(), self.pixels(), picture)

    def resized(self, size: int) -> "Board":
        """A larger board with this one in its middle, the rest black; or this one's middle."""
        _check_side(size)
        margin = (size - self.size) // 2  # every side is even, so the middle is exact; negative: cut off
        new = torch.nn.functional.pad(self._grid(), (margin,) * 4, value=BLACK)
        return Board(size, bytes(new.flatten().tolist()))

    def _grid(self) -> Tensor:
        return torch.tensor(list(self.cells)).view(self.size, self.size)


def _check_side(size: int) -> None:
    if size not in SIZES:
        message = N_("A board of {size} cells a side is not possible: please choose {choices}.")
        raise UserError(message, size=size, choices=", ".join(map(str, SIZES)))


def _unreadable() -> UserError:
    message = N_("This is not a painted board: please copy the whole link again, or start a blank board.")
    return UserError(message)
