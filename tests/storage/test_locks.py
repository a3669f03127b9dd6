"""A lock file is held for as long as its process lives."""

import subprocess
import sys
from pathlib import Path

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
