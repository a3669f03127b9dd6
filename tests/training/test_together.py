"""Several seeds as one network: each gives what it gives alone, but for rounding."""

import math
from typing import Any

import pytest
import torch

from convlab.training.engine import EpochRecord, Trainer
from convlab.training.settings import Settings
from convlab.training.together import Together
from tests.training.small import DATASET, settings

SEEDS = (3, 0, 11)
CASES: dict[str, dict[str, Any]] = {
    "the baseline": {"momentum": 0.9, "nesterov": True, "optimizer": "sgd"},
    "dropout, moved pictures": {"design": "net_dropout", "flip": True, "shift_px": 2},
    "batch norm, as in the book": {"design": "net_batch_norm", "validate_in_train_mode": True},
    "batch norm": {"design": "net_batch_norm", "l2": 0.01, "weight_decay": 0.01},
    "dropout, as in the book": {"design": "net_dropout", "validate_in_train_mode": True, "l1": 0.001},
    "a shared block, one cycle": {
        "design": "net_res_deep",
        "options": {"n_blocks": 3, "shared": True},
        "schedule": "one_cycle",
    },
    "Adam, smoothed labels": {"optimizer": "adamw", "lr": 1e-4, "label_smoothing": 0.1},
}


def alone(told: Settings) -> tuple[list[float], list[EpochRecord], dict[str, torch.Tensor]]:
    trainer, losses, records = Trainer(told, DATASET), [], []
    while not trainer.finished:
        for _ in range(trainer.batches_per_epoch):
            losses.append(trainer.step())
        records.append(trainer.end_epoch())
    return [loss for loss in losses if loss is not None], records, trainer.weights()


@pytest.mark.parametrize("name", CASES)
def test_each_seed_gives_what_it_gives_alone(name: str) -> None:
    told = settings(**{"epochs": 2, "lr": 0.02, **CASES[name]})
    both, losses, records = Together(told, SEEDS, DATASET), [], []
    while not both.finished:
        losses += [both.step() for _ in range(both.batches_per_epoch)]
        records.append(both.end_epoch())
    for place, seed in enumerate(SEEDS):
        wanted, epochs, weights = alone(told.changed(seed=seed))
        assert [float(one[place]) for one in losses] == pytest.approx(wanted, rel=1e-4)
        for one, other in zip((each[place] for each in records), epochs, strict=True):
            assert one.train_accuracy == other.train_accuracy
            assert one.val_accuracy == other.val_accuracy
            assert one.lr == other.lr
            assert (one.train_loss, one.val_loss, one.penalty) == pytest.approx(
                (other.train_loss, other.val_loss, other.penalty), rel=1e-4
            )
            assert one.gradient_norms == pytest.approx(other.gradient_norms, rel=1e-3, abs=1e-6)
        found = both.weights(place)
        assert found.keys() <= weights.keys()
        for key, value in found.items():
            assert torch.allclose(value.float(), weights[key].float(), rtol=1e-3, atol=2e-5), key


def test_a_seed_that_is_lost_harms_no_other() -> None:
    told = settings(epochs=1)
    both, other = Together(told, (0, 1), DATASET), Together(told, (1,), DATASET)
    for stacked in both._parameters.values():
        with torch.no_grad():
            stacked[0] *= torch.nan
    for _ in range(both.batches_per_epoch):
        lost, kept = both.step().tolist()
        assert math.isnan(lost)
        assert kept == pytest.approx(float(other.step()), rel=1e-5)
