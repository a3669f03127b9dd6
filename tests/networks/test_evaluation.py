"""Loss, accuracy, confusion and recall: by hand on a few logits, by counting on many; one pass."""

import math

import pytest
import torch
from torch import Tensor, nn

from convlab.networks.evaluation import Evaluation, evaluate


def many(count: int = 400, seed: int = 0) -> Evaluation:
    generator = torch.Generator().manual_seed(seed)
    logits = 2 * torch.randn(count, 3, generator=generator)
    return Evaluation(logits, torch.randint(0, 3, (count,), generator=generator))


def test_confusion_by_hand() -> None:
    verdicts = torch.tensor([0, 1, 0, 1, 1, 0])
    found = Evaluation(torch.eye(2)[verdicts], torch.tensor([0, 0, 0, 1, 0, 1]))
    assert found.predictions.tolist() == verdicts.tolist()
    assert found.confusion.tolist() == [[2, 2], [1, 1]]
    assert found.confusion.dtype == torch.int64
    assert found.accuracy == 0.5
    assert found.recall == (0.5, 0.5)


def test_confusion_by_counting() -> None:
    found = many()
    wanted = [[0] * 3 for _ in range(3)]
    for label, logits in zip(found.labels.tolist(), found.logits.tolist(), strict=True):
        wanted[label][max(range(3), key=logits.__getitem__)] += 1
    assert found.confusion.tolist() == wanted
    assert found.recall == tuple(row[k] / sum(row) for k, row in enumerate(wanted))
    assert found.accuracy == sum(wanted[k][k] for k in range(3)) / 400


def test_a_class_without_pictures_has_no_recall() -> None:
    found = Evaluation(torch.eye(3)[:2], torch.tensor([0, 1]))
    assert found.recall == (1.0, 1.0, None)
    assert found.confusion.tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 0]]


def test_loss_by_hand() -> None:
    logits = torch.tensor([[math.log(3.0), 0.0]])
    assert Evaluation(logits, torch.tensor([0])).loss == pytest.approx(-math.log(0.75))
    assert Evaluation(logits / 0.5, torch.tensor([0])).loss == pytest.approx(-math.log(0.9))


class Brightness(nn.Module):
    """Logits (mean of the picture, 0); counts the pictures that it sees."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[int] = []

    def forward(self, x: Tensor) -> Tensor:
        self.seen.append(len(x))
        return torch.stack((x.mean((1, 2, 3)), torch.zeros(len(x))), 1)


def test_everything_comes_from_one_pass_without_gradient_in_the_network_s_own_mode() -> None:
    network = Brightness()
    pictures = torch.tensor([-0.5, -0.3, 0.3, 0.5])[:, None, None, None].expand(4, 3, 2, 2)
    pictures.requires_grad_()
    labels = torch.tensor([1, 0, 0, 0])
    found = evaluate(network, zip(pictures.split(3), labels.split(3), strict=True))
    assert torch.allclose(found.logits[:, 0], pictures[:, 0, 0, 0])
    assert not found.logits.requires_grad
    assert found.labels.tolist() == labels.tolist()
    assert (found.confusion.tolist(), found.accuracy) == ([[2, 1], [0, 1]], 0.75)
    assert found.loss == found.loss > 0
    assert network.seen == [3, 1]
    assert network.training
