"""The pixel board a learner paints on, and the text that carries it in a link."""

from dataclasses import dataclass

import torch
from torch import Tensor

from convlab.errors import N_, UserError

SIZES = (8, 12, 16, 24, 32)
BLACK = 0

# Eight greys in even steps, then eight hues. The hues were searched for so that all sixteen stay
# apart for red-, green- and blue-blind eyes too (Machado et al. 2009, full severity): any two differ
# by 0.096 or more in OKLab, about as much as the two lightest greys do.
PALETTE: tuple[tuple[int, int, int], ...] = (
    (0, 0, 0),
    (36, 36, 36),
    (73, 73, 73),
    (109, 109, 109),
    (146, 146, 146),
    (182, 182, 182),
    (219, 219, 219),
    (255, 255, 255),
    (145, 22, 0),
    (231, 151, 88),
    (233, 197, 3),
    (19, 138, 15),
    (0, 182, 250),
    (19, 12, 145),
    (164, 44, 254),
    (205, 34, 188),
)
COLOUR_NAMES: tuple[str, ...] = (
    N_("black"),
    N_("darkest grey"),
    N_("dark grey"),
    N_("grey, darker half"),
    N_("grey, lighter half"),
    N_("light grey"),
    N_("lightest grey"),
    N_("white"),
    N_("dark red"),
    N_("orange"),
    N_("yellow"),
    N_("green"),
    N_("sky blue"),
    N_("navy blue"),
    N_("violet"),
    N_("magenta"),
)

_DIGITS = "0123456789abcdef"  # one a colour: the index into PALETTE
_DIGIT_OF_COLOUR = bytes.maketrans(bytes(range(16)), _DIGITS.encode())
_COLOUR_OF_DIGIT = bytes.maketrans(_DIGITS.encode(), bytes(range(16)))


@dataclass(frozen=True)
class Board:
    """A painted square picture.

    Args:
        size: cells on a side, one of ``SIZES``.
        cells: size * size indices into ``PALETTE``, row by row from the top left.

    Raises:
        UserError: where the two do not fit together.
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

    def encode(self) -> str:
        """The board as URL-safe text: ``16-`` and a hexadecimal digit a cell; 1027 characters at most."""
        return f"{self.size}-{self.cells.translate(_DIGIT_OF_COLOUR).decode()}"

    @classmethod
    def decode(cls, text: str) -> "Board":
        """The board that ``encode`` wrote; each board has exactly one text.

        Raises:
            UserError: for any other text, however long.
        """
        sides = {str(size): size for size in SIZES}
        side, dash, digits = text[: 3 + max(SIZES) ** 2 + 1].partition("-")
        if (
            not dash
            or side not in sides
            or len(digits) != sides[side] ** 2
            or not set(digits) <= set(_DIGITS)
        ):
            raise _unreadable()
        return cls(sides[side], digits.encode().translate(_COLOUR_OF_DIGIT))

    def pixels(self) -> Tensor:
        """The picture, uint8 [3, size, size]."""
        colours = torch.tensor(PALETTE, dtype=torch.uint8)
        indices = torch.tensor(list(self.cells)).view(self.size, self.size)
        return colours[indices].permute(2, 0, 1).contiguous()

    def resized(self, size: int) -> "Board":
        """A larger board with this one in its middle, the rest black; or this one's middle.

        Raises:
            UserError: where size is not one of ``SIZES``.
        """
        _check_side(size)
        old = torch.tensor(list(self.cells)).view(self.size, self.size)
        margin = (size - self.size) // 2  # every side is even, so the middle is exact; negative: cut off
        new = torch.nn.functional.pad(old, (margin, margin, margin, margin), value=BLACK)
        return Board(size, bytes(new.flatten().tolist()))


def _check_side(size: int) -> None:
    if size not in SIZES:
        raise UserError(
            N_("A board of {size} cells a side is not possible: please choose {choices}."),
            size=size,
            choices=", ".join(map(str, SIZES)),
        )


def _unreadable() -> UserError:
    return UserError(
        N_("This is not a painted board: please copy the whole link again, or start a blank board.")
    )
