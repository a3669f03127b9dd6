"""The device that does the work: a GPU where PyTorch finds one, else the CPU."""

import torch


def best() -> torch.device:
    """CUDA, then Apple's MPS, then the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def describe() -> str:
    """The device in words: "cuda (NVIDIA H100)", "mps" or "cpu"."""
    device = best()
    if device.type == "cuda":
        return f"cuda ({torch.cuda.get_device_name(device)})"
    return device.type
