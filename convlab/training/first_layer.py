"""The first layer of a run's network, as it is now and as it was: what its kernels have become."""

from functools import lru_cache

import torch
from torch import Tensor, nn

from convlab.errors import N_, UserError
from convlab.networks import designs
from convlab.storage import tensor_files
from convlab.training import snapshots
from convlab.training.runs import Run


@lru_cache
def name(design: str) -> str:
    """The first layer's name in a network, such as "conv1"; no option of a design changes it."""
    return _first(design)[0]


@lru_cache
def is_fixed(design: str) -> bool:
    """Whether training leaves the first layer's weights as they are."""
    return not any(parameter.requires_grad for parameter in _first(design)[1].parameters())


def _first(design: str) -> tuple[str, nn.Module]:
    with torch.device("meta"):
        module = designs.design(design).build()
    return next((n, part) for n, part in module.named_modules() if isinstance(part, nn.Conv2d | nn.Linear))


def kernels_now(run: Run) -> Tensor | None:
    """Its newest weights, float32 [out, in, kh, kw], at most half a second behind; None before there are any.

    A Linear layer's rows are shaped as pictures, [out, 3, 32, 32]. One tensor is read, not the whole file.
    """
    files = [(run.folder / "checkpoint.safetensors", "network.")]
    files += [(snapshots.epoch_file(run.folder / "epochs", epoch), "") for epoch in run.epochs_stored()[-1:]]
    for path, prefix in files:
        try:
            return as_kernels(tensor_files.tensor(path, f"{prefix}{name(run.settings.design)}.weight"))
        except (OSError, ValueError):  # not yet there, or replaced by the next epoch's
            continue
    return None


def as_kernels(weight: Tensor) -> Tensor:
    """Weights of a convolution as they are; rows of a Linear layer as pictures [out, 3, 32, 32].

    Raises UserError for any others.
    """
    try:
        found = weight if weight.dim() == 4 else weight.unflatten(1, designs.INPUT_SHAPE)
        if found.dtype != torch.float32 or found.dim() != 4 or found.shape[1] != designs.INPUT_SHAPE[0]:
            raise ValueError(found.shape)
    except (RuntimeError, IndexError, ValueError) as error:
        told = N_("These weights are not of the first layer of a network for pictures.")
        raise UserError(told) from error
    return found
