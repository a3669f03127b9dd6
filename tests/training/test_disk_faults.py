"""A disk that refuses, at every moment in the life of a run: nothing is lost, and a sentence says so."""

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from convlab.errors import UserError
from convlab.storage import disk
from convlab.training import making, queue, runs, session
from convlab.training.queue import Queue
from convlab.training.runs import Run
from tests.fuzz.bounds import fuzzed
from tests.training.faults import failing
from tests.training.small import assert_same, settings, train

IDLE = [sys.executable, "-c", "import sys; sys.stdin.read()"]  # never ready
ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE)
CALLS = 150  # of a life: see the test that counts them


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Queue]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVLAB_HOME", str(tmp_path_factory.mktemp("faults") / "home"))
        patch.setattr(queue, "LOOK_S", 3600.0)  # no other thread shall make calls
        patch.setattr(session, "SAVE_S", 0.0)
        patch.setattr(session, "SAVE_SHARE", 1e9)  # after every batch
        found = Queue(slots=1, command=IDLE)
        found.warm()
        yield found
        found.close()


@pytest.fixture(autouse=True)
def lab_home(pool: Queue, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = pool._list.parent.parent
    monkeypatch.setenv("CONVLAB_HOME", str(home))
    return home


def life(pool: Queue, made: list[Run]) -> None:
    """A run of two epochs, from Start to its end."""
    with disk.told():
        made += pool.begin([lambda: runs.create(settings(epochs=2, batch_size=40))])
        train(made[0])


@pytest.fixture(scope="module")
def whole(pool: Queue) -> Run:
    """What nothing disturbs; and how many calls it takes."""
    made: list[Run] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVLAB_HOME", str(pool._list.parent.parent))
        with failing(10**9, errno.EIO) as called:
            life(pool, made)
    assert len(called) in range(CALLS // 2, CALLS)
    return made[0]


@given(nth=st.integers(0, CALLS - 1), error=st.sampled_from(ERRORS), for_good=st.booleans())
@example(nth=17, error=errno.ENOSPC, for_good=True)
@fuzzed(20)
def test_wherever_the_disk_refuses_the_run_goes_on_to_the_same_end(
    pool: Queue, whole: Run, nth: int, error: int, for_good: bool
) -> None:
    made: list[Run] = []
    before = set(runs.all_runs())
    try:
        with failing(nth, error, for_good):
            life(pool, made)
    except UserError as said:
        assert str(said) == str(disk.explained(OSError(error, "")))  # noqa: PT017
    if not made:  # it could not even begin
        making.sweep()
        left = set(runs.all_runs()) - before
        assert not left or for_good  # a disk that refuses for good does not let go of what was made either
        for run in left:
            assert run.status().state != "running"
            run.delete(waiting=True)
        assert set(runs.all_runs()) == before
        assert not [path for path in whole.folder.parent.iterdir() if path.name.startswith(".")]
        return
    (run,) = made
    for read in (run.status, run.metrics, run.story, run.epochs_stored):
        read()
    if run.status().state != "finished":
        train(run)  # the disk has room again
    assert run.status().state == "finished"
    assert_same(whole, run)


def test_nothing_is_left_of_runs_of_which_one_cannot_be_made(pool: Queue) -> None:
    before, waiting = set(runs.all_runs()), len(pool._waiting)

    def cannot() -> Run:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        pool.begin([lambda: runs.create(settings()), lambda: runs.create(settings()), cannot])
    assert (set(runs.all_runs()), len(pool._waiting)) == (before, waiting)


def create_many() -> None:
    with disk.told():
        for _ in range(100):
            runs.create(settings())


def test_a_small_disk_that_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real one, where it may be mounted: what the kernel refuses is what the tests above inject."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(place)]
    if os.name != "posix" or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("no file system may be mounted here: the tests above inject what it would refuse")
    try:
        monkeypatch.setenv("CONVLAB_HOME", str(place))
        cut, other = runs.create(settings(epochs=300)), runs.create(settings(epochs=2))
        train(cut)
        assert cut.status().state in ("failed", "interrupted")
        with pytest.raises(UserError, match=r"No room is left in .*small \(0 MB free\)"):
            create_many()
        assert not [path.name for path in cut.folder.parent.iterdir() if path.name.startswith(".new")]
        for path in cut.folder.glob("epochs/000[1-9]*.safetensors"):
            path.unlink()  # room
        train(other)
        assert other.status().state == "finished"
        assert cut.metrics().loss.size > 0
    finally:
        subprocess.run(["umount", str(place)], check=True)
