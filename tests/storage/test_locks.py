"""A lock file is held for as long as its process lives."""

import errno
import fcntl
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from convlab.storage import locks
from tests import sources

HOLD = """
import sys; from pathlib import Path; from convlab.storage import locks
lock = locks.take(Path(sys.argv[1])); print("held", flush=True); sys.stdin.read()
"""


def test_a_killed_holder_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert not locks.held(path)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        cwd=sources.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout
    assert holder.stdout.readline() == "held\n"
    assert locks.held(path)
    assert locks.take(path) is None
    holder.kill()
    holder.wait()
    assert not locks.held(path)


def test_one_process_can_tell_too(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    lock = locks.take(path)
    assert lock is not None
    assert locks.held(path)
    assert locks.take(path) is None
    lock.release()
    assert not locks.held(path)
    assert path.exists()


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_disk_without_locks_is_an_error_and_nobody_holds_one(
    number: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No file takes the place of the lock: it would stay when its process has died."""

    def refuse(*_: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(OSError, match=os.strerror(number)):
        locks.take(tmp_path / "lock")
    (tmp_path / "lock").touch()
    assert not locks.held(tmp_path / "lock")


def test_where_nobody_can_tell_nobody_is_taken_for_dead(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "lock").touch()

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(OSError, match="Too many open"):
        locks.held(tmp_path / "lock")
