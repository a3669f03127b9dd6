"""The first layer of a run's network, as it is now and as it was: what its kernels have become."""

import threading
from functools import lru_cache

from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from convlab.networks import designs
from convlab.training import snapshots
from convlab.training.runs import Run
from convlab.training.settings import Settings

_NAMES = threading.Lock()


@lru_cache(maxsize=64)
def _name(design: str, options: str) -> str:
    settings = Settings.model_validate_json(options)
    module = designs.seeded(lambda: designs.design(design).build(**settings.options), 0)
    found: str = next(
        name for name, layer in module.named_modules() if isinstance(layer, nn.Conv2d | nn.Linear)
    )
    return found


def name(settings: Settings) -> str:
    """The first layer's name in the network, such as "conv1"."""
    told = Settings(design=settings.design, options=settings.options)
    with _NAMES:
        return _name(settings.design, told.model_dump_json())


def kernels_now(run: Run) -> Tensor | None:
    """Its newest weights, float32 [out, in, kh, kw], at most half a second behind; None before there are any.

    A Linear layer's rows are shaped as pictures, [out, 3, 32, 32]. One tensor is read, not the whole file.
    """
    stored = run.epochs_stored()
    files = [(run.folder / "checkpoint.safetensors", "network.")]
    if stored:
        files.append((snapshots.epoch_file(run.folder / "epochs", stored[-1]), ""))
    for path, prefix in files:
        try:
            with safe_open(path, "pt") as file:
                return as_kernels(file.get_tensor(f"{prefix}{name(run.settings)}.weight"))
        except (OSError, SafetensorError):  # not yet there, or replaced by the next epoch's
            continue
    return None


def as_kernels(weight: Tensor) -> Tensor:
    """Weights of a convolution as they are; rows of a Linear layer as pictures [out, 3, 32, 32]."""
    return weight if weight.dim() == 4 else weight.unflatten(1, designs.INPUT_SHAPE)
