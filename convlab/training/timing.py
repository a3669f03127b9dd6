"""What the chapter's 100 epochs would take on a device, from a few steps of its loop (8.4.3)."""

from collections.abc import Callable
from time import perf_counter

import torch
import torch.nn.functional as F
from torch import nn

from convlab.networks.designs import Net, seeded

BOOK_STEPS = 100 * 157  # epochs, and batches of 64 from 10,000 pictures
_ROUNDS, _STEPS = 5, 20


def seconds_per_step(model: nn.Module, device: torch.device, steps: int) -> float:
    """Seconds of a step of SGD on 64 pictures, data loading and validation left out."""
    model = model.to(device=device)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-2)
    imgs = torch.linspace(-1, 1, 64 * 3 * 32 * 32).view(64, 3, 32, 32).to(device=device)
    labels = torch.arange(64).to(device=device) % 2
    begun = perf_counter()
    for _ in range(steps):
        loss = F.cross_entropy(model(imgs), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss.item()  # waits until the device is done
    return (perf_counter() - begun) / steps


def fastest(device: torch.device, say: Callable[[int, int], object] = lambda done, total: None) -> float:
    """Seconds of a step, of the fastest of five rounds: others may want the machine too.

    ``say`` hears how many rounds are done, of how many.
    """
    model, found = seeded(Net, 0), []
    seconds_per_step(model, device, 3)  # sets things up
    for n in range(_ROUNDS):
        say(n, _ROUNDS)
        found.append(seconds_per_step(model, device, _STEPS))
    return min(found)
