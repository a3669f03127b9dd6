"""The training loop: its batches, its five steps, its loss and its accuracies (sections 8.4 and 8.5.4)."""

import math

import torch
import torch.nn.functional as F
from torch import nn


def black_once_normalised() -> dict[str, object]:
    """What black becomes in red, with the chapter's mean and deviation; those of 100 of our sketches."""
    from convlab.datasets.sketches import sketch
    from convlab.pictures.images import CIFAR10_MEAN, CIFAR10_STD, normalise, to_float

    black = normalise(torch.zeros(3, 1, 1), CIFAR10_MEAN, CIFAR10_STD)
    red = to_float(torch.stack([sketch(n) for n in range(100)]))[:, 0]
    white = (1 - CIFAR10_MEAN[0]) / CIFAR10_STD[0]
    return {
        "answer": black[0].item(),
        "white": white,
        "mean": red.mean().item(),
        "deviation": red.std().item(),
    }


def batches_of_an_epoch() -> dict[str, object]:
    """How many batches of 64 our sketches and the chapter's pictures make, and the size of the last ones."""
    from convlab.datasets.sketches import HEADER

    counts, sizes = (HEADER.train_count, 10_000), []
    for count in counts:
        pictures = torch.utils.data.TensorDataset(torch.arange(count))
        loader = torch.utils.data.DataLoader(pictures, batch_size=64)
        sizes.append([len(batch) for (batch,) in loader])
    ours, chapter = sizes
    found = {"answer": len(ours), "last": ours[-1], "pictures": counts[0]}
    return {**found, "chapter": counts[1], "chapter_answer": len(chapter), "chapter_last": chapter[-1]}


def loss_of_a_beginner() -> dict[str, object]:
    """The mean cross-entropy of an untrained Net on eight sketches, and that of guessing."""
    from convlab.datasets.sketches import sketch
    from convlab.networks.designs import Net, seeded
    from convlab.probing import bundled

    pictures = torch.stack([sketch(n) for n in range(8)])
    inputs = bundled.weights("net_sketches").probe.normalise(pictures)
    labels = torch.arange(8) % 2  # an airplane, a bird, and so on
    loss = F.cross_entropy(seeded(Net, 0)(inputs), labels)
    return {"answer": loss.item(), "guessing": math.log(2), "of_ten": math.log(10)}


def gradients_that_add_up() -> dict[str, object]:
    """How long the second gradient is without zero_grad(), over the same with it."""
    net = nn.Linear(3 * 32 * 32, 2)
    x, labels = torch.randn(8, 3 * 32 * 32), torch.arange(8) % 2
    lengths = []
    for _ in range(2):  # the weights stay, so that both batches have the same gradient
        F.cross_entropy(net(x), labels).backward()
        lengths += [p.grad.norm().item() for p in [net.weight] if p.grad is not None]
    return {"answer": lengths[1] / lengths[0]}


def step_without_gradient() -> dict[str, object]:
    """How many weights move where zero_grad() stands between backward() and step()."""
    net = nn.Linear(3 * 32 * 32, 2)
    before = net.weight.detach().clone()
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-2)
    F.cross_entropy(net(torch.randn(8, 3 * 32 * 32)), torch.arange(8) % 2).backward()
    optimizer.zero_grad()
    optimizer.step()
    return {"answer": int((net.weight != before).sum()), "weights": before.numel()}


def mistakes_left() -> dict[str, object]:
    """How many of 2,000 validation pictures the book's networks get wrong, by the accuracies it printed."""
    from convlab.chapter.published import FIGURE_8_13

    _train, convolutional = FIGURE_8_13["net"]
    _train, dense = FIGURE_8_13["dense"]
    wrong, before = (round(2000 * (1 - accuracy)) for accuracy in (convolutional, dense))
    return {"answer": wrong, "dense": before, "accuracy": convolutional, "before": dense}


def lower_loss_same_accuracy() -> dict[str, object]:
    """How many points more validation accuracy a far lower training loss brought, as the book printed it."""
    from convlab.chapter.published import PUBLISHED

    net, with_norm = PUBLISHED["net"], PUBLISHED["net_batch_norm"]
    return {
        "answer": round(100 * (with_norm.val_accuracy - net.val_accuracy)),
        "loss": net.losses[-1],
        "train": net.train_accuracy,
        "lower": with_norm.losses[-1],
        "accuracy": net.val_accuracy,
    }


