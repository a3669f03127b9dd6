"""Scripts of what the regularisers do inside the network; what a learner copies and runs."""

import inspect
from typing import Any

from convlab.networks import normalising
from convlab.snippets import network
from convlab.snippets.writer import call, definitions, script
from convlab.training import penalties

# Both classes in turn, normalised as the chapter's.
PICTURES = """from convlab.datasets import sketches
from convlab.pictures import images
drawn = sketches.validation()
labels = drawn.labels
pictures = images.normalise(images.to_float(drawn.images), images.CIFAR10_MEAN, images.CIFAR10_STD)"""
_TYPES = """import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial"""
_NET = """def make():
    torch.manual_seed(0)
    return Net()"""


def _sources(*parts: Any) -> str:
    return definitions([inspect.getsource(part).rstrip() for part in parts])


def three_ways(optimizer: str, l2: float, count: int, size: int) -> str:
    """Script whose ``steps`` are ``penalties.three_ways`` on the first ``count`` sketches."""
    kind, settings = penalties.OPTIMIZERS[optimizer]
    made = f"partial(torch.optim.{call(kind.__name__, settings).replace('(', ', ', 1)}"
    run = f"""optimizer = {made}
steps = list(three_ways(make, optimizer, {l2!r}, pictures[:{count}], labels[:{count}], {size}))
for step_taken in steps:
    print(step_taken)"""
    functions = penalties.Step, penalties.step, penalties.step_by_hand, penalties.apart, penalties.three_ways
    return script(_TYPES, _net(), _sources(*functions), PICTURES, run)


def sparse(l1: float, l2: float, count: int, epochs: int) -> str:
    """Script that trains Net on the first ``count`` sketches; ``found`` are the sizes of its weights."""
    run = f"""model = make()
for loss in train(model, pictures[:{count}], labels[:{count}], l1={l1!r}, l2={l2!r}, epochs={epochs}):
    print(loss)
found = sizes(model)
print(share_below(found, 1e-3))"""
    functions = penalties.step, penalties.train, penalties.sizes, penalties.share_below
    return script(_TYPES, _net(), _sources(*functions), PICTURES, run)


def _net() -> str:
    return definitions([*network.source("net"), _NET])


def dropout(kind: str, p: float, count: int, seed: int, sketch: int) -> str:
    """Script with ``outputs`` and ``means`` of ``dropping.passes`` for a sketch."""
    run = f"""maps = entering(model, "conv2_dropout", pictures[{sketch} : {sketch + 1}])[0]
layer = nn.{kind}(p={p!r})
layer.train()
torch.manual_seed({seed})
outputs = layer(maps.expand({count}, *maps.shape))
means = outputs.double().cumsum(0).div(torch.arange(1, {count + 1}).view(-1, 1, 1, 1)).float()
dropped = [n for n, one in enumerate(outputs[-1]) if not one.any()]
print(f"dropped: {{dropped}}, mean difference: {{(means[-1] - maps).abs().mean():.4f}}")
layer.eval()
print(torch.equal(layer(maps[None])[0], maps))"""
    return script(PICTURES, _MAPS, _bundled("net_dropout_sketches"), run)


_MAPS = "from convlab.networks.normalising import entering"


def _bundled(key: str) -> str:
    return f"""from convlab.probing import bundled
model = bundled.weights({key!r}).probe.network"""


def statistics(momentum: float, frozen_from: int, count: int, size: int) -> str:
    """Script whose ``found`` is what ``normalising.track`` finds in the first ``count`` sketches at conv2."""
    run = f"""maps = entering(model, "conv2_batchnorm", pictures[:{count}])
layer = nn.BatchNorm2d(maps.shape[1], momentum={momentum!r})
found = track(layer, maps.split({size}), frozen_from={frozen_from})
print(found.running_mean[-1], found.running_variance[-1])"""
    functions = _sources(normalising.Tracked, normalising.track)
    return script(_TYPES, functions, PICTURES, _MAPS, _bundled("net_batch_norm_sketches"), run)


def bias(channel: int, added: float, count: int) -> str:
    """Script whose ``before`` and ``after`` are ``normalising.with_bias`` without and with what is added."""
    run = f"""maps = entering(model, "conv2", pictures[:{count}])
layers = model.conv2, model.conv2_batchnorm
before = with_bias(*layers, maps, channel={channel}, added=0.0)
after = with_bias(*layers, maps, channel={channel}, added={added!r})
for name in ("convolved", "normalised", "in_eval"):
    print(name, float((getattr(after, name) - getattr(before, name)).abs().max()))"""
    functions = _sources(normalising.Biased, normalising.with_bias)
    return script(_TYPES, functions, PICTURES, _MAPS, _bundled("net_batch_norm_sketches"), run)
