"""Pins all that `make run` and `make test` install, with the hash of every file: what `make lock` runs.

requirements.txt and requirements-dev.txt say what is wanted; the locks say what that needs, on Linux, macOS
and Windows, from Python 3.11 on. requirements-cuda.lock is what PyTorch's default build brings on Linux for
NVIDIA's GPUs, apart, because its CPU build needs none of it. What is locked stays as it is while it fits;
delete the locks before to get the newest of everything.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RUN, CUDA, DEV = (ROOT / f"requirements{name}.lock" for name in ("", "-cuda", "-dev"))
OLDEST_PYTHON = "3.11"
_CUDA = re.compile(r"nvidia-|cuda-|triton==")
_HEAD = "# Made by `make lock`: {what}. {source} says what is wanted.\n"

Entries = dict[str, str]  # "name==version ; marker" -> its lines


def entries(text: str) -> Entries:
    """What a lock pins, in order, each with its hashes and the comments behind them."""
    found: Entries = {}
    for block in re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]:
        found[block.partition(" \\\n")[0]] = block
    return found


def name(entry: str) -> str:
    """The package's name."""
    return entry.partition("==")[0]


def is_cuda(entry: str) -> bool:
    """Whether it is a library for NVIDIA's GPUs."""
    return _CUDA.match(entry) is not None


def main() -> None:
    """Write the three locks."""
    before = "".join(path.read_text() for path in (RUN, CUDA, DEV) if path.exists())
    run, every = resolved("requirements.txt", before), resolved("requirements-dev.txt", before)
    if changed := sorted(run.keys() - every.keys()):
        sys.exit(f"What the tools need moves what the lab needs: {', '.join(changed)}")
    cuda = {entry for entry in run if is_cuda(entry)}
    write(RUN, "what `make run` installs", "requirements.txt", run, run.keys() - cuda)
    write(CUDA, "what PyTorch's default build brings on Linux besides", "requirements.txt", run, cuda)
    write(DEV, "what `make test` installs besides", "requirements-dev.txt", every, every.keys() - run.keys())


def resolved(source: str, before: str) -> Entries:
    """All that a list of requirements needs; as it was ``before`` where that still fits."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "lock"
        target.write_text(before)
        command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--no-header", "--no-annotate"]
        command += ["--universal", "--generate-hashes"]
        command += ["--python-version", OLDEST_PYTHON, "--output-file", str(target), source]
        subprocess.run(command, cwd=ROOT, check=True)
        return entries(target.read_text())


def write(path: Path, what: str, source: str, found: Entries, chosen: set[str]) -> None:
    """One lock: those entries that were chosen."""
    lines = (found[entry] for entry in found if entry in chosen)
    path.write_text(_HEAD.format(what=what, source=source) + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
