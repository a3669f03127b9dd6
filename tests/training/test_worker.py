"""The process that trains: how a run ends under it, and how it talks with its parent."""

import errno
import itertools
import subprocess
import sys
from typing import Any

import pytest
import torch

from convlab.datasets import shelf
from convlab.datasets.dataset import Dataset
from convlab.errors import N_, Sentence, UserError
from convlab.storage import disk, locks
from convlab.training import together, worker
from convlab.training.engine import Diverged
from convlab.training.runs import Run
from convlab.training.session import Ended, Session
from convlab.training.status import State
from convlab.training.together import Together
from tests.training.small import DATASET, create, outcome, train


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
            assert process.stdout.readline() == f"done {line}\n"
        process.stdin.close()
        assert process.stdout.read() == ""
        assert process.wait(30) == 0


def alike(one: Run, other: Run) -> None:
    """But for rounding."""
    (losses, records, weights), (losses2, records2, weights2) = outcome(one), outcome(other)
    assert [place for *place, _loss in losses] == [place for *place, _loss in losses2]
    assert [loss for *_place, loss in losses] == pytest.approx([loss for *_place, loss in losses2], rel=1e-4)
    assert [record[0] for record in records] == [record[0] for record in records2]
    for key, value in weights.items():
        assert torch.allclose(value, weights2[key], rtol=1e-3, atol=2e-5), key
    assert one.epochs_stored() == other.epochs_stored()
    assert not (one.folder / "checkpoint.safetensors").exists()


def seeds(count: int, **changes: Any) -> tuple[list[Run], list[Run]]:
    """Runs alike but for their seeds, and their twins, each trained alone."""
    key = shelf.put(DATASET)
    several, twins = ([create(seed=n, data=key, **changes) for n in range(count)] for _ in range(2))
    for twin in twins:
        worker.train(twin)
    return several, twins


def test_seeds_as_one_network_are_ordinary_runs() -> None:
    several, twins = seeds(3)
    ended = list[Run]()
    worker.train_together(several, lambda: None, ended.append)
    assert ended == several
    for run, twin in zip(several, twins, strict=True):
        assert run.status().state == "finished"
        assert {path.name for path in run.folder.iterdir()} == {path.name for path in twin.folder.iterdir()}
        alike(run, twin)


def test_a_stop_of_one_seed_stops_that_one() -> None:
    several, twins = seeds(3, epochs=4)
    batches = itertools.count()
    ended = list[Run]()

    def leave() -> State | None:  # asked before each batch of each
        if next(batches) == 12:
            several[1].stop()
        return None

    worker.train_together(several, leave, ended.append)
    assert ended == [several[1], several[0], several[2]]
    assert [run.status().state for run in several] == ["finished", "stopped", "finished"]
    several[1].carry_on()
    worker.train(several[1])
    for run, twin in zip(several, twins, strict=True):
        alike(run, twin)


def test_they_are_laid_aside_and_go_on_together() -> None:
    several, twins = seeds(2, epochs=4)
    asked = itertools.count()
    worker.train_together(several, lambda: "interrupted" if next(asked) >= 15 else None, lambda _run: None)
    assert [run.status().state for run in several] == ["interrupted", "interrupted"]
    worker.train_together(several, lambda: None, lambda _run: None)
    for run, twin in zip(several, twins, strict=True):
        assert run.status().state == "finished"
        assert "resumed" in [halt.state for halt in run.metrics().halts]
        alike(run, twin)


def test_one_that_is_lost_or_taken_lets_the_others_train() -> None:
    several, twins = seeds(3, lr=0.05)
    lock = locks.take(several[0].folder / "lock")
    assert lock is not None
    several[2].set_lr(1e9)
    worker.train_together(several, lambda: None, lambda _run: None)
    lock.release()
    assert several[1].status().state == "finished"
    alike(several[1], twins[1])
    assert several[2].status().state == "diverged"
    assert not several[0].metrics().loss.size


def test_what_pytorch_cannot_do_fails_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Together) -> bool:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(Together, "begin", refuse)
    several, _twins = seeds(2, epochs=1)
    ended = list[Run]()
    worker.train_together(several, lambda: None, ended.append)
    assert ended == several
    assert ["(RuntimeError)" in str(run.status().message) for run in several] == [True, True]


@pytest.mark.parametrize("pays", [True, False])
def test_seeds_train_together_where_that_is_faster(pays: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    key = shelf.put(DATASET)
    several, at_once = [create(seed=n, data=key, epochs=1) for n in range(5)], list[int]()
    monkeypatch.setattr(together, "most", lambda *_: 2)
    monkeypatch.setattr(together, "pays", lambda *_: pays)
    begin = Together.begin

    def counted(self: Together) -> bool:
        at_once.append(len(self.trainers))
        return begin(self)

    monkeypatch.setattr(Together, "begin", counted)
    ended = list[Run]()
    worker._as_is_faster(several, lambda: None, ended.append)
    assert ended == several
    assert [run.status().state for run in several] == ["finished"] * 5
    assert at_once == ([2] * 10 if pays else [])
