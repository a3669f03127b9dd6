"""The scripts on the size of a network are run: they give the lab's numbers."""

from pathlib import Path

import pytest
import torch

from convlab.datasets import dataset
from convlab.networks import designs, kernel_sizes
from convlab.networks.layer_costs import layer_costs
from convlab.snippets import capacity
from convlab.snippets.training import data_code
from convlab.training import lottery
from convlab.training.settings import Settings
from tests.snippets.test_convolution import run
from tests.training.small import DATASET


def test_widths() -> None:
    found = run(capacity.width(24))
    assert list(found["counts"]) == [8, 16, 24, 32, 64]
    for width, counts in found["counts"].items():
        module = designs.design("net_width").build(n_chans1=width)
        assert counts == designs.parameter_counts(module)
        assert found["kept_bytes"][width] == 64 * sum(one.saved_bytes for one in layer_costs(module))


def test_kernels() -> None:
    found = run(capacity.kernels())
    assert found["counts"] == {3: 18_090, 5: 20_906, (1, 3): 17_034}
    wanted = {size: kernel_sizes.attempt(size).error for size in kernel_sizes.SIZES}
    assert found["messages"] == {size: error for size, error in wanted.items() if error}
    assert found["differences"][1, 3] == 0.0
    assert found["differences"][3] > 0.1


def test_the_lottery_ticket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """First values bit for bit; what training rounds otherwise may turn a mask's edge, and a picture."""
    settings = Settings(epochs=2, batch_size=8, lr=0.05, momentum=0.9, seed=3, device="cpu")
    dataset.save(DATASET, tmp_path / "small.safetensors")
    monkeypatch.chdir(tmp_path)
    found = run(capacity.ticket(settings, 0.8, data_code("small")))
    (trial,) = lottery.trials(settings, DATASET, 0.8, 1, lambda *_: None)
    assert all(torch.equal(value, found["first"][name]) for name, value in trial.first.items())
    for name, mask in trial.kept.items():
        assert float((mask == found["kept"][name]).float().mean()) > 0.99
    wanted = {arm: trial.arms[arm].records[-1].val_accuracy for arm in lottery.ARMS}
    assert found["accuracies"] == pytest.approx(wanted, abs=1.5 / len(DATASET.val))
