"""Slips of chapter 8 about networks and their training, each tried on a network that is made for it."""

import copy
import math
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from convlab.chapter.facts import Fact, Facts
from convlab.datasets import sketches
from convlab.errors import N_
from convlab.networks import residual_blocks
from convlab.networks.designs import Net, NetModules, seeded
from convlab.networks.graph import trace
from convlab.networks.variants import NetBatchNorm, NetWidth
from convlab.pictures import images
from convlab.probing import bundled
from convlab.training.recipes import book_recipe

_TRAINED, _BATCH = 10_000, 64  # of the chapter: its training pictures, and how many make a batch
_SKETCHES = 16
_LR = 0.1


def names() -> Facts:
    """What PyTorch says of names that do not exist, and what the modules do that were meant otherwise."""
    maps, dropout = torch.zeros(1, 16, 32, 32), nn.Dropout()
    pixels = torch.ones(1, 1, 32, 32, requires_grad=True)
    F.conv2d(pixels, torch.ones(1, 1, 3, 3), stride=2, padding=1).sum().backward()
    assert pixels.grad is not None
    seen = int(pixels.grad.count_nonzero())
    return (
        Fact("seen", N_("Pixels of 32 × 32 that 3 × 3 with stride 2 reads"), seen),
        Fact("pool_2d", N_("MaxPool2d(2) makes of [1, 16, 32, 32]"), str(list(nn.MaxPool2d(2)(maps).shape))),
        Fact("pool_3d", N_("MaxPool3d(2) makes of it"), str(list(nn.MaxPool3d(2)(maps).shape))),
        Fact("pool3", N_("self.pool3 answers"), _answer(NetModules(), "pool3")),
        Fact("model", N_("nn.Model answers"), _answer(nn, "Model")),
        Fact("norm", N_("nn.BatchNorm1D answers"), _answer(nn, "BatchNorm1D")),
        Fact("train", N_("dropout.train is a"), type(dropout.train).__name__),
        Fact("training", N_("dropout.training after eval()"), str(dropout.eval().training)),
    )


def _answer(holder: object, name: str) -> str:
    try:
        getattr(holder, name)
    except AttributeError as error:
        return f"AttributeError: {error}"
    return ""


def first_outputs() -> Facts:
    """How many numbers the first convolution of two networks makes of the 27 in a window."""
    shapes = [list(seeded(make, 0).state_dict()["conv1.weight"].shape) for make in (Net, NetWidth)]
    return (
        Fact("net", N_("Weight of conv1 in Net, which the section is about"), str(shapes[0])),
        Fact("net_width", N_("Weight of conv1 in NetWidth, from 8.5.1"), str(shapes[1])),
        Fact("numbers_in", N_("Numbers in a window of 3 × 3 × 3"), math.prod(shapes[0][1:])),
        Fact("numbers_out", N_("Numbers that Net makes of them"), shapes[0][0]),
    )


@cache
def _pictures() -> tuple[Tensor, Tensor]:
    """Sketches [32, 3, 32, 32] as a network takes them, and their labels."""
    pixels = torch.stack([sketches.sketch(place) for place in range(2 * _SKETCHES)])
    probe = bundled.weights("net_sketches").probe
    return images.normalise(images.to_float(pixels), probe.mean, probe.std), torch.arange(len(pixels)) % 2


def loss_sign() -> Facts:
    """The cross-entropy of a batch, then after a step that makes it smaller, or its negative."""
    pictures, labels = _pictures()

    def after_a_step(sign: int) -> float:
        net = seeded(Net, 0)
        (sign * F.cross_entropy(net(pictures), labels)).backward()
        with torch.no_grad():
            for parameter in net.parameters():
                assert parameter.grad is not None
                parameter.sub_(_LR * parameter.grad)  # SGD; torch.optim would load for seconds
            return float(F.cross_entropy(net(pictures), labels))

    with torch.no_grad():
        before = float(F.cross_entropy(seeded(Net, 0)(pictures), labels))
    return (
        Fact("before", N_("Cross-entropy of 32 sketches, Net untrained"), before),
        Fact("minimised", N_("after a step of SGD that minimises it"), after_a_step(1)),
        Fact("negated", N_("after a step that minimises its negative"), after_a_step(-1)),
    )


