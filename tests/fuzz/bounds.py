"""What a way in may cost, whatever comes: seconds, memory, no file outside, no connection, one sentence.

The tests beside this module try hostile input of one kind each, some in the suite and many in ``make fuzz``.
"""

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import hypothesis
from hypothesis import HealthCheck, Phase

from convlab.errors import UserError
from convlab.storage import data_folder

importlib.import_module(
    "captum.attr"
)  # matplotlib, which it brings, makes its folders when it is first loaded

T = TypeVar("T")

PROFILE = "fuzz"
_TIMES_AS_MANY = 50
_LONGEST_SENTENCE = 600
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_CHANGES = {"os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.link", "os.symlink", "os.truncate"}
_GOES_OUT = {
    "socket.connect",
    "socket.getaddrinfo",
    "socket.sendto",
    "os.system",
    "os.exec",
    "os.posix_spawn",
}

_watching: list[tuple[str, tuple[Any, ...]]] | None = None


def fuzzed(examples: int) -> hypothesis.settings:
    """Settings of a test: so many examples in the suite, fifty times as many in ``make fuzz``."""
    many = hypothesis.settings.get_current_profile_name() == PROFILE
    careless = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture)
    # In the suite a failing example is shown as it was found: to make it smaller may take minutes.
    phases = tuple(Phase) if many else (Phase.explicit, Phase.reuse, Phase.generate)
    count = examples * (_TIMES_AS_MANY if many else 1)
    return hypothesis.settings(
        max_examples=count, deadline=None, suppress_health_check=careless, phases=phases
    )


def answered(act: Callable[[], T]) -> T | UserError:
    """What it gives, or the UserError that it raises, of one sentence; anything else fails the test."""
    try:
        return act()
    except UserError as error:
        sentence = str(error)
        assert sentence == sentence.strip() != "", repr(sentence)
        assert "\n" not in sentence, sentence
        assert len(sentence) <= _LONGEST_SENTENCE, sentence
        assert "Traceback" not in sentence, sentence
        return error


@contextmanager
def within(seconds: float = 5.0, megabytes: float = 600.0) -> Iterator[None]:
    """The block takes no more: seconds of the processor, so that a busy machine fails no test, and memory.

    It writes in ConvLab's folder alone, asks no host and starts no program but Python.
    """
    began, before = _processor_s(), _reset_peak()
    with kept_inside(data_folder.folder()):
        yield
    took, grown = _processor_s() - began, _peak_mb() - before
    assert took <= seconds, f"{took:.1f} s and at most {seconds:g} are allowed"
    assert grown <= megabytes, f"{grown:.0f} MB more and at most {megabytes:g} are allowed"


@contextmanager
def kept_inside(*folders: Path) -> Iterator[None]:
    """The block changes no file outside of these folders, asks no host and starts no program but Python."""
    global _watching
    before, _watching = _watching, []
    try:
        yield
    finally:
        seen, _watching = _watching, before
    outside = [event for event in seen if not _allowed(event, folders)]
    assert outside == [], outside


def _allowed(event: tuple[str, tuple[Any, ...]], folders: tuple[Path, ...]) -> bool:
    name, arguments = event
    if name in _GOES_OUT:
        return False
    if name == "subprocess.Popen":
        return sys.executable in map(str, arguments[:1])
    paths = [Path(os.fsdecode(path)).absolute() for path in arguments if isinstance(path, str | bytes | Path)]
    inside = [path == Path(os.devnull) or any(map(path.is_relative_to, folders)) for path in paths]
    return all(inside) or any("__pycache__" in path.parts for path in paths)


def _audit(name: str, arguments: tuple[Any, ...]) -> None:
    if _watching is None:
        return
    if name == "open":
        path, _mode, flags = arguments
        if isinstance(flags, int) and flags & _WRITING and not isinstance(path, int):
            _watching.append((name, (path,)))
    elif name in _CHANGES:
        _watching.append((name, tuple(part for part in arguments if not isinstance(part, int))))
    elif name in _GOES_OUT or name == "subprocess.Popen":
        _watching.append((name, arguments[-1:] if name.startswith("socket") else arguments[:2]))


sys.addaudithook(_audit)


def _processor_s() -> float:
    """Of this process and those that it waited for."""
    return sum(os.times()[:4])


def _reset_peak() -> float:
    """Forget how much memory this process had at most; what it has now, in MB (0 where nobody can tell)."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return _peak_mb()


def _peak_mb() -> float:
    with suppress(OSError, ValueError):
        status = Path("/proc/self/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024
    return 0.0
