"""Scripts of Feature maps' experiments: lines behind the network's own script, run in ConvLab's folder."""

import inspect
from collections.abc import Sequence
from typing import Any

from torch import Tensor

from convlab.networks.checkpoints import WeightsFile
from convlab.networks.edits import NONE, Edits
from convlab.networks.initialisation import initialise
from convlab.snippets import network as network_snippets
from convlab.snippets import writer


def behind(network: str, *lines: str) -> str:
    """A network's script with an experiment behind it."""
    return writer.script(network, *lines)


def pooled(layer: str, channel: int, draw: int | None = None) -> str:
    """Lines that halve the map of a layer three ways: ``largest``, ``mean``, ``strided``, ``survivors``.

    ``draw``: the seed of a pass in train(), whose lines have defined ``others``; None in eval().
    """
    imports = "from convlab.networks.recording import record"
    given = ""
    if draw is not None:
        imports += "\nfrom convlab.networks.modes import Training"
        given = f", Training(others, {draw})"
    return f"""{imports}
whole = record(model, batch{given}).outputs[{layer!r}][0, {channel}][None, None]
largest, winners = F.max_pool2d(whole, 2, return_indices=True)
mean = F.avg_pool2d(whole, 2)
strided = F.conv2d(whole, torch.full((1, 1, 3, 3), 1 / 9), stride=2, padding=1)
strided = strided[..., : mean.shape[2], : mean.shape[3]]
survivors = torch.zeros(whole.numel(), dtype=torch.bool)
survivors[winners.flatten()] = True
print("kept by max pooling", survivors.float().mean().item())"""


def crosses(picture_code: str, first: Tensor, second: Tensor, changed: Edits = NONE) -> str:
    """Script whose ``peaks`` are the network's answers to a large cross, to small ones, and to a picture.

    The picture's lines define ``image``, grey, float32 [1, H, W].
    """
    return behind(
        network_snippets.cross(picture_code, first, second, changed),
        """from convlab.pictures import drawings, images
pictures = {"your picture": image}
for name in ("large_cross", "small_cross"):
    pictures[name] = images.to_float(images.working(drawings.draw(name, 8), 8, grey=True))
with torch.no_grad():
    peaks = {name: model(one[None]).item() for name, one in pictures.items()}
print(peaks)""",
    )


def rebuilt(
    design: str, options: dict[str, Any], seed: int, initialisation: str, file: WeightsFile | None = None
) -> str:
    """Lines that define ``model`` anew: with weights of a file, or as it begins."""
    built = network_snippets.built(design, options, seed, file)
    if initialisation == "pytorch" or file is not None:
        return built
    source = inspect.getsource(initialise).rstrip()
    return f"{source}\n\n\n{built}\ninitialise(model, {initialisation!r})"


def of_code(code: str, seed: int) -> str:
    """Lines that define ``model`` anew for a network that is none of ours."""
    *imports, expression = code.splitlines()
    return "\n".join([*imports, f"torch.manual_seed({seed})", f"model = {expression}"])


def beside(other: str, layer: str, opened_is_trained: bool) -> str:
    """Lines that lay another network beside the open one: ``maps`` of a layer, the trained one's first.

    ``other``: lines that define ``model`` anew.
    """
    names: Sequence[str] = ("opened", "other") if opened_is_trained else ("other", "opened")
    return f"""from convlab.networks.recording import record
opened = model
{other}
other = model.eval()
trained, untrained = {", ".join(names)}
maps = [record(one, batch).outputs[{layer!r}][0] for one in (trained, untrained)]
for name, found in zip(("trained", "untrained"), maps):
    print(name, tuple(found.shape), "from", found.min().item(), "to", found.max().item())"""


def excited(
    others: str,
    layer: str,
    unit: Sequence[int],
    normalised: tuple[Sequence[float], Sequence[float]] | None,
    steps: int,
    seed: int,
    regular: tuple[int, float, float],
) -> str:
    """Lines that look for what excites a unit: ``found`` among pictures, ``made`` by gradient ascent.

    ``others``: lines that define these pictures, uint8 [N, C, H, W]. ``normalised``: mean and std, None where
    pictures enter as they are. ``regular``: jitter in pixels, blur, L2.
    """
    entering = "pictures"
    if normalised is not None:
        mean, std = map(tuple, normalised)
        entering = f"images.normalise(pictures, mean={mean!r}, std={std!r})"
    return f"""from convlab.pictures import images
from convlab.probing import excitation
{others}


def prepare(pictures):
    return {entering}


found = excitation.strongest(model, others, prepare, {layer!r}, {unit[0]})
for one in found:
    print("picture", one.picture, "unit", one.unit, "value", one.value)
regular = excitation.Regularisation{regular!r}
ascent = excitation.Ascent(model, tuple(image.shape), prepare, {layer!r}, {tuple(unit)}, {seed}, regular)
made = ascent.run({steps})
print("made", made.value, "from noise of", made.values[0])"""
