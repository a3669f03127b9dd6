"""Exercise 1 of 8.7: ``Net`` with kernels of 3 x 3, 5 x 5 and 1 x 3: what they see, and how they learn."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, cast

import streamlit as st
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from convlab.datasets import sketches
from convlab.errors import UserError
from convlab.networks import designs, kernel_sizes
from convlab.networks.designs import Net, parameter_counts
from convlab.networks.kernel_sizes import SIZES, KernelSize
from convlab.networks.layer_costs import layer_costs
from convlab.networks.receptive_field import Pair
from convlab.networks.shape_errors import Attempt
from convlab.pictures import images
from convlab.training import runs, seeds
from convlab.training.settings import Settings
from convlab.ui import figures, scales
from convlab.ui.modules.controls import State
from convlab.ui.runs import labels, side_by_side
from convlab.ui.words import _

_KEY = "modules.kernels"
_LAYER = "pool2"  # whose unit's window is drawn
_ZOOM = 5  # screen pixels of one of the picture's
_IN_A_ROW, _MAPS_PX = 8, 420


def name_of(size: KernelSize) -> str:
    """As "3 × 3"."""
    rows, columns = (size, size) if isinstance(size, int) else size
    return f"{rows} × {columns}"


def wanted(state: State) -> dict[str, Settings]:
    """The runs of the exercise, alike but for the kernel: name -> settings."""
    same: dict[str, Any] = {"epochs": state.value.kernel_epochs, "seed": state.value.kernel_seed}
    return {
        name_of(size): Settings(design="net", options={} if size == 3 else {"kernel_size": size}, **same)
        for size in SIZES
    }


def show(state: State) -> None:
    """What each kernel makes of the network, what its units see, the three trained, and their maps."""
    pixels = _picture(state.value.kernel_picture)
    several, trained = _networks(state)
    table, pictures = st.columns([7, 6], gap="medium")
    with table:
        st.table(facts(pixels, several))
        told = _(
            "Last row: conv1's maps of the picture with its rows shuffled, against its maps of the picture"
            " as it is, their rows shuffled alike: the largest difference. 0: no row looks at another."
        )
        st.caption(told)
    with pictures:
        _windows(pixels)
        _failures()
    label = _("Train the three, {epochs} each").format(epochs=labels.epochs(state.value.kernel_epochs))
    side_by_side.side_by_side(_KEY, wanted(state), tuple(labels.METRICS), label)
    _maps(several, trained, pixels)


_picture = lru_cache(maxsize=32)(sketches.sketch)


def facts(pixels: Tensor, several: Mapping[KernelSize, Net]) -> dict[str, list[str]]:
    """A row for each property, a column for each kernel."""
    rows = {
        _("Weights of conv1"): [str(list(one.conv1.weight.shape)) for one in several.values()],
        _("Parameters"): [f"{sum(parameter_counts(one)):,}" for one in several.values()],
        _("Multiply-adds of a picture"): [f"{_numbers(size).multiply_adds / 1e6:.2f} M" for size in several],
        _("A unit of conv2 sees"): [_by(_numbers(size).windows["conv2"]) for size in several],
        _("A unit of pool2 sees"): [_by(_numbers(size).windows["pool2"]) for size in several],
        _("Padding that keeps the size"): [str(one.conv1.padding) for one in several.values()],
        _("With padding=1, fc1 gets"): [_arriving(size) for size in several],
        _("Rows shuffled, conv1 differs by"): [
            f"{_shuffled(one.conv1, pixels):.3g}" for one in several.values()
        ],
    }
    columns = zip(*rows.values(), strict=True)
    return {_("Kernel"): list(rows), **dict(zip(map(name_of, several), map(list, columns), strict=True))}


@dataclass(frozen=True)
class _Numbers:
    multiply_adds: int
    windows: Mapping[str, Pair]
    attempt: Attempt


@lru_cache
def _numbers(size: KernelSize) -> _Numbers:
    """What follows from the kernel alone."""
    work = sum(one.multiply_adds for one in layer_costs(designs.seeded(partial(Net, size), 0)))
    return _Numbers(work, kernel_sizes.windows(size), kernel_sizes.attempt(size))


def _by(pair: Pair) -> str:
    return " × ".join(map(str, pair))


def _arriving(size: KernelSize) -> str:
    tried = _numbers(size).attempt
    if tried.meaning is None:
        return _("512: fits")
    return _("{count}, not 512: fails").format(count=tried.meaning.values["columns"])


def _shuffled(conv: nn.Conv2d, pixels: Tensor) -> float:
    order = torch.randperm(pixels.shape[1], generator=torch.Generator().manual_seed(0))
    return kernel_sizes.row_order(conv, _normalised(pixels), order)


def _normalised(pixels: Tensor) -> Tensor:
    """A picture as the network gets it, float32 [1, 3, 32, 32]."""
    return images.normalise(images.to_float(pixels), images.CIFAR10_MEAN, images.CIFAR10_STD)[None]


def _failures() -> None:
    """PyTorch's own words where the padding does not go with the kernel, and the line that they come from."""
    told = _(
        "Where `padding=1` fails, it does so at `self.fc1(x.flatten(1))`, in `forward`; PyTorch's message:"
    )
    st.markdown(told)
    errors = {name_of(size): _numbers(size).attempt.error for size in SIZES}
    st.code("\n".join(f"{name}: {error}" for name, error in errors.items() if error), None, wrap_lines=True)


