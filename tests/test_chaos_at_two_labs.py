"""benchmarks.two_labs and aftermath: what is broken afterwards is found, and a short chaos breaks nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import aftermath, two_labs
from convlab.training import runs, worker
from convlab.training.runs import Run
from convlab.training.settings import Settings
from tests.few import few_sketches

LINK = "epochs=2&batch_size=64&flip=1"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))
    few_sketches()
    return tmp_path


def trained(epochs: int = 2) -> Run:
    run = runs.create(Settings.parse({"epochs": epochs, "flip": True, "device": "auto"}))
    worker.train(run)
    return run


def test_a_whole_run_is_compared_and_one_that_differs_is_found(home: Path) -> None:
    run = trained()
    assert aftermath.found(home, {run.id}, LINK) == []
    lines = (run.folder / "metrics.jsonl").read_text().splitlines()
    other = [line.replace("0.6", "0.7") for line in lines]
    (run.folder / "metrics.jsonl").write_text("\n".join(other) + "\n")
    assert aftermath.found(home, set(), LINK) == [f"{run.id} differs from a run that nobody disturbed"]


def test_what_is_lost_left_over_or_damaged_is_found(home: Path) -> None:
    run = trained()
    lines = (run.folder / "metrics.jsonl").read_text().splitlines(keepends=True)
    kept = [line for line in lines if "val_loss" not in line]
    assert len(kept) < len(lines)
    (run.folder / "metrics.jsonl").write_text("".join(kept))
    (home / "runs" / ".gone-0123").write_text("")  # no folder: no sweep takes it away
    told = aftermath.found(home, {"f" * 16}, "epochs=77")
    assert f"lost: {'f' * 16}" in told
    assert "left over: runs/.gone-0123" in told
    assert any("lines of" in text and run.id in text for text in told)
    (run.folder / "status.json").write_text("{")
    assert f"{run.id} cannot be read as a run" in aftermath.found(home, set(), "epochs=77")


def test_a_process_that_is_left_is_found(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aftermath, "PATIENCE_S", 0.0)
    code = "print('here', flush=True); import time; time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=dict(os.environ)) as left:
        assert left.stdout
        left.stdout.readline()
        assert any(str(left.pid) in text for text in aftermath.found(home, set(), LINK))
        left.kill()


def test_two_that_train_one_run_are_found(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = trained()
    code = "import sys; file = open(sys.argv[1]); print('here', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code, str(run.folder / "metrics.jsonl"), "convlab.training.worker"]
    pipe = subprocess.PIPE
    both = [subprocess.Popen(command, stdin=pipe, stdout=pipe) for _ in range(2)]
    for one in both:
        assert one.stdout
        one.stdout.readline()
    assert aftermath.twice(home) == [run.id]
    both[0].communicate()
    assert aftermath.twice(home) == []
    both[1].communicate()


def test_tracebacks_are_found_but_those_of_a_full_disk() -> None:
    log = "Traceback (most recent call last):\n  File x\n    y\n{}\n"
    full = log.format("OSError: [Errno 28] No space left on device")
    assert aftermath.tracebacks(full) == []
    assert aftermath.tracebacks(full + log.format("KeyError: 3")) == ["in the log: KeyError: 3"]


def test_a_short_chaos_breaks_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(two_labs, "LINK", LINK)
    monkeypatch.setattr(two_labs, "WORKER_KILL_S", (1, 2))
    monkeypatch.setattr(two_labs, "FULL_S", (2, 3))
    monkeypatch.setattr(two_labs, "JUMP_S", (1, 2))
    assert two_labs.run(0.2, 0) == []
    told = capsys.readouterr().out
    assert "wrong: 0" in told
    assert "clock jumps" in told
