"""What went wrong with a run: each rule on a run that was made to fail that way, and none on healthy ones."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from convlab.datasets.dataset import Dataset, Split
from convlab.training import fused
from convlab.training.diagnosis import Finding, Measured, Remedy, diagnose, smooth
from convlab.training.engine import EpochRecord, Trainer
from convlab.training.metrics import Halt, Outline
from convlab.training.outcome import guessing, judge
from convlab.training.runs import Run
from convlab.training.story import Leg
from tests.training.small import at_batch, create, settings, split, train

HEALTHY = json.loads((Path(__file__).parent / "healthy_runs.json").read_text())
SEEN = Dataset("half", ("dark", "bright"), split(320, 0), split(80, 1))  # 10 batches of 32
_RANDOM = torch.randint(0, 2, (96,), generator=torch.Generator().manual_seed(0))
_NOISE = split(160, 3)
NOISE = Dataset(
    "noise", ("a", "b"), Split(_NOISE.images[:96], _RANDOM), Split(_NOISE.images[96:], _NOISE.labels[96:])
)
GOOD = {"train_loss": 0.2, "val_loss": 0.25, "train_accuracy": 0.93, "val_accuracy": 0.9}
BAD = {"train_loss": 4000.0, "val_loss": 5003.0, "train_accuracy": 0.5, "val_accuracy": 0.5}


def measured(run: Run) -> Measured:
    status = run.status()
    outcome = None if status.outcome is None else status.outcome.kind
    return Measured(run.story().leg, run.metrics().records, 2, outcome, run.epochs_stored())


def trained(pictures: Dataset = SEEN, act: Callable[..., Any] | None = None, **changes: Any) -> Measured:
    """A run with these settings; ``act`` at batch 33, in its fourth epoch."""
    run = create(**{"batch_size": 32, "epochs": 6, **changes})
    train(run, data=lambda key: pictures, **({} if act is None else {"leave": at_batch(33, act)(run)}))
    return measured(run)


def found(**changes: Any) -> Finding:
    """What is said of such a run."""
    said = diagnose(trained(**changes))
    assert said is not None
    return said


def record(epoch: int, **values: Any) -> EpochRecord:
    plain = {"epoch": epoch, "lr": 0.1, "seconds": 1.0, "images_per_s": 1.0, "penalty": 0.0, **GOOD}
    return EpochRecord(**{**plain, "gradient_norms": {"conv1": 0.1, "fc1": 0.1, "fc2": 0.1}, **values})


def told(records: list[EpochRecord], outline: Outline = Outline(), **others: Any) -> Measured:  # noqa: B008
    leg = Leg(settings(epochs=100, lr=0.1), per_epoch=100, outline=outline, state="finished")
    stored = tuple(range(len(records) + 1))
    return replace(Measured(leg, records, 2, "learns", stored), **others)


@pytest.mark.parametrize("run", HEALTHY, ids=lambda run: f"{run['design']}-{run['l2']}-{run['seed']}")
@pytest.mark.parametrize("state", ["running", "paused", "interrupted", "finished"])
def test_no_false_alarm(run: dict[str, Any], state: str) -> None:
    of = settings(design=run["design"], seed=run["seed"], l2=run["l2"], batch_size=64, epochs=100, lr=0.01)
    records = [record(**one) for one in run["records"]]
    for count in range(4):
        leg = Leg(of, per_epoch=157, outline=Outline(count), state=state)
        outcome = judge(records[count - 1], guessing(SEEN)).kind if count else None
        said = diagnose(Measured(leg, records[:count], 2, outcome, tuple(range(count + 1))))
        assert said is None or said.kind == "unfinished", said
        assert said is None or not said.trouble
        assert said is None or state == "finished"


def test_the_healthy_runs_are_those_of_figure_8_13() -> None:
    kinds = {(run["design"], run["l2"] > 0) for run in HEALTHY}
    assert len(kinds) == 8
    assert all({run["seed"] for run in HEALTHY if (run["design"], run["l2"] > 0) == kind} == {0, 1, 2}
               for kind in kinds)  # fmt: skip


def test_a_rise_of_the_rate_that_broke_a_run() -> None:
    relu = {"activation": "relu"}
    said = found(act=lambda run: run.set_lr(1000.0), lr=0.1, options=relu)
    assert said.kind == "broke"
    assert str(said.said).startswith("It broke in epoch 4, after lr 0.1 → 1000 at epoch 3.")
    assert said.remedy == Remedy("fork", {"epochs": 3, "lr": 0.1}, 3)


def test_a_run_that_lives_on_broken() -> None:
    records = [record(n, **(GOOD if n <= 50 else BAD)) for n in range(1, 61)]
    said = diagnose(told(records, Outline(60, lrs=((51, 1, 1000.0),)), outcome="lost"))
    assert said is not None
    assert str(said.said) == "It broke in epoch 51, after lr 0.1 → 1000 at epoch 50: that is too high."
    assert said.remedy == Remedy("fork", {"epochs": 50, "lr": 0.1}, 50)
    thinned = diagnose(told(records, Outline(60, lrs=((51, 1, 1000.0),)), outcome="lost", stored=(0, 40, 60)))
    assert thinned is not None
    assert thinned.remedy == Remedy("fork", {"epochs": 60, "lr": 0.1}, 40)


def test_what_has_not_broken_is_not_said_to_have() -> None:
    """Both losses are below that of guessing, and no more are right: no epoch broke."""
    unsure = {"train_loss": 0.5, "val_loss": 0.6, "train_accuracy": 0.5, "val_accuracy": 0.5}
    said = diagnose(told([record(n, **unsure) for n in range(1, 5)], outcome="guesses"))
    assert said is None or said.kind != "broke"


def test_a_rise_long_before_is_not_to_blame() -> None:
    records = [record(n, **(GOOD if n <= 50 else BAD)) for n in range(1, 61)]
    said = diagnose(told(records, Outline(60, lrs=((11, 1, 0.5),)), outcome="lost"))
    assert said is not None
    assert str(said.said) == "It learned up to epoch 50 and broke in epoch 51: lr 0.5 is too high."
    assert said.remedy == Remedy("fork", {"epochs": 50, "lr": 0.05}, 50)


def test_a_run_that_diverged_is_told_where_it_did() -> None:
    records = [record(n) for n in (1, 2)]
    halted = Outline(2, 3, halts=(Halt(3, 4, "diverged"),))
    run = told(records, halted)
    said = diagnose(replace(run, leg=replace(run.leg, state="diverged")))
    assert said is not None
    assert "broke in epoch 3" in str(said.said)


@pytest.mark.parametrize(("activation", "lr"), [("tanh", 1.0), ("relu", 100.0)])
def test_a_rate_that_is_too_high_from_the_beginning(activation: str, lr: float) -> None:
    said = found(lr=lr, epochs=4, options={"activation": activation})
    assert said.kind == "broke"
    assert str(said.said) == f"It has learned nothing: lr {lr:g} is too high from the beginning."
    assert said.remedy == Remedy("again", {"lr": 0.1})


@pytest.mark.parametrize("intel", [True, False])
def test_a_rate_at_which_tanh_saturates(intel: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """One tanh reaches 1 exactly, and lets no gradient through; the other one stays a little below."""
    monkeypatch.setattr(fused, "_is_intel", lambda: intel)
    said = found(lr=100.0, epochs=4, options={"activation": "tanh"})
    assert said.kind in ("broke", "dead")
    assert said.remedy == Remedy("again", {"lr": 0.1})


def test_dead_units() -> None:
    said = found(lr=10.0, epochs=4, options={"activation": "relu"})
    assert said.kind == "dead"
    assert "fc1 gives 0 for every picture" in str(said.said)
    assert said.remedy == Remedy("again", {"lr": 0.1})


def test_units_that_are_dead_are_dead() -> None:
    """What the sentence says of the layer, on the network itself."""
    run = create(lr=10.0, epochs=4, batch_size=32, options={"activation": "relu"})
    train(run, data=lambda key: SEEN)
    network, seen = run.network_at(4), []
    network.get_submodule("fc1").register_forward_hook(lambda *found: seen.append(found[2]))
    mean, std = (torch.tensor(run.environment[name]).view(3, 1, 1) for name in ("mean", "std"))
    network((SEEN.train.images / 255 - mean) / std)
    assert (seen[0] <= 0).all()


def test_saturated_units() -> None:
    silent = {"conv1": 0.0, "fc1": 1e-9, "fc2": 0.7}
    records = [record(1), *(record(n, **BAD, gradient_norms=silent) for n in (2, 3))]
    said = diagnose(told(records, outcome="lost"))
    assert said is not None
    assert (
        str(said.said) == "Its units are saturated since epoch 2: no gradient reaches conv1 … fc1 any more."
    )
    assert said.remedy == Remedy("fork", {"epochs": 99, "lr": 0.01}, 1)


def sigmoid_net() -> nn.Module:
    """Twelve layers of sigmoids, which pass on a quarter of a gradient at most."""
    layers = [part for _ in range(12) for part in (nn.Linear(16, 16), nn.Sigmoid())]
    return nn.Sequential(nn.Flatten(), nn.Linear(3072, 16), nn.Sigmoid(), *layers, nn.Linear(16, 2))


def test_a_gradient_that_vanishes() -> None:
    torch.manual_seed(0)
    trainer = Trainer(settings(batch_size=32, lr=0.1, epochs=4), SEEN, sigmoid_net())
    records = []
    for _ in range(4):
        while trainer.batch < trainer.batches_per_epoch:
            trainer.step()
        records.append(trainer.end_epoch())
    leg = Leg(trainer.settings, per_epoch=10, outline=Outline(4), state="finished")
    said = diagnose(Measured(leg, records, 2, judge(records[-1], guessing(SEEN)).kind))
    assert said is not None
    assert said.kind == "vanishing"
    norms = list(records[-1].gradient_norms.values())
    assert said.said.values["times"] == round(norms[-1] / norms[0])
    assert said.remedy == Remedy("again", {"initialisation": "kaiming"})
    first, *_, last = records[-1].gradient_norms
    records[-1] = replace(records[-1], gradient_norms={first: 0.0, last: 1.0})
    said = diagnose(Measured(leg, records, 2, "guesses"))
    assert said is not None
    assert said.kind == "vanishing"
    assert "times" not in said.said.values  # no number stands for one that there is not
    assert f"nothing of it reaches {first}" in str(said.said)


def test_a_batch_norm_that_many_blocks_share() -> None:
    """As the book's network of 100 blocks does it; measured as the book validates, it has learned."""
    shared = {"n_blocks": 60, "shared": True, "n_chans1": 4}
    deep: dict[str, Any] = {"design": "net_res_deep", "lr": 0.003, "epochs": 4}
    said = found(**deep, options=shared)
    assert said.kind == "shared"
    assert "validation is at chance with 50%" in str(said.said)
    assert said.remedy == Remedy("again", {"options": {**shared, "shared": False}})
    # Where most pictures are there to validate, so few of all are right that it counts as guessing.
    assert (also := diagnose(replace(trained(**deep, options=shared), outcome="guesses"))) is not None
    assert also.kind == "shared"
    as_in_book = trained(**deep, options=shared, validate_in_train_mode=True)
    assert min(one.val_accuracy for one in as_in_book.records[-2:]) > 0.8
    assert (other := diagnose(as_in_book)) is None or not other.trouble
    few = trained(**{**deep, "epochs": 2}, options=shared)
    assert (early := diagnose(few)) is None or early.kind != "shared"


