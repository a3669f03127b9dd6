"""A bank of kernels: what a layer of several output channels holds, one kernel and one bias for each.

Its weight is float32 [N, C, 3, 3], as ``nn.Conv2d(C, N, 3)`` holds it, its bias [N]; N is 1..16, C 1 or 3
(chapter 8.2). A learner changes one kernel at a time, and a text keeps those that were changed.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from convlab.convolution import conv2d, kernels
from convlab.convolution.conv2d import ConvSettings, Geometry
from convlab.errors import N_, UserError

MAX_KERNELS = 16
SIDE = 3
MAX_TEXT_LENGTH = 4000  # all kernels of both kinds of picture, each changed, take 3,689 characters
_APART = " ~ "
_PACKED = "base64 "
_ENTRY = re.compile(r"\s*(\d{1,2})\s*:\s*(\S.*)", re.DOTALL)


@dataclass(frozen=True, eq=False)
class Bank:
    """The parameters of a layer: float32 weight [N, C, 3, 3] and bias [N]; never written to."""

    weight: Tensor
    bias: Tensor

    @property
    def count(self) -> int:
        """Kernels, and so output channels."""
        return len(self.weight)

    @property
    def channels(self) -> int:
        """Input channels."""
        return self.weight.shape[1]

    @property
    def parameters(self) -> int:
        """All weights and biases: N * (C * 3 * 3 + 1)."""
        return self.weight.numel() + self.bias.numel()

    def __getitem__(self, n: int) -> "One":
        """The kernel of one output channel, with its bias."""
        return One(self.weight[n], float(self.bias[n]))

    def replaced(self, n: int, one: "One") -> "Bank":
        """This bank with another kernel for one output channel. Raises UserError for what is none."""
        rows, columns = kernels.check(one.kernel).shape[1:]
        if (rows, columns) != (SIDE, SIDE):
            message = N_("The bank's kernels are 3 × 3, and this one is {rows} × {columns}: resize it.")
            raise UserError(message, rows=rows, columns=columns)
        weight, bias = self.weight.clone(), self.bias.clone()
        weight[n], bias[n] = kernels.per_channel(one.kernel, self.channels), one.bias
        return checked(Bank(weight, bias))


class One(NamedTuple):
    """What one output channel is made of: float32 [C, 3, 3] and a bias."""

    kernel: Tensor
    bias: float


# By (input channels, output channel): changes to a bank for grey pictures say nothing of one for RGB.
Edits = Mapping[tuple[int, int], One]


def checked(bank: Bank) -> Bank:
    """The bank itself, once it is known to be one; else UserError."""
    weight, bias = bank.weight, bank.bias
    if weight.dtype != torch.float32 or weight.ndim != 4 or tuple(weight.shape[2:]) != (SIDE, SIDE):
        raise UserError(
            N_("The weight of a bank is float32 [N, C, 3, 3], not {shape}."), shape=[*weight.shape]
        )
    if not 1 <= bank.count <= MAX_KERNELS or bank.channels not in (1, 3):
        message = N_("A bank has 1 to {limit} kernels of 1 or 3 channels, not {count} of {channels}.")
        raise UserError(message, limit=MAX_KERNELS, count=bank.count, channels=bank.channels)
    if bias.dtype != torch.float32 or bias.shape != weight.shape[:1]:
        raise UserError(N_("A bank has a bias for each kernel: {count} numbers."), count=bank.count)
    for numbers in (weight, bias):
        if not bool((numbers.abs() <= kernels.MAX_WEIGHT).all()):
            message = N_("A weight is not a number between -{limit} and {limit}: choose a smaller one.")
            raise UserError(message, limit=int(kernels.MAX_WEIGHT))
    return bank


# ---- how a bank starts ----------------------------------------------------------------------------------


def as_pytorch(count: int, channels: int, seed: int) -> Bank:
    """The random start of ``nn.Conv2d(channels, count, 3)`` after ``torch.manual_seed(seed)``, bit for bit.

    Drawn from a generator of its own: nobody else's random numbers change.
    """
    drawn = torch.Generator().manual_seed(seed)
    weight, bias = torch.empty(count, channels, SIDE, SIDE), torch.empty(count)
    nn.init.kaiming_uniform_(weight, a=5**0.5, generator=drawn)
    bound = 1 / (channels * SIDE**2) ** 0.5
    nn.init.uniform_(bias, -bound, bound, generator=drawn)
    return Bank(weight, bias)


def of_presets(count: int, channels: int, seed: int = 0) -> Bank:
    """The first presets at 3 x 3, each the same for all channels, without bias; ``seed`` is for "Random"."""
    grids = [kernels.preset(key, (SIDE, SIDE), seed) for key in preset_keys(count)]
    return Bank(torch.stack(grids)[:, None].repeat(1, channels, 1, 1), torch.zeros(count))


def preset_keys(count: int) -> list[str]:
    """The presets that ``of_presets`` takes, in order."""
    return [*kernels.PRESETS][:count]


def of_layer(weight: Tensor, bias: Tensor, count: int, channels: int) -> Bank:
    """The first kernels of a layer for RGB pictures [N, 3, 3, 3].

    A grey picture has the same in all three channels: there each kernel is the sum of its three.
    """
    weight, bias = weight.detach()[:count].clone(), bias.detach()[:count].clone()
    return Bank(weight if channels == weight.shape[1] else weight.sum(1, keepdim=True), bias)


# ---- what it does ---------------------------------------------------------------------------------------


def layer(bank: Bank, settings: ConvSettings) -> nn.Conv2d:
    """The bank as one ``nn.Conv2d``; the biases are the bank's, the activation is not part of it."""
    weight = bank.weight.flip(2, 3) if settings.flip else bank.weight
    arguments = conv2d.conv_arguments(weight[0], bank.channels, settings)
    return conv2d.filled({**arguments, "out_channels": bank.count}, weight, bank.bias)


