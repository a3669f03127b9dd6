"""``python -m convlab train`` and ``evaluate``: the same runs as those of the page."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from convlab import device
from convlab.__main__ import main
from convlab.networks.designs import design, seeded
from convlab.training import runs, snapshots
from tests import sources
from tests.commands.conftest import said


def test_train_then_evaluate(
    pictures: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "best", lambda: torch.device("cpu"))  # evaluate has no choice of its own
    found, err = said(
        *(capsys, "train", "--data", pictures, "--epochs", 3),
        *("--batch-size", 8, "--lr", 0.05, "--device", "cpu"),
    )
    run = runs.get(found["run"])
    assert run.settings.lr == 0.05
    assert (found["design"], found["parameters"], found["epochs"]) == ("net", 18_090, 3)
    assert found["train_loss"] == [record.train_loss for record in run.metrics().records]
    assert found["val_accuracy"] == run.metrics().records[-1].val_accuracy
    assert found["seconds"] == pytest.approx(run.status().seconds)
    assert Path(found["weights"]) == run.folder / "weights.safetensors"
    assert found["images_per_s"] > 0
    assert "epoch 3" in err
    checked, _ = said(capsys, "evaluate", "--weights", found["weights"], "--data", pictures)
    assert checked["train_accuracy"] == found["train_accuracy"]
    assert checked["val_accuracy"] == found["val_accuracy"]
    assert checked["val_loss"] == pytest.approx(run.metrics().records[-1].val_loss, rel=1e-5)
    assert sum(map(sum, checked["confusion_matrix"])) == 8
    assert sum(map(sum, checked["train_confusion_matrix"])) == 32
    assert checked["classes"] == ["bright", "dark"]


def test_every_setting_can_be_said(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found, _ = said(
        *(capsys, "train", "--data", pictures, "--epochs", 1, "--design", "net_width"),
        *("--option", "n_chans1=8", "--momentum", 0.5, "--nesterov", "--seed", 7),
        *("--name", "<b>mine</b>", "--device", "cpu"),
        *("--weight-decay", 0.001, "--schedule", "one_cycle", "--label-smoothing", 0.1, "--shift-px", 1),
    )  # fmt: skip
    run = runs.get(found["run"])
    told = run.settings
    assert (told.design, told.options, told.seed, run.name) == (
        "net_width",
        {"n_chans1": 8},
        7,
        "<b>mine</b>",
    )
    assert (told.momentum, told.nesterov, told.weight_decay) == (0.5, True, 0.001)
    assert (told.schedule, told.label_smoothing, told.shift_px, told.flip) == ("one_cycle", 0.1, 1, False)


def test_it_goes_on_from_weights(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module = seeded(lambda: design("net").build(kernel_size=5), 3)
    torch.save(module.state_dict(), tmp_path / "mine.pt")
    found, _ = said(
        capsys,
        "train",
        "--weights",
        tmp_path / "mine.pt",
        "--data",
        pictures,
        "--epochs",
        1,
        "--device",
        "cpu",
    )
    run = runs.get(found["run"])
    assert run.settings.options == {"kernel_size": 5}
    assert torch.equal(run.weights_at(0)["conv1.weight"], module.state_dict()["conv1.weight"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_saves_and_resume_goes_on(
    number: int, pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [
        "train",
        "--data",
        str(pictures),
        "--epochs",
        "400",
        "--batch-size",
        "8",
        "--device",
        "cpu",
        "--json",
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "convlab", *command],
        cwd=sources.ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        while not (found := runs.all_runs()) or found[0].metrics().loss.size < 3:
            assert process.poll() is None
        os.kill(process.pid, number)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    (run,) = runs.all_runs()
    assert process.returncode == 0
    assert json.loads(out)["state"] == run.status().state == "stopped"
    assert f"python -m convlab train --resume {run.id}" in err
    assert "Traceback" not in err
    assert (run.folder / "checkpoint.safetensors").exists()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(run), "settings", run.settings.changed(epochs=run.status().epoch + 1))
        again, _ = said(capsys, "train", "--resume", run.id)
    assert (again["run"], again["state"], again["epochs"]) == (run.id, "finished", run.status().epoch)
    assert len(again["train_loss"]) == again["epochs"]


def test_a_diverged_run_is_a_mistake(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "train",
        "--data",
        str(pictures),
        "--lr",
        "1e6",
        "--option",
        "activation=relu",
        "--device",
        "cpu",
    ]
    assert main([*arguments, "--epochs", "20", "--batch-size", "8"]) == 2
    assert "at lr 1000000.0: try a smaller lr." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "--data", "nowhere.zip"], "There is no data set and no file 'nowhere.zip'"),
        (["train", "--design", "no"], "There is no design 'no'"),
        (["train", "--epochs", "0"], "epochs cannot be 0: choose a whole number from 1 to 1000."),
        (["train", "--epochs", "x"], "argument --epochs: invalid int value: 'x'"),
        (["train", "--lr", "nan"], "lr cannot be"),
        (["train", "--option", "x"], "'x' is no option: write NAME=VALUE"),
        (["train", "--recipe", "slow"], "argument --recipe: invalid choice: 'slow'"),
        (["train", "--resume", "../../etc"], "There is no run '../../etc'"),
        (["train", "--resume", "0" * 16, "--lr", "1"], "--resume goes on with the run's own settings"),
        (["train", "--weights", "nowhere.pt"], "'nowhere.pt' cannot be read"),
        (["train", "--weights", __file__], "This file is damaged or no checkpoint"),
        (["evaluate", "--data", "sketches"], "the following arguments are required: --weights"),
        (["evaluate", "--weights", "a\0b", "--data", "sketches"], "'a\\x00b' cannot be read"),
    ],
)
def test_a_mistake_is_one_sentence(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(arguments)
    except SystemExit as stop:
        code = int(str(stop.code))
    printed = capsys.readouterr()
    assert (code, printed.out) == (2, "")
    assert printed.err.startswith(message)
    assert printed.err.count("\n") == 1
    assert runs.all_runs() == []


def test_weights_of_another_number_of_classes(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    module = seeded(lambda: design("net").build(num_classes=3), 0)
    snapshots.save(tmp_path / "three.safetensors", module.state_dict(), {})
    for command in ("train", "evaluate"):
        assert main([command, "--weights", str(tmp_path / "three.safetensors"), "--data", str(pictures)]) == 2
    err = capsys.readouterr().err
    assert "do not fit net with these options for 2 classes" in err
    assert "tell 3 classes apart, and the data has 2" in err
