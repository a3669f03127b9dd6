"""The process that runs the gallery's programs: each in a fork, within limits of time and memory.

``python -m convlab.programs.host`` says "ready" when PyTorch is loaded, takes orders from stdin, a line of
JSON each, such as {"program": "five_lines", "repair": 0}, and answers each with a line: {"output", "ending",
"seconds"}. It ends with its stdin, or when nobody has asked for long. An order names a program; it holds no
code. Where a process cannot be forked safely, it runs one program and ends.
"""

import contextlib
import json
import os
import runpy
import select
import signal
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path
from typing import Any

import torch
from torch.utils import data as _loaders  # noqa: F401  (loaded before the first program needs it)

from convlab.programs.catalogue import PROGRAMS

LIMIT_S = 20
MEMORY = 1 << 30  # bytes that a program may have besides PyTorch's own
MOST = 20_000  # bytes of output
IDLE_S = 900.0
FORKS = sys.platform == "linux"  # elsewhere the system's own libraries have threads that do not survive it
_END = b"\0"  # comes before the name of the error, behind all output


def run(order: dict[str, Any]) -> dict[str, Any]:
    """Run a program, as it is or with a repair (None, or its number), and say what came of it.

    ``ending`` is the name of its error, "" where it had none, None where it had to be stopped.
    """
    program, began = PROGRAMS[order["program"]], time.monotonic()
    repair = order["repair"]
    text = program.text if repair is None else program.repaired(program.repairs[repair])
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder) / f"{program.name}.py"
        file.write_text(text, encoding="utf-8")
        printed, end, ending = _forked(file).rpartition(_END) if FORKS else _alone(file).rpartition(_END)
    return {
        "output": (printed if end else ending).decode(errors="replace"),
        "ending": ending.decode() if end else None,
        "seconds": time.monotonic() - began,
    }


if sys.platform == "linux":
    import resource

    def _forked(file: Path) -> bytes:
        """What a fork of this process writes, up to its end, the time limit or the most that is shown."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            _limit()
            _execute(file, writing)
            os._exit(0)
        os.close(writing)
        try:
            return _read(reading)
        finally:
            os.close(reading)
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)

    def _limit() -> None:
        """Limit this process: seconds of a processor, memory, no files."""
        resource.setrlimit(resource.RLIMIT_CPU, (LIMIT_S, LIMIT_S))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        (used,) = (int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmData"))
        resource.setrlimit(resource.RLIMIT_DATA, (used + MEMORY, used + MEMORY))


def _read(pipe: int) -> bytes:
    found, deadline = b"", time.monotonic() + LIMIT_S
    while len(found) < MOST and select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))[0]:
        part = os.read(pipe, 4096)
        if not part:
            break
        found += part
    return found


def _alone(file: Path) -> bytes:
    """What the program writes when this very process runs it."""
    with tempfile.TemporaryFile() as written:
        _execute(file, written.fileno())
        written.seek(0)
        return written.read(MOST)


def _execute(file: Path, out: int) -> None:
    """Run a program; what it prints, its error and the error's name go to ``out``."""
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    ending = ""
    try:
        os.chdir(file.parent)  # so that the error names the file alone, not where it lies
        runpy.run_path(file.name, run_name="__main__")
    except Exception as error:
        ending = type(error).__name__
        sys.stdout.flush()
        sys.stderr.write(told(error, file.name))
    sys.stdout.flush()
    sys.stderr.flush()
    os.write(out, _END + ending.encode())


def told(error: Exception, name: str) -> str:
    """An error as Python prints it, less the lines inside PyTorch, which are of no help here."""
    found = traceback.TracebackException.from_exception(error)
    # Without Python's carets, which narrow pages break.
    ours = [frame for frame in found.stack if frame.filename == name]
    plain = [(name, frame.lineno or 0, frame.name, frame.line) for frame in ours]
    shown = traceback.StackSummary.from_list(plain).format()
    return "Traceback (most recent call last):\n" + "".join([*shown, *found.format_exception_only()])


def _warm_up() -> None:
    """What a first optimiser imports takes seconds. No gradient is asked for: its threads survive no fork."""
    torch.set_num_threads(1)
    torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    warnings.formatwarning = lambda message, category, *_: f"{category.__name__}: {message}\n"


def main() -> None:
    """Serve stdin."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")  # the pipe to the parent; no print can reach it,
    os.dup2(2, 1)  # as stdout is stderr from now on
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of the terminal; the server, which gets it too, decides
    _warm_up()
    if hasattr(os, "nice"):
        os.nice(5)
    with contextlib.suppress(BrokenPipeError):
        print("ready", file=answers, flush=True)
        while line := _next_order():
            print(json.dumps(run(json.loads(line))), file=answers, flush=True)
            if not FORKS:
                break
    os._exit(0)


def _next_order() -> str:
    """The next line of stdin; "" where there will be none."""
    if FORKS and not select.select([sys.stdin], [], [], IDLE_S)[0]:
        return ""
    return sys.stdin.readline()


if __name__ == "__main__":
    main()
