"""Pictures of no class, and what a network says of them."""

import pytest
import torch

from convlab.pictures.photographs import PHOTOGRAPHS
from convlab.ui import networks
from convlab.ui.probe import ood


@pytest.mark.parametrize(("kind", "count"), [("noise", 2000), ("plain", 216), ("photos", len(PHOTOGRAPHS))])
def test_pictures_from_outside(kind: str, count: int) -> None:
    pictures = ood.pictures(kind)
    assert pictures.dtype == torch.uint8
    assert pictures.shape == (count, 3, 32, 32)
    model = networks.bundled_model("net")
    assert torch.equal(ood.logits_of(model, kind), model.probe.logits(pictures))
