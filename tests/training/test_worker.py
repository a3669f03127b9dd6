"""The process that trains: how a run ends under it, and how it talks with its parent."""

import errno
import subprocess
import sys

import pytest
import torch

from convlab.datasets.dataset import Dataset
from convlab.errors import N_, Sentence, UserError
from convlab.storage import disk, locks
from convlab.training import worker
from convlab.training.engine import Diverged
from convlab.training.session import Ended, Session
from convlab.training.status import State
from tests.training.small import create, train


@pytest.mark.parametrize(
    ("error", "state", "said"),
    [
        (Ended("paused"), "paused", "None"),
        (Ended("timed out", Sentence("Over.")), "timed out", "Over."),
        (
            Diverged(2, 5, 0.5),
            "diverged",
            "The loss became infinite in epoch 2, batch 5, at lr 0.5: try a smaller lr.",
        ),
        (UserError(N_("{what} is gone."), what="It"), "failed", "It is gone."),
        (
            PermissionError(errno.EACCES, "x", "/secret"),
            "failed",
            "Training met an error (PermissionError): the log of the server has the details.",
        ),
    ],
)
def test_every_way_to_end_has_a_state_and_a_reason(error: Exception, state: str, said: str) -> None:
    found, reason = worker._verdict(error)
    assert (found, str(reason)) == (state, said)


def test_what_the_disk_refuses_is_said_as_on_the_pages() -> None:
    state, said = worker._verdict(OSError(errno.EROFS, "x"))
    assert (state, str(said)) == ("failed", str(disk.explained(OSError(errno.EROFS, "x"))))
    assert "may not write into" in str(said)


def test_data_that_is_gone_fails_the_run() -> None:
    def gone(key: str) -> Dataset:
        raise UserError("There is no data set {key}.", key=key)

    run = create()
    train(run, data=gone)
    assert (run.status().state, str(run.status().message)) == ("failed", "There is no data set sketches.")


def test_what_nobody_foresaw_is_in_the_log(capfd: pytest.CaptureFixture[str]) -> None:
    def bug(session: Session) -> None:
        raise ZeroDivisionError("secret path")

    run = create()
    train(run, watch=bug)
    assert run.status().state == "failed"
    assert "(ZeroDivisionError)" in str(run.status().message)
    assert "secret" not in str(run.status().message)
    assert "secret path" in capfd.readouterr().err


def test_a_run_has_one_trainer() -> None:
    run = create()
    lock = locks.take(run.folder / "lock")
    assert lock is not None
    with pytest.raises(UserError, match="trained by another process"):
        train(run)
    lock.release()


@pytest.mark.parametrize("state", ["finished", "diverged", "timed out"])
def test_a_run_that_is_over_is_not_trained_once_more(state: State) -> None:
    """Two labs may have had it in their lines."""
    run = create(epochs=1)
    train(run)
    run.set_status(run.status().now(state))
    weights = run.weights().read_bytes()
    with pytest.raises(UserError, match=f"This run is {state}"):
        train(run)
    assert (run.status().state, run.weights().read_bytes()) == (state, weights)
    lock = locks.take(run.folder / "lock")
    assert lock is not None
    lock.release()


def test_threads_are_those_of_the_settings() -> None:
    seen = []
    train(create(threads=2, epochs=1), watch=lambda session: seen.append(torch.get_num_threads()))
    torch.set_num_threads(1)
    assert set(seen) == {2}


def test_a_run_that_ended_lets_go_of_its_lock() -> None:
    run = create(epochs=1)
    train(run)
    lock = locks.take(run.folder / "lock")
    assert lock is not None
    lock.release()


def test_it_says_when_it_is_ready_and_done_and_goes_when_its_parent_hangs_up() -> None:
    """What is printed beside goes to stderr; an id that is no run's is done at once."""
    command = [sys.executable, "-m", "convlab.training.worker"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        for line in ("f" * 16, "../nonsense"):
            process.stdin.write(line + "\n")
            process.stdin.flush()
            assert process.stdout.readline() == "done\n"
        process.stdin.close()
        assert process.stdout.read() == ""
        assert process.wait(30) == 0
