"""What became of a run: no network that learns is called lost, none that is lost is called fine."""

import math
from contextlib import suppress
from functools import cache
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from convlab.datasets.dataset import Dataset, Split
from convlab.training.engine import Diverged, EpochRecord, Trainer
from convlab.training.outcome import Guessing, Outcome, guessing, judge
from convlab.training.status import Status, parsed
from tests.few import few
from tests.training.small import settings

CHANCE = Guessing(4000, 1000, 2000, 500, math.log(2))


def record(**values: Any) -> EpochRecord:
    plain: dict[str, Any] = {
        "epoch": 3,
        "train_loss": 0.5,
        "val_loss": 0.5,
        "train_accuracy": 0.8,
        "val_accuracy": 0.8,
        "lr": 0.01,
        "seconds": 1.0,
        "images_per_s": 1.0,
        "gradient_norms": {"conv1": 0.1, "fc1": 0.1, "fc2": 0.1},
    }
    return EpochRecord(**plain | values)


DEAD = {"conv1": 0.0, "fc1": 0.0, "fc2": 0.7}
AT_CHANCE = {"train_accuracy": 0.5075, "val_accuracy": 0.499}


def test_guessing_is_the_most_common_class() -> None:
    data = few()
    found = guessing(data)
    assert (found.train, found.val, found.train_right, found.val_right) == (320, 80, 160, 40)
    assert found.loss == pytest.approx(math.log(2))
    labels = data.val.labels.clone().fill_(2)
    labels[:30] = 0
    three = guessing(Dataset("x", ("a", "b", "c"), data.train, Split(data.val.images, labels)))
    assert three.val_right == 50
    assert three.loss == pytest.approx(math.log(3))


@pytest.mark.parametrize(
    ("values", "kind", "said"),
    [
        ({}, "learns", ""),
        ({"train_loss": 3376.0, "val_loss": 5002.8, **AT_CHANCE}, "lost", "5,003, and guessing"),
        ({"train_loss": 1.34, "val_loss": 1.74, **AT_CHANCE}, "lost", "loss is 1.74"),
        ({"train_loss": 18.5, "val_loss": 15.5}, "lost", "loss is 15.50"),
        ({"gradient_norms": DEAD, "val_loss": 0.7, **AT_CHANCE}, "lost", "before fc2"),
        ({"train_loss": 0.7, "val_loss": 0.7, **AT_CHANCE}, "guesses", "49.9% of the validation pictures"),
        ({"train_loss": 91.0, "val_loss": 0.693, **AT_CHANCE}, "guesses", "50.0%"),  # a large penalty
        ({"gradient_norms": DEAD, "train_accuracy": 1.0}, "learns", ""),
        ({"gradient_norms": {}}, "learns", ""),
        ({"train_loss": 0.02, "val_loss": 25.0, "train_accuracy": 0.99, "val_accuracy": 0.7}, "learns", ""),
    ],
)  # fmt: skip
def test_what_an_epoch_says(values: dict[str, Any], kind: str, said: str) -> None:
    found = judge(record(**values), CHANCE)
    assert found.kind == kind
    assert (found.said is None) == (kind == "learns")
    assert said in str(found.said)


@st.composite
def chances(draw: st.DrawFn) -> Guessing:
    classes = draw(st.integers(2, 20))
    train, val = draw(st.integers(classes, 50_000)), draw(st.integers(classes, 10_000))
    share = draw(st.floats(1 / classes, 0.99))
    return Guessing(train, val, math.ceil(train * share), math.ceil(val * share), math.log(classes))


@given(chances(), st.floats(0, 1), st.floats(0, 1), st.floats(0, 50), st.floats(0, 1), st.booleans())
def test_a_network_that_learns_is_never_lost(
    chance: Guessing, train: float, val: float, val_loss: float, share: float, dead: bool
) -> None:
    right, expected = train * chance.train + val * chance.val, chance.train_right + chance.val_right
    assume(right > expected + 3 * math.sqrt(expected * (1 - expected / (chance.train + chance.val))))
    norms = dict.fromkeys(("conv1", "fc2"), 0.0 if dead else 0.1)
    values = {"train_accuracy": train, "val_accuracy": val, "val_loss": val_loss, "gradient_norms": norms}
    found = judge(record(**values, train_loss=share * 10 * chance.loss), chance)
    assert found == Outcome()


@given(chances(), st.floats(10.1, 1e6), st.floats(10.1, 1e6), st.floats(0, 1), st.floats(0, 1))
def test_a_loss_far_above_guessing_is_never_fine(
    chance: Guessing, train: float, val: float, right: float, val_right: float
) -> None:
    values = {"train_accuracy": right, "val_accuracy": val_right}
    found = judge(record(train_loss=train * chance.loss, val_loss=val * chance.loss, **values), chance)
    assert found.kind == "lost"
    assert found.said is not None
    assert "smaller learning rate" in str(found.said)


@cache
def trained(design: str, lr: float, activation: str) -> list[EpochRecord]:
    """Three epochs on easy pictures."""
    options = {"activation": activation}
    trainer = Trainer(settings(design=design, lr=lr, batch_size=32, options=options), few())
    found = []
    with suppress(Diverged):
        for _ in range(3):
            while trainer.batch < trainer.batches_per_epoch:
                trainer.step()
            found.append(trainer.end_epoch())
    return found


@pytest.mark.parametrize("design", ["net", "net_batch_norm", "net_fast", "net_fixed"])
@pytest.mark.parametrize("lr", [1e-5, 0.01, 0.05, 10.0, 100.0])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_real_runs(design: str, lr: float, activation: str) -> None:
    chance = guessing(few())
    for last in trained(design, lr, activation):
        found = judge(last, chance)
        if last.val_accuracy > 0.8 and last.val_loss < 2:
            assert found.kind == "learns", last
        if last.val_loss > 7 and last.train_loss > 7:
            assert found.kind == "lost", last
        if last.train_accuracy < 0.52 and last.val_accuracy < 0.52:
            assert found.kind != "learns", last


def test_the_real_runs_are_of_all_kinds() -> None:
    runs = [trained("net_batch_norm", lr, "tanh") for lr in (0.05, 100.0)] + [trained("net", 1e-5, "tanh")]
    assert [judge(run[-1], guessing(few())).kind for run in runs] == ["learns", "lost", "guesses"]


def test_it_comes_back_from_the_status() -> None:
    lost = judge(record(train_loss=50.0, val_loss=50.0), CHANCE)
    for found in (lost, Outcome(), None):
        status = Status("finished", 3, 3, last=record(), outcome=found)
        assert parsed(status.plain()) == status
    assert "outcome" not in Status("finished", 3).plain()  # as 0.1 wrote it
