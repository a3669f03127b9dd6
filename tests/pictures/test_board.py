"""The pixel board: painting, alone and over a picture, the text in a link, the palette for all eyes."""

import re
from dataclasses import FrozenInstanceError

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from convlab.errors import UserError
from convlab.pictures.board import COLOUR_NAMES, PALETTE, SIZES, Board

boards = st.sampled_from(SIZES).flatmap(
    lambda size: st.binary(min_size=size**2, max_size=size**2).map(
        lambda raw: Board(size, bytes(value % 16 for value in raw))
    )
)


@given(boards)
@settings(max_examples=50)
def test_the_text_gives_back_the_board(board: Board) -> None:
    text = board.encode()
    assert Board.decode(text) == board
    assert re.fullmatch(r"\d+-[0-9a-f]+", text), "nothing that a URL would escape"
    assert len(text) <= 1100


def test_the_text_is_this() -> None:
    board = Board(8, bytes(range(16)) * 4)
    assert board.encode() == "8-" + "0123456789abcdef" * 4
    assert len(Board.blank(32).encode()) == 1027


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "8",
        "8-",
        "8-" + "0" * 63,
        "8-" + "0" * 65,
        "08-" + "0" * 64,
        " 8-" + "0" * 64,
        "8-" + "0" * 64 + "\n",
        "8-" + "0" * 63 + "g",
        "8-" + "0" * 63 + "A",
        "8-" + "0" * 63 + "\N{ARABIC-INDIC DIGIT THREE}",
        "\N{FULLWIDTH DIGIT EIGHT}-" + "0" * 64,
        "8--" + "0" * 63,
        "9-" + "0" * 81,
        "0-",
        "64-" + "0" * 4096,
        "1e1-" + "0" * 100,
        "<img src=x onerror=alert(1)>",
        "0" * 100_000,
        "8-" + "0" * 100_000,
        "-" * 100_000,
    ],
)
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="not a painted board: please") as caught:
        Board.decode(text)
    assert len(str(caught.value)) < 200


@given(st.text(max_size=80) | st.text("0123456789abcdef", min_size=63, max_size=65).map("8-".__add__))
def test_text_is_a_board_or_refused(text: str) -> None:
    try:
        board = Board.decode(text)
    except UserError:
        return
    assert board.encode() == text


@pytest.mark.parametrize("cells", [b"", bytes(63), bytes(65), bytes(63) + b"\x10", b"\xff" * 64])
def test_cells_must_fit_the_size_and_the_palette(cells: bytes) -> None:
    with pytest.raises(UserError, match="not a painted board"):
        Board(8, cells)


@pytest.mark.parametrize("size", [-8, 0, 1, 9, 64, 10**9])
def test_only_five_sizes_exist(size: int) -> None:
    for make in (Board.blank, Board.blank(8).resized, lambda side: Board(side, b"")):
        with pytest.raises(UserError, match="please choose 8, 12, 16, 24, 32"):
            make(size)


def test_a_board_cannot_be_changed() -> None:
    board = Board.blank(8)
    with pytest.raises(FrozenInstanceError):
        board.size = 12  # type: ignore[misc]


@given(boards)
@settings(max_examples=20)
def test_pixels_are_the_palettes_colours(board: Board) -> None:
    pixels = board.pixels()
    assert pixels.dtype == torch.uint8
    assert pixels.shape == (3, board.size, board.size)
    for index in (0, 5, board.size**2 - 1):
        row, column = divmod(index, board.size)
        assert tuple(pixels[:, row, column].tolist()) == PALETTE[board.cells[index]]


def test_a_blank_board_is_black() -> None:
    for size in SIZES:
        assert int(Board.blank(size).pixels().sum()) == 0


def test_resizing_keeps_the_middle() -> None:
    board = Board(8, bytes(range(16)) * 4)
    larger = board.resized(12)
    rows = torch.tensor(list(larger.cells)).view(12, 12)
    assert rows[2:10, 2:10].flatten().tolist() == list(board.cells)
    assert int(rows.sum()) == sum(board.cells), "all that was added is black"
    middle = Board(12, bytes(i % 16 for i in range(144))).resized(8)
    assert middle.cells[0] == (2 * 12 + 2) % 16
    assert middle.cells[63] == (9 * 12 + 9) % 16


