"""A network that somebody's own code builds: named from a terminal by who trusts it, and never by a page.

``convlab open`` puts the plan into the environment of the server that it starts, which imports the code.
"""

import json
import os
import sys
from dataclasses import asdict, dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from convlab.errors import N_, UserError
from convlab.networks import checkpoints, foreign
from convlab.networks.foreign import Foreign

VARIABLE = "CONVLAB_OPEN"
_MOST_BYTES = 4 * foreign.MAX_PARAMETERS * 3  # with both of Adam's moments beside the weights


@dataclass(frozen=True)
class Plan:
    """What ``convlab open`` was told.

    Attributes:
        factory: "package.module:name" of what builds the network, called without arguments.
        weights: the path of its state_dict; "" for the weights that the factory leaves.
        shape: of the pictures [C, H, W], square.
        classes: names of the entries that it puts out; () to number them.
        mean, std: per channel, on the scale 0..1.
        folder: where the code is looked for first.
    """

    factory: str
    weights: str = ""
    shape: tuple[int, int, int] = (3, 224, 224)
    classes: tuple[str, ...] = ()
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)
    folder: str = ""

    def text(self) -> str:
        """As the environment holds it."""
        return json.dumps(asdict(self))


def named() -> Plan | None:
    """The plan that this process was started with; None for none."""
    text = os.environ.get(VARIABLE, "")
    if not text:
        return None
    told = {name: tuple(one) if isinstance(one, list) else one for name, one in json.loads(text).items()}
    given: dict[str, Any] = {str(name): one for name, one in told.items()}
    return Plan(**given)


def made(plan: Plan) -> Foreign:
    """The network of a plan: its code is imported and called, its weights are read as any file's.

    Raises UserError where there is no such code, it builds no network, or the lab cannot open it.
    """
    network = _called(plan)
    foreign.check(network, plan.factory)
    if plan.weights:
        wanted = partial(_same, network.state_dict())
        try:
            with Path(plan.weights).open("rb") as file:
                data = file.read(_MOST_BYTES + 1)
        except OSError as error:
            told = N_("{path} cannot be read: {reason}.")
            raise UserError(told, path=plan.weights, reason=error.strerror) from error
        network.load_state_dict(checkpoints.weights(data, wanted, _MOST_BYTES)[0])
    network.eval()
    opened = foreign.traced(network, plan.shape, plan.factory)
    foreign.check_values(opened, plan.factory)
    return Foreign(network, plan.shape, foreign.class_names(opened, plan.classes), plan.mean, plan.std)


def _called(plan: Plan) -> nn.Module:
    module, separator, name = plan.factory.partition(":")
    if not (module and separator and name):
        told = N_("{factory} names no code: write package.module:name, such as torchvision.models:resnet18.")
        raise UserError(told, factory=repr(plan.factory)[:80])
    if plan.folder and plan.folder not in sys.path:
        sys.path.insert(0, plan.folder)
    try:
        found = getattr(import_module(module), name)
        network = found if isinstance(found, nn.Module) else found()
    except Exception as error:  # whatever somebody's code raises
        told = N_("{factory} builds no network: {kind}: {reason}")
        kind, reason = type(error).__name__, str(error)[:300]
        raise UserError(told, factory=plan.factory, kind=kind, reason=reason) from error
    if not isinstance(network, nn.Module):
        told = N_("{factory} gives a {kind}: name a function that returns an nn.Module.")
        raise UserError(told, factory=plan.factory, kind=type(network).__name__)
    return network


def _same(wanted: dict[str, Tensor], given: object) -> dict[str, Tensor]:
    return wanted
