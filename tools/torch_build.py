"""Chooses PyTorch's build, which is most of what is fetched: the first thing that `make run` does on Linux.

The default build brings CUDA for NVIDIA's GPUs. Where there is none, the CPU build of the same version comes
from PyTorch's own index; where that cannot be reached, nothing is done, and the default one follows from the
lock. A PyTorch of the pinned version that is there already stays. ``make run TORCH=cpu`` or ``TORCH=cuda``
chooses by hand; CONVLAB_TORCH_INDEX names another index, such as a class's own.
"""

import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
INDEX = "https://download.pytorch.org/whl/cpu"
CHOICES = ("auto", "cpu", "cuda")
_PACKAGES = ("torch", "torchvision")
_NVIDIA = ("nvidia-smi", "/usr/lib/wsl/lib/nvidia-smi")  # the second one under Windows
_PATIENCE_S = 20
_CPU = "PyTorch's CPU build, about 0.2 GB to fetch"
_CUDA = "PyTorch's default build with CUDA, about 2.5 GB to fetch"


def pins() -> dict[str, str]:
    """Package -> the version that requirements.txt asks for."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    found = dict(re.findall(r"^(\S+)==(\S+)$", text, re.MULTILINE))
    return {name: found[name] for name in _PACKAGES}


def there() -> bool:
    """Whether the pinned versions are installed, in whichever build."""
    try:
        return all(metadata.version(name).partition("+")[0] == pin for name, pin in pins().items())
    except metadata.PackageNotFoundError:
        return False


def nvidia_gpu() -> bool:
    """Whether NVIDIA's driver lists a GPU."""
    for command in _NVIDIA:
        try:
            ran = subprocess.run([command, "-L"], capture_output=True, timeout=_PATIENCE_S, check=False)
        except (OSError, subprocess.TimeoutExpired):
            continue
        if b"GPU" in ran.stdout:
            return True
    return False


def install_cpu(index: str) -> bool:
    """Install the CPU build; False where the index cannot be reached or has none for this machine."""
    wanted = [f"{name}=={pin}+cpu" for name, pin in pins().items()]
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--timeout", str(_PATIENCE_S)]
    options += ["--retries", "0", "--index-url", index]
    command = [sys.executable, "-m", "pip", "install", *options, *wanted]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def main() -> None:
    """Say in one line what is taken, and take it where it is the CPU build."""
    choice = os.environ.get("TORCH") or "auto"
    if choice not in CHOICES:
        sys.exit(f"TORCH={choice} is no build of PyTorch: choose one of {', '.join(CHOICES)}.")
    if there():
        return
    if choice == "cuda" or (choice == "auto" and nvidia_gpu()):
        found = "As asked" if choice == "cuda" else "An NVIDIA GPU is here"
        print(f"{found}: {_CUDA} (TORCH=cpu takes the small one).", flush=True)
        return
    found = "As asked" if choice == "cpu" else "No NVIDIA GPU is here"
    print(f"{found}: {_CPU} (TORCH=cuda takes the one for GPUs).", flush=True)
    index = os.environ.get("CONVLAB_TORCH_INDEX") or INDEX
    if not install_cpu(index):
        print(f"{index} does not offer it, or cannot be reached: {_CUDA}.", flush=True)


if __name__ == "__main__":
    if sys.platform == "linux":  # elsewhere the default build is the small one
        main()