@pytest.mark.parametrize("name", ["l2", "weight_decay"])
def test_a_penalty_that_holds_the_weights_down(name: str) -> None:
    penalties: dict[str, Any] = {name: 1.0}
    said = found(lr=0.05, **penalties)
    assert said.kind == "held"
    assert f"{name} 1 pulls" in str(said.said)
    assert said.remedy == Remedy("again", {name: 0.0})


@pytest.mark.parametrize("data", ["sketches", "cifar10"])
def test_steps_that_are_too_small(data: str) -> None:
    said = found(lr=1e-3, epochs=4, data=data)
    assert said.kind == "slow"
    assert ("sketches are slow at lr 0.001" in str(said.said)) == (data == "sketches")
    assert said.remedy == Remedy("fork", {"epochs": 4, "lr": 0.01}, 4)


def test_a_run_that_trains_gets_its_rate_at_once() -> None:
    live = trained(lr=1e-3, epochs=4)
    said = diagnose(replace(live, leg=replace(live.leg, state="running")))
    assert said is not None
    assert said.remedy == Remedy("rate", {"lr": 0.01})


def test_overfitting() -> None:
    run = trained(NOISE, lr=0.1, batch_size=8, epochs=30, design="net_width")
    said = diagnose(run)
    assert said is not None
    assert said.kind == "overfits"
    assert said.remedy is not None
    epoch = said.remedy.epoch
    assert str(said.said).startswith(f"It overfits since epoch {epoch}: the validation loss rose")
    smoothed = smooth([one.val_loss for one in run.records])
    assert smoothed[epoch - 1] == min(smoothed)
    assert said.remedy.changes == {"epochs": 30 - epoch, "flip": True, "shift_px": 2}
    more: list[tuple[dict[str, Any], dict[str, Any]]]
    more = [({"flip": True}, {"l2": 0.001}), ({"shift_px": 2}, {"l2": 0.001}), ({"l2": 0.1}, {"flip": True})]
    for tried, next_ in more:
        changed = replace(run.leg, settings=run.leg.settings.changed(**tried))
        said = diagnose(replace(run, leg=changed))
        assert said is not None
        assert said.remedy is not None
        assert next_.items() <= said.remedy.changes.items()
    tried_all = replace(run.leg, settings=run.leg.settings.changed(flip=True, weight_decay=0.01))
    said = diagnose(replace(run, leg=tried_all))
    assert said is not None
    assert said.remedy is None


