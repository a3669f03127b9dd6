"""A checkpoint's bytes as a ``Probe``, with what its file tells; what it does not tell has to be said.

Shapes do not tell the activation, nor the normalisation, nor ``NetRes`` from ``NetDepth``: answers depend on
all three, so nothing is guessed. Class names change no answer; without any, classes are numbered.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from convlab.datasets import cifar10
from convlab.errors import N_, UserError
from convlab.networks import checkpoints
from convlab.networks.about import About, Origin
from convlab.networks.checkpoints import Checkpoint, Match, fill
from convlab.networks.class_names import check_classes
from convlab.networks.designs import DESIGNS, INPUT_SHAPE, design
from convlab.pictures import images
from convlab.probing.probe import Probe, numbered

Three = tuple[float, ...]

# Name -> mean and std, per channel, on the scale 0..1.
NORMALISATIONS: dict[str, tuple[Three, Three]] = {
    "cifar10": (images.CIFAR10_MEAN, images.CIFAR10_STD),
    "none": ((0.0,) * 3, (1.0,) * 3),
    "half": ((0.5,) * 3, (0.5,) * 3),
}

# What is known of a file by its SHA-256: the book's own network, as chapter 8.4 trains it, on the photographs
# that the bundled networks learned from as JPEG.
_PHOTOGRAPHS = Origin(
    "cifar10",
    "CIFAR-10 birds and airplanes, as JPEG",
    cifar10.AS_JPEG,
)
_KNOWN = {
    "82bbc255589220d8d9e37981be4149707ed9b7dab44ad045e2a8357475dd1eae": About(
        design="net",
        options={"activation": "tanh"},
        classes=("airplane", "bird"),
        mean=images.CIFAR10_MEAN,
        std=images.CIFAR10_STD,
        data=_PHOTOGRAPHS,
    ),
}


def checked_normalisation(mean: Sequence[float], std: Sequence[float]) -> tuple[Three, Three]:
    """Mean and std as a probe takes them. Raises UserError for what can be neither."""
    if not all(map(math.isfinite, (*mean, *std))) or len(mean) != 3 or len(std) != 3 or min(std) <= 0:
        raise UserError(N_("Mean and std are three finite numbers each, and every std is above 0."))
    return tuple(mean), tuple(std)


@dataclass(frozen=True)
class Questions:
    """What a file does not tell, its shapes do not settle, and nobody has said yet.

    Attributes:
        designs: those that fit, where there are several and none is named.
        alike: whether these give the same answers, as a network does with and without dropout in eval mode.
        activations: the design's choices.
        normalisation: whether mean and std are wanted.
        classes: how many class names are wanted.
    """

    designs: tuple[str, ...] = ()
    alike: bool = True
    activations: tuple[str, ...] = ()
    normalisation: bool = False
    classes: int = 0

    @property
    def pressing(self) -> bool:
        """Whether answers would depend on a guess."""
        return bool((self.designs and not self.alike) or self.activations or self.normalisation)


@dataclass(frozen=True)
class LoadedProbe:
    """A checkpoint that was read, checked and hashed once, and the probe that it is, built from the match.

    About is what the file tells and the network confirms, and what somebody said of it; on the questions that
    are open still no answer depends.
    """

    probe: Probe
    checkpoint: Checkpoint
    match: Match
    about: About
    questions: Questions


def load_probe(data: bytes, said: About | None = None) -> LoadedProbe:
    """Read a checkpoint that nobody trusts; errors are those of ``checkpoints.load`` and of ``settle``."""
    return settle(checkpoints.load(data), said or About())


def questions(checkpoint: Checkpoint, said: About | None = None) -> Questions:
    """What is open once somebody has said something of a file. Raises UserError for what it contradicts."""
    told, fitting = _known(checkpoint, said or About())
    several = told.design is None and len(fitting) > 1
    open_designs = tuple(match.design for match in fitting) if several else ()
    options, (first, *_) = told.options or {}, fitting
    # A file that names its design leaves out what is the default.
    settled = "activation" in options or checkpoint.about.design == first.design
    return Questions(
        designs=open_designs,
        alike=not open_designs or _alike(checkpoint, fitting, options),
        activations=() if settled else tuple(DESIGNS[first.design].options.get("activation", ())),
        normalisation=told.mean is None,
        classes=_logits(checkpoint) if told.classes is None else 0,
    )


def settle(checkpoint: Checkpoint, said: About) -> LoadedProbe:
    """The probe of a checkpoint. What is said goes before what its file tells.

    Raises UserError where its answers would depend on a guess (see ``questions``), and for what cannot be: a
    design or an option that the weights do not fit, or other than one name for each logit.
    """
    open_still = questions(checkpoint, said)
    if open_still.pressing:
        raise UserError(N_("This file does not tell all that its answers depend on: say so first."))
    told, match = _known(checkpoint, said)[0], network(checkpoint, said)
    same = match == checkpoint.matches[0]
    module = checkpoint.module if same else fill(match, checkpoint.state_dict)
    assert told.mean is not None  # or it would be pressing
    assert told.std is not None
    names = told.classes or numbered(_logits(checkpoint))
    return LoadedProbe(Probe(module, names, told.mean, told.std), checkpoint, match, told, open_still)


def network(checkpoint: Checkpoint, said: About) -> Match:
    """The design and options of a checkpoint; the first, where several are open. Errors as ``settle``'s."""
    told, fitting = _known(checkpoint, said)
    return Match(fitting[0].design, {**fitting[0].options, **(told.options or {})})


