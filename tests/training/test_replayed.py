"""A step that is recorded once for each batch size, and replayed."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from convlab.training.replayed import WARM_UP, Replayed, cuda_graph


def test_each_size_is_recorded_after_its_warm_up_and_results_are_the_callers_own() -> None:
    recorded: list[int] = []
    total = torch.zeros(())

    def step(values: Tensor) -> Tensor:
        total.add_(values.sum())
        return values.sum()

    def record(call: Callable[[], Tensor]) -> tuple[Callable[[], None], Tensor]:
        result = torch.zeros(())
        recorded.append(1)

        def again() -> None:
            result.copy_(call())

        return again, result

    replayed = Replayed(step, record)
    results = [replayed(torch.full((size,), float(n))) for n in range(8) for size in (2, 3)]
    assert [float(result) for result in results] == [n * size for n in range(8) for size in (2, 3)]
    assert float(total) == 5 * sum(range(8))
    assert len(recorded) == 2
    replayed.forget()
    for _ in range(WARM_UP + 1):
        replayed(torch.ones(2))
    assert len(recorded) == 3


def test_where_nothing_can_be_recorded_steps_run_as_they_are(capfd: pytest.CaptureFixture[str]) -> None:
    total, asked = torch.zeros(()), []

    def step(values: Tensor) -> Tensor:
        total.add_(values.sum())
        return total.clone()

    def refuse(_call: Callable[[], Tensor]) -> tuple[Callable[[], None], Tensor]:
        asked.append(1)
        raise RuntimeError("no graphs here")

    replayed = Replayed(step, refuse)
    assert [float(replayed(torch.full((2,), float(n)))) for n in range(6)] == [0, 2, 6, 12, 20, 30]
    assert len(asked) == 1
    assert "no graphs here" in capfd.readouterr().err


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no NVIDIA GPU here")
def test_a_cuda_graph_repeats_a_call_on_the_tensors_that_it_was_recorded_with() -> None:
    total, values = torch.zeros((), device="cuda"), torch.ones(3, device="cuda")

    def step(given: Tensor) -> Tensor:
        total.add_(given.sum())
        return total * 2

    replayed = Replayed(step, cuda_graph)
    results = [float(replayed(values * n)) for n in range(6)]
    assert results == [0, 6, 18, 36, 60, 90]
