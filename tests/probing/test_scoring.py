"""Accuracy in the fast form: the same verdicts as the plain network."""

import time

import pytest
import torch
from torch import Tensor

from convlab.datasets.dataset import Split
from convlab.errors import UserError
from convlab.networks.designs import DESIGNS, Net, design, seeded
from convlab.probing.probe import Probe
from convlab.probing.scoring import accuracy

NAMES = ("airplane", "bird")


def pictures(count: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (count, 3, 32, 32), dtype=torch.uint8, generator=generator)


@pytest.mark.parametrize("key", DESIGNS)
def test_every_design_is_right_on_its_own_verdicts(key: str) -> None:
    options = {"n_blocks": 2} if key == "net_res_deep" else {}
    probe = Probe(seeded(lambda: design(key).build(**options), 1).eval(), NAMES)
    x = pictures(130)
    verdicts = probe.logits(x).argmax(1)
    assert accuracy(probe, x, verdicts) == 1
    assert accuracy(probe, x, 1 - verdicts) == 0
    assert accuracy(probe, x, torch.cat([verdicts[:104], 1 - verdicts[104:]])) == 104 / 130


def test_pictures_of_another_shape_are_refused() -> None:
    with pytest.raises(UserError, match="crop and resize"):
        accuracy(Probe(seeded(Net, 0).eval(), NAMES), torch.zeros(1, 3, 30, 32), torch.zeros(1).long())


def test_the_book_s_weights(book: Probe, val: Split) -> None:
    assert accuracy(book, val.images, val.labels) == 0.881


def test_two_thousand_pictures_in_under_a_second() -> None:
    probe, x = Probe(seeded(Net, 0).eval(), NAMES), pictures(2000)
    labels = torch.zeros(2000).long()
    accuracy(probe, x, labels)
    began = time.thread_time()
    accuracy(probe, x, labels)
    assert time.thread_time() - began < 1
