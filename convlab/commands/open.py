"""``python -m convlab open package.module:name --weights FILE``: your own network on Feature maps."""

import argparse
import os
import re
from pathlib import Path

from convlab.commands import inputs, numbers, serve
from convlab.errors import N_, UserError
from convlab.networks import factories, foreign, pretrained
from convlab.networks.factories import Plan

_NORMALISATIONS = {"imagenet": (pretrained.MEAN, pretrained.STD), "none": None}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare its options."""
    about = "what builds the network, called without arguments: its code is run, so name only what you trust"
    parser.add_argument("factory", metavar="package.module:name", help=about)
    parser.add_argument("--weights", type=Path, metavar="FILE", help=inputs.WEIGHTS)
    parser.add_argument(
        "--input", default="3x224x224", metavar="CxHxW", help="of pictures; default: 3x224x224"
    )
    about = "names of the entries that it puts out, in their order: cat dog, or cat,dog"
    parser.add_argument("--classes", nargs="+", metavar="NAME", help=about)
    about = "how pixels are scaled: none (0 to 1, the default), or imagenet"
    parser.add_argument("--normalisation", choices=list(_NORMALISATIONS), default="none", help=about)
    for name in ("mean", "std"):
        about = "in place of it: of red, green, blue"
        parser.add_argument(f"--{name}", nargs="+", type=numbers.number, metavar="N", help=about)
    serve.add_port(parser)


def run(given: argparse.Namespace) -> int:
    """Build the network once to see that it opens, then start the lab with it. Raises UserError."""
    plan = planned(given, os.getcwd())
    serve.check(given.port)
    factories.made(plan)
    os.environ[factories.VARIABLE] = plan.text()  # the server imports the code that it names
    print(f"http://127.0.0.1:{given.port}/feature_maps?network=terminal", flush=True)
    return serve.start(given.port)


def planned(given: argparse.Namespace, folder: str) -> Plan:
    """The plan that is told. Raises UserError where it does not hold together."""
    match = re.fullmatch(r"([13])x(\d{1,4})x(\d{1,4})", given.input, re.ASCII)
    least, most = foreign.SIDES_PX
    if match is None or match[2] != match[3] or not least <= int(match[2]) <= most:
        told = N_(
            "{text} is no shape of pictures: write 3x224x224, or 1xNxN, with a side of {least} to {most}."
        )
        raise UserError(told, text=repr(given.input)[:40], least=least, most=most)
    shape = (int(match[1]), int(match[2]), int(match[3]))
    mean, std = _NORMALISATIONS[given.normalisation] or ((0.0,) * shape[0], (1.0,) * shape[0])
    mean, std = tuple(given.mean or mean), tuple(given.std or std)
    if not len(mean) == len(std) == shape[0] or min(std) <= 0:
        raise UserError(N_("Give a mean and a std above 0 for each of the {count} channels."), count=shape[0])
    classes = given.classes or []
    if len(classes) == 1:
        classes = [name.strip() for name in classes[0].split(",")]
    weights = str(given.weights.resolve()) if given.weights else ""
    return Plan(given.factory, weights, shape, tuple(classes), mean, std, folder)
