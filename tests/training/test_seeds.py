"""Runs that differ only in their seed."""

import pytest

from convlab.training import runs, seeds
from convlab.training.runs import Run
from convlab.training.settings import Settings
from convlab.training.status import Status
from convlab.training.story import Parent
from tests.training.small import at_batch, create, train


def test_seeds_are_grouped_other_settings_not() -> None:
    made = [runs.create(settings) for settings in (Settings(seed=1), Settings(lr=0.1), Settings(seed=2))]
    assert seeds.alike(made) == [[made[0], made[2]], [made[1]]]


def test_the_same_seed_again_is_no_second_opinion() -> None:
    made = [create(seed=seed) for seed in (1, 1, 2)]
    assert seeds.alike(made) == [[made[0], made[2]], [made[1]]]


def test_a_run_to_which_something_happened_stands_alone() -> None:
    plain = [create(seed=seed) for seed in (1, 2)]
    for run in plain:
        train(run)
    forked = plain[0].fork(1)
    given = runs.create(plain[0].settings.changed(seed=3), start=plain[0].weights_at(1))
    steered = create(seed=4)
    train(steered, leave=at_batch(3, lambda run: run.set_lr(0.5))(steered))
    assert not any(seeds.steered(run.story()) for run in plain)
    assert all(seeds.steered(run.story()) for run in (forked, given, steered))
    assert forked.parent == Parent(plain[0].id, 1)
    everything: list[Run] = [*plain, forked, given, steered]
    assert seeds.alike(everything) == [plain, [forked], [given], [steered]]


def test_runs_on_pictures_that_have_changed_are_not_alike() -> None:
    made = [create(seed=seed) for seed in (1, 2)]
    for run in made:
        train(run)
    file = made[1].folder / "environment.json"
    digest = made[1].environment["data"]["digest"]
    file.write_text(file.read_text().replace(digest, digest[::-1]))
    assert seeds.alike(made) == [[made[0]], [made[1]]]


@pytest.mark.parametrize(
    ("state", "epoch", "complete"),
    [("finished", 3, True), ("stopped", 3, False), ("timed out", 2, False), ("running", 2, False)],
)
def test_a_run_is_complete_after_its_last_epoch(state: str, epoch: int, complete: bool) -> None:
    train(run := create())
    ended = run.status()
    assert seeds.complete(ended)
    status = Status(state, 3, epoch, last=ended.last)  # type: ignore[arg-type]
    assert seeds.complete(status) is complete
