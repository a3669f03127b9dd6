"""Kernels: presets, the algebra on them, and their form as text.

A kernel is a float32 tensor [C, kh, kw]: C = 1 is one kernel for every channel of the picture, C = 3 a kernel
per channel; kh and kw are 1..7 and every weight is finite and within -1000..1000.
"""

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from convlab.convolution import kernel_text
from convlab.errors import N_, UserError, chosen

MAX_SIZE = 7
MAX_WEIGHT = 1000.0
MAX_TEXT_LENGTH = 8000  # three times what Python prints of the largest: 147 weights with 17 digits


@dataclass(frozen=True)
class Preset:
    """A named kernel; its title is marked for translation, sizes are (kh, kw).

    Attributes:
        build: (kh, kw) -> float32 [kh, kw].
        size: the natural one.
        scales: whether ``build`` knows other sizes than the natural one.
        smallest: the smallest at which the kernel still does what its name says.
    """

    title: str
    build: Callable[[int, int], Tensor]
    size: tuple[int, int] = (3, 3)
    scales: bool = True
    smallest: tuple[int, int] = (1, 1)


def centre(kernel_size: int) -> int:
    """Index of the tap over the output pixel under ``padding="same"``; left of the middle if even."""
    return (kernel_size - 1) // 2


def _coordinates(kh: int, kw: int) -> tuple[Tensor, Tensor]:
    """Rows [kh, 1] and columns [1, kw] counted from the middle, in half pixels to stay whole."""
    rows, cols = (2.0 * torch.arange(k) - (k - 1) for k in (kh, kw))
    return rows[:, None], cols[None, :]


def _unit(k: int) -> Tensor:
    """1 at the centre, float32 [k]."""
    return (torch.arange(k) == centre(k)).float()


def _binomial(k: int) -> Tensor:
    """Binomial coefficients that add up to 1: [1, 2, 1] / 4 for three."""
    return torch.tensor([float(math.comb(k - 1, i)) for i in range(k)]) / 2.0 ** (k - 1)


def _diagonal_edges_down(kh: int, kw: int) -> Tensor:
    rows, cols = _coordinates(kh, kw)
    return (cols * (kh - 1) - rows * (kw - 1)).sign()


def _detector(pattern: Tensor) -> Tensor:
    """Mean over the pattern minus mean beside it: 1 on a perfect match of 0s and 1s, 0 on a flat region."""
    return pattern / pattern.sum() - ~pattern / (~pattern).sum()


def _cross(kh: int, kw: int) -> Tensor:
    rows, cols = _coordinates(kh, kw)
    return _detector((rows.abs() <= 1) | (cols.abs() <= 1))


def _checkerboard(kh: int, kw: int) -> Tensor:
    return _detector((torch.arange(kh)[:, None] + torch.arange(kw)) % 2 == 0)


def _motion_blur(kh: int, kw: int) -> Tensor:
    return torch.outer(_unit(kh), torch.full((kw,), 1 / kw))


def _random(kh: int, kw: int, seed: int = 0) -> Tensor:
    """Normal with standard deviation 1/sqrt(kh*kw), to three decimals: white noise keeps its spread."""
    drawn = torch.randn(kh, kw, generator=torch.Generator().manual_seed(seed))
    return torch.round(drawn / math.sqrt(kh * kw), decimals=3)


def _fixed(*rows: tuple[float, ...]) -> Callable[[int, int], Tensor]:
    return lambda kh, kw: torch.tensor(rows, dtype=torch.float32)


