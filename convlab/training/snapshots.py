"""Tensors of a run on disk: the checkpoint that training goes on from, and the weights of its epochs."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from convlab.errors import N_, UserError
from convlab.storage import atomic, plain_files, tensor_files

EPOCHS_MB = 200  # of all weights that one run keeps for the time machine


def save(path: Path, tensors: Mapping[str, Tensor], words: Mapping[str, Any]) -> None:
    """Write tensors, and a few words about them as JSON into the file's metadata; see ``atomic``.

    The tensors may be on any device, and two names may share one.
    """
    atomic.write(path, tensor_files.packed(tensors, words))


def load(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors on the CPU, and what ``save`` was told about them.

    Raises UserError for a damaged file, and for one that went while the run trains on or was deleted.
    """
    try:
        data = plain_files.read(path, tensor_files.MOST_BYTES)
        return tensor_files.load(data), tensor_files.about(data)
    except FileNotFoundError as error:
        raise UserError(N_("{file} of this run is gone: look at the run again."), file=path.name) from error
    except ValueError as error:  # a UserError too
        raise UserError(N_("{file} of this run is damaged: start the run again."), file=path.name) from error


def epoch_file(folder: Path, epoch: int) -> Path:
    """Where the weights after an epoch lie; epoch 0 is before the first."""
    return folder / f"{epoch:05d}.safetensors"


def epochs(folder: Path) -> tuple[int, ...]:
    """The epochs whose weights are there, ascending; none where the folder has gone."""
    try:
        return tuple(sorted(int(path.stem) for path in folder.glob("[0-9]" * 5 + ".safetensors")))
    except OSError:
        return ()


def save_epoch(folder: Path, epoch: int, tensors: Mapping[str, Tensor], words: Mapping[str, Any]) -> None:
    """Keep the weights of an epoch; where there are too many, some between the first and the last go."""
    path = epoch_file(folder, epoch)
    save(path, tensors, words)
    most = max(3, EPOCHS_MB * 2**20 // path.stat().st_size)
    for old in superfluous(epochs(folder), most):
        atomic.remove(epoch_file(folder, old))


def superfluous(stored: Sequence[int], most: int) -> list[int]:
    """Which epochs to give up so that ``most`` remain, about evenly spaced on a logarithmic scale.

    The first and the last stay.
    """
    left, gone = list(stored), []
    while len(left) > max(2, most):
        gaps = [math.log((after + 1) / (before + 1)) for before, after in zip(left, left[2:], strict=False)]
        gone.append(left.pop(1 + gaps.index(min(gaps))))
    return gone


def drop_epochs(folder: Path, after: int) -> None:
    """Delete the weights of later epochs: they will be trained again."""
    for epoch in epochs(folder):
        if epoch > after:
            atomic.remove(epoch_file(folder, epoch))
