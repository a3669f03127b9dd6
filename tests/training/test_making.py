"""convlab.training.making: a run's folder comes whole or not at all, and nothing half made stays."""

import errno
import subprocess
import sys

import pytest

from convlab.training import runs
from convlab.training.queue import Queue
from tests.training.faults import failing
from tests.training.small import create, settings


@pytest.mark.parametrize("nth", [6, 12, 18])
def test_a_run_that_cannot_be_made_leaves_nothing_behind(nth: int) -> None:
    shelf = create().folder.parent
    before = sorted(shelf.iterdir())
    with failing(nth, errno.ENOSPC), pytest.raises(OSError, match="No space"):
        create()
    assert sorted(shelf.iterdir()) == before


IDLE = [sys.executable, "-c", "import sys; sys.stdin.read()"]  # never ready
MAKER = """
import os, sys, time
from convlab.training import runs
from convlab.training.settings import Settings
from convlab.storage import atomic
def stop(*_): print("making", flush=True); sys.stdin.read()
atomic.write_json = stop
runs.create(Settings())
"""


def test_what_is_half_made_is_swept_when_its_maker_is_dead_and_not_before() -> None:
    shelf = runs.create(settings()).folder.parent
    (shelf / ".gone-0123456789abcdef" / "epochs").mkdir(parents=True)
    with subprocess.Popen(
        [sys.executable, "-c", MAKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as maker:
        assert maker.stdout
        assert maker.stdout.readline() == b"making\n"
        Queue(slots=1, command=IDLE).close()  # another lab begins, and sweeps
        assert len([path for path in shelf.glob(".new-*") if path.is_dir()]) == 1
        assert not list(shelf.glob(".gone-*"))
        maker.kill()
        maker.wait()
        Queue(slots=1, command=IDLE).close()  # another lab begins, and sweeps
        assert not list(shelf.glob(".*"))