PRESETS: dict[str, Preset] = {
    "identity": Preset(N_("Identity"), lambda kh, kw: torch.outer(_unit(kh), _unit(kw))),
    "blur": Preset(N_("Blur"), lambda kh, kw: torch.full((kh, kw), 1 / (kh * kw))),
    "vertical_edges": Preset(
        N_("Vertical edges"), lambda kh, kw: _coordinates(kh, kw)[1].sign().repeat(kh, 1), smallest=(1, 2)
    ),
    "horizontal_edges": Preset(
        N_("Horizontal edges"), lambda kh, kw: _coordinates(kh, kw)[0].sign().repeat(1, kw), smallest=(2, 1)
    ),
    "diagonal_edges_down": Preset(N_("Diagonal edges, falling"), _diagonal_edges_down, smallest=(2, 2)),
    "diagonal_edges_up": Preset(
        N_("Diagonal edges, rising"), lambda kh, kw: _diagonal_edges_down(kh, kw).flip(0), smallest=(2, 2)
    ),
    "cross": Preset(N_("Cross"), _cross, smallest=(3, 3)),
    "checkerboard": Preset(N_("Checkerboard"), _checkerboard, smallest=(2, 2)),
    "sharpen": Preset(N_("Sharpen"), _fixed((0, -1, 0), (-1, 5, -1), (0, -1, 0)), scales=False),
    "sobel_x": Preset(N_("Sobel, left to right"), _fixed((-1, 0, 1), (-2, 0, 2), (-1, 0, 1)), scales=False),
    "sobel_y": Preset(N_("Sobel, top to bottom"), _fixed((-1, -2, -1), (0, 0, 0), (1, 2, 1)), scales=False),
    "laplacian": Preset(N_("Laplacian"), _fixed((0, 1, 0), (1, -4, 1), (0, 1, 0)), scales=False),
    "emboss": Preset(N_("Emboss"), _fixed((-2, -1, 0), (-1, 1, 1), (0, 1, 2)), scales=False),
    "gaussian": Preset(N_("Gaussian blur"), lambda kh, kw: torch.outer(_binomial(kh), _binomial(kw))),
    "motion_blur": Preset(N_("Motion blur"), _motion_blur, size=(5, 5), smallest=(1, 2)),
    "random": Preset(N_("Random"), _random),
}


def preset(key: str, size: tuple[int, int] | None = None, seed: int = 0) -> Tensor:
    """Weights of one of ``PRESETS``, float32 [kh, kw]; ``seed`` is for "random" only.

    Presets that do not scale keep their natural size. Raises UserError for an unknown key and a size that is
    not (1..7, 1..7) or too small for what the preset detects.
    """
    entry = chosen(PRESETS, key, N_("There is no kernel called {key}: choose one from the list."))
    kh, kw = size if size is not None and entry.scales else entry.size
    _check_size(kh, kw)
    if kh < entry.smallest[0] or kw < entry.smallest[1]:
        message = N_("{title} needs a kernel of at least {rows} x {cols}: make the kernel larger.")
        raise UserError(message, title=entry.title, rows=entry.smallest[0], cols=entry.smallest[1])
    return _random(kh, kw, seed) if key == "random" else entry.build(kh, kw)


def preset_of(kernel: Tensor, seed: int = 0) -> str | None:
    """Which of ``PRESETS`` a kernel is in every channel, at its own size; None for none of them.

    At a size where several are the same, the first of them.
    """
    size = (kernel.shape[1], kernel.shape[2])
    for key, entry in PRESETS.items():
        fits = size == entry.size if not entry.scales else all(map(operator.ge, size, entry.smallest))
        if fits and bool((kernel == preset(key, size, seed)).all()):
            return key
    return None


def _check_size(kh: int, kw: int) -> None:
    if not (1 <= kh <= MAX_SIZE and 1 <= kw <= MAX_SIZE):
        message = N_("A kernel has 1 to {limit} rows and columns, not {rows} x {cols}.")
        raise UserError(message, limit=MAX_SIZE, rows=kh, cols=kw)


def check(kernel: Tensor) -> Tensor:
    """The kernel itself, once it is known to be one; else UserError.

    It is float32 [1 or 3, 1..7, 1..7], and every weight is finite and within +-1000.
    """
    if kernel.dtype != torch.float32 or kernel.ndim != 3:
        message = N_("A kernel is a float32 tensor [C, kh, kw], not {dtype} {shape}.")
        dtype = str(kernel.dtype).removeprefix("torch.")
        raise UserError(message, dtype=dtype, shape=list(kernel.shape))
    channels, kh, kw = kernel.shape
    if channels not in (1, 3):
        raise UserError(N_("A kernel has 1 or 3 channels, not {channels}."), channels=channels)
    _check_size(kh, kw)
    if not bool((kernel.abs() <= MAX_WEIGHT).all()):
        message = N_("A weight is not a number between -{limit} and {limit}: choose a smaller one.")
        raise UserError(message, limit=int(MAX_WEIGHT))
    return kernel


