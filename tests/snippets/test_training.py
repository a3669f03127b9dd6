"""The standalone scripts are run; they give the numbers of the run, whatever happened to it."""

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from convlab.datasets.dataset import Dataset
from convlab.snippets.training import GIVEN, calm, doubts, script, script_of
from convlab.training import runs, snapshots
from convlab.training.engine import Trainer
from convlab.training.metrics import Halt, Outline
from convlab.training.runs import Run
from convlab.training.session import Session
from convlab.training.status import State
from convlab.training.story import Leg, Story
from tests.snippets.test_convolution import run
from tests.training.small import DATASET, create, settings, split, train

CASES: dict[str, dict[str, Any]] = {
    "book": {},
    "fast": {
        "design": "net_fixed",
        "momentum": 0.9,
        "nesterov": True,
        "weight_decay": 5e-4,
        "schedule": "one_cycle",
        "label_smoothing": 0.1,
        "flip": True,
        "shift_px": 2,
    },
    "kernel": {"options": {"kernel_size": (1, 3)}, "initialisation": "kaiming", "l1": 1e-3, "l2": 1e-3},
    "fixed": {"design": "net_fixed", "initialisation": "kaiming", "l2": 1e-3},
    "dropout": {"design": "net_dropout", "seed": 5, "normalisation": "data"},
    "mistakes": {"design": "net_batch_norm", "unshuffled": True, "validate_in_train_mode": True},
    "deep": {
        "design": "net_res_deep",
        "options": {"n_blocks": 2, "shared": True},
        "optimizer": "adam",
        "lr": 1e-3,
    },
    "default": {"design": "net_res_deep", "options": {"n_blocks": 2}, "initialisation": "reset_parameters"},
    "sequential": {
        "design": "sequential",
        "options": {"activation": "relu"},
        "optimizer": "adamw",
        "lr": 1e-3,
    },
    "flip": {"design": "net_res", "flip": True, "initialisation": "xavier"},
}
OTHER = Dataset("other", ("dim", "lit"), split(24, 3), split(10, 4))
DATA = {"sketches": DATASET, "other": OTHER}
NAMES = ("train_images", "train_labels", "val_images", "val_labels")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the scripts run, with the pictures beside them; the runs have a folder of their own."""
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    for key, data in DATA.items():
        parts = (data.train.images, data.train.labels, data.val.images, data.val.labels)
        torch.save(dict(zip(NAMES, parts, strict=True)), f"{key}.pt")


def reading(key: str) -> str:
    return f"data = torch.load('{key}.pt', weights_only=True)\n{', '.join(NAMES)} = data.values()"


@pytest.mark.parametrize("case", CASES)
def test_the_script_gives_the_runs_numbers(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = settings(epochs=2, **CASES[case])
    found = run(script(chosen, DATASET.title, DATASET.classes, reading("sketches")))
    trainer = Trainer(chosen, DATASET)
    records = []
    for _ in range(2):
        while trainer.batch < trainer.batches_per_epoch:
            trainer.step()
        records.append(trainer.end_epoch())
    assert found["losses"] == pytest.approx([record.train_loss for record in records], rel=1e-4)
    assert found["val_losses"] == pytest.approx([record.val_loss for record in records], rel=1e-4)
    assert found["train_accuracies"] == [record.train_accuracy for record in records]
    assert found["val_accuracies"] == [record.val_accuracy for record in records]
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


Acts = dict[int, float | State]  # after this many batches: another rate, or halt in a state


def trained(run: Run, *sessions: Acts) -> Run:
    """Trained in one session or several; what was ordered on the way is in them."""
    for acts in sessions or ({},):
        left = dict(acts)

        def watch(session: Session, left: Acts = left) -> None:
            act = left.pop(session.done, None)
            if isinstance(act, float):
                session.run.set_lr(act)
            elif act is not None:
                getattr(session.run, {"paused": "pause", "stopped": "stop"}[str(act)])()

        run.carry_on()
        train(run, watch=watch, data=DATA.__getitem__)
    return run


def of(run: Run) -> dict[str, Any]:
    """What its script gives."""
    told = run.story()
    if told.given is not None:
        Path(GIVEN).write_bytes(told.given.read_bytes())
    text = script_of(told, reading)
    assert max(map(len, text.splitlines())) <= 110
    assert "\n\n\n\n" not in text
    return run_script(text)


run_script: Callable[[str], dict[str, Any]] = run


def assert_told(one: Run, digits: float = 1e-4) -> None:
    """Every number of a run comes out of its script again."""
    found, records = of(one), one.metrics().records
    assert found["losses"] == pytest.approx([record.train_loss for record in records], rel=digits)
    assert found["val_losses"] == pytest.approx([record.val_loss for record in records], rel=digits)
    assert found["train_accuracies"] == [record.train_accuracy for record in records]
    assert found["val_accuracies"] == [record.val_accuracy for record in records]
    weights = snapshots.load(one.weights())[0]
    for name, tensor in found["model"].state_dict().items():
        torch.testing.assert_close(tensor, weights[name], rtol=1e-2, atol=1e-4)
    measured = one.metrics()
    last = measured.loss[measured.epoch == measured.epoch[-1]]
    assert found["batch_losses"] == pytest.approx(last.tolist(), rel=digits)


STEERED: dict[str, tuple[dict[str, Any], Acts]] = {
    "constant": ({}, {3: 0.2, 4: 0.05, 11: 0.1}),
    "one cycle": ({"schedule": "one_cycle", "lr": 0.1, "momentum": 0.5}, {2: 0.3, 5: 0.01, 9: 0.2}),
    "at the ends of epochs": ({"flip": True}, {5: 0.1, 10: 0.02, 14: 0.3}),
    "adam": ({"design": "net_dropout", "optimizer": "adam", "lr": 1e-3}, {1: 0.01, 8: 2e-3}),
}


@pytest.mark.parametrize("case", STEERED)
def test_a_steered_run(case: str) -> None:
    changes, acts = STEERED[case]
    one = trained(create(**changes), acts)
    assert len(one.metrics().lrs) == len(acts)
    assert_told(one)


@pytest.mark.parametrize("changes", [{}, {"design": "net_dropout", "schedule": "one_cycle", "shift_px": 1}])
def test_a_paused_and_resumed_run(changes: dict[str, Any]) -> None:
    one = trained(create(**changes), {2: 0.1, 4: "paused"}, {7: 0.03, 10: "stopped"}, {})
    assert one.status().state == "finished"
    text = script_of(one.story(), reading)
    assert "# paused at epoch 0.8\n# resumed at epoch 0.8\n" in text
    assert_told(one)


@pytest.mark.parametrize("batch", [3, 5, 8, 13])
def test_a_run_that_was_stopped_ends_where_it_ended(batch: int) -> None:
    one = trained(create(), {2: 0.1, batch: "stopped"})
    assert one.status().state == "stopped"
    assert_told(one)


def test_a_run_that_was_stopped_before_its_first_batch() -> None:
    one = create()
    one.stop()
    train(one)
    assert of(one)["losses"] == []


def test_a_run_out_of_time() -> None:
    now = [0.0]

    def second(session: Session) -> None:
        now[0] += 1.0

    one = create(deadline_s=9)
    train(one, clock=lambda: now[0], watch=second)
    assert one.status().state == "timed out"
    assert_told(one)


def test_a_run_that_was_lost() -> None:
    one = trained(create(lr=0.05, options={"activation": "relu"}), {7: 1e6})
    assert one.status().state == "diverged"
    found, records = of(one), one.metrics().records
    assert found["losses"] == pytest.approx([record.train_loss for record in records], rel=1e-4)
    assert found["val_accuracies"] == [record.val_accuracy for record in records]
    measured = one.metrics()
    last = measured.loss[measured.epoch == measured.epoch[-1]].tolist()
    assert found["batch_losses"][:3] == pytest.approx(last[:3], rel=1e-3)
    assert "train_accuracy" not in found


FORKS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "rate": ({}, {"lr": 0.2, "epochs": 2}),
    "dropout": ({"design": "net_dropout", "flip": True, "momentum": 0.9}, {"momentum": 0.0, "shift_px": 1}),
    "batch norm": (
        {"design": "net_batch_norm", "validate_in_train_mode": True},
        {"validate_in_train_mode": False, "batch_size": 10, "schedule": "one_cycle"},
    ),
    "other data": ({"lr": 0.05}, {"data": "other", "normalisation": "data", "l2": 1e-3, "unshuffled": True}),
}


@pytest.mark.parametrize("case", FORKS)
def test_a_fork_of_a_steered_run_and_a_steered_fork_of_that(case: str) -> None:
    changes, others = FORKS[case]
    first = trained(create(**changes), {3: 0.2, 8: 0.05})
    second = trained(first.fork(2, others, "second"), {2: 0.1, 6: "paused"}, {})
    assert_told(second)
    third = trained(second.fork(1, {"lr": 0.03, "seed": 3}, "third"), {1: 0.01, 7: "stopped"})
    first.delete()
    second.delete()
    assert_told(third)


def test_a_fork_of_untrained_weights() -> None:
    first = trained(create(seed=4))
    assert_told(trained(first.fork(0, {"lr": 0.3, "epochs": 1})))


def test_a_run_that_began_with_given_weights_and_its_fork() -> None:
    given = trained(create(seed=9)).weights_at(2)
    one = trained(runs.create(settings(), start=given, file="mine.pt"), {4: 0.1})
    assert_told(one)
    fork = trained(one.fork(1, {"lr": 0.02}))
    one.delete()
    assert_told(fork)


def test_a_fork_of_0_1_whose_parent_is_gone_begins_with_its_weights() -> None:
    first = trained(create(), {3: 0.2})
    fork = trained(first.fork(1))
    (fork.folder / "parents.json").unlink()
    first.delete()
    assert_told(Run(fork.id))
    assert f"fork of a deleted run ({first.id[:6]}) at epoch 1" in script_of(Run(fork.id).story(), reading)


def test_a_run_that_goes_on_is_trained_to_its_end() -> None:
    about = {"data": {"title": "small"}, "classes": ["a", "b"]}
    live = Leg(settings(), "0", "live", about, 5, Outline(1, 2), "running")
    assert "for epoch in range(1, 3 + 1)" in script_of(Story((live,)), reading)


def test_names_from_strangers_stay_in_their_comments() -> None:
    name = 'x\nimport os\r"""\u2028 #'
    one = trained(create(epochs=1))
    one.rename(name)
    text = script_of(trained(one.fork(1, {"epochs": 1}, name)).story(), reading)
    assert "os" not in {getattr(node, "name", "") for node in ast.walk(ast.parse(text))}
    assert "import os" in text