@given(boards, st.sampled_from(SIZES))
@settings(max_examples=30)
def test_growing_and_shrinking_again_changes_nothing(board: Board, size: int) -> None:
    if size >= board.size:
        assert board.resized(size).resized(board.size) == board
    assert board.resized(size).size == size


# The palette


def test_the_palette_has_eight_even_greys_and_eight_colours() -> None:
    assert len(PALETTE) == len(set(PALETTE)) == len(COLOUR_NAMES) == len(set(COLOUR_NAMES)) == 16
    greys = [red for red, green, blue in PALETTE if red == green == blue]
    assert greys == [0, 36, 73, 109, 146, 182, 219, 255]  # round(255 * i / 7)


def oklab(rgb: torch.Tensor) -> torch.Tensor:
    """Linear RGB to OKLab, where distances look alike (Ottosson 2020)."""
    to_cones = torch.tensor(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
    )
    to_lab = torch.tensor(
        [
            [0.2104542553, 0.7936177850, -0.0040720468],
            [1.9779984951, -2.4285922050, 0.4505937099],
            [0.0259040371, 0.7827717662, -0.8086757660],
        ]
    )
    return (rgb.clamp(0, 1) @ to_cones.T) ** (1 / 3) @ to_lab.T


EYES = {  # Machado, Oliveira, Fernandes 2009, severity 1.0, on linear RGB
    "typical": [[1.0, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


@pytest.mark.parametrize("eye", EYES)
def test_any_two_colours_look_different_to_every_eye(eye: str) -> None:
    srgb = torch.tensor(PALETTE) / 255
    linear = torch.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    seen = oklab(linear @ torch.tensor(EYES[eye]).T)
    distances = torch.cdist(seen, seen)[~torch.eye(16, dtype=torch.bool)]
    assert float(distances.min()) >= 0.096


GENERATOR = torch.Generator().manual_seed(0)
PICTURE = torch.randint(0, 256, (3, 32, 32), dtype=torch.uint8, generator=GENERATOR)


def test_the_nearest_colour_by_hand() -> None:
    picture = torch.zeros(3, 8, 8, dtype=torch.uint8)
    picture[:, 0, 0] = torch.tensor([250, 251, 252])
    picture[:, 0, 1] = torch.tensor([150, 20, 5])
    cells = Board.nearest(picture).cells
    assert cells[:3] == bytes([7, 8, 0])


def test_palette_colours_are_their_own() -> None:
    picture = torch.tensor(PALETTE, dtype=torch.uint8).T.reshape(3, 2, 8).repeat(1, 4, 1)
    assert Board.nearest(picture).cells == bytes(range(16)) * 4
    assert torch.equal(Board.nearest(picture).pixels(), picture)


def test_an_untouched_board_is_the_picture_itself() -> None:
    assert torch.equal(Board.nearest(PICTURE).painted_on(PICTURE), PICTURE)


@given(st.dictionaries(st.integers(0, 1023), st.integers(0, 15), max_size=40))
def test_only_strokes_change_pixels(strokes: dict[int, int]) -> None:
    cells = bytearray(Board.nearest(PICTURE).cells)
    for place, colour in strokes.items():
        cells[place] = colour
    after = Board(32, bytes(cells)).painted_on(PICTURE).flatten(1)
    before, fresh = PICTURE.flatten(1), Board.nearest(PICTURE).cells
    for place in range(1024):
        changed = strokes.get(place, fresh[place]) != fresh[place]
        wanted = list(PALETTE[strokes[place]]) if changed else before[:, place].tolist()
        assert after[:, place].tolist() == wanted


def test_a_board_of_another_size_is_refused() -> None:
    with pytest.raises(UserError, match="does not fit"):
        Board.blank(16).painted_on(PICTURE)
