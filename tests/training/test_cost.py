"""What a run will take, measured by a clock that the test holds."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

import pytest
import torch

from convlab.errors import UserError
from convlab.networks.evaluation import Evaluation
from convlab.training import cost
from convlab.training.batches import GPU_CHUNK
from convlab.training.engine import Trainer
from convlab.training.replayed import WARM_UP
from tests.training.small import DATASET, settings


def held(per_step_s: float, per_picture_s: float, monkeypatch: pytest.MonkeyPatch) -> Callable[[], float]:
    """A clock that only a step and a validation move: a step costs something for itself, too."""
    now = [0.0]
    step, evaluate = Trainer.step, Trainer.evaluate

    def slow_step(self: Trainer) -> float | None:
        now[0] += per_step_s + per_picture_s * self.settings.batch_size
        return step(self)

    def slow_evaluate(self: Trainer, part: str) -> Evaluation:
        now[0] += per_picture_s * self.settings.batch_size
        return evaluate(self, part)

    monkeypatch.setattr(Trainer, "step", slow_step)
    monkeypatch.setattr(Trainer, "evaluate", slow_evaluate)
    return lambda: now[0]


@pytest.mark.parametrize("batch_size", [1, 4, 8, 16, 64])
def test_by_hand(batch_size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = held(0.001, 0.0001, monkeypatch)
    found = cost.estimate(settings(batch_size=batch_size, epochs=10), DATASET, clock)
    steps = -(-40 // batch_size)
    assert found.per_step_s == pytest.approx(0.001 + 0.0001 * batch_size)
    assert found.per_epoch_s == pytest.approx(steps * found.per_step_s + 12 * 0.0001)
    assert found.seconds == pytest.approx(10 * found.per_epoch_s)


def test_slow_networks_are_judged_by_small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = held(0.002, 0.001, monkeypatch)
    found = cost.estimate(settings(batch_size=1024), DATASET, clock)
    assert found.per_step_s == pytest.approx(0.002 + 1.024)
    assert clock() < 0.3


def test_one_measurement_serves_all_lengths(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = held(0.001, 0.0001, monkeypatch)
    first = cost.estimate(settings(epochs=1, seed=1), DATASET, clock)
    spent = clock()
    second = cost.estimate(settings(epochs=7, seed=2), DATASET, clock)
    assert second.seconds == pytest.approx(7 * first.seconds)
    assert clock() == spent
    cost.estimate(settings(momentum=0.9), DATASET, clock)
    assert clock() > spent


def test_it_is_about_right() -> None:
    chosen = settings(batch_size=32, epochs=1)
    cost.estimate(chosen.changed(batch_size=31), DATASET)  # what PyTorch sets up at first use
    found = cost.estimate(chosen, DATASET)
    assert 1e-4 < found.per_step_s < 1
    assert torch.get_num_threads() == 1


def test_the_threads_of_a_measured_step_are_nobody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = held(0.001, 0.0001, monkeypatch)
    step, here, elsewhere = Trainer.step, set(), set()

    def seen(self: Trainer) -> float | None:
        here.add(torch.get_num_threads())
        with ThreadPoolExecutor(1) as page:
            elsewhere.add(page.submit(torch.get_num_threads).result())
        return step(self)

    monkeypatch.setattr(Trainer, "step", seen)
    cost.step_s(settings(threads=2), clock=clock)
    assert (here, elsewhere, torch.get_num_threads()) == ({2}, {1}, 1)


def test_hazard_28_no_deep_network_is_built_to_tell_what_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    now, built = [0.0], []
    step = Trainer.step

    def slow_step(self: Trainer) -> float | None:
        built.append(self.settings.options["n_blocks"])
        now[0] += 0.001 + 0.002 * self.settings.options["n_blocks"]
        return step(self)

    monkeypatch.setattr(Trainer, "step", slow_step)
    deep = settings(design="net_res_deep", options={"n_blocks": 100, "n_chans1": 2}, batch_size=4)
    found = cost.estimate(deep, DATASET, lambda: now[0])
    assert found.per_step_s == pytest.approx(0.001 + 0.002 * 100)
    assert max(built) <= 10


def test_a_run_of_more_batches_than_its_curves_can_hold_is_refused() -> None:
    cost.check_length(settings(epochs=1000, batch_size=1), 10_000)
    with pytest.raises(UserError, match="This run has 10,001,000 batches"):
        cost.check_length(settings(epochs=1000, batch_size=1), 10_001)


def test_a_step_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = held(0.001, 0.0001, monkeypatch)
    asked = settings(batch_size=8, seed=4)
    assert cost.estimate(asked, DATASET, clock).per_step_s == pytest.approx(0.001 + 8 * 0.0001)
    for _ in range(2):  # each time anew
        spent = clock()
        assert cost.step_s(asked, 2, clock) == pytest.approx(0.001 + 8 * 0.0001)
        assert clock() > spent


def test_on_a_gpu_what_comes_first_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels are chosen, a step is recorded: each takes a hundred times as long as a step."""
    now, made = [0.0], [0]
    step, evaluate = Trainer.step, Trainer.evaluate

    def late_step(self: Trainer) -> float | None:
        now[0] += 0.1 if made[0] <= WARM_UP else 0.001
        made[0] += 1
        return step(self)

    def late_evaluate(self: Trainer, part: str) -> Evaluation:
        now[0] += 3.0 if made[0] else 0.002
        made[0] = 0
        return evaluate(self, part)

    monkeypatch.setattr(Trainer, "step", late_step)
    monkeypatch.setattr(Trainer, "evaluate", late_evaluate)
    found = cost._steadily(settings(batch_size=4), 2, lambda: now[0])
    assert found == pytest.approx((0.001, 0.002 / GPU_CHUNK))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no NVIDIA GPU here")
def test_on_a_gpu_it_is_about_right() -> None:
    chosen = settings(batch_size=8, epochs=100, device="cuda")
    expected = cost.estimate(chosen, DATASET).seconds
    trainer, started = Trainer(chosen, DATASET), perf_counter()
    while not trainer.finished:
        while trainer.batch < trainer.batches_per_epoch:
            trainer.step()
        trainer.end_epoch()
    assert 0.2 < expected / (perf_counter() - started) < 5
