"""How much memory a run needs: by arithmetic, from the sizes of a network of few blocks with two pictures.

Of its pictures the pixels and the normalised copy; of its parameters the weights, the gradients, the last
finite ones, what the optimiser keeps, and twice as much while a checkpoint is written; of a batch what
autograd saves for the way back, and the largest maps twice more for their gradients.
"""

import math
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch

from convlab import device
from convlab.errors import N_, UserError
from convlab.networks import designs
from convlab.networks.saved_tensors import saved
from convlab.training import network
from convlab.training.batches import CHUNK
from convlab.training.settings import Settings

PROCESS = 720 * 2**20  # of Python with PyTorch and its optimisers, before anything is trained
_FLOAT = 4
_KEPT = {"sgd": 1, "adam": 2, "adamw": 2}  # by the optimiser, of each parameter
_GRADIENTS = 2  # of the largest maps, at once
_PICTURES = 2  # batch norm takes no single one
_FEW, _SOME = 2, 4  # blocks, from which the others follow: they are alike


@dataclass(frozen=True)
class Sizes:
    """Numbers that a network has: parameters; saved for each picture of a batch, and in its largest maps."""

    parameters: float
    saved: float
    largest: float


def needed(settings: Settings, classes: int, pictures: int) -> int:
    """Bytes at most, of the process that trains, on so many pictures of training and validation together."""
    found = sizes(settings.design, tuple(settings.options.items()), classes)
    copies = 3 + _KEPT[settings.optimizer]  # weights, gradients, last finite ones
    side = 32 + 2 * settings.shift_px
    of_pictures = pictures * 3 * (32 * 32 + _FLOAT * side * side)
    batch = settings.batch_size * (found.saved + _GRADIENTS * found.largest)
    return round(
        PROCESS + of_pictures + _FLOAT * (3 * copies * found.parameters + max(batch, _measuring(found)))
    )


def _measuring(found: Sizes) -> float:
    return CHUNK * _GRADIENTS * found.largest


def check(settings: Settings, classes: int, pictures: int) -> None:
    """Raises UserError for a run that needs more memory than the machine has, with what would fit."""
    room, wanted = room_of(settings.device), needed(settings, classes, pictures)
    if room is None or wanted <= room:
        return
    found = sizes(settings.design, tuple(settings.options.items()), classes)
    per_picture = _FLOAT * (found.saved + _GRADIENTS * found.largest)
    most = math.floor(settings.batch_size - (wanted - room) / per_picture)
    if most >= 1 and needed(settings.changed(batch_size=most), classes, pictures) <= room:
        told = N_(
            "This run needs {needed} GB of memory, and {room} GB are there: choose batch_size {most} or less."
        )
        raise UserError(told, needed=_gb(wanted), room=_gb(room), most=most)
    told = N_("This run needs {needed} GB of memory, and {room} GB are there: choose a smaller network.")
    raise UserError(told, needed=_gb(wanted), room=_gb(room))


def _gb(count: int) -> str:
    return f"{count / 1e9:.1f}"


def room_of(name: str) -> int | None:
    """Bytes that a run may take on a device: free ones of a GPU, else the machine's; None: nobody knows."""
    if device.resolve(name).type == "cuda":
        return int(torch.cuda.mem_get_info()[0])
    return min(filter(None, (_machine(), *map(_limit, _CGROUPS))), default=None)


_CGROUPS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def _machine() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows has no such call
        return None


def _limit(path: str) -> int | None:
    """Of a container; "max" where there is none."""
    try:
        return int(Path(path).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


@lru_cache(maxsize=256)
def sizes(design: str, options: tuple[tuple[str, Any], ...], classes: int = 2) -> Sizes:
    """Of a design with these options. Blocks are alike: few tell how large a network of many is."""
    told = dict(options)
    blocks = told.get("n_blocks", 0)
    if blocks <= _SOME:
        return _sizes(design, told, classes)
    few, some = (_sizes(design, {**told, "n_blocks": count}, classes) for count in (_FEW, _SOME))
    more = (blocks - _SOME) / (_SOME - _FEW)
    parameters = some.parameters + more * (some.parameters - few.parameters)
    return Sizes(parameters, some.saved + more * (some.saved - few.saved), some.largest)


def _sizes(design: str, options: dict[str, Any], classes: int) -> Sizes:
    wanted = network.options(Settings(design=design, options=options), classes)
    module = network.fresh(design, wanted, seed=0).train()
    with saved(module) as kept:
        module(torch.zeros(_PICTURES, *designs.INPUT_SHAPE))
    found = [tensor.untyped_storage().nbytes() / _PICTURES / _FLOAT for tensor in kept.values()]
    return Sizes(sum(designs.parameter_counts(module)), sum(found), max(found))
