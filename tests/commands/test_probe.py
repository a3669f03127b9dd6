"""``python -m convlab probe``: probabilities per picture, one sentence for what is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from convlab import __main__ as terminal
from convlab.networks.designs import Net, seeded
from convlab.pictures import images
from convlab.pictures.crop import cut
from convlab.probing.probe import Probe

GREY = torch.full((3, 40, 60), 128, dtype=torch.uint8)
NOISE = torch.randint(0, 256, (3, 33, 50), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with weights and two pictures."""
    monkeypatch.chdir(tmp_path)
    torch.save(seeded(Net, 0).state_dict(), "net.pt")
    Path("grey.png").write_bytes(images.to_png(GREY))
    Path("noise.png").write_bytes(images.to_png(NOISE))
    Path("text.png").write_text("no picture")
    return tmp_path


def wanted(image: Tensor) -> dict[str, float]:
    probe = Probe(seeded(Net, 0).eval(), ("airplane", "bird"))
    chances = probe.probabilities(cut(image)[None])[0].tolist()
    return dict(zip(probe.classes, chances, strict=True))


def asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = terminal.main(["probe", *arguments])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = asked(
        capsys, "--weights", "net.pt", "--image", "grey.png", "noise.png", "--image", "grey.png", "--json"
    )
    found: list[dict[str, Any]] = json.loads(out)
    assert (code, err) == (0, "")
    assert [entry["image"] for entry in found] == ["grey.png", "noise.png", "grey.png"]
    for entry, image in zip(found, (GREY, NOISE, GREY), strict=True):
        assert entry["probabilities"] == wanted(image)
        assert sum(entry["probabilities"].values()) == pytest.approx(1)
        assert entry["class"] == max(wanted(image), key=wanted(image).__getitem__)


def test_a_table_to_read(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = asked(capsys, "--weights", "net.pt", "--image", "grey.png", "noise.png")
    chances = [f"{value:.4f}" for value in wanted(NOISE).values()]
    lines = [line.split() for line in out.splitlines()]
    assert (code, err) == (0, "")
    assert lines[0] == ["image", "class", "airplane", "bird"]
    assert lines[2] == ["noise.png", max(wanted(NOISE), key=wanted(NOISE).__getitem__), *chances]
    assert len(lines) == 3


def test_a_bad_picture_is_named_and_the_others_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    given = ("--weights", "net.pt", "--image", "text.png", "gone.png", "grey.png")
    code, out, err = asked(capsys, *given, "--json")
    found = json.loads(out)
    assert code == 2
    assert found[2]["probabilities"] == wanted(GREY)
    assert [sorted(entry) for entry in found[:2]] == [["error", "image"]] * 2
    assert err.splitlines() == [found[0]["error"], found[1]["error"]]
    assert found[0]["error"].startswith("'text.png': This file is not a picture that ConvLab can read")
    assert found[1]["error"] == "'gone.png' cannot be read: No such file or directory."
    code, out, again = asked(capsys, *given)
    assert (code, again) == (2, err)
    assert [line.split()[:2] for line in out.splitlines()[1:3]] == [["text.png", "-"], ["gone.png", "-"]]
    assert out.splitlines()[3].split()[0] == "grey.png"


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ("gone.pt", "'gone.pt' cannot be read: No such file or directory."),
        ("text.png", "This file is damaged or no checkpoint"),
    ],
)
def test_bad_weights_are_one_sentence(weights: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = asked(capsys, "--weights", weights, "--image", "grey.png", "--json")
    assert (code, out) == (2, "")
    assert err.startswith(message)
    assert err.count("\n") == 1


def test_no_picture_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        terminal.main(["probe", "--weights", "net.pt"])
    assert caught.value.code == 2
    assert capsys.readouterr().err == "the following arguments are required: --image\n"


def test_a_name_cannot_command_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a\x1b[31m.png").write_bytes(images.to_png(GREY))
    code, out, err = asked(capsys, "--weights", "net.pt", "--image", "a\x1b[31m.png", "b\x1b[2J.png")
    assert code == 2
    assert "\x1b" not in out + err
    assert out.splitlines()[1].startswith("a [31m.png")
