"""Several seeds as one network: each gives what it gives alone, but for rounding."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor

from convlab.training import cost, memory, together
from convlab.training.engine import Diverged, EpochRecord, Trainer
from convlab.training.replayed import Recorder
from convlab.training.settings import Settings
from convlab.training.together import Together
from tests.training.small import DATASET, settings

SEEDS = (3, 0, 11)
CASES: dict[str, dict[str, Any]] = {
    "the baseline": {"momentum": 0.9, "nesterov": True, "optimizer": "sgd"},
    "dropout, moved pictures": {"design": "net_dropout", "flip": True, "shift_px": 2},
    "batch norm, as in the book": {"design": "net_batch_norm", "validate_in_train_mode": True},
    "batch norm": {"design": "net_batch_norm", "l2": 0.01, "weight_decay": 0.01},
    "first layer fixed": {"design": "net_fixed", "flip": True, "shift_px": 2, "l2": 0.01},
    "dropout, as in the book": {"design": "net_dropout", "validate_in_train_mode": True, "l1": 0.001},
    "a shared block, one cycle": {
        "design": "net_res_deep",
        "options": {"n_blocks": 3, "shared": True},
        "schedule": "one_cycle",
    },
    "Adam, smoothed labels": {"optimizer": "adamw", "lr": 1e-4, "label_smoothing": 0.1},
}
Told = tuple[list[float], list[EpochRecord], dict[str, Tensor]]


def only_told(call: Callable[[], Tensor]) -> tuple[Callable[[], None], Tensor]:
    """A recorder that runs what it was told each time: losses come later, and a step is one piece."""
    result = torch.zeros(len(SEEDS))

    def replay() -> None:
        result.copy_(call())

    return replay, result


def trained(trainers: list[Trainer], begin: Callable[[], object]) -> Iterator[Told]:
    """To the end; before each batch of all something is done."""
    told: list[Told] = [([], [], {}) for _ in trainers]
    while not trainers[0].finished:
        while trainers[0].batch < trainers[0].batches_per_epoch:
            begin()
            for one, (losses, _records, _weights) in zip(trainers, told, strict=True):
                if (loss := one.step()) is not None:
                    losses.append(loss)
        for one, (losses, records, _weights) in zip(trainers, told, strict=True):
            records.append(one.end_epoch())
            losses += [loss for _epoch, _batch, loss in one.drain()]
    for one, (losses, records, _none) in zip(trainers, told, strict=True):
        yield losses, records, one.weights()


def several(told: Settings, record: Recorder | None = None) -> list[Trainer]:
    return [Trainer(told.changed(seed=seed), DATASET, record=record) for seed in SEEDS]


@pytest.mark.parametrize("record", [None, only_told], ids=["as on a CPU", "as on a GPU"])
@pytest.mark.parametrize("name", CASES)
def test_each_seed_gives_what_it_gives_alone(name: str, record: Recorder | None) -> None:
    told = settings(**{"epochs": 2, "lr": 0.02, **CASES[name]})
    trainers, alone = several(told, record), several(told)
    both = Together(trainers, record)
    for one, other in zip(trained(trainers, both.begin), trained(alone, lambda: None), strict=True):
        (losses, records, weights), (losses2, records2, weights2) = one, other
        assert losses == pytest.approx(losses2, rel=1e-4)
        for record_, wanted in zip(records, records2, strict=True):
            assert (record_.train_accuracy, record_.val_accuracy) == (
                wanted.train_accuracy,
                wanted.val_accuracy,
            )
            assert record_.lr == wanted.lr
            found = record_.train_loss, record_.val_loss, record_.penalty
            assert found == pytest.approx((wanted.train_loss, wanted.val_loss, wanted.penalty), rel=1e-4)
            assert record_.gradient_norms == pytest.approx(wanted.gradient_norms, rel=1e-3, abs=1e-6)
        assert weights.keys() == weights2.keys()
        for key, value in weights.items():
            assert torch.allclose(value.float(), weights2[key].float(), rtol=1e-3, atol=2e-5), key


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no NVIDIA GPU here")
@pytest.mark.parametrize("name", CASES)
def test_so_it_is_on_a_gpu(name: str) -> None:
    """Recorded steps, and TF32's rounding: a picture in doubt may be counted either way."""
    told = settings(**{"epochs": 2, "lr": 0.02, **CASES[name], "device": "cuda"})
    trainers, alone = several(told), several(told)
    both = Together(trainers)
    for one, other in zip(trained(trainers, both.begin), trained(alone, lambda: None), strict=True):
        (losses, records, weights), (losses2, records2, weights2) = one, other
        assert losses == pytest.approx(losses2, rel=2e-2)
        assert len(losses) == 2 * trainers[0].batches_per_epoch
        for record, wanted in zip(records, records2, strict=True):
            assert record.val_accuracy == pytest.approx(wanted.val_accuracy, abs=2 / 12)
            assert record.val_loss == pytest.approx(wanted.val_loss, rel=2e-2)
        for key, value in weights.items():
            assert torch.allclose(value.float(), weights2[key].float(), rtol=2e-2, atol=2e-3), key


