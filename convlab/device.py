"""The device that does the work: a GPU where PyTorch finds one, else the CPU."""

import torch

from convlab.errors import N_, UserError


def best() -> torch.device:
    """CUDA, then Apple's MPS, then the CPU."""
    return resolve("auto")


def there(kind: str) -> bool:
    """Whether PyTorch finds a device of this kind: "cuda", "mps", "cpu", "meta"."""
    found = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    return found.get(kind, True)


def resolve(name: str) -> torch.device:
    """The device of a name: "auto", "cpu", "cuda", "mps". Raises UserError where PyTorch finds none of it."""
    if name == "auto":
        name = next(kind for kind in ("cuda", "mps", "cpu") if there(kind))
    if not there(name):
        raise UserError(N_("There is no {device} device here: choose auto or cpu."), device=name)
    return torch.device(name)


def describe(device: torch.device | None = None) -> str:
    """A device, or the best, in words: "cuda (NVIDIA H100)", "mps" or "cpu"."""
    device = device or best()
    return f"cuda ({torch.cuda.get_device_name(device)})" if device.type == "cuda" else device.type
