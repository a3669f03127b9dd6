"""``python -m convlab probe``: probabilities per picture, one sentence for what is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from convlab import __main__ as terminal
from convlab.commands.probe import short_names
from convlab.networks.designs import Net, seeded
from convlab.pictures import images
from convlab.pictures.crop import cut
from convlab.probing.probe import Probe
from tests.commands.conftest import PLAIN
from tests.corpus import corpus

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


CHAPTER = (*PLAIN, "--design", "net", "--classes", "airplane", "bird")


def asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = terminal.main(["probe", *arguments, *CHAPTER])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = asked(
        capsys, "--weights", "net.pt", "--image", "grey.png", "noise.png", "--image", "grey.png", "--json"
    )
    found: list[dict[str, Any]] = json.loads(out)
    assert (code, err) == (0, "")
    assert [entry["image"] for entry in found] == ["grey.png", "noise.png", "grey.png"]
    assert [entry["assumed"] for entry in found] == [[]] * 3
    for entry, image in zip(found, (GREY, NOISE, GREY), strict=True):
        assert entry["probabilities"] == wanted(image)
        assert sum(entry["probabilities"].values()) == pytest.approx(1)
        assert entry["class"] == max(wanted(image), key=wanted(image).__getitem__)


def test_json_says_what_was_assumed(capsys: pytest.CaptureFixture[str]) -> None:
    given = ["probe", "--weights", "net.pt", "--image", "grey.png", "text.png", "--json", *PLAIN]
    assert terminal.main(given) == 2
    out, err = capsys.readouterr()
    read, refused = json.loads(out)
    assert read["assumed"] == err.splitlines()[:2]
    assert read["assumed"][0].startswith("Read as net; net_width, net_dropout would answer the same")
    assert read["assumed"][1] == "The file names no classes: they are numbered (--classes)."
    assert sorted(refused) == ["error", "image"]


def test_a_table_to_read(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = asked(capsys, "--weights", "net.pt", "--image", "grey.png", "noise.png")
    chances = [f"{value:.4f}" for value in wanted(NOISE).values()]
    lines = [line.split() for line in out.splitlines()]
    assert (code, err) == (0, "")
    assert lines[0] == ["image", "class", "airplane", "bird"]
    assert lines[2] == ["noise.png", max(wanted(NOISE), key=wanted(NOISE).__getitem__), *chances]
    assert len(lines) == 3


def test_what_was_done_to_a_picture_is_said_beside_the_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    Path("floats.tif").write_bytes(corpus()["grey_float.tif"].data)
    code, out, err = asked(capsys, "--weights", "net.pt", "--image", "grey.png", "floats.tif", "--json")
    told = "The file's values are 0 to 1: 0 to 1 become black to white."
    assert (code, err) == (0, f"'floats.tif': {told}\n")
    assert [entry.get("remarks") for entry in json.loads(out)] == [None, [told]]


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


def test_two_pictures_of_one_name_are_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    paths = [f"a/{'deep/' * 20}x/0.png", f"a/{'deep/' * 20}y/0.png", "0.png", "b/1.png"]
    for path in map(Path, paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(images.to_png(GREY))
    _, out, _ = asked(capsys, "--weights", "net.pt", "--image", *paths)
    assert [line.split()[0] for line in out.splitlines()] == ["image", "x/0.png", "y/0.png", "0.png", "1.png"]


parts = st.lists(st.sampled_from("ab"), min_size=1, max_size=4)


@given(st.lists(parts.map(lambda names: Path(*names)), min_size=1, max_size=6, unique=True))
def test_no_two_paths_look_alike_unless_one_is_the_end_of_the_other(paths: list[Path]) -> None:
    names = short_names(paths)
    for path, name in zip(paths, names, strict=True):
        assert path.parts[-len(Path(name).parts) :] == Path(name).parts
    for number, name in enumerate(names):
        for other, path in enumerate(paths):
            if other != number and path.parts[-len(Path(name).parts) :] == Path(name).parts:
                assert name == str(paths[number])  # whole, and the other path is longer
    assert len(set(names)) == len(names)


def test_of_a_file_that_tells_nothing_all_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert terminal.main(["probe", "--weights", "net.pt", "--image", "grey.png"]) == 2
    assert capsys.readouterr().err == (
        "This file does not tell all that its answers depend on: "
        "add --option activation=tanh or relu and --normalisation cifar10 or none or half.\n"
    )
    given = ["probe", "--weights", "net.pt", "--image", "grey.png", *PLAIN]
    assert terminal.main([*given, "--json"]) == 0
    printed = capsys.readouterr()
    assert list(json.loads(printed.out)[0]["probabilities"]) == ["class 0", "class 1"]
    assert printed.err.splitlines() == [
        "Read as net; net_width, net_dropout would answer the same (--design).",
        "The file names no classes: they are numbered (--classes).",
    ]


def test_names_may_be_anything_but_commands(capsys: pytest.CaptureFixture[str]) -> None:
    given = ["probe", "--weights", "net.pt", "--image", "grey.png", *PLAIN, "--design", "net", "--json"]
    assert terminal.main([*given, "--classes", "dog & cat, <b>x</b>"]) == 0
    assert list(json.loads(capsys.readouterr().out)[0]["probabilities"]) == ["dog & cat", "<b>x</b>"]
    assert terminal.main([*given, "--classes", "猫", "a, b"]) == 0
    assert list(json.loads(capsys.readouterr().out)[0]["probabilities"]) == ["猫", "a, b"]
    assert terminal.main([*given, "--classes", "a\x1b[2J", "b"]) == 2
    assert "\x1b" not in capsys.readouterr().err
