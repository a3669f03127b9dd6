"""The run's folder: who may name one, what it tells, what it hands out."""

import io
import json
import threading
import time
from pathlib import Path

import pytest
import torch

from convlab.errors import UserError
from convlab.networks import about as about_network
from convlab.storage import atomic, data_folder, locks, plain_files, torch_files
from convlab.training import first_layer, network, run_files, runs, session, snapshots
from convlab.training.runs import Run
from convlab.training.status import Status
from convlab.training.story import Parent
from tests.training.small import create, outcome, settings, train


@pytest.fixture
def done() -> Run:
    run = create(momentum=0.5)
    train(run)
    return run


def test_a_new_run_tells_what_was_asked_for(lab_home: Path) -> None:
    name = "![x](http://a.b) <img onerror=1> $x$ :bird:"
    run = runs.create(settings(lr=0.125), name)
    again = runs.get(run.id)
    assert again.folder == lab_home / "runs" / run.id
    assert (again.settings, again.name, again.parent) == (settings(lr=0.125), name, None)
    assert abs(again.created - time.time()) < 10
    assert again.status() == Status("stopped", epochs=3)
    assert (again.environment, again.epochs_stored(), again.metrics().loss.size) == ({}, (), 0)
    assert create().name == "net"


@pytest.mark.parametrize(
    "id",
    [
        "",
        ".",
        "..",
        "../../etc",
        "/etc",
        "0" * 15,
        "0" * 17,
        "A" * 16,
        "0" * 15 + "\0",
        "0" * 16 + "\n",
        "٣" * 16,
        None,
        7,
    ],
)
def test_what_is_no_id_finds_no_run(id: str) -> None:
    with pytest.raises(UserError, match="There is no run"):
        runs.get(id)


def test_a_link_is_no_run(tmp_path: Path, lab_home: Path) -> None:
    run = create()
    moved = run.folder.rename(tmp_path / "elsewhere")
    run.folder.symlink_to(moved)
    with pytest.raises(UserError, match="There is no run"):
        runs.get(run.id)
    assert runs.all_runs() == []


def test_names(done: Run) -> None:
    done.rename("é" * 80)
    assert done.name == "é" * 80
    for bad in ("", " \n", "x" * 81):
        with pytest.raises(UserError, match="1 to 80 characters"):
            done.rename(bad)
        with pytest.raises(UserError, match="1 to 80 characters"):
            runs.create(settings(), bad or " ")
    assert done.name == "é" * 80


def test_tags_and_notes(done: Run) -> None:
    done.tag(["talk", " slow ", "", "talk"])
    done.note("n" * 4000)
    assert done.meta.tags == ("talk", "slow")
    for tags in (["x" * 31], [str(n) for n in range(13)]):
        with pytest.raises(UserError, match="at most 12 tags of 30 characters"):
            done.tag(tags)
    with pytest.raises(UserError, match="at most 4,000 characters"):
        done.note("n" * 4001)
    done.rename("another")
    assert (done.meta.tags, done.meta.notes) == (("talk", "slow"), "n" * 4000)


def test_all_runs_newest_first_and_quickly(lab_home: Path) -> None:
    made = [create() for _ in range(50)]
    (lab_home / "runs" / "notes.txt").write_text("not a run")
    (lab_home / "runs" / ("0" * 16)).mkdir()
    assert runs.all_runs() == made[::-1]
    best = min(_seconds(lambda: [run.status() for run in runs.all_runs()]) for _ in range(5))
    assert best < 0.05


def _seconds(act: object) -> float:
    started = time.process_time()  # of this process alone: other tests run beside it
    act()  # type: ignore[operator]
    return time.process_time() - started


def test_running_without_a_process_is_interrupted() -> None:
    run = create()
    run.set_status(Status("running", 3, epoch=1, batch=2))
    assert run.status() == Status("interrupted", 3, epoch=1, batch=2)
    lock = locks.take(run.folder / "lock")
    assert lock is not None
    assert run.status().state == "running"
    lock.release()
    assert run.status().state == "interrupted"


