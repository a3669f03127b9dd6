"""Runs compared: whose mean is drawn."""

from convlab.ui.train.compare import banded, called
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
