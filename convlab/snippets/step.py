"""One training step as a script: the loop that ran, and what was looked at beside it."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from convlab.networks.checkpoints import WeightsFile
from convlab.snippets import network, writer
from convlab.training import contributions, left_alive
from convlab.training.step import LINES, ORDERS, TURNS


@dataclass(frozen=True)
class Beginning:
    """What a script of a step begins with.

    Attributes:
        design: one of ``DESIGNS``, with its defaults.
        seed: of random weights, and of dropout.
        weights_file: the weights where they are not random.
        places: of the batch's sketches, as ``sketches.sketch`` counts them.
        mean, std: that the pictures are normalised with.
    """

    design: str
    seed: int
    weights_file: WeightsFile | None
    places: range
    mean: Sequence[float]
    std: Sequence[float]

    def parts(self, *imports: str) -> list[str]:
        """Parts of a script that define ``model``, in train() mode, ``pictures`` and ``labels``.

        ``imports``: lines that the script needs besides.
        """
        build = network.built(self.design, {}, self.seed, self.weights_file)
        drawn = f"""mean, std = {tuple(self.mean)}, {tuple(self.std)}


def batch(places):
    pixels = torch.stack([sketches.sketch(place) for place in places])
    pictures = images.normalise(images.to_float(pixels), mean, std)
    return pictures, torch.tensor(places) % 2  # 0: airplane, 1: bird


pictures, labels = batch({self.places!r})"""
        lines = ("from convlab.datasets import sketches", "from convlab.pictures import images", *imports)
        drawn = "\n".join((*lines, drawn))
        return [writer.definitions(network.source(self.design)), f"{build}\nmodel.train()", drawn]

    @property
    def sown(self) -> str:
        """The line that the random numbers of dropout begin with."""
        return f"torch.manual_seed({self.seed})  # of dropout\n" if "dropout" in self.design else ""


def loop(begun: Beginning, lr: float, order: str) -> str:
    """Script that takes ``walk``'s steps: ``losses`` of all forward passes, the ``model`` as it ends."""
    body = "\n    ".join(LINES[line] for line in ORDERS[order])
    return writer.script(
        *begun.parts(),
        f"""optimizer = torch.optim.SGD(model.parameters(), lr={lr!r})
losses = []
{begun.sown}for turn in range({TURNS}):
    {body}
    losses.append(loss.item())
losses.append(F.cross_entropy(model(pictures), labels).item())
print(losses)""",
    )


def summed(begun: Beginning, name: str, place: tuple[int, ...]) -> str:
    """Script whose ``found`` is what ``contributions`` gives of an entry of a parameter."""
    layer, _dot, kind = name.rpartition(".")
    parts = (contributions.Contributions, contributions.met, contributions.taken_apart)
    called = f"taken_apart(model, model.get_submodule({layer!r}), {kind!r}, {place}, pictures, labels)"
    return writer.script(
        *begun.parts("from dataclasses import dataclass"),
        _sources(*parts),
        f"{begun.sown}found = {called}\nprint(found.by_picture, found.total, found.gradient)",
    )


def kept(begun: Beginning, lr: float, batches: Sequence[range]) -> str:
    """Script whose ``found`` is what ``left_alive`` counts: (item, backward) -> a list."""
    parts = (left_alive.Alive, left_alive.Saved, left_alive.nodes, left_alive.saved_bytes, left_alive.counted)
    drawn = ", ".join(map(repr, batches))
    imports = (
        "import copy",
        "import weakref",
        "from collections.abc import Iterator",
        "from dataclasses import dataclass",
        "from torch.autograd.graph import Node, saved_tensors_hooks",
    )
    sown = begun.sown.replace("\n", "\n        ")
    return writer.script(
        *begun.parts(*imports),
        _sources(*parts),
        f"""batches = [batch(places) for places in [{drawn}]]
found = {{}}
for item in (True, False):
    for backward in (True, False):
        {sown}counts = counted(copy.deepcopy(model), batches, {lr!r}, item, backward)
        found[item, backward] = list(counts)
        print(item, backward, found[item, backward])""",
    )


def _sources(*parts: Callable[..., Any]) -> str:
    return writer.definitions([inspect.getsource(part).rstrip() for part in parts])
