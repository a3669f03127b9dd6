"""Plans: what is wrong with one is said in a sentence, and how long it will take follows from its steps."""

import random
from statistics import mean
from typing import Any

import pytest

from convlab.comparison import plan as plans
from convlab.comparison.plan import Cell, Plan, makespan, planned, turns
from convlab.errors import UserError
from convlab.training import cost, memory, metrics
from convlab.training.cost import Cost
from tests.comparison.small import DESIGNS, plan

NET: dict[str, dict[str, Any]] = {"net": {"design": "net"}}


def test_every_run_has_what_all_share_and_what_is_its_own(data: str) -> None:
    found = plan(data, seeds=(3, 5), lr=0.5)
    one = found.settings("wide", 5)
    assert (one.design, one.options, one.seed, one.lr, one.epochs) == (
        "net_width",
        {"n_chans1": 16},
        5,
        0.5,
        2,
    )
    assert found.cells == [("net", 3), ("wide", 3), ("net", 5), ("wide", 5)]


def test_it_round_trips_as_json(data: str) -> None:
    found = planned("kernels", {"1x3": {"options": {"kernel_size": (1, 3)}}}, {"data": data}, [1])
    again = Plan.model_validate_json(found.model_dump_json())
    assert again.settings("1x3", 1) == found.settings("1x3", 1)
    assert (again.name, again.seeds) == (found.name, found.seeds)


@pytest.mark.parametrize(
    ("designs", "base", "seeds", "said"),
    [
        ({}, {}, [0], "needs a design and a seed"),
        (NET, {}, [], "needs a design and a seed"),
        (NET, {}, [0, 0], "different whole numbers"),
        (NET, {}, [-1], "different whole numbers"),
        (NET, {}, [0.5], "different whole numbers"),
        (NET, {}, range(10_001), "10,001 runs"),
        (NET, {"seed": 3}, [0], "give its seeds"),
        (NET, {"lr": -1.0}, [0], "lr cannot be -1.0"),
        (NET, {"warp": 9}, [0], "no setting 'warp'"),
        ({"a": {"design": "vgg"}}, {}, [0], "no design 'vgg'"),
        ({"a": {}, "b": {"design": "net"}}, {}, [0], "a and b have the same settings"),
        ({" ": {}}, {}, [0], "called by 1 to 60 characters"),
        ({"n" * 61: {}}, {}, [0], "called by 1 to 60 characters"),
    ],
)
def test_what_is_wrong_is_said(designs: Any, base: dict[str, Any], seeds: Any, said: str) -> None:
    with pytest.raises(UserError, match=said):
        planned("name", designs, base, seeds)


@pytest.mark.parametrize("name", ["", "  ", "n" * 81])
def test_a_name_has_1_to_80_characters(name: str) -> None:
    with pytest.raises(UserError, match="1 to 80 characters"):
        planned(name, NET, {}, [0])


def test_the_expected_time_is_of_all_runs_on_so_many_slots(
    data: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def estimate(settings: Any, dataset: Any) -> Cost:
        return Cost(3.0 if settings.design == "net" else 5.0, 1.0, 0.1)

    monkeypatch.setattr(cost, "estimate", estimate)
    found = plan(data, seeds=(0, 1, 2))
    assert plans.expected(found) == {"net": 3.0, "wide": 5.0}
    assert plans.expected_seconds(found) == 24.0
    assert plans.expected_seconds(found, slots=2) == 13.0  # 5 + 3 + 5 beside 3 + 5 + 3


def test_of_many_designs_the_first_are_measured(data: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "estimate", lambda settings, dataset: Cost(settings.lr, 1.0, 0.1))
    designs = {f"lr {n}": {"lr": float(n)} for n in range(1, 31)}
    told = plans.expected(planned("rates", designs, {"data": data}, [0]))
    assert told["lr 24"] == 24.0
    assert told["lr 25"] == told["lr 30"] == 12.5


def test_measured_steps_give_seconds(data: str) -> None:
    told = plans.expected(plan(data))
    assert told.keys() == DESIGNS.keys()
    assert all(0 < seconds < 60 for seconds in told.values())


@pytest.mark.parametrize(
    ("seconds", "slots", "last"),
    [([], 2, 0.0), ([4.0], 3, 4.0), ([1, 1, 1, 1], 2, 2.0), ([1, 1, 4], 2, 5.0), ([4, 1, 1], 2, 4.0)],
)
def test_makespan(seconds: list[float], slots: int, last: float) -> None:
    assert makespan(seconds, slots) == last


def test_what_no_machine_can_do_is_refused_before_it_begins(
    data: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans.check(plan(data))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(metrics, "MOST_LOSSES", 9)
        with pytest.raises(UserError, match="10 batches, and 9 are the most"):
            plans.check(plan(data))
    monkeypatch.setattr(memory, "room_of", lambda device: 2**20)
    with pytest.raises(UserError, match="GB of memory"):
        plans.check(plan(data))
    with pytest.raises(UserError, match="gone-12345678"):
        plans.check(plan("gone-12345678"))


def test_each_round_begins_with_what_takes_longest() -> None:
    """Three runs of 1, 1 and 4 s take 5 s on two cores as they stand, 4 s with the longest first."""
    found = planned("x", {"a": {"design": "net"}, "b": {"design": "net_depth"}}, {}, [0, 1])
    assert turns(found, {"a": 1.0, "b": 3.0}) == [("b", 0), ("a", 0), ("b", 1), ("a", 1)]
    assert turns(found, {"a": 1.0, "b": 1.0}) == found.cells  # as they stand, where all cost the same
    three = planned("x", {**found.designs, "c": {"design": "net_res"}}, {}, [0])
    each = {"a": 1.0, "b": 1.0, "c": 4.0}
    assert makespan((each[label] for label, _seed in three.cells), 2) == 5.0
    assert makespan((each[label] for label, _seed in turns(three, each)), 2) == 4.0


def simulated(
    orders: dict[str, list[Cell]], each: dict[str, float], chance: random.Random
) -> dict[str, float]:
    """Order -> when the last of the runs ends on two cores, to cores that never wait."""
    real = {cell: each[cell[0]] * chance.lognormvariate(0, 0.3) for cell in orders["now"]}
    least = max(sum(real.values()) / 2, *real.values())
    return {name: makespan((real[cell] for cell in order), 2) / least for name, order in orders.items()}


def test_longest_first_wastes_less_where_runs_are_not_as_long_as_expected() -> None:
    chance, ends = random.Random(0), []
    designs: dict[str, dict[str, Any]] = {str(n): {"lr": 0.01 * n} for n in range(1, 9)}
    found = planned("x", designs, {}, [0, 1, 2])
    for _ in range(500):
        each = {label: chance.lognormvariate(0, 1) for label in designs}
        order = turns(found, each)
        assert {label for label, _seed in order[: len(designs)]} == designs.keys()  # each soon has a bar
        ends.append(simulated({"now": order, "as they stand": found.cells}, each, chance))
    now, stand = (mean(one[name] for one in ends) for name in ("now", "as they stand"))
    assert now < 1.02
    assert stand - now > 0.02