def test_waiting_in_a_dead_queue_is_interrupted() -> None:
    run, queue = create(), "0123456789abcdef"
    run.set_status(Status("queued", 3).waiting(queue))
    assert run.status().state == "interrupted"
    (data_folder.part("queues") / f"{queue}.json").write_text(json.dumps(["f" * 16, run.id]))
    lock = locks.take(runs.queue_folder() / f"{queue}.lock")
    assert lock is not None
    assert (run.status().state, run.status().place) == ("queued", 2)
    lock.release()
    assert (run.status().state, run.status().place) == ("interrupted", None)


def test_orders_are_checked(done: Run) -> None:
    for bad in (0.0, -1.0, float("nan"), float("inf"), 1e10):
        with pytest.raises(UserError, match="lr cannot be"):
            done.set_lr(bad)
    assert not (done.folder / "control.jsonl").exists()


def test_a_run_that_trains_or_waits_is_not_deleted() -> None:
    run = create()
    lock = locks.take(run.folder / "lock")
    assert lock is not None
    with pytest.raises(UserError, match="stop it before"):
        run.delete()
    lock.release()
    run.delete()
    assert runs.all_runs() == []
    assert list(run.folder.parent.iterdir()) == []
    for question in (run.status, lambda: run.name, run.stop, run.delete):
        with pytest.raises(UserError, match="There is no run"):
            question()


def test_weights_of_every_epoch(done: Run) -> None:
    assert done.epochs_stored() == (0, 1, 2, 3)
    fresh = network.build(done.settings, 2).state_dict()
    assert all(torch.equal(done.weights_at(0)[name], fresh[name]) for name in fresh)
    final = outcome(done)[2]
    assert all(torch.equal(done.weights_at(3)[name], final[name]) for name in final)
    assert not torch.equal(done.weights_at(1)["fc1.weight"], done.weights_at(2)["fc1.weight"])
    for epoch in (4, -1):
        with pytest.raises(UserError, match=f"epoch {epoch} are not kept: choose one of 0, 1, 2, 3"):
            done.weights_at(epoch)


def test_the_network_as_it_was(done: Run) -> None:
    module = done.network_at(2)
    assert not module.training
    assert torch.equal(module.get_parameter("conv1.weight"), done.weights_at(2)["conv1.weight"])
    with torch.no_grad():
        assert module(torch.zeros(2, 3, 32, 32)).shape == (2, 2)


def test_weights_to_take_away(done: Run) -> None:
    tensors, about = snapshots.load(done.weights())
    assert about == {
        "design": "net",
        "options": {},
        "classes": ["dark", "bright"],
        "mean": [0.4915, 0.4823, 0.4468],
        "std": [0.247, 0.2435, 0.2616],
        "data": {"key": done.settings.data, "title": "small", "digest": done.environment["data"]["digest"]},
        "run": done.id,
        "epoch": 3,
        "weights": about_network.fingerprint(tensors),
    }
    assert about_network.read(about) == done.about(3)
    loaded = torch.load(io.BytesIO(done.pt()), weights_only=True)
    assert loaded.keys() == tensors.keys()
    assert all(torch.equal(loaded[name], tensors[name]) for name in tensors)
    assert torch_files.about(loaded) == about
    with pytest.raises(UserError, match="no weights yet"):
        create().weights()


def test_the_environment_is_written_down(done: Run) -> None:
    found = done.environment
    assert (found["device"], found["threads"], found["parameters"]) == ("cpu", 1, 18_090)
    assert found["data"]["title"] == "small"
    assert len(found["data"]["digest"]) == 64
    assert found["torch"] == torch.__version__


def test_a_fork_starts_from_the_weights_of_an_epoch(done: Run) -> None:
    fork = done.fork(2, {"lr": 0.5, "epochs": 1, "momentum": 0.0})
    assert (fork.settings.lr, fork.settings.epochs) == (0.5, 1)
    assert fork.parent == Parent(done.id, 2)
    train(fork)
    assert fork.status().state == "finished"
    assert all(torch.equal(fork.weights_at(0)[n], done.weights_at(2)[n]) for n in done.weights_at(2))
    assert fork.metrics().records[0].lr == 0.5
    assert not torch.equal(fork.weights_at(1)["fc2.bias"], fork.weights_at(0)["fc2.bias"])
    with pytest.raises(UserError, match="A fork keeps its network"):
        done.fork(2, {"design": "dense"})
    with pytest.raises(UserError, match="epoch 9 are not kept"):
        done.fork(9)
    with pytest.raises(UserError, match="lr cannot be"):
        done.fork(2, {"lr": -1.0})


