"""The standalone scripts are run; they give the numbers of the run."""

import ast
from pathlib import Path
from typing import Any

import pytest
import torch

from convlab.snippets.training import script
from convlab.training.engine import Trainer
from tests.snippets.test_convolution import run
from tests.training.small import DATASET, settings

CASES: dict[str, dict[str, Any]] = {
    "book": {},
    "fast": {
        "design": "net_fast",
        "momentum": 0.9,
        "nesterov": True,
        "weight_decay": 5e-4,
        "schedule": "one_cycle",
        "label_smoothing": 0.1,
        "flip": True,
        "shift_px": 2,
    },
    "kernel": {"options": {"kernel_size": (1, 3)}, "initialisation": "kaiming", "l1": 1e-3, "l2": 1e-3},
    "dropout": {"design": "net_dropout", "seed": 5, "normalisation": "data"},
    "mistakes": {"design": "net_batch_norm", "unshuffled": True, "validate_in_train_mode": True},
    "deep": {
        "design": "net_res_deep",
        "options": {"n_blocks": 2, "shared": True},
        "optimizer": "adam",
        "lr": 1e-3,
    },
    "sequential": {
        "design": "sequential",
        "options": {"activation": "relu"},
        "optimizer": "adamw",
        "lr": 1e-3,
    },
    "flip": {"design": "net_res", "flip": True, "initialisation": "xavier"},
}


@pytest.mark.parametrize("case", CASES)
def test_the_script_gives_the_runs_numbers(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names = ("train_images", "train_labels", "val_images", "val_labels")
    parts = (DATASET.train.images, DATASET.train.labels, DATASET.val.images, DATASET.val.labels)
    torch.save(dict(zip(names, parts, strict=True)), "data.pt")
    data = f"data = torch.load('data.pt', weights_only=True)\n{', '.join(names)} = data.values()"
    chosen = settings(epochs=2, **CASES[case])
    found = run(script(chosen, DATASET.title, DATASET.classes, data))
    trainer = Trainer(chosen, DATASET)
    records = []
    for _ in range(2):
        while trainer.batch < trainer.batches_per_epoch:
            trainer.step()
        records.append(trainer.end_epoch())
    assert found["losses"] == pytest.approx([record.train_loss for record in records], rel=1e-4)
    assert found["val_accuracy"] == records[-1].val_accuracy
    assert found["train_accuracy"] == trainer.evaluate("train").accuracy
    weights = found["model"].state_dict()
    for name, tensor in trainer.weights().items():
        torch.testing.assert_close(tensor, weights[name], rtol=1e-2, atol=1e-4)
    assert capsys.readouterr().out.count("epoch") == 2


def test_the_script_is_plain_and_short() -> None:
    text = script(settings(), "A \n'title'", ("a\nb", "c"), "train_images = ...")
    imported = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert {ast.unparse(node).split()[1].split(".")[0] for node in imported} == {"torch"}
    assert len(text.splitlines()) < 100
    assert max(map(len, text.splitlines())) <= 110
    assert "\n\n\n\n" not in text
