"""A data set's pictures with labels as a network numbers its classes."""

import torch

from convlab.datasets.dataset import Split
from convlab.errors import N_, UserError
from convlab.probing.probe import Probe


def matched(probe: Probe, classes: tuple[str, ...], split: Split) -> Split:
    """A split whose labels are indices of the probe's classes.

    Classes are matched by name. Where none of the names is known, as with weights that tell none, and there
    are as many classes, they are taken in their order.

    Args:
        probe: its classes count.
        classes: what the split's labels stand for.
        split: left as it is.

    Raises:
        UserError: a class of the data that the network does not tell.
    """
    known = {_simple(name): index for index, name in enumerate(probe.classes)}
    names = [_simple(name) for name in classes]
    if len(classes) == len(probe.classes) and not any(name in known for name in names):
        return split
    strange = [name for name, simple in zip(classes, names, strict=True) if simple not in known]
    if strange:
        raise UserError(
            N_("This network has no class {name}; it tells {classes} apart: choose other data."),
            name=repr(strange[0]),
            classes=", ".join(probe.classes),
        )
    return Split(split.images, torch.tensor([known[name] for name in names])[split.labels])


def _simple(name: str) -> str:
    """A name without case, blanks or the plural's s, so that "Airplanes" is "airplane"."""
    return name.casefold().strip().removesuffix("s")