def per_channel(kernel: Tensor, channels: int) -> Tensor:
    """The kernel as [channels, kh, kw]: one kernel is repeated, a kernel per channel stays as it is.

    Raises UserError for a kernel per channel whose channels are not the picture's.
    """
    if kernel.shape[0] not in (1, channels):
        message = N_(
            "The kernel has {kernel} channels and the picture {picture}: use one kernel for all channels."
        )
        raise UserError(message, kernel=kernel.shape[0], picture=channels)
    return kernel.expand(channels, -1, -1).contiguous()


def normalise(kernel: Tensor, channels: int) -> Tensor:
    """Divide so that all weights that one output pixel sums, over every channel, add up to 1.

    One 3x3 blur for an RGB picture (``channels`` 3) becomes 1/27, not the 1/9 of chapter 8.2.2. Raises
    UserError when the weights add up to 0, or a weight would pass +-1000.
    """
    weights = per_channel(kernel, channels).double()
    total = weights.sum()
    if total.abs() <= 1e-6 * weights.abs().sum():
        raise UserError(N_("The weights add up to 0, so no factor makes them add up to 1."))
    return check((kernel.double() / total).float())


def scale(kernel: Tensor, factor: float) -> Tensor:
    """Every weight times ``factor``. Raises UserError when a weight would pass +-1000."""
    return check(kernel * factor)


def transpose(kernel: Tensor) -> Tensor:
    """Rows become columns in every channel: [C, kh, kw] -> [C, kw, kh]."""
    return kernel.transpose(1, 2).contiguous()


def rotate90(kernel: Tensor) -> Tensor:
    """A quarter turn against the clock in every channel: [C, kh, kw] -> [C, kw, kh]."""
    return kernel.rot90(1, (1, 2)).contiguous()


def negate(kernel: Tensor) -> Tensor:
    """Every weight with its sign changed (0 stays 0, never -0)."""
    return 0 - kernel


def flip(kernel: Tensor) -> Tensor:
    """Half a turn in every channel: what tells convolution from cross-correlation (chapter 8, footnote 1)."""
    return kernel.flip(1, 2)


def resize(kernel: Tensor, kh: int, kw: int) -> Tensor:
    """Pad with 0 or crop to [C, kh, kw], so that the tap on the output pixel (see ``centre``) stays there.

    Growing therefore changes no output under ``padding="same"`` with zeros.
    """
    _check_size(kh, kw)
    top, left = (centre(new) - centre(old) for new, old in ((kh, kernel.shape[1]), (kw, kernel.shape[2])))
    right, bottom = kw - kernel.shape[2] - left, kh - kernel.shape[1] - top
    return torch.nn.functional.pad(kernel, (left, right, top, bottom)).contiguous()


def with_weight(kernel: Tensor, at: tuple[int, ...], weight: float) -> Tensor:
    """The kernel with another weight at a place: channel, row and column, or row and column of [kh, kw]."""
    kernel = kernel.clone()
    kernel[at] = weight
    return kernel


def put(kernel: Tensor, weights: Tensor, at: tuple[int, int, int]) -> Tensor:
    """The kernel with other weights, [1, h, w], from a place on: its channel, row and column.

    Weights for every channel, [C, h, w], go into all of them. Raises UserError where there is no room.
    """
    channel, row, column = at
    channels, rows, columns = weights.shape
    if channels not in (1, kernel.shape[0]):
        message = N_(
            "What was pasted has {channels} channels and the kernel {kernel}: paste one channel here."
        )
        raise UserError(message, channels=channels, kernel=kernel.shape[0])
    room = kernel.shape[1] - row, kernel.shape[2] - column
    if rows > room[0] or columns > room[1]:
        message = N_(
            "What was pasted has {rows} × {columns} weights; from this cell on there is room for "
            "{most_rows} × {most_columns}. Make the kernel larger, or paste into another cell."
        )
        raise UserError(message, rows=rows, columns=columns, most_rows=room[0], most_columns=room[1])
    result = kernel.clone()
    filled = slice(channel, channel + 1) if channels == 1 else slice(None)
    result[filled, row : row + rows, column : column + columns] = weights
    return result


