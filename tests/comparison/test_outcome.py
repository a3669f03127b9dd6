"""What the runs of a comparison came to: which count, which do not and why, and the numbers of each."""

from dataclasses import dataclass

import pytest

from convlab.comparison import outcome
from convlab.comparison.statistics import interval
from convlab.training.runs import Run
from tests.training.small import at_batch, create, train


@dataclass
class Sweep:
    found: dict[tuple[str, int], Run]
    id: str = "0123456789abcdef"

    def runs(self) -> dict[tuple[str, int], Run]:
        return self.found


def ended(**changes: object) -> Run:
    train(run := create(**changes))
    return run


def test_the_last_epoch_of_each_seed_counts() -> None:
    runs = {seed: ended(seed=seed, lr=0.1) for seed in (3, 1)}
    found = outcome.of_one(runs)
    records = {seed: runs[seed].metrics().records[-1] for seed in (1, 3)}
    assert found.seeds == [1, 3]
    assert found.val_accuracy == [records[1].val_accuracy, records[3].val_accuracy]
    assert found.train_accuracy == [records[1].train_accuracy, records[3].train_accuracy]
    assert found.gap == [one.train_accuracy - one.val_accuracy for one in records.values()]
    assert found.interval == interval(found.val_accuracy)
    assert found.epochs == 3
    assert found.parameters == runs[1].environment["parameters"]
    assert found.seconds == pytest.approx(sum(run.status().seconds for run in runs.values()) / 2)
    assert found.left_out == ()


def test_a_curve_has_a_mean_and_an_interval_for_each_epoch() -> None:
    runs = {seed: ended(seed=seed, lr=0.1) for seed in (1, 2)}
    curve = outcome.of_one(runs).curve("train_loss")
    told = {seed: [record.train_loss for record in run.metrics().records] for seed, run in runs.items()}
    assert curve == [(epoch, interval([told[1][epoch - 1], told[2][epoch - 1]])) for epoch in (1, 2, 3)]


def test_who_is_left_out_is_named_with_the_reason() -> None:
    counted = {seed: ended(seed=seed) for seed in (1, 2)}
    half, steered = create(seed=3), create(seed=4)
    train(half, leave=at_batch(3, lambda run: "stopped")(half))
    train(steered, leave=at_batch(3, lambda run: run.set_lr(0.5))(steered))
    waiting, other = create(seed=5), ended(seed=6, lr=0.5)
    found = outcome.of_one({**counted, 3: half, 4: steered, 5: waiting, 6: other})
    assert found.seeds == [1, 2]
    assert [(left.seed, str(left.reason)) for left in found.left_out] == [
        (3, "not trained to the end"),
        (4, "forked, or with a changed learning rate"),
        (5, "not trained to the end"),
        (6, "other than the rest in: lr"),
    ]


def test_a_run_that_is_gone_is_left_out() -> None:
    runs = {seed: ended(seed=seed) for seed in (1, 2)}
    runs[2].delete()
    found = outcome.of_one(runs)
    assert found.seeds == [1]
    assert [left.seed for left in found.left_out] == [2]


def test_the_whole_as_json_has_it() -> None:
    runs = {
        (name, seed): ended(seed=seed, lr=lr) for name, lr in (("a", 0.1), ("b", 1e-9)) for seed in (1, 2)
    }
    waiting = create(seed=1)
    found = outcome.measured(Sweep({**runs, ("c", 1): waiting}))
    plain = found.plain()
    assert plain.keys() == {"sweep", "designs", "pairs"}
    assert plain["sweep"] == "0123456789abcdef"
    a = found.designs["a"]
    assert a.interval is not None
    assert a.interval.ends is not None
    assert plain["designs"]["a"] == {
        "seeds": [1, 2],
        "train_accuracy": a.train_accuracy,
        "val_accuracy": a.val_accuracy,
        "mean": a.interval.mean,
        "interval": list(a.interval.ends),
        "parameters": a.parameters,
        "seconds": a.seconds,
    }
    nothing: dict[str, object] = {
        "seeds": [],
        "train_accuracy": [],
        "val_accuracy": [],
        "mean": None,
        "interval": None,
    }
    assert plain["designs"]["c"] == {**nothing, "parameters": None, "seconds": None}
    [pair] = plain["pairs"]
    assert pair.keys() == {"a", "b", "difference", "interval", "verdict"}
    assert (pair["a"], pair["b"]) == ("a", "b")
    b = found.designs["b"].val_accuracy
    assert pair["difference"] == pytest.approx(sum(a.val_accuracy) / 2 - sum(b) / 2)