def blocks() -> Facts:
    """Parameters of the book's deep residual network with one block at all places, or one at each."""
    facts = []
    for count in (10, 100):
        repeated, own = (residual_blocks.parameters(32, count, shared) for shared in (True, False))
        facts += [
            Fact(f"shared_{count}", _REPEATED[count], repeated),
            Fact(f"separate_{count}", _SEPARATE[count], own),
        ]
    rates = {design: book_recipe(design).lr for design in ("net_res", "net_res_deep")}
    return (
        *facts,
        Fact(
            "lr_deep",
            N_("Learning rate of NetResDeep in the book's notebook (stored)"),
            rates["net_res_deep"],
        ),
        Fact("lr_res", N_("Learning rate of NetRes there (stored)"), rates["net_res"]),
    )


_REPEATED = {
    10: N_("Parameters of 10 * [ResBlock(...)]"),
    100: N_("Parameters of 100 * [ResBlock(...)]"),
}
_SEPARATE = {
    10: N_("with a block of its own at each of 10 places"),
    100: N_("with a block of its own at each of 100 places"),
}


def half() -> Facts:
    """Deviation and variance of what batch norm makes of noise when its weight is 0.5."""
    norm = nn.BatchNorm2d(8)
    nn.init.constant_(norm.weight, 0.5)
    noise = torch.randn(16, 8, 16, 16, generator=torch.Generator().manual_seed(0))
    values = norm(3 * noise + 1).detach().double()
    return (
        Fact("std", N_("Standard deviation behind BatchNorm2d with weight 0.5"), float(values.std())),
        Fact("variance", N_("Variance behind it"), float(values.var())),
    )


def order() -> Facts:
    """Where batch norm stands in the book's class, and what enters the first tanh there and in its text."""
    net = seeded(NetBatchNorm, 0)
    # fx.symbolic_trace would take in what other threads compute meanwhile.
    steps = [node.name for node in trace(net, (3, 32, 32)).graph.nodes if node.op != "placeholder"]
    with torch.no_grad():
        bare = net.conv1(_pictures()[0])
        normed = net.conv1_batchnorm(bare)
    return (
        Fact("steps", N_("First steps of the class, traced"), ", ".join(steps[:4])),
        Fact("before", N_("Deviation of what enters the first tanh, as in the code"), float(normed.std())),
        Fact("behind", N_("as in the text, batch norm behind tanh"), float(bare.std())),
    )


def joined() -> Facts:
    """How many maps three layers of 16 kernels hand on, where outputs are added and where they are joined."""
    maps = torch.zeros(1, 16, 8, 8)
    added = concatenated = maps
    for _layer in range(3):
        added = added + nn.Conv2d(added.shape[1], 16, 3, padding=1)(added)
        new = nn.Conv2d(concatenated.shape[1], 16, 3, padding=1)(concatenated)
        concatenated = torch.cat([concatenated, new], dim=1)
    return (
        Fact("added", N_("Maps behind three layers of 16 kernels, outputs added (ResNet)"), added.shape[1]),
        Fact("joined", N_("outputs concatenated (DenseNet)"), concatenated.shape[1]),
    )


def notebook() -> Facts:
    """Batches that come again in the next epoch, and logits that depend on the pictures beside."""

    def again(shuffle: bool) -> int:
        drawn = torch.Generator().manual_seed(0)
        loader = DataLoader(TensorDataset(torch.arange(_TRAINED)), _BATCH, shuffle, generator=drawn)
        first, second = ([places.tolist() for (places,) in loader] for _epoch in range(2))
        return sum(map(list.__eq__, first, second))

    in_train, in_eval = (_beside(training) for training in (True, False))
    return (
        Fact("batches", N_("Batches of an epoch"), -(-_TRAINED // _BATCH)),
        Fact("unshuffled", N_("that come again in the next epoch with shuffle=False"), again(False)),
        Fact("shuffled", N_("with shuffle=True"), again(True)),
        Fact("train", N_("A sketch beside 15 others: its logits move, in train(), by up to"), in_train),
        Fact("eval", N_("after eval()"), in_eval),
    )


def _beside(training: bool) -> float:
    """How far the logits of a sketch are apart beside 15 sketches and beside 15 others."""
    net = copy.deepcopy(bundled.weights("net_batch_norm_sketches").probe.network).train(training)
    pictures, _labels = _pictures()
    first, others = pictures[:_SKETCHES], torch.cat([pictures[:1], pictures[_SKETCHES + 1 :]])
    with torch.no_grad():
        return float((net(first)[0] - net(others)[0]).abs().max())