@pytest.mark.parametrize(
    ("changes", "lrs", "still"),
    [
        ({}, (), True),
        ({"lr": 0.03}, (), True),
        ({"lr": 0.1}, (), False),
        ({"momentum": 0.9}, (), False),
        ({"optimizer": "adam", "lr": 1e-3}, (), False),
        ({}, ((2, 3, 1000.0),), False),
        ({"schedule": "one_cycle", "lr": 0.03}, (), True),
        ({"schedule": "one_cycle"}, ((1, 1, 0.02),), False),  # the rest is scaled to a peak of 0.5
    ],
)
def test_rounding_grows_where_the_rate_is_large(
    changes: dict[str, Any], lrs: tuple[tuple[int, int, float], ...], still: bool
) -> None:
    leg = Leg(settings(**changes), per_epoch=5, outline=Outline(3, 0, 0, lrs))
    assert calm(leg) is still
    assert bool(doubts(Story((leg,)))) is not still


def test_doubts_are_told() -> None:
    def leg(device: str, torch: str, *halts: Halt) -> Leg:
        outline = Outline(halts=halts)
        return Leg(settings(), environment={"device": device, "torch": torch}, outline=outline)

    assert doubts(Story((leg("cpu", "2.14"),))) == []
    assert "cuda (H)" in str(doubts(Story((leg("cuda (H)", "2.14"), leg("cpu", "2.14"))))[0])
    assert "2.14, 2.15" in str(doubts(Story((leg("cpu", "2.14"), leg("cpu", "2.15"))))[0])
    moved = doubts(Story((leg("cpu", "2.14", Halt(1, 1, "resumed", "mps", "2.15")),)))
    assert len(moved) == 2