def error_bar() -> dict[str, object]:
    """How far, in points, an accuracy of 0.89 on 2,000 pictures may be off by luck of the draw (95%)."""
    accuracy, pictures = 0.89, 2000
    deviation = math.sqrt(accuracy * (1 - accuracy) / pictures)
    return {"answer": round(100 * 1.96 * deviation, 1), "best": 90, "low": 89}


def smallest_gap() -> dict[str, object]:
    """Which of the book's runs has training and validation accuracy closest together."""
    from convlab.chapter.published import PUBLISHED

    gaps = {name: run.train_accuracy - run.val_accuracy for name, run in PUBLISHED.items()}
    smallest = min(gaps, key=lambda name: gaps[name])
    return {
        "answer": smallest.removeprefix("net_").replace("_", "-"),
        "gap": round(100 * gaps[smallest]),
        "plain": round(100 * gaps["net"]),
        "l2": round(100 * gaps["net_l2"]),
        "norm": round(100 * gaps["net_batch_norm"]),
    }


def largest_network() -> dict[str, object]:
    """Which of the book's runs has the lowest validation accuracy, and how long it took."""
    from convlab.chapter.published import PUBLISHED

    lowest = min(PUBLISHED, key=lambda name: PUBLISHED[name].val_accuracy)
    run = PUBLISHED[lowest]
    return {
        "answer": lowest.removeprefix("net_").replace("_", "-"),
        "accuracy": run.val_accuracy,
        "seconds": run.seconds,
        "plain": PUBLISHED["net"].val_accuracy,
        "plain_seconds": PUBLISHED["net"].seconds,
    }


def orders_of_an_epoch() -> dict[str, object]:
    """In how many different orders ten epochs see the pictures with shuffle=False, and with shuffle=True."""
    pictures = torch.utils.data.TensorDataset(torch.arange(100))
    found = []
    for shuffle in (False, True):
        loader = torch.utils.data.DataLoader(pictures, batch_size=100, shuffle=shuffle)
        orders = {tuple(batch.tolist()) for _ in range(10) for (batch,) in loader}
        found.append(len(orders))
    return {"answer": found[0], "shuffled": found[1]}


def same_recipe_again() -> dict[str, object]:
    """The validation accuracy, in %, of our Net, trained as in the chapter, as its card says; stored."""
    from convlab.chapter.published import PUBLISHED
    from convlab.probing import bundled

    card, book = bundled.card("net"), PUBLISHED["net_cpu"]
    return {
        "answer": round(100 * card["val_accuracy"], 2),
        "train": card["train_accuracy"],
        "pictures": card["val_pictures"],
        "epochs": card["epochs"],
        "loss": card["train_loss"]["100"],
        "book_train": book.train_accuracy,
        "book_loss": book.losses[-1],
    }


def softmax_before_the_loss() -> dict[str, object]:
    """The lowest cross-entropy that a network of two classes reaches whose outputs are probabilities."""
    certain = torch.tensor([[1.0, 0.0]])  # what a softmax gives at its surest, taken for logits
    lowest = F.cross_entropy(certain, torch.tensor([0])).item()
    logits = F.cross_entropy(torch.tensor([[20.0, -20.0]]), torch.tensor([0])).item()
    return {"answer": lowest, "logits": logits}


def losses_added_up() -> dict[str, object]:
    """What is kept of 100 losses that are added up without item(): a graph, or a number."""
    net, total, number = nn.Linear(64, 2), torch.zeros(()), 0.0
    for _ in range(100):
        loss = F.cross_entropy(net(torch.randn(32, 64)), torch.arange(32) % 2)
        total, number = total + loss, number + loss.item()
    seen, ahead = set(), [total.grad_fn]
    while ahead:
        node = ahead.pop()
        if node is not None and node not in seen:
            seen.add(node)
            ahead += [before for before, _ in node.next_functions]
    return {"answer": "graph" if len(seen) > 100 else "number", "steps": len(seen)}
