"""The lottery ticket on a small data set: what is pruned, put back, held and compared."""

import pytest
import torch

from convlab.errors import UserError
from convlab.networks import pruning
from convlab.training import lottery, network
from convlab.training.engine import Trainer
from convlab.training.lottery import ARMS, OTHER, Trial, trials
from convlab.training.settings import Settings
from tests.training.small import DATASET

SHARE = 0.8
SETTINGS = Settings(epochs=2, batch_size=8, lr=0.05, momentum=0.9, device="cpu")


def run(seeds: int = 1, share: float = SHARE) -> tuple[Trial, ...]:
    return trials(SETTINGS, DATASET, share, seeds, lambda *_: None)


def test_the_first_training_is_a_run_s() -> None:
    (trial,) = run()
    trainer = Trainer(SETTINGS, DATASET)
    while not trainer.finished:
        while trainer.batch < trainer.batches_per_epoch:
            trainer.step()
        trainer.end_epoch()
    whole = trial.arms["whole"].weights
    assert all(torch.equal(value, whole[name]) for name, value in trainer.weights().items())
    fresh = network.build(SETTINGS, 2).state_dict()
    assert all(torch.equal(value, fresh[name]) for name, value in trial.first.items())


def test_the_ticket_keeps_the_largest_and_begins_with_its_first_values() -> None:
    (trial,) = run()
    kept, count = trial.weights
    assert count == 432 + 1152 + 16_384 + 64
    assert kept == count - round(SHARE * 432) - round(SHARE * 1152) - round(SHARE * 16_384) - round(
        SHARE * 64
    )
    whole = trial.arms["whole"].weights
    for name, mask in trial.kept.items():
        assert torch.equal(mask, ~pruning.smallest(whole[name], SHARE))
        assert float(whole[name][mask].abs().min()) >= float(whole[name][~mask].abs().max())


@pytest.mark.parametrize("arm", ["ticket", "other"])
def test_what_is_pruned_is_zero_at_the_end_and_the_rest_has_learned(arm: str) -> None:
    (trial,) = run()
    weights = trial.arms[arm].weights
    first = trial.first if arm == "ticket" else network.build(SETTINGS.changed(seed=OTHER), 2).state_dict()
    for name, mask in trial.kept.items():
        assert not weights[name][~mask].any()
        assert (weights[name][mask] != first[name][mask]).any()
    unread = ~trial.kept["fc2.weight"].any(0)  # hidden units that nothing reads any more get no gradient
    assert unread.any()
    begun = first["fc1.weight"] * trial.kept["fc1.weight"]
    assert torch.equal(weights["fc1.weight"][unread], begun[unread])
    assert not torch.equal(weights["fc1.weight"], begun)


def test_a_ticket_of_everything_learns_as_the_whole_did() -> None:
    (trial,) = run(share=0.0)
    whole, ticket = (trial.arms[arm].weights for arm in ("whole", "ticket"))
    assert all(torch.equal(whole[name], value) for name, value in ticket.items())
    assert trial.pruned_accuracy == trial.arms["whole"].records[-1].val_accuracy


def test_seeds_follow_each_other_and_progress_is_told() -> None:
    told: list[tuple[int, int, int]] = []
    found = trials(
        SETTINGS, DATASET, SHARE, 2, lambda done, total, ended: told.append((done, total, len(ended)))
    )
    assert [trial.seed for trial in found] == [0, 1]
    total = 2 * len(ARMS) * SETTINGS.epochs
    assert [done for done, _total, _ended in told] == list(range(total + 1))
    assert {one[1] for one in told} == {total}
    assert [one[2] for one in told] == [0] * 7 + [1] * 6
    assert all(len(trial.arms[arm].records) == SETTINGS.epochs for trial in found for arm in ARMS)
    second = trials(SETTINGS.changed(seed=1), DATASET, SHARE, 1, lambda *_: None)[0]
    assert second.arms["other"].records[-1].val_loss == found[1].arms["other"].records[-1].val_loss


def test_who_stops_it_is_heard_after_an_epoch() -> None:
    def tell(done: int, total: int, ended: object) -> None:
        if done == 1:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        trials(SETTINGS, DATASET, SHARE, 1, tell)


def test_a_share_out_of_its_range() -> None:
    with pytest.raises(UserError, match="choose 0 to 1"):
        run(share=1.5)


def test_the_recipe_is_one_of_net() -> None:
    assert lottery.RECIPE.design == "net"
