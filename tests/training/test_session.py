"""One run while it is trained: cut anywhere and taken up again, it comes to the same."""

import errno
import itertools
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from convlab.datasets.dataset import Dataset
from convlab.storage import atomic
from convlab.training import runs, session, snapshots
from convlab.training.runs import Run
from convlab.training.session import Session
from convlab.training.status import State
from tests.training.small import DATASET, assert_same, at_batch, create, settings, split, train

CASES: list[dict[str, Any]] = [
    {"momentum": 0.9, "nesterov": True, "schedule": "one_cycle", "flip": True, "shift_px": 2},
    {"design": "net_dropout", "optimizer": "adam", "lr": 0.001},
]


class Killed(BaseException):
    """As SIGKILL: nothing is written any more."""


def killer(batch: int) -> Callable[[Session], None]:
    def watch(session: Session) -> None:
        if session.done >= batch:
            raise Killed

    return watch


@pytest.mark.parametrize("changes", CASES)
@pytest.mark.parametrize("batch", [0, 3, 5, 11])
def test_laid_aside_and_resumed_is_the_same(changes: dict[str, Any], batch: int) -> None:
    whole, cut = create(**changes), create(**changes)
    train(whole)
    train(cut, leave=at_batch(batch, lambda run: "paused")(cut))
    assert cut.status().state == "paused"
    train(cut)
    assert cut.status().state == "finished"
    assert_same(whole, cut)
    assert cut.epochs_stored() == (0, 1, 2, 3)


@pytest.mark.parametrize("changes", CASES)
@pytest.mark.parametrize("batch", [1, 5, 12])
def test_killed_and_resumed_is_the_same(
    changes: dict[str, Any], batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "SAVE_S", 0.0)
    monkeypatch.setattr(session, "SAVE_SHARE", 0.3)
    whole, cut = create(**changes), create(**changes)
    train(whole)
    for kill in (batch, batch + 2):
        with pytest.raises(Killed):
            train(cut, watch=killer(kill))
        assert cut.status().state == "interrupted"
    train(cut)
    assert_same(whole, cut)


def test_the_first_loss_is_there_at_once() -> None:
    run, seen = create(), []
    train(run, watch=lambda session: seen.append(run.metrics().loss.size), clock=lambda: 0.0)
    assert seen[0] == 1


def test_a_stop_works_within_one_batch() -> None:
    run = create()
    train(run, watch=lambda session: run.stop() if session.done == 3 else None)
    assert run.status().state == "stopped"
    assert run.metrics().loss.size == 3
    assert (run.status().epoch, run.status().batch, run.status().batches_per_epoch) == (0, 3, 5)
    assert run.weights().name == "weights.safetensors"
    run.carry_on()
    train(run)
    whole = create()
    train(whole)
    assert_same(whole, run)


def test_a_new_lr_counts_from_the_next_batch_and_survives_a_kill() -> None:
    def change(run: Run) -> State | None:
        run.set_lr(0.5)
        return None

    whole, cut = create(), create()
    train(whole, leave=at_batch(6, change)(whole))
    assert whole.metrics().lrs == ((2, 2, 0.5),)  # the orders of batch 1 had been read
    assert whole.metrics().records[2].lr == 0.5
    with pytest.raises(Killed):
        train(cut, leave=at_batch(6, change)(cut), watch=killer(9))
    train(cut)
    assert cut.metrics().lrs == ((2, 2, 0.5),)
    assert_same(whole, cut)


def test_orders_from_before_the_start_count() -> None:
    run = create()
    run.set_lr(0.25)
    run.stop()
    train(run)
    assert (run.status().state, run.metrics().lrs) == ("stopped", ((1, 1, 0.25),))
    assert run.metrics().loss.size == 0


def test_a_deadline_ends_the_run() -> None:
    now = [100.0]

    def second(session: Session) -> None:
        now[0] += 1.0

    run = create(deadline_s=7)
    train(run, clock=lambda: now[0], watch=second)
    status = run.status()
    assert (status.state, status.seconds) == ("timed out", 7.0)
    assert run.metrics().loss.size == 6  # and one end of an epoch
    assert "time limit of 7" in str(status.message)
    assert snapshots.load(run.weights())[0].keys() == run.weights_at(0).keys()


def test_time_before_an_interruption_counts_too() -> None:
    now = [0.0]

    def second(session: Session) -> None:
        now[0] += 1.0

    run = create(deadline_s=7)
    train(run, clock=lambda: now[0], watch=second, leave=at_batch(4, lambda run: "paused")(run))
    assert run.status().seconds == 4.0
    now[0] = 1000.0
    train(run, clock=lambda: now[0], watch=second)
    assert (run.status().state, run.status().seconds) == ("timed out", 7.0)


def test_the_pace_counts_pictures_not_full_batches() -> None:
    now = [0.0]

    def second(session: Session) -> None:
        now[0] += 1.0

    run = create(epochs=1, batch_size=30)  # 40 pictures: 30 and 10
    train(run, clock=lambda: now[0], watch=second)
    assert run.status().images_per_s * now[0] <= 40


def test_seconds_left_by_hand() -> None:
    now, left = [0.0], []

    def second(session: Session) -> None:
        now[0] += 2.0
        left.append(session.seconds_left)

    train(create(epochs=1), clock=lambda: now[0], watch=second)
    assert left == [None, 6.0, 4.0, 2.0, 0.0, 0.0]  # the first batch, slow as a rule, tells nothing


