"""The time of the chapter's loop: a real step, the fastest of several rounds."""

import math

import torch

from convlab.networks.designs import Net, parameter_counts, seeded
from convlab.training import timing


def test_the_books_steps() -> None:
    assert timing.BOOK_STEPS == 100 * math.ceil(10_000 / 64) == 15_700
    assert sum(parameter_counts(Net())) == 18_090


def test_a_round_trains() -> None:
    model = seeded(Net, 0)
    before = [parameter.detach().clone() for parameter in model.parameters()]
    assert timing.seconds_per_step(model, torch.device("cpu"), 1) > 0
    assert not any(torch.equal(new, old) for new, old in zip(model.parameters(), before, strict=True))


def test_the_fastest_round_counts_and_progress_is_told() -> None:
    said: list[tuple[int, int]] = []
    state = torch.random.get_rng_state()
    assert 0 < timing.fastest(torch.device("cpu"), lambda done, total: said.append((done, total))) < 1
    assert said == [(n, 5) for n in range(5)]
    assert torch.equal(torch.random.get_rng_state(), state)