def separate(kernel: Tensor) -> tuple[Tensor, Tensor] | None:
    """Column and row, float32 [kh] and [kw], whose outer product is the kernel [kh, kw]; None: there is none.

    The kernel is separable when its second singular value is below 1e-5 of the first. Of all pairs the
    plainest is given: whole numbers where they do (Sobel: [1, 2, 1] and [-1, 0, 1]), else the same vector
    twice where that does (blur: [1/3, 1/3, 1/3] twice), with signs such that a vector that does not sum to 0
    sums to more than 0 if possible. The zero kernel is a column of zeros times a row of zeros.
    """
    weights = kernel.double()
    singular = torch.linalg.svdvals(weights)
    if singular[0] == 0:
        return torch.zeros(weights.shape[0]), torch.zeros(weights.shape[1])
    if len(singular) > 1 and singular[1] > 1e-5 * singular[0]:
        return None
    pivot_row, pivot_col = divmod(int(weights.abs().argmax()), weights.shape[1])
    column, column_factor = _plain(weights[:, pivot_col])
    row, row_factor = _plain(weights[pivot_row])
    factor = column_factor * row_factor / float(weights[pivot_row, pivot_col])
    if torch.equal(column, row) and factor > 0:
        column, row = column * math.sqrt(factor), row * math.sqrt(factor)
    elif len(row) == 1 or (factor < 0 and not _sums_to_zero(row) and _sums_to_zero(column)):
        column = column * factor
    else:
        row = row * factor
    return column.float(), row.float()


def _sums_to_zero(vector: Tensor) -> bool:
    return bool(vector.sum().abs() <= 1e-6 * vector.abs().sum())


def _plain(vector: Tensor) -> tuple[Tensor, float]:
    """(direction, factor), vector = direction * factor: whole numbers up to 24, else at most 1."""
    weights = vector[vector != 0]
    sign = float((weights[-1] if _sums_to_zero(vector) else vector.sum()).sign())
    smallest, largest = sign * float(weights.abs().min()), sign * float(weights.abs().max())
    for denominator in range(1, 7):
        whole = vector / smallest * denominator
        if bool((whole - whole.round()).abs().max() < 1e-5) and bool(whole.abs().max() < 24.5):
            return whole.round(), smallest / denominator
    return vector / largest, largest


def number(value: float) -> str:
    """The shortest decimal that gives back the same float32; "-1", "0.11111111", "1e-05"."""
    single = np.float32(value)
    if single == 0 or 1e-4 <= abs(single) < 1e6:
        return np.format_float_positional(single, trim="-")
    return np.format_float_scientific(single, trim="-", exp_digits=2)


def format_kernel(kernel: Tensor) -> str:
    """A kernel [C, kh, kw] as text that ``parse`` reads bit for bit: "-1 0 1; -1 0 1 | 0 0 0; 1 1 1"."""
    channels = kernel.tolist()
    return " | ".join("; ".join(" ".join(number(w) for w in row) for row in rows) for rows in channels)


def parse(text: str) -> Tensor:
    """Read a kernel, float32 [C, kh, kw], as people write and programs print it (``kernel_text``).

    Raises UserError for text that is too long, no kernel, or could be two.
    """
    if len(text) > MAX_TEXT_LENGTH:
        message = N_("A kernel's text has at most {limit} characters, not {length}.")
        raise UserError(message, limit=MAX_TEXT_LENGTH, length=len(text))
    return check(torch.tensor(kernel_text.read(text), dtype=torch.float32))
