"""Deep networks: gradients that fade, skips, residual blocks and first weights (section 8.5.3)."""

import torch
from torch import nn


def fading_gradients() -> dict[str, object]:
    """How large the first layer's gradient is beside the last one's in 20 plain ReLU convolutions."""
    from convlab.networks.depth import Asked, measure

    found = measure(Asked(depth=20))
    first, last = found.gradients[0], found.gradients[-1]
    ratio = first / last
    answer = "equal" if ratio > 0.1 else "hundredth" if ratio > 1e-4 else "millionth"
    return {"answer": answer, "first": first, "last": last, "times": last / first, "loss": found.loss}


def gradients_with_skips() -> dict[str, object]:
    """How much of the last layer's gradient is left for the first of 20 layers with skip connections."""
    from convlab.networks.depth import Asked, measure

    found = measure(Asked(depth=20, skip=True))
    first, last = found.gradients[0], found.gradients[-1]
    answer = "back" if first > 0.01 * last else "little"
    return {"answer": answer, "first": first, "last": last, "loss": found.loss}


def kaimings_start() -> dict[str, object]:
    """How much of the last layer's gradient reaches the first with Kaiming's first weights, no skips."""
    from convlab.networks.depth import Asked, measure

    plain, found = measure(Asked(depth=20)), measure(Asked(depth=20, initialisation="kaiming"))
    first, last = found.gradients[0], found.gradients[-1]
    answer = "level" if 0.1 < first / last < 10 else "fades"
    return {
        "answer": answer,
        "first": first,
        "last": last,
        "default": plain.gradients[0] / plain.gradients[-1],
    }


def blocks_that_are_one() -> dict[str, object]:
    """How many parameters the book's network of 100 residual blocks has, and with a block for each place."""
    from convlab.networks.variants import ResBlock

    def parameters(blocks: list[ResBlock]) -> int:
        rest = [nn.Conv2d(3, 32, 3, padding=1), nn.Linear(8 * 8 * 32, 32), nn.Linear(32, 2)]
        return sum(p.numel() for p in nn.Sequential(*blocks, *rest).parameters())

    return {
        "answer": parameters(100 * [ResBlock(32)]),
        "separate": parameters([ResBlock(32) for _ in range(100)]),
        "ten": parameters([ResBlock(32) for _ in range(10)]),
        "block": sum(p.numel() for p in ResBlock(32).parameters()),
    }


def price_of_a_skip() -> dict[str, object]:
    """How many parameters NetRes has more than NetDepth."""
    from convlab.networks.variants import NetDepth, NetRes

    plain, skipping = (sum(p.numel() for p in net.parameters()) for net in (NetDepth(), NetRes()))
    return {"answer": skipping - plain, "plain": plain}


def half_a_weight() -> dict[str, object]:
    """The variance behind a batch norm whose weight is 0.5."""
    norm = nn.BatchNorm2d(32)
    nn.init.constant_(norm.weight, 0.5)
    out = norm(torch.randn(64, 32, 16, 16))
    return {"answer": out.var().item(), "deviation": out.std().item()}


def added_or_joined() -> dict[str, object]:
    """How many channels there are when 16 maps are joined to 16 others, and when they are added."""
    earlier, later = torch.randn(1, 16, 8, 8), torch.randn(1, 16, 8, 8)
    joined, added = torch.cat([earlier, later], dim=1), earlier + later
    return {"answer": joined.shape[1], "added": added.shape[1]}