def _windows(pixels: Tensor) -> None:
    """What the middle unit of a layer sees of the picture, under each kernel."""
    shown = []
    for size in SIZES:
        rows, columns = _numbers(size).windows[_LAYER]
        told = _("{kernel}: {rows} rows, {columns} columns")
        shown.append(
            (_boxed(pixels, rows, columns), told.format(kernel=name_of(size), rows=rows, columns=columns))
        )
    st.markdown(_("**What one unit of {layer} sees**").format(layer=_LAYER))
    figures.row(shown, "modules-windows", _ZOOM * pixels.shape[2])
    st.caption(_("A 1 × 3 kernel sees along its row only: nothing but a pool joins rows, two at a time."))


def _boxed(pixels: Tensor, rows: int, columns: int) -> Tensor:
    """The picture enlarged, uint8 [3, H, W], but for a box in its middle pale."""
    large = pixels.repeat_interleave(_ZOOM, 1).repeat_interleave(_ZOOM, 2)
    top, left = ((side - size) // 2 for side, size in zip(pixels.shape[1:], (rows, columns), strict=True))
    inside = slice(top * _ZOOM, (top + rows) * _ZOOM), slice(left * _ZOOM, (left + columns) * _ZOOM)
    pale = 255 - (255 - large) // 4
    pale[(slice(None), *inside)] = large[(slice(None), *inside)]
    return pale


def _networks(state: State) -> tuple[dict[KernelSize, Net], bool]:
    """The three networks: of the exercise's runs where all three have ended, else untrained; which."""
    there = side_by_side.found(wanted(state))
    with suppress(UserError):  # a run that was deleted at this moment, or is damaged
        if len(there) == len(SIZES) and all(seeds.complete(run.status()) for run in there.values()):
            last = state.value.kernel_epochs
            return {size: cast(Net, _trained(there[name_of(size)].id, last)) for size in SIZES}, True
    seed = state.value.kernel_seed
    return {size: designs.seeded(partial(Net, size), seed) for size in SIZES}, False


@lru_cache(maxsize=32)
def _trained(run: str, epoch: int) -> nn.Module:
    return runs.get(run).network_at(epoch)


def _maps(several: Mapping[KernelSize, Net], trained: bool, pixels: Tensor) -> None:
    """The first layer's maps of the picture, on one scale."""
    with torch.no_grad():
        maps = {size: one.activation(one.conv1(_normalised(pixels)))[0] for size, one in several.items()}
    told = _("**What conv1 makes of the picture**, 16 maps behind tanh, untrained")
    if trained:
        told = _("**What conv1 makes of the picture**, 16 maps behind tanh, trained")
    st.markdown(told)
    shown = [(scales.colourise(_sheet(values), 1.0), name_of(size)) for size, values in maps.items()]
    figures.row(shown, "modules-maps", _MAPS_PX)
    st.caption(_("One scale for all: blue is −1, white is 0, red is 1."))


def _sheet(maps: Tensor) -> Tensor:
    """Maps [16, H, W] in two rows, with a line of zeros between: [2 H + 1, 8 W + 7]."""
    padded = F.pad(maps, (0, 1, 0, 1))
    rows = [torch.cat(list(row), 1) for row in padded.split(_IN_A_ROW)]
    return torch.cat(rows)[:-1, :-1]
