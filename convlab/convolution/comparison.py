"""Two kernels on one picture: one is kept as text with its layer's settings, and their outputs compared."""

from dataclasses import dataclass

from pydantic import ValidationError
from torch import Tensor

from convlab.convolution import kernels
from convlab.convolution.conv2d import ConvSettings
from convlab.errors import N_, UserError

_PARTED = " @ "


@dataclass(frozen=True, eq=False)
class Layer:
    """A kernel, float32 [1 or 3, kh, kw], never written to, and how it is laid over a picture."""

    kernel: Tensor
    settings: ConvSettings


def write(layer: Layer) -> str:
    """A layer as text that ``read`` reads bit for bit: "-1 0 1; -1 0 1 @ stride=2 activation=relu".

    Only settings that are not their defaults are named.
    """
    told = [
        f"{name}={int(value) if isinstance(value, bool) else value}"
        for name, value in layer.settings
        if value != ConvSettings.model_fields[name].default
    ]
    return kernels.format_kernel(layer.kernel) + (_PARTED + " ".join(told) if told else "")


def read(text: str) -> Layer:
    """The layer of a text. Raises UserError for a text that is none, or names a setting that there is not."""
    kernel, at, told = text.partition(_PARTED.strip())
    pairs = [part.partition("=") for part in told.split()]
    settings = {name: value for name, _is, value in pairs}
    if (at and not pairs) or len(settings) < len(pairs):
        raise UserError(N_("A kernel's settings stand behind @, each once, such as: 1 0 -1 @ stride=2."))
    try:
        return Layer(kernels.parse(kernel), ConvSettings.model_validate_strings(settings))
    except ValidationError as error:
        raise UserError(
            N_("A kernel's settings stand behind @, each once, such as: 1 0 -1 @ stride=2.")
        ) from error


@dataclass(frozen=True, eq=False)
class Difference:
    """B - A, float32 [H, W]; the largest of its sizes, and the first place, row by row, that has it."""

    values: Tensor
    largest: float
    row: int
    col: int


def difference(a: Tensor, b: Tensor) -> Difference | None:
    """How far two feature maps lie apart; None where they have different shapes."""
    if a.shape != b.shape:
        return None
    values = b - a
    row, col = divmod(int(values.abs().argmax()), values.shape[1])
    return Difference(values, float(values[row, col].abs()), row, col)
