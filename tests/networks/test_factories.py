"""Networks of somebody's own code: named in the environment alone."""

import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from convlab.errors import UserError
from convlab.networks import factories
from convlab.networks.factories import Plan

CODE = """
from torch import nn

def network():
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(2 * 36, 3))

READY = network()
NUMBER = int

def broken():
    raise KeyError("here")
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "of_mine.py").write_text(CODE)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "of_mine", raising=False)
    return str(tmp_path)


def plan(folder: str, name: str = "network", **more: object) -> Plan:
    given: dict[str, object] = {"shape": (1, 8, 8), "mean": (0.5,), "std": (0.5,), "folder": folder}
    return Plan(f"of_mine:{name}", **(given | more))  # type: ignore[arg-type]


def test_a_plan_comes_back_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert factories.named() is None
    told = plan("/x", classes=("a", "b", "c"), weights="w.pt")
    monkeypatch.setenv(factories.VARIABLE, told.text())
    assert factories.named() == told


def test_code_is_imported_and_its_network_opened(folder: str) -> None:
    for name in ("network", "READY"):
        made = factories.made(plan(folder, name))
        assert (made.input_shape, made.classes, made.mean) == (
            (1, 8, 8),
            ("class 0", "class 1", "class 2"),
            (0.5,),
        )
        assert not made.network.training


def test_its_weights_come_from_a_file(folder: str) -> None:
    built = factories.made(plan(folder)).network
    file = Path(folder) / "w.pt"
    torch.save(
        {"state_dict": {f"module.{name}": value + 1 for name, value in built.state_dict().items()}}, file
    )
    made = factories.made(plan(folder, weights=str(file))).network
    assert isinstance(made, nn.Sequential)
    assert made[0].weight.shape == (2, 1, 3, 3)
    loaded = torch.load(file, weights_only=True)["state_dict"]
    assert torch.equal(made.state_dict()["0.weight"], loaded["module.0.weight"])
    with pytest.raises(UserError, match="cannot be read"):
        factories.made(plan(folder, weights=str(file) + "x"))


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("broken", "of_mine:broken builds no network: KeyError: 'here'"),
        ("NUMBER", "of_mine:NUMBER gives a int"),
        ("nothing", "builds no network: AttributeError"),
    ],
)
def test_what_is_no_network_is_refused_in_a_sentence(folder: str, name: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        factories.made(plan(folder, name))


def test_what_names_no_code_is_refused_in_a_sentence() -> None:
    with pytest.raises(UserError, match="names no code"):
        factories.made(Plan("torchvision.models.resnet18"))
    with pytest.raises(UserError, match="builds no network: ModuleNotFoundError"):
        factories.made(Plan("no.such.module:x"))


def test_names_of_classes_are_kept(folder: str) -> None:
    assert factories.made(plan(folder, classes=("a", "b", "c"))).classes == ("a", "b", "c")
    with pytest.raises(UserError, match="There are 2 class names"):
        factories.made(plan(folder, classes=("a", "b")))