def test_whoever_looks_while_runs_train_and_go_meets_nothing_torn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "SAVE_S", 0.0)
    monkeypatch.setattr(session, "SAVE_SHARE", 1e6)  # a checkpoint after every batch
    monkeypatch.setattr(snapshots, "EPOCHS_MB", 0.5)  # most epochs' weights go again
    over = threading.Event()

    def keep_training() -> None:
        for seed in range(2):
            train(run := create(epochs=5, seed=seed))
            run.delete()
        over.set()

    trainer = threading.Thread(target=keep_training)
    trainer.start()
    looks, gone, since = 0, 0, dict[Run, int]()
    while not over.is_set():
        for run in runs.all_runs():
            try:
                assert run.status().epochs == 5
                assert (kernels := first_layer.kernels_now(run)) is None or kernels.shape == (16, 3, 3, 3)
                found = run.metrics(since.get(run, 0))
                assert bool((found.loss > 0).all())
                since[run] = found.offset
                for epoch in run.epochs_stored():
                    assert run.weights_at(epoch)
                assert run.story().leg.settings == run.settings
                looks += 1
            except UserError:  # weights that have gone, a run that was deleted: a sentence
                gone += 1
    trainer.join()
    assert looks > 20, (looks, gone)


def test_a_run_that_is_deleted_while_the_runs_are_listed_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    stays, goes = create(), create()
    is_run = runs._is_run

    def and_deleted(folder: Path) -> bool:
        found = is_run(folder)
        if folder == goes.folder:
            goes.delete()
        return found

    monkeypatch.setattr(runs, "_is_run", and_deleted)
    assert runs.all_runs() == [stays]


def test_a_new_runs_name_is_on_the_disk_before_anybody_hears_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    real = atomic.sync_folder

    def noted(folder: Path) -> None:
        synced.append(folder)
        real(folder)

    monkeypatch.setattr(atomic, "sync_folder", noted)
    run = create()
    assert synced[-1] == run.folder.parent


def test_a_bad_name_leaves_nothing_behind() -> None:
    shelf = create().folder.parent
    before = sorted(shelf.iterdir())
    with pytest.raises(UserError, match="1 to 80 characters"):
        runs.create(settings(), "x" * 81)
    assert sorted(shelf.iterdir()) == before


def test_a_path_that_leads_to_a_run_is_no_id() -> None:
    run = create()
    (run.folder.parent / ("A" * 16)).mkdir()
    (run.folder.parent / ("A" * 16) / "meta.json").write_text("{}")
    for path in (f"../runs/{run.id}", f"./{run.id}", f"{run.id}/", str(run.folder), "A" * 16):
        with pytest.raises(UserError, match="There is no run"):
            runs.get(path)


def test_a_list_is_made_from_memory_and_sees_every_change(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = create(), create()
    assert set(runs.all_runs()) == {one, other}
    monkeypatch.setattr(run_files, "_SETTLED_NS", -(10**15))  # as if they had been so for long
    runs.all_runs()
    read, names = plain_files.read, list[str]()

    def counted(path: Path, most: int) -> bytes:
        names.append(path.name)
        return read(path, most)

    monkeypatch.setattr(plain_files, "read", counted)
    assert set(runs.all_runs()) == {one, other}
    assert names == []
    one.set_status(one.status().now("failed"))
    (listed,) = [run for run in runs.all_runs() if run == one]
    assert listed.status().state == "failed"
    (other.folder / "meta.json").write_text("{")
    assert runs.survey() == ([one], [other.id])
    one.delete()
    assert runs.survey() == ([], [other.id])


def test_what_was_written_a_moment_ago_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a disk whose clock has stood still, a file of the same length may be another."""
    run = create()
    before = run.status()
    monkeypatch.setattr(run_files, "seen_at", lambda path: (time.time_ns(), 0, 1, 1))
    run.set_status(before.now("paused"))
    assert run.status().state == "paused"