def geometry(image: Tensor, settings: ConvSettings) -> Geometry:
    """Where the windows lie in a picture [C, H, W]. Raises UserError for settings that do not fit."""
    return conv2d.geometry(image.shape[1], image.shape[2], (SIDE, SIDE), settings)


def convolve(image: Tensor, bank: Bank, settings: ConvSettings) -> Tensor:
    """All feature maps of float32 [C, H, W] by one layer, after the activation: float32 [N, H_out, W_out].

    The settings' own bias plays no part. Raises UserError where bank or settings do not fit the picture.
    """
    checked(bank)
    geometry(image, settings)
    if image.shape[0] != bank.channels:
        message = N_("The bank reads {bank} channels, and the picture has {picture}.")
        raise UserError(message, bank=bank.channels, picture=image.shape[0])
    with torch.no_grad():
        maps: Tensor = layer(bank, settings)(image.unsqueeze(0))[0]
    return conv2d.activate(maps, settings.activation)


# ---- what was changed, as text --------------------------------------------------------------------------


def changes(start: Bank, bank: Bank) -> Edits:
    """The kernels of a bank that are no longer those that it started with."""
    differ = (bank.weight != start.weight).flatten(1).any(1) | (bank.bias != start.bias)
    return {(bank.channels, n): bank[n] for n in differ.nonzero().flatten().tolist()}


def applied(start: Bank, edits: Edits) -> Bank:
    """A bank with the changes that were made to one of as many input channels."""
    weight, bias = start.weight.clone(), start.bias.clone()
    for (channels, n), one in edits.items():
        if channels == start.channels and n < start.count:
            weight[n], bias[n] = one
    return Bank(weight, bias)


def format_edits(edits: Edits) -> str:
    """Changes as text that ``parse_edits`` reads bit for bit: "3: 0 1 0; 1 -4 1; 0 1 0 + 0.5 ~ 7: ...".

    A kernel of long numbers is packed instead: "base64 " and its float32 values, the bias last.
    """
    return _APART.join(f"{n}: {_written(one)}" for (_channels, n), one in sorted(edits.items(), key=_place))


def _place(entry: tuple[tuple[int, int], One]) -> tuple[int, int]:
    return entry[0]


def _written(one: One) -> str:
    text = f"{kernels.format_kernel(one.kernel)} + {kernels.number(one.bias)}"
    values = torch.cat([one.kernel.flatten(), torch.tensor([one.bias])])
    packed = _PACKED + base64.urlsafe_b64encode(values.numpy().astype("<f4").tobytes()).decode().rstrip("=")
    return min(text, packed, key=len)


def parse_edits(text: str) -> Edits:
    """Read what ``format_edits`` writes; UserError for anything else."""
    if len(text) > MAX_TEXT_LENGTH:
        message = N_("The changed kernels' text has at most {limit} characters, not {length}.")
        raise UserError(message, limit=MAX_TEXT_LENGTH, length=len(text))
    edits: dict[tuple[int, int], One] = {}
    for entry in text.split("~") if text.strip() else ():
        found = _ENTRY.fullmatch(entry)
        if not found or int(found[1]) >= MAX_KERNELS:
            message = N_("Changed kernels are written as 3: 0 1 0; 1 -4 1; 0 1 0 + 0.5, with ~ between them.")
            raise UserError(message)
        one = _read(found[2].strip())
        edits[one.kernel.shape[0], int(found[1])] = one
    return edits


def _read(text: str) -> One:
    if text.startswith(_PACKED):
        return _unpacked(text.removeprefix(_PACKED))
    kernel, _plus, bias = text.partition(" + ")
    return _one(kernels.parse(kernel), kernels.parse(bias) if bias else torch.zeros(1))


def _unpacked(text: str) -> One:
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        values = torch.frombuffer(bytearray(data), dtype=torch.float32)
        return _one(values[:-1].reshape(-1, SIDE, SIDE), values[-1:])
    except (binascii.Error, ValueError, RuntimeError) as error:
        raise UserError(N_("A changed kernel cannot be read: it is no packed kernel.")) from error


def _one(kernel: Tensor, bias: Tensor) -> One:
    """A kernel and a bias that were read, once they are known to be such."""
    if bias.numel() != 1:
        raise UserError(N_("A kernel has one bias."))
    checked(Bank(kernel[None].float(), bias.flatten().float()))
    return One(kernel.clone(), float(bias))
