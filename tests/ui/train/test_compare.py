"""Runs compared: whose mean is drawn."""

import pytest

from convlab.ui.train.compare import apart, banded, called, compare
from tests.training.small import create, train


def test_only_finished_runs_have_a_mean_and_all_keep_their_order() -> None:
    made = [create(seed=seed) for seed in (1, 2, 3)] + [create(lr=0.1), create(seed=4)]
    for run in (made[1], made[3], made[4]):
        train(run)
    assert banded(made) == [[made[0]], [made[1], made[4]], [made[2]], [made[3]]]


def test_a_group_is_called_by_what_sets_it_apart_and_a_run_alone_by_its_name() -> None:
    slow, fast = [create(seed=seed) for seed in (1, 2)], [create(seed=seed, lr=0.5) for seed in (1, 2)]
    other = create(design="net_width")
    other.rename("Ärger")
    assert called([slow, fast, [other]]) == {
        slow[0]: "Net, the baseline, lr 0.01",
        fast[0]: "Net, the baseline, lr 0.5",
        other: "Ärger",
    }
    assert called([slow]) == {slow[0]: "Net, the baseline"}


def test_runs_of_one_name_are_told_apart_by_what_differs_or_by_their_number() -> None:
    slow, fast, again = create(), create(lr=0.5), create(seed=2)
    assert called([[slow], [fast]]) == {slow: "net, lr 0.01", fast: "net, lr 0.5"}
    twin = create(seed=2)
    assert called([[twin], [slow], [again]]) == {
        slow: "net, Seed 0",
        again: "2. net, Seed 2",
        twin: "3. net, Seed 2",
    }
    assert apart([again, twin]) == {again: "net", twin: "net"}  # the table has numbers


def test_a_run_keeps_its_colour_however_the_table_is_sorted(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[list[str]] = []
    monkeypatch.setattr(
        "convlab.ui.train.compare.curves",
        lambda _key, _identity, charts, *_more: drawn.append([line.name for line in charts[0].lines]),
    )
    made = [create(), create(lr=0.5)]
    compare(made)
    compare(made[::-1])
    assert drawn[0] == drawn[1] == ["net, lr 0.01", "net, lr 0.5"]