def test_a_diverged_run_says_where_and_keeps_finite_weights() -> None:
    run = create(lr=1e6, options={"activation": "relu"})  # tanh only saturates
    train(run)
    status = run.status()
    assert status.state == "diverged"
    assert status.message is not None
    values = status.message.values
    assert values["lr"] == 1e6
    assert (values["epoch"], 1 <= int(values["batch"]) <= 5) == (1, True)
    assert f"epoch 1, batch {values['batch']}, at lr 1000000" in str(status.message)
    weights = snapshots.load(run.weights())[0]
    assert all(bool(tensor.isfinite().all()) for tensor in weights.values())
    assert run.metrics().loss.size == int(values["batch"]) - 1
    assert not (run.folder / "checkpoint.safetensors").exists()


def test_a_full_disk_fails_the_run_and_the_old_checkpoint_still_loads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(session, "SAVE_S", 0.0)
    monkeypatch.setattr(session, "SAVE_SHARE", 1e9)
    whole, run, write = create(), create(), atomic.write
    train(whole)
    saves = []

    def full(path: Path, data: bytes) -> None:
        if path.name == "checkpoint.safetensors":
            saves.append(path)
            if len(saves) == 8:
                raise OSError(errno.ENOSPC, "No space left on device")
        write(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(atomic, "write", full)
        train(run)
    status = run.status()
    assert status.state == "failed"
    assert re.fullmatch(r"No room is left in .* \(\d+ MB free\): make some .*", str(status.message))
    assert (
        snapshots.load(run.folder / "checkpoint.safetensors")[1]["trainer"]["batch"] == 1
    )  # 7 of 5 and its end
    train(run)
    assert_same(whole, run)


def test_a_disk_so_full_that_nothing_can_be_said(monkeypatch: pytest.MonkeyPatch) -> None:
    run = create()
    fills: list[pytest.MonkeyPatch] = []

    def fill(session: Session) -> None:
        fills[0].setattr(atomic, "write", _no_room)
        run.stop()

    with monkeypatch.context() as patch:
        fills.append(patch)
        train(run, watch=fill)
    assert run.status().state == "interrupted"
    run.carry_on()
    train(run)
    assert run.status().state == "finished"


def _no_room(path: Path, data: bytes) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_other_pictures_are_not_trained_on() -> None:
    run = create()
    train(run, leave=at_batch(3, lambda run: "paused")(run))
    other = Dataset("small", DATASET.classes, split(40, 9), DATASET.val)
    train(run, data=lambda key: other)
    assert run.status().state == "failed"
    assert "pictures of this run have changed" in str(run.status().message)
    assert snapshots.load(run.folder / "checkpoint.safetensors")[1]["trainer"]["batch"] == 3


def test_weights_that_do_not_fit_fail_the_run() -> None:
    run = runs.create(settings(), start={"conv1.weight": torch.zeros(1)})
    train(run)
    assert (run.status().state, run.metrics().loss.size) == ("failed", 0)
    assert "do not fit net for 2 classes" in str(run.status().message)


def test_saving_takes_a_twentieth_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now, saves = [0.0], []
    save = snapshots.save

    def slow(path: Path, tensors: Any, about: Any) -> None:
        if path.name == "checkpoint.safetensors":
            now[0] += 1.0
            saves.append(now[0])
        save(path, tensors, about)

    def batch(session: Session) -> None:
        now[0] += 0.25

    monkeypatch.setattr(snapshots, "save", slow)
    train(create(epochs=40), clock=lambda: now[0], watch=batch)
    assert saves[0] == 1.5
    assert {later - sooner for sooner, later in itertools.pairwise(saves)} == {21.0}
    assert len(saves) == 3


def test_a_checkpoint_of_another_shape_is_refused_before_pytorch_writes_behind_its_end() -> None:
    run = create(momentum=0.9)
    train(run, leave=at_batch(3, lambda run: "paused")(run))
    path = run.folder / "checkpoint.safetensors"
    tensors, words = snapshots.load(path)
    name = "optimizer.0.momentum_buffer"
    snapshots.save(path, {**tensors, name: tensors[name][:1].clone()}, words)
    train(run)
    status = run.status()
    assert (status.state, str(status.message).split(" is ")[0]) == (
        "failed",
        "checkpoint.safetensors of this run",
    )


@pytest.mark.parametrize("told", [{}, {"trainer": 3}, {"trainer": {"epoch": 10**9, "batch": 0}}])
def test_a_checkpoint_that_tells_something_else_fails_the_run_with_a_sentence(told: dict[str, Any]) -> None:
    run = create()
    train(run, leave=at_batch(3, lambda run: "paused")(run))
    path = run.folder / "checkpoint.safetensors"
    tensors, words = snapshots.load(path)
    trainer = words["trainer"] | told["trainer"] if isinstance(told.get("trainer"), dict) else 3
    snapshots.save(path, tensors, {**words, **told, "trainer": trainer} if told else {})
    train(run)
    assert "checkpoint.safetensors of this run is damaged" in str(run.status().message)


def test_a_clock_that_jumps_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = create(deadline_s=60.0)
    train(usual)
    now, jumps = time.time, itertools.cycle([0.0, 7200.0, -7200.0, 10**8])
    monkeypatch.setattr(time, "time", lambda: now() + next(jumps))
    run = create(deadline_s=60.0)
    train(run, leave=at_batch(5, lambda run: "paused")(run))
    train(run)
    assert run.status().state == "finished"
    assert 0 < run.status().seconds < 60
    assert_same(run, usual)
