"""What the environment says of a Ray cluster: where it is, what a run takes of it. Imports no Ray."""

import importlib.util
import math
import os
import subprocess
import sys
from functools import lru_cache

from convlab.errors import N_, UserError

ADDRESS, CPUS, GPUS = "CONVLAB_RAY_ADDRESS", "CONVLAB_RAY_CPUS", "CONVLAB_RAY_GPUS"
COMMAND = [sys.executable, "-m", "convlab.training.cluster.on_ray"]
MOST = 64  # runs at once
_PATIENCE_S = 60.0
_NO_RAY = N_(
    "CONVLAB_RAY_ADDRESS names a cluster and Ray is not installed: run pip install -r requirements-ray.txt, "
    "or unset it."
)
_NO_CLUSTER = N_(
    "The Ray cluster {address} does not answer: start it, or unset CONVLAB_RAY_ADDRESS to train here."
)
_NO_NUMBER = N_("{name} cannot be {value}: give a number above 0, up to {most}.")
_LOCAL = ("127.0.0.1", "localhost", "::1")


def address() -> str | None:
    """Of the cluster where runs train; None where they train on this machine."""
    return os.environ.get(ADDRESS, "").strip() or None


def command() -> list[str] | None:
    """What starts a worker that hands its runs to the cluster; None where they train on this machine.

    Raises UserError where Ray is not installed, or a number is none.
    """
    if address() is None:
        return None
    if importlib.util.find_spec("ray") is None:
        raise UserError(_NO_RAY)
    share()
    return COMMAND


def share() -> tuple[float, float]:
    """How many CPUs and GPUs a run takes; parts of a GPU are shared. Raises UserError."""
    return _number(CPUS, 1.0), _number(GPUS, 0.0)


def _number(name: str, default: float) -> float:
    text = os.environ.get(name, "").strip()
    try:
        number = float(text) if text else default
    except ValueError:
        number = math.nan
    if text and not 0 < number <= MOST:
        raise UserError(_NO_NUMBER, name=name, value=repr(text)[:40], most=MOST)
    return number


def at_once(resources: dict[str, float]) -> int:
    """How many runs fit into what a cluster has; one at least, 64 at most."""
    cpus, gpus = share()
    room = [resources.get("CPU", 0.0) / cpus] + ([resources.get("GPU", 0.0) / gpus] if gpus else [])
    return max(1, min(MOST, int(min(room) + 1e-9)))


@lru_cache(maxsize=8)
def slots(where: str) -> int:
    """How many runs train at once on a cluster, asked once. Raises UserError where it does not answer."""
    look = {"capture_output": True, "text": True, "timeout": _PATIENCE_S, "check": True}
    try:
        said = subprocess.run([*COMMAND, "--slots"], **look)  # type: ignore[call-overload]
        return int(said.stdout.split()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
        raise UserError(_NO_CLUSTER, address=where[:80]) from error


def stay_local(where: str) -> bool:
    """Have Ray keep to 127.0.0.1 where a cluster is there; to be said before Ray is imported.

    It would look for the machine's outer address instead, where such a cluster does not listen.
    """
    local = where.rsplit(":", 1)[0].strip("[]") in _LOCAL
    if local:
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    return local
