"""Pictures on the device: normalised once, picked, mirrored and shifted."""

import pytest
import torch
import torch.nn.functional as F

from convlab.datasets.dataset import Split
from convlab.training.batches import Pictures
from tests.training.small import split

CPU = torch.device("cpu")


def test_flips_and_shifts_by_hand() -> None:
    ones = [1.0, 1.0, 1.0]
    images = split(3, 5).images
    pictures = Pictures(split(3, 5), [0.0] * 3, ones, CPU, 2)
    index = torch.tensor([2, 0])
    moved = pictures.moved(index, torch.tensor([1, 0]), torch.tensor([2, -1]), torch.tensor([-2, 1]))
    wanted = images.float() / 255
    mirrored = F.pad(wanted[2].flip(2), (2, 2, 2, 2))[:, 0:32, 4:36]  # 2 down, 2 to the left
    assert torch.equal(moved[0], mirrored)
    assert torch.equal(moved[1], F.pad(wanted[0], (2, 2, 2, 2))[:, 3:35, 1:33])
    assert torch.equal(pictures.picked(index), wanted[index])
    assert torch.equal(pictures.at(slice(1, 3)), wanted[1:])


@pytest.mark.parametrize("margin", [0, 3])
def test_pictures_are_normalised_as_the_chapter_does(margin: int) -> None:
    images = split(5, 2).images
    mean, std = [0.1, 0.5, 0.9], [0.2, 0.3, 0.4]
    pictures = Pictures(split(5, 2), mean, std, CPU, margin)
    wanted = (images / 255 - torch.tensor(mean)[:, None, None]) / torch.tensor(std)[:, None, None]
    assert torch.equal(pictures.at(slice(0, 5)), wanted)
    assert torch.equal(pictures.picked(torch.tensor([4, 4, 1])), wanted[[4, 4, 1]])
    assert pictures.picked(torch.tensor([4, 1])).is_contiguous(memory_format=torch.channels_last)


def test_what_comes_in_from_the_edge_is_the_mean_colour() -> None:
    images = torch.full((1, 3, 32, 32), 255, dtype=torch.uint8)
    pictures = Pictures(Split(images, torch.zeros(1, dtype=torch.int64)), [0.5] * 3, [0.5] * 3, CPU, 1)
    none = torch.zeros(1, dtype=torch.int64)
    (moved,) = pictures.moved(none, none, none + 1, none)
    assert moved[:, 0].unique().tolist() == [0.0]
    assert moved[:, 1:].unique().tolist() == [1.0]


def test_all_pictures_come_in_batches_with_their_labels() -> None:
    part = split(7, 0)
    pictures = Pictures(part, [0.0] * 3, [1.0] * 3, CPU)
    batches = list(pictures.batches(3))
    assert [len(labels) for _, labels in batches] == [3, 3, 1]
    assert torch.equal(torch.cat([labels for _, labels in batches]), part.labels)
    assert torch.equal(torch.cat([images for images, _ in batches]), part.images / 255)


def test_more_than_a_thousand_pictures_are_all_there() -> None:
    images = torch.arange(1001).remainder(256).to(torch.uint8)[:, None, None, None].expand(1001, 3, 32, 32)
    pictures = Pictures(Split(images, torch.zeros(1001, dtype=torch.int64)), [0.0] * 3, [1.0] * 3, CPU)
    assert torch.equal(pictures.at(slice(0, 1001)), images / 255)
