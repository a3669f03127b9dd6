"""The chapter's networks: parameter counts, and the book's own weights on shifted pictures."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from convlab.equivariance import shift_image
from convlab.models import Net, dense_net, parameter_counts

MEAN = torch.tensor([0.4915, 0.4823, 0.4468])[:, None, None]
STD = torch.tensor([0.2470, 0.2435, 0.2616])[:, None, None]


def test_a1_the_dense_net_has_206_times_the_parameters_of_net() -> None:
    with torch.device("meta"):
        dense, net = parameter_counts(dense_net()), parameter_counts(Net())
    assert dense == [3_145_728, 1024, 524_288, 512, 65_536, 128, 256, 2]
    assert net == [432, 16, 1152, 8, 16_384, 32, 64, 2]
    assert (sum(dense), sum(net)) == (3_737_474, 18_090)
    assert round(sum(dense) / sum(net), 1) == 206.6


def test_a5_parameter_counts_of_the_first_layer() -> None:
    assert parameter_counts(nn.Conv2d(3, 16, kernel_size=3)) == [432, 16]


def test_frozen_parameters_are_not_counted() -> None:
    assert parameter_counts(nn.Linear(3, 2).requires_grad_(False)) == []


def test_net_by_its_functional_parts() -> None:
    torch.manual_seed(0)
    net, pictures = Net(), torch.rand(2, 3, 32, 32)
    out = torch.max_pool2d(torch.tanh(net.conv1(pictures)), 2)
    out = torch.max_pool2d(torch.tanh(net.conv2(out)), 2)
    out = net.fc2(torch.tanh(net.fc1(out.reshape(2, 512))))
    assert torch.equal(net(pictures), out)
    assert dense_net()(pictures).shape == out.shape == (2, 2)


def validation_pictures(archive: Path) -> tuple[Tensor, Tensor]:
    """Normalised float32 [2000, 3, 32, 32] and classes, airplane 0 and bird 1."""
    pictures, classes = [], []
    with zipfile.ZipFile(archive) as file:
        for name in sorted(n for n in file.namelist() if n.startswith("test/") and n.endswith(".jpg")):
            picture = np.array(Image.open(io.BytesIO(file.read(name))).convert("RGB"))
            pictures.append(torch.from_numpy(picture).permute(2, 0, 1))
            classes.append(int("/bird/" in name))
    return (torch.stack(pictures) / 255 - MEAN) / STD, torch.tensor(classes)


def test_a4_the_books_classifier_is_not_invariant_to_shifts(shared: Path) -> None:
    net = Net()
    weights = torch.load(shared / "data" / "book_birds_vs_airplanes.pt", weights_only=True)
    assert str(net.load_state_dict(weights)) == "<All keys matched successfully>"
    pictures, classes = validation_pictures(shared / "data" / "birds_vs_airplanes.zip")
    accuracy = []
    with torch.no_grad():
        for dx in (0, 1, 2, 4, 8):
            shifted = shift_image(pictures, dx, 0, wrap=False)
            verdicts = torch.cat([net(batch).argmax(1) for batch in shifted.split(100)])
            accuracy.append((verdicts == classes).float().mean().item())
    assert accuracy == pytest.approx([0.881, 0.8735, 0.859, 0.8155, 0.689], abs=0.0015)