def test_a_seed_that_is_lost_harms_no_other() -> None:
    told = settings(epochs=1, design="net_batch_norm")
    trainers, alone = several(told), Trainer(told.changed(seed=SEEDS[1]), DATASET)
    both = Together(trainers)
    both.begin()
    losses = [one.step() for one in trainers]
    assert losses[1] == pytest.approx(alone.step(), rel=1e-5)
    with torch.no_grad():
        next(trainers[0].network.parameters()).fill_(torch.nan)
    both.begin()
    with pytest.raises(Diverged, match="epoch 1, batch 2"):
        trainers[0].step()
    assert all(value.isfinite().all() for value in trainers[0].weights().values())
    assert trainers[1].step() == pytest.approx(alone.step(), rel=1e-5)
    trainers[2].step()


def test_they_may_be_at_different_places() -> None:
    """Where one has a smaller batch to come, each takes that step alone."""
    told = settings(epochs=2, batch_size=16)  # 16, 16 and 8 pictures
    trainers, alone = several(told)[:2], several(told)[:2]
    for one in (trainers[0], alone[0]):
        one.step()
    both, begun = Together(trainers), list[bool]()
    for _ in range(4):
        begun.append(both.begin())
        for one, other in zip(trainers, alone, strict=True):
            assert one.step() == pytest.approx(other.step(), rel=1e-4)
            if one.batch == one.batches_per_epoch:
                one.end_epoch()
                other.end_epoch()
    assert begun == [True, False, False, True]


def test_on_a_cpu_seeds_train_in_processes() -> None:
    assert not together.joins(settings(device="cpu"))
    if not torch.cuda.is_available():
        assert not together.joins(settings().model_copy(update={"device": "cuda"}))


def test_as_many_as_the_memory_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    told = settings()
    each = memory.needed(told, 2, 52) - memory.PROCESS
    for room, count in ((None, together.MOST), (0, 1), (memory.PROCESS + 5 * each + 1, 5), (10**15, 16)):
        monkeypatch.setattr(memory, "room_of", lambda _name, room=room: room)
        assert together.most(told, 2, 52) == count


@pytest.mark.parametrize(("steps", "said"), [((2.9, 1.0), True), ((3.1, 1.0), False)])
def test_measured_steps_decide(
    steps: tuple[float, float], said: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many as one, and one alone."""
    told, taken = settings(lr=0.03), list(steps)

    def seconds(step: Callable[[], object], trainer: Trainer) -> float:
        before = trainer.done
        step()
        assert trainer.done == before + 1
        return taken.pop(0)

    together._pays.cache_clear()
    monkeypatch.setattr(cost, "steady", seconds)
    assert together.pays(told, 2, 3) is said
    assert together.pays(told.changed(seed=5), 2, 3) is said  # measured once
    together._pays.cache_clear()


def test_what_pytorch_cannot_do_does_not_pay(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> bool:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(together, "_pays", refuse)
    assert not together.pays(settings(), 2, 3)
    assert "out of memory" in capfd.readouterr().err
