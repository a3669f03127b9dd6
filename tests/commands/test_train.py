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
from convlab.datasets import shelf
from convlab.datasets.dataset import Dataset, Split
from convlab.networks.designs import design, seeded
from convlab.pictures.images import to_png
from convlab.training import runs, snapshots
from tests import sources
from tests.commands.conftest import said


def test_train_then_evaluate(
    pictures: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "best", lambda: torch.device("cpu"))  # evaluate has no choice of its own
    found, err = said(
        *(capsys, "train", "--data", pictures, "--epochs", 3),
        *("--batch-size", 8, "--lr", "0,05", "--device", "cpu"),
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
        *(capsys, "train", "--weights", tmp_path / "mine.pt", "--data", pictures, "--epochs", 1),
        *("--device", "cpu", "--option", "activation=relu"),
    )
    run = runs.get(found["run"])
    assert run.settings.options == {"kernel_size": 5, "activation": "relu"}
    assert torch.equal(run.weights_at(0)["conv1.weight"], module.state_dict()["conv1.weight"])
    assert found["events"] == ["begun with the weights of mine.pt"]


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


def test_what_happened_to_a_run_is_told(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, _ = said(
        *(capsys, "train", "--data", pictures, "--epochs", 2, "--device", "cpu"),
        *("--batch-size", 8, "--name", "first"),
    )
    assert (first["name"], first["lr"], first["events"], first["device"]) == ("first", 0.01, [], "cpu")
    fork = runs.get(first["run"]).fork(1, {"lr": 0.02}, "fork")
    fork.set_lr(0.5)
    found, err = said(capsys, "train", "--resume", fork.id)
    assert (found["name"], found["lr"], found["batches_per_epoch"]) == ("fork", 0.5, 4)
    assert found["events"] == ["fork of first at epoch 1", "lr 0.02 → 0.5 at epoch 0"]
    assert "Going on with 'fork' from epoch 0 at lr 0.02: fork of first at epoch 1." in err
    assert main(["train", "--data", str(pictures), "--epochs", "1", "--device", "cpu"]) == 0
    printed = capsys.readouterr().out
    assert "lr                0.01\n" in printed
    assert "events            -\n" in printed


def test_a_recipe_on_another_design(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = (capsys, "train", "--data", pictures, "--recipe", "fast", "--epochs", 1, "--device", "cpu")
    plain, _ = said(*told)
    assert plain["design"] == "net_fixed"
    other, _ = said(*told, "--design", "net_width")
    assert other["design"] == "net_width"
    assert runs.get(other["run"]).settings.schedule == "one_cycle"


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
        (["train", "--epochs", "x"], "argument --epochs: 'x' is not a number: write a whole one, such as 3."),
        (["train", "--epochs", "2,5"], "argument --epochs: '2,5' is not a whole number"),
        (["train", "--lr", "nan"], "argument --lr: 'nan' is not a number: write one such as -1, 0.5 or 1/9."),
        (["train", "--lr", "1e400"], "lr cannot be"),
        (["train", "--lr", "1,000"], "argument --lr: '1,000' can be read in two ways: write 1.000 or 1000."),
        (["train", "--lr", "1_0"], "argument --lr: '1_0' is not a number"),
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
        given = [command, "--weights", str(tmp_path / "three.safetensors"), "--data", str(pictures)]
        given += ["--option", "activation=tanh", "--normalisation", "cifar10"]
        assert main([*given, *(["--classes", "a,b,c"] if command == "evaluate" else [])]) == 2
    err = capsys.readouterr().err
    assert "do not fit net with these options for 2 classes" in err
    assert "This network has no class 'bright'; it tells a, b, c apart" in err


def test_a_run_begins_with_weights_whose_activation_and_design_are_known(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.save(seeded(design("net_res").build, 0).state_dict(), tmp_path / "w.ckpt")
    given = ["train", "--weights", str(tmp_path / "w.ckpt"), "--data", str(pictures), "--epochs", "1"]
    assert main(given) == 2
    assert "add --design net_depth or net_res and --option activation=tanh or relu" in capsys.readouterr().err
    first, _ = said(capsys, *given, "--design", "net_res", "--option", "activation=tanh", "--device", "cpu")
    weights = runs.get(first["run"]).weights()  # a run's own say so themselves
    again, _ = said(capsys, "train", "--weights", weights, *given[3:], "--device", "cpu")
    settings = runs.get(again["run"]).settings
    assert (settings.design, settings.options) == ("net_res", {"activation": "tanh", "n_chans1": 32})
    assert main([*given[:1], "--weights", str(weights), *given[3:], "--design", "dense"]) == 2
    assert "These weights do not fit 'dense': they fit net_res, net_depth." in capsys.readouterr().err


def test_both_downloads_of_a_run_give_its_own_accuracy(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "best", lambda: torch.device("cpu"))
    for options in (["--option", "activation=relu", "--normalisation", "data"], ["--design", "net_res"]):
        given = ("train", "--data", pictures, "--epochs", 2, "--lr", 0.02, "--device", "cpu", *options)
        run = runs.get(said(capsys, *given)[0]["run"])
        (tmp_path / "w.pt").write_bytes(run.pt())
        for file in (tmp_path / "w.pt", run.weights()):
            found, _ = said(capsys, "evaluate", "--weights", file, "--data", pictures)
            assert found["assumed"] == []
            assert found["val_accuracy"] == run.metrics().records[-1].val_accuracy
            assert found["val_loss"] == pytest.approx(run.metrics().records[-1].val_loss, rel=1e-5)
            assert found["classes"] == ["bright", "dark"]


def test_names_of_classes_go_from_the_data_through_a_run_to_every_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ("<b>x</b>", "dog & cat", "猫")
    images = torch.randint(0, 256, (30, 3, 32, 32), dtype=torch.uint8)
    train, val = (Split(images.clone(), torch.arange(30) % 3) for _ in range(2))
    key = shelf.put(Dataset("Three", names, train, val))
    found, _ = said(capsys, "train", "--data", key, "--epochs", 1, "--device", "cpu")
    run = runs.get(found["run"])
    (tmp_path / "w.pt").write_bytes(run.pt())
    (tmp_path / "x.png").write_bytes(to_png(images[0]))
    for weights in (run.weights(), tmp_path / "w.pt"):
        measured, _ = said(capsys, "evaluate", "--weights", weights, "--data", key)
        assert measured["classes"] == list(names)
        assert [sum(row) for row in measured["confusion_matrix"]] == [10, 10, 10]
        assert main(["probe", "--weights", str(weights), "--image", str(tmp_path / "x.png"), "--json"]) == 0
        assert list(json.loads(capsys.readouterr().out)[0]["probabilities"]) == list(names)
    other = shelf.put(Dataset("Other", ("猫", "dog & cat", "<b>x</b>"), train, val))
    made, err = said(
        *(capsys, "train", "--weights", tmp_path / "w.pt", "--data", other, "--epochs", 1, "--device", "cpu")
    )
    told = "was trained for <b>x</b>, dog & cat, 猫; the data has 猫, dog & cat, <b>x</b>, in this order."
    assert told in err
    assert made["events"][1].endswith("other classes before: <b>x</b> → 猫, 猫 → <b>x</b>")
