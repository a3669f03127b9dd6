"""``python -m convlab evaluate``: accuracy, loss and confusion of given weights, as JSON and to read."""

from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from convlab import device
from convlab.__main__ import main
from convlab.datasets import shelf
from convlab.networks.designs import design, seeded
from convlab.pictures import images
from convlab.probing import bundled
from convlab.training import runs, snapshots
from tests.commands.conftest import PLAIN, said


def test_the_numbers_are_the_network_s_own(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network = seeded(design("net").build, 1).eval()
    snapshots.save(tmp_path / "w.safetensors", network.state_dict(), {})
    found, err = said(
        *(capsys, "evaluate", "--weights", tmp_path / "w.safetensors", "--data", pictures),
        *(*PLAIN, "--classes", "bright", "dark"),
    )
    assert found["assumed"] == ["Read as net; net_width, net_dropout would answer the same (--design)."]
    assert found["assumed"][0] in err.splitlines()
    assert found["classes"] == ["bright", "dark"]
    data = shelf.get(shelf.prepare(str(pictures)))
    for part, name in ((data.train, "train_"), (data.val, "")):
        with torch.no_grad():
            x = images.normalise(images.to_float(part.images), images.CIFAR10_MEAN, images.CIFAR10_STD)
            logits = network(x)
        cells = [[0, 0], [0, 0]]
        for label, verdict in zip(part.labels.tolist(), logits.argmax(1).tolist(), strict=True):
            cells[label][verdict] += 1
        assert found[f"{name}confusion_matrix"] == cells
        assert found[f"{name or 'val_'}accuracy"] == (cells[0][0] + cells[1][1]) / len(part)
        assert found[f"{name or 'val_'}loss"] == pytest.approx(float(F.cross_entropy(logits, part.labels)))


def test_a_table_to_read(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    snapshots.save(tmp_path / "w.safetensors", seeded(design("net").build, 1).state_dict(), {})
    arguments = ["evaluate", "--weights", str(tmp_path / "w.safetensors"), "--data", str(pictures)]
    arguments += [*PLAIN, "--design", "net", "--classes", "bright,dark"]
    found, _ = said(capsys, *arguments)
    assert main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "net on pictures"
    assert lines[2].split() == ["training", "validation"]
    for line, name in zip(lines[3:5], ("accuracy", "loss"), strict=True):
        assert line.split() == [name, f"{found[f'train_{name}']:.4f}", f"{found[f'val_{name}']:.4f}"]
    assert lines[-3].split() == ["bright", "dark"]
    for line, name, row in zip(lines[-2:], ("bright", "dark"), found["confusion_matrix"], strict=True):
        assert line.split() == [name, *map(str, row)]
    assert len({len(line) for line in lines[-3:]}) == 1


def test_the_weights_tell_how_to_normalise(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = seeded(design("net").build, 0).state_dict()
    losses = []
    told = {"design": "net", "options": {}, "classes": ["bright", "dark"]}
    given = ("evaluate", "--weights", tmp_path / "w.safetensors", "--data", pictures)
    own, other = {"mean": [0.1, 0.1, 0.1], "std": [1, 1, 1]}, {"mean": [0, 0, 0], "std": [1, 1, 1]}
    ways: list[tuple[dict[str, Any], list[Any]]] = [
        (own, []),
        ({}, ["--mean", 0.1, "0,1", ".1", "--std", 1, 1, 1]),
        (other, ["--mean", 0.1, 0.1, 0.1, "--std", 1, 1, 1]),
        (own, ["--normalisation", "none"]),
        ({}, ["--normalisation", "none"]),
    ]
    for about, how in ways:
        snapshots.save(tmp_path / "w.safetensors", weights, told | about)
        found, _ = said(capsys, *given, *how)
        losses.append(found["val_loss"])
    assert losses[0] == losses[1] == losses[2] != losses[3] == losses[4]


def test_a_plain_file_of_a_run_normalised_as_its_data(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "best", lambda: torch.device("cpu"))
    given = ("train", "--data", pictures, "--epochs", 1, "--normalisation", "data", "--device", "cpu")
    run = runs.get(said(capsys, *given)[0]["run"])
    torch.save(run.weights_at(1), tmp_path / "plain.pt")
    plain = ("evaluate", "--weights", tmp_path / "plain.pt", "--data", pictures, "--normalisation", "data")
    found, _ = said(capsys, *plain, "--option", "activation=tanh", "--classes", "bright,dark")
    own, _ = said(capsys, "evaluate", "--weights", run.weights(), "--data", pictures)
    assert found["val_loss"] == own["val_loss"]
    assert main([*map(str, plain), "--mean", "0", "0", "0"]) == 2
    assert "Give --mean and --std together, or --normalisation alone." in capsys.readouterr().err


def test_the_books_checkpoint(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found, _ = said(
        *(capsys, "evaluate", "--weights", shared / "data" / "book_birds_vs_airplanes.pt"),
        *("--data", shared / "data" / "birds_vs_airplanes.zip"),
    )
    assert found["design"] == "net"
    assert found["train_accuracy"] == pytest.approx(0.918, abs=0.0015)
    assert found["val_accuracy"] == pytest.approx(0.881, abs=0.0015)
    assert [sum(row) for row in found["confusion_matrix"]] == [1000, 1000]


def folders(place: Path, names: dict[str, str]) -> Path:
    """Dark pictures in the folder of "airplane", bright ones in that of "bird", by any name."""
    for known, shade in (("airplane", 30), ("bird", 200)):
        (place / names[known]).mkdir(parents=True)
        for number in range(20):
            Image.new("RGB", (32, 32), (shade + number, shade, 255 - shade)).save(
                place / names[known] / f"{number}.png"
            )
    return place


@pytest.mark.parametrize(
    "names",
    [
        {"airplane": "airplane", "bird": "bird"},
        {"airplane": "airplanes", "bird": "Birds"},  # sorted, birds come first
        {"airplane": "zeppelin", "bird": "bird"},
        {"airplane": "cat", "bird": "dog"},
    ],
)
def test_classes_are_matched_by_name(
    names: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    usual = folders(tmp_path / "usual", {"airplane": "airplane", "bird": "bird"})
    data = folders(tmp_path / "data", names)
    weights = bundled.file("net")
    wanted, _ = said(capsys, "evaluate", "--weights", weights, "--data", usual)
    assert wanted["classes"] == ["airplane", "bird"]
    given = ["evaluate", "--weights", weights, "--data", data]
    if strange := [name for name in names.values() if name in ("zeppelin", "cat", "dog")]:
        assert main(list(map(str, given))) == 2
        told = capsys.readouterr().err
        assert (
            f"This network has no class '{strange[0]}'; it tells airplane, bird apart: choose other" in told
        )
        assert told.endswith(
            "Where only the names differ, give the data's in the network's order: --classes.\n"
        )
        given += ["--classes", *names.values()]  # said to be the same
    found, _ = said(capsys, *given)
    assert found["classes"] == (list(names.values()) if strange else ["airplane", "bird"])
    assert found["train_confusion_matrix"] == wanted["train_confusion_matrix"]
    assert found["val_accuracy"] == wanted["val_accuracy"]


def test_the_matrix_has_a_row_for_each_class_of_the_network(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    module = seeded(lambda: design("net").build(num_classes=3), 0)
    about = {"design": "net", "options": {"num_classes": 3}, "classes": ["猫", "Darks", "bright"]}
    snapshots.save(
        tmp_path / "w.safetensors", module.state_dict(), {**about, "mean": [0.5] * 3, "std": [1] * 3}
    )
    given = ("evaluate", "--weights", tmp_path / "w.safetensors", "--data", pictures)
    found, _ = said(capsys, *given)
    assert found["classes"] == ["猫", "Darks", "bright"]
    assert [sum(row) for row in found["train_confusion_matrix"]] == [0, 16, 16]
    assert main(list(map(str, given))) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-4].split() == ["猫", "Darks", "bright"]
    assert [line.split()[0] for line in lines[-3:]] == ["猫", "Darks", "bright"]


def test_a_file_that_tells_too_little_is_asked_about_in_one_sentence(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.save(seeded(design("net_res").build, 0).state_dict(), tmp_path / "w.pth")
    given = ["evaluate", "--weights", str(tmp_path / "w.pth"), "--data", str(pictures)]
    assert main(given) == 2
    assert capsys.readouterr().err == (
        "This file does not tell all that its answers depend on: add --design net_depth or net_res and "
        "--option activation=tanh or relu and --normalisation cifar10 or none or half.\n"
    )
    given += ["--design", "net_res", *PLAIN]
    assert main(given) == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        "This file names no classes: add --classes with 2 names in the order of its logits; "
        "the data has bright, dark."
    )
    assert said(capsys, *given, "--classes", "dark,bright")[0]["classes"] == ["dark", "bright"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--mean", "0", "0", "0"], "Give --mean and --std together, or --normalisation alone."),
        (["--mean", "0", "0", "0", "--std", "1", "0", "1"], "every std is above 0."),
        (["--normalisation", "imagenet"], "argument --normalisation: invalid choice: 'imagenet'"),
        (["--mean", "0", "x", "0"], "argument --mean: 'x' is not a number"),
        (["--classes", "a"], "The network has 2 classes and 1 names were given: give one for each."),
        (["--design", "dense"], "These weights do not fit 'dense': they fit net, net_width, net_dropout."),
        (["--option", "kernel_size=5"], "In these weights kernel_size is 3, not 5: leave it out."),
    ],
)
def test_a_mistake_is_one_sentence(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(["evaluate", "--weights", str(bundled.file("net")), "--data", "sketches", *arguments])
    except SystemExit as stop:
        code = int(str(stop.code))
    printed = capsys.readouterr()
    assert (code, printed.out) == (2, "")
    assert message in printed.err
    assert printed.err.count("\n") == 1