def test_a_run_that_could_go_on() -> None:
    said = found(lr=0.03, epochs=3)
    assert said.kind == "unfinished"
    assert not said.trouble
    assert said.remedy == Remedy("on", {"epochs": 3}, 3)


def test_a_cycle_that_has_come_down_is_finished() -> None:
    records = [record(n, train_loss=0.6 - 0.1 * n, val_loss=0.6 - 0.1 * n) for n in range(1, 5)]
    constant = told(records, Outline(4))
    assert diagnose(constant) is not None
    cycle = replace(constant.leg, settings=constant.leg.settings.changed(schedule="one_cycle"))
    assert diagnose(replace(constant, leg=cycle)) is None


def test_what_goes_on_keeps_the_rate_that_it_had_come_to() -> None:
    moved = Outline(4, lrs=((2, 3, 0.005), (3, 1, 0.002)))
    records = [record(n, train_loss=0.6 - 0.1 * n, val_loss=0.6 - 0.1 * n) for n in range(1, 5)]
    said = diagnose(told(records, moved))
    assert said is not None
    assert said.remedy == Remedy("on", {"epochs": 4, "lr": 0.002}, 4)
    losses = [(0.5 - 0.02 * n, 0.3 + 0.05 * abs(n - 3)) for n in range(1, 13)]
    rises = [record(n, train_loss=train, val_loss=val) for n, (train, val) in enumerate(losses, 1)]
    said = diagnose(told(rises, moved, stored=(2,)))
    assert said is not None
    assert said.kind == "overfits"
    assert said.remedy is not None
    assert said.remedy.changes["lr"] == 0.005  # that of epoch 2


def test_one_lucky_epoch_is_no_overfitting_and_one_bad_one_neither() -> None:
    flat = [record(n) for n in range(1, 21)]
    lucky = [replace(one, val_loss=0.1) if one.epoch == 5 else one for one in flat]
    jump = [replace(one, val_loss=0.9) if one.epoch == 20 else one for one in flat]
    assert diagnose(told(lucky)) is None
    assert diagnose(told(jump)) is None


def test_nothing_is_said_of_what_has_not_begun() -> None:
    assert diagnose(told([])) is None


def test_losses_that_are_no_numbers_break_no_rule() -> None:
    nan = dict.fromkeys(("train_loss", "val_loss", "penalty"), math.nan)
    records = [record(n, **nan, gradient_norms={"fc1": math.nan, "fc2": math.nan}) for n in range(1, 9)]
    for outcome in ("learns", "guesses", "lost", None):
        diagnose(told(records, outcome=outcome))
