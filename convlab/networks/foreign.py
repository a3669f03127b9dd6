"""A network that is none of the chapter's designs: what reading it takes, and whether it can be opened."""

import math
from dataclasses import dataclass

from torch import nn

from convlab.errors import N_, UserError
from convlab.networks import graph
from convlab.networks.class_names import numbered

MAX_PARAMETERS = 2**26  # 256 MiB: ResNet-152 and EfficientNet-B7 have fewer
MAX_VALUES = 2**24  # that all layers put out for a picture: 64 MiB that a session keeps
SIDES_PX = (8, 256)  # of a square picture
_SIDE_STEP_PX = 32  # by which a picture is made smaller: networks halve it five times


def no_maps(name: str) -> UserError:
    """Why a network of attention is not opened."""
    sentence = N_(
        "{name} has no maps to open: it looks at pieces of the picture by attention, as transformers do. "
        "Choose a convolutional network, such as resnet18."
    )
    return UserError(sentence, name=name)


@dataclass(frozen=True)
class Foreign:
    """A network in eval mode, the shape [C, H, W] of the pictures that it is opened on, and how they enter.

    Attributes:
        classes: names of the entries that it puts out, plain text of unknown origin; () where none are known.
        mean, std: per channel, on the scale 0..1.
    """

    network: nn.Module
    input_shape: tuple[int, int, int]
    classes: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]


def check(network: nn.Module, name: str) -> None:
    """Refuse attention, and more than ``MAX_PARAMETERS``, with a UserError; a network on "meta" too."""
    if any(isinstance(part, nn.MultiheadAttention) for part in network.modules()):
        raise no_maps(name)
    count = sum(parameter.numel() for parameter in network.parameters())
    if count > MAX_PARAMETERS:
        told = N_("{name} has {count:,} parameters and may have {limit:,}: choose a smaller network.")
        raise UserError(told, name=name, count=count, limit=MAX_PARAMETERS)


def traced(network: nn.Module, shape: tuple[int, int, int], name: str) -> graph.Network:
    """The network opened for pictures of a shape, as far as a page can show it.

    Raises UserError for one that branches on values, does not fit the pictures, or puts out anything but maps
    and vectors.
    """
    try:
        found = graph.trace(network, shape)
    except graph.UntraceableError as error:
        if "transformer" in type(network).__module__ + type(network).__name__.lower():
            raise no_maps(name) from error
        raise
    for layer in found.layers:
        if not 1 <= len(layer.shape) <= 3 or 0 in layer.shape:
            told = N_("{name} cannot be shown: {layer} puts out {shape}, which is neither maps nor a vector.")
            raise UserError(told, name=name, layer=layer.name, shape=list(layer.shape))
    return found


def class_names(network: graph.Network, names: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Names for the entries that a network puts out: these, or numbers; () where it puts out maps.

    Raises UserError where there are more or fewer names than entries.
    """
    shape = network.layers[-1].shape
    if names and shape != (len(names),):
        told = N_("There are {names} class names, and the network puts out {shape}: give one for each entry.")
        raise UserError(told, names=len(names), shape=list(shape))
    return names or (numbered(shape[0]) if len(shape) == 1 else ())


def without_maps(network: graph.Network) -> list[str]:
    """Modules that run on values that are no maps, such as ConvNeXt's channels last: no page shows them."""
    return [
        str(node.target)
        for node in network.graph.nodes
        if node.op == "call_module" and node not in network.nodes
    ]


def values(network: graph.Network) -> int:
    """How many values all layers put out for a picture, and the picture itself has."""
    return sum(math.prod(layer.shape) for layer in network.layers) + math.prod(network.input_shape)


def largest_side(network: nn.Module, channels: int, side_px: int, name: str) -> int:
    """The side of the pictures that a network of any side is opened on: ``side_px``, or less to fit memory.

    Raises UserError as ``traced``, and where no side fits.
    """
    least, most = SIDES_PX
    side = min(side_px, most)
    while side >= least:
        count = values(traced(network, (channels, side, side), name))
        if count <= MAX_VALUES:
            return side
        fitting = int(side * math.sqrt(MAX_VALUES / count))
        side = min(fitting, side - 1) // _SIDE_STEP_PX * _SIDE_STEP_PX
    raise _too_large(name)


def check_values(network: graph.Network, name: str) -> None:
    """Refuse layers that put out more than ``MAX_VALUES`` with a UserError."""
    if values(network) > MAX_VALUES:
        raise _too_large(name)


def _too_large(name: str) -> UserError:
    told = N_(
        "{name}: its layers put out more than {limit:,} values for a picture. "
        "Choose a smaller network, or one for smaller pictures."
    )
    return UserError(told, name=name, limit=MAX_VALUES)
