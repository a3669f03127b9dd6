"""What penalties, dropout and batch norm do inside a network (section 8.5.2), and the modes (8.4.1)."""

import torch
import torch.nn.functional as F
from torch import nn


def l2_as_weight_decay() -> dict[str, object]:
    """Which weight_decay of SGD does what 0.001 times the sum of all squares in the loss does."""
    weight = nn.Parameter(torch.tensor(3.0))
    (gradient,) = torch.autograd.grad(0.001 * weight.pow(2.0), weight)
    return {"answer": gradient.item() / weight.item(), "gradient": gradient.item()}


def pull_of_l1() -> dict[str, object]:
    """How many times as strong the pull of L1 is on a weight of 1 as on one of 0.01; and that of L2."""
    weights = nn.Parameter(torch.tensor([1.0, 0.01]))
    (large, small), = torch.autograd.grad(weights.abs().sum(), weights)  # fmt: skip
    (of_large, of_small), = torch.autograd.grad(weights.pow(2.0).sum(), weights)  # fmt: skip
    return {"answer": float(large / small), "l2": float(of_large / of_small)}


def what_dropout_keeps() -> dict[str, object]:
    """By how much Dropout2d(0.4) multiplies the maps that it keeps, in train() and in eval()."""
    dropout, maps = nn.Dropout2d(p=0.4), torch.ones(1, 1000, 4, 4)
    kept = dropout.train()(maps)
    dropped = int((kept.flatten(2).sum(2) == 0).sum())
    return {
        "answer": float(kept.max()),
        "dropped": dropped,
        "mean": float(kept.mean()),
        "eval": float(dropout.eval()(maps).max()),
    }


def first_running_mean() -> dict[str, object]:
    """Batch norm's running mean after one batch whose mean is 10, and after twenty of them."""
    norm, batch = nn.BatchNorm2d(1), torch.full((64, 1, 8, 8), 10.0)
    norm(batch)
    first = norm.state_dict()["running_mean"].item()
    for _ in range(19):
        norm(batch)
    return {"answer": first, "twenty": norm.state_dict()["running_mean"].item()}


def bias_in_front_of_norm() -> dict[str, object]:
    """How much the output of batch norm changes when 2 is added to the bias of the convolution before it."""
    conv, norm = nn.Conv2d(3, 16, 3, padding=1), nn.BatchNorm2d(16)
    pictures = torch.randn(16, 3, 32, 32)
    with torch.no_grad():
        maps = conv(pictures)  # a bias of 2 more adds 2 to each of their values
        changed = (norm(maps + 2) - norm(maps)).abs().max().item()
    return {"answer": round(changed, 4)}  # what is left is a rounding of float32


def eval_and_gradients() -> dict[str, object]:
    """How many of a network's tensors have a gradient behind eval() and backward()."""
    net = nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1), nn.Tanh(), nn.MaxPool2d(2),
        nn.Conv2d(16, 8, 3, padding=1), nn.Tanh(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(8 * 8 * 8, 32), nn.Tanh(), nn.Linear(32, 2),
    ).eval()  # fmt: skip
    F.cross_entropy(net(torch.randn(2, 3, 32, 32)), torch.tensor([0, 1])).backward()
    with_gradient = [p for p in net.parameters() if p.grad is not None]
    return {"answer": len(with_gradient), "tensors": len(list(net.parameters()))}


def no_grad_and_dropout() -> dict[str, object]:
    """Whether dropout drops within torch.no_grad(), in a network that is in train()."""
    dropout, maps = nn.Dropout2d(p=0.4).train(), torch.ones(1, 1000, 4, 4)
    with torch.no_grad():
        dropped = int((dropout(maps).flatten(2).sum(2) == 0).sum())
    return {"answer": "drops" if dropped else "keeps", "dropped": dropped}


def forgotten_eval() -> dict[str, object]:
    """Whether the accuracy of a network with batch norm changes where eval() is forgotten, and in what."""
    from convlab.datasets import sketches
    from convlab.probing import bundled, modes

    probe, pictures = bundled.weights("net_batch_norm_sketches").probe, sketches.validation()
    right = modes.measure(probe, pictures, training=False, batch_size=16)
    by_class = modes.measure(probe, pictures, training=True, batch_size=16, order="by_class")
    shuffled = modes.measure(probe, pictures, training=True, batch_size=64)
    return {
        "answer": "same" if by_class.accuracy == right.accuracy == shuffled.accuracy else "changes",
        "right": round(1000 * right.accuracy),
        "by_class": round(1000 * by_class.accuracy),
        "shuffled": round(1000 * shuffled.accuracy),
        "moved": len(by_class.moved),
    }


def attribute_of_the_mode() -> dict[str, object]:
    """Which attribute of a dropout eval() sets, and whether there is one of the name that the book gives."""
    dropout = nn.Dropout2d(p=0.4)
    before = dict(vars(dropout))
    nn.Sequential(dropout).eval()
    (changed,) = (name for name, value in vars(dropout).items() if before[name] != value)
    return {"answer": changed, "method": "train" if callable(dropout.train) else ""}


def place_of_batch_norm() -> dict[str, object]:
    """Whether batch norm runs before tanh in the chapter's NetBatchNorm, by the order of its steps."""
    from convlab.networks import graph
    from convlab.networks.variants import NetBatchNorm

    names = [layer.name for layer in graph.trace(NetBatchNorm(), (3, 32, 32)).layers]
    return {"answer": "before" if names.index("conv1_batchnorm") < names.index("tanh1") else "behind"}


def a_batch_of_one() -> dict[str, object]:
    """What batch norm says in train() of a batch that has one value a channel."""
    norm, batches = nn.BatchNorm1d(16), torch.randn(129, 16).split(64)
    try:
        for batch in batches:
            norm(batch)
    except ValueError as error:
        return {"answer": "error", "last": len(batches[-1]), "said": f"ValueError: {error}"}
    return {"answer": "zero", "last": len(batches[-1]), "said": ""}


def price_of_batch_norm() -> dict[str, object]:
    """How many parameters NetBatchNorm has, NetWidth without it, and how many numbers its norms keep."""
    from convlab.networks.variants import NetBatchNorm, NetWidth

    net = NetBatchNorm()
    counts = [sum(p.numel() for p in one.parameters()) for one in (net, NetWidth())]
    kept = sum(b.numel() for name, b in net.named_buffers() if not name.endswith("num_batches_tracked"))
    return {"answer": counts[0], "plain": counts[1], "buffers": kept}