def _known(checkpoint: Checkpoint, said: About) -> tuple[About, list[Match]]:
    """What is told or said of a file, what is said first, and the designs that are left."""
    about, count = checkpoint.about, _logits(checkpoint)
    told = _over(about, _KNOWN.get(checkpoint.identity, About()))
    if told.classes is not None and len(told.classes) != count:
        told = replace(told, classes=None)
    if said.classes is not None and len(said.classes) != count:
        sentence = N_("The network has {count} classes and {given} names were given: give one for each.")
        raise UserError(sentence, count=count, given=len(said.classes))
    check_classes(said.classes or numbered(count))
    known = _over(said, told)
    if said.design not in (None, told.design):  # the options that are told belong to another design
        known = replace(known, options=said.options)
    return known, _fitting(checkpoint, known.design, said.options or {})


def _fitting(checkpoint: Checkpoint, wanted: str | None, options: Mapping[str, Any]) -> list[Match]:
    """The designs of a checkpoint that are as somebody said, at least one."""
    named = [match for match in checkpoint.matches if wanted in (None, match.design)]
    if not named:
        sentence = N_("These weights do not fit {design}: they fit {fitting}.")
        fit = ", ".join(match.design for match in checkpoint.matches)
        raise UserError(sentence, design=repr(wanted)[:60], fitting=fit)
    refused = [_unfit(match.design, checkpoint, options) for match in named]
    left = [match for match, reason in zip(named, refused, strict=True) if reason is None]
    if not left and refused[0] is not None:
        raise refused[0]
    return left


def _over(first: About, second: About) -> About:
    """What the first says, and what else the second says."""
    found = {name: value for name, value in vars(second).items() if getattr(first, name) is None}
    merged = replace(first, **found)
    if first.options is not None and second.options is not None:
        merged = replace(merged, options={**second.options, **first.options})
    return merged


def _unfit(key: str, checkpoint: Checkpoint, said: Mapping[str, Any]) -> UserError | None:
    """Why options cannot be: the design has no such option, or its weights contradict."""
    try:
        design(key).checked(said)
    except UserError as error:
        return error
    told = {"num_classes": 2, "shared": False, **design(key).told(checkpoint.state_dict)}
    for name, value in said.items():
        if name != "activation" and told.get(name, value) != value:
            sentence = N_("In these weights {name} is {told}, not {given}: leave it out.")
            return UserError(sentence, name=name, told=told[name], given=value)
    return None


def _alike(checkpoint: Checkpoint, fitting: list[Match], options: Mapping[str, Any]) -> bool:
    """Whether all these designs say the same of a picture with the same activation."""
    picture = torch.randn(2, *INPUT_SHAPE, generator=torch.Generator().manual_seed(0))
    activation = {"activation": options.get("activation", "tanh")}
    built = (Match(match.design, {**match.options, **activation}) for match in fitting)
    with torch.no_grad():
        found = [fill(match, checkpoint.state_dict)(picture) for match in built]
    return all(torch.allclose(found[0], other, equal_nan=True) for other in found[1:])


def _logits(checkpoint: Checkpoint) -> int:
    """How many classes a network tells apart."""
    return len(checkpoint.state_dict[design(checkpoint.matches[0].design).head])
