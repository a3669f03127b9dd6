"""Kernels of a network that a learner has changed: what they are, and the network that has them.

A kernel [kh, kw] belongs to an output channel of a convolution, and reads one of the channels that this one
reads. The network itself is never changed: ``applied`` gives another that shares all other tensors.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, NamedTuple

import torch
from pydantic import Field, TypeAdapter, ValidationError
from torch import Tensor, nn

from convlab.errors import N_, UserError, check_range, chosen
from convlab.networks.graph import Network, stand_in

MOST = 2048  # kernels that may be changed in one network: four whole filters of the widest layers
MAX_TEXT = 200  # letters of a layer's name
_SIDE = 64  # rows and columns of the largest kernel that anybody slides
_NO_LAYER = N_("This network has no convolution {key}: choose one of {keys}.")

Grid = tuple[tuple[float, ...], ...]


class Place(NamedTuple):
    """Where a kernel stands: the convolution's path, the output channel, the input channel of its filter."""

    layer: str
    out_channel: int
    in_channel: int


_Count = Annotated[int, Field(ge=0, le=100_000)]
_Row = Annotated[list[Annotated[float, Field(allow_inf_nan=False)]], Field(min_length=1, max_length=_SIDE)]
_Rows = Annotated[list[_Row], Field(min_length=1, max_length=_SIDE)]
_Entry = tuple[Annotated[str, Field(max_length=MAX_TEXT)], _Count, _Count, _Rows]
_READER: TypeAdapter[list[_Entry]] = TypeAdapter(Annotated[list[_Entry], Field(max_length=MOST)])


@dataclass(frozen=True)
class Edits:
    """Place -> the kernel that a learner has put there, float32 as plain numbers."""

    kernels: Mapping[Place, Grid] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.kernels)

    def __len__(self) -> int:
        return len(self.kernels)

    @property
    def identity(self) -> str:
        """The same for the same kernels at the same places; "" for none."""
        return hashlib.sha256(json.dumps(self.told()).encode()).hexdigest() if self else ""

    @property
    def layers(self) -> tuple[str, ...]:
        """Paths of the convolutions that have changed."""
        return tuple(dict.fromkeys(place.layer for place in self.kernels))

    def told(self) -> list[tuple[str, int, int, Grid]]:
        """What ``read`` takes, in order."""
        return [(*place, self.kernels[place]) for place in sorted(self.kernels)]

    def without(self, layer: str) -> "Edits":
        """All but those of a convolution."""
        return Edits({place: grid for place, grid in self.kernels.items() if place.layer != layer})


NONE = Edits()


def read(told: object) -> Edits:
    """What JSON that nobody trusts tells. Raises UserError where it is not what ``Edits.told`` gives."""
    try:
        entries = _READER.validate_python(told)
        return Edits(
            {Place(layer, out, into): grid_of(torch.tensor(rows)) for layer, out, into, rows in entries}
        )
    except (ValidationError, ValueError, TypeError, RuntimeError) as error:
        message = N_("These are no changed kernels: a layer, two channels and rows of finite numbers each.")
        raise UserError(message) from error


def grid_of(kernel: Tensor) -> Grid:
    """A kernel [kh, kw] as plain numbers. Raises UserError where one of them is not finite as float32."""
    single = kernel.detach().to("cpu", torch.float32)
    if single.ndim != 2 or not bool(single.isfinite().all()):
        raise UserError(N_("A weight has to be a finite number."))
    return tuple(map(tuple, single.tolist()))


def convolutions(module: nn.Module) -> dict[str, nn.Conv2d]:
    """The convolutions whose kernels can be changed, by path; one at many places has as many paths.

    A weight that is made of others, as weight norm makes it, cannot be changed by itself.
    """
    return {
        path: part
        for path, part in module.named_modules(remove_duplicate=False)
        if isinstance(part, nn.Conv2d) and isinstance(part._parameters.get("weight"), Tensor)
    }


def editable(network: Network) -> dict[str, str]:
    """Layer -> path of its convolution, for all layers of an open network whose kernels can be changed."""
    paths = {layer.name: layer.name.partition("#")[0] for layer in network.layers}
    found = convolutions(network.body)
    return {name: path for name, path in paths.items() if path in found}


def filter_of(module: nn.Module, layer: str, out_channel: int) -> Tensor:
    """The kernels [C, kh, kw] of an output channel: a view. Raises UserError for no such place."""
    return _filter(chosen(convolutions(module), layer, _NO_LAYER), out_channel)


def _filter(part: nn.Conv2d, out_channel: int) -> Tensor:
    check_range("out_channel", out_channel, 0, len(part.weight) - 1)
    return part.weight[out_channel]


def _kernel(parts: Mapping[str, nn.Conv2d], place: Place) -> Tensor:
    kernels = _filter(chosen(parts, place.layer, _NO_LAYER), place.out_channel)
    check_range("in_channel", place.in_channel, 0, len(kernels) - 1)
    return kernels[place.in_channel]


def kernel_at(module: nn.Module, place: Place) -> Tensor:
    """A kernel [kh, kw] of a network, a view. Raises UserError for no such place."""
    return _kernel(convolutions(module), place)


def changed(edits: Edits, module: nn.Module, kernels: Mapping[Place, Grid]) -> Edits:
    """The edits with further kernels; one that is the network's own again is no edit.

    The module has none of them. Raises UserError for kernels that do not fit, and for more than ``MOST``.
    """
    found, parts = {**edits.kernels, **kernels}, convolutions(module)
    for place in kernels:
        own = grid_of(_kernel(parts, place))
        _check_fit(place, own, found[place])
        if found[place] == own:
            del found[place]
    if len(found) > MOST:
        message = N_("At most {most} kernels of a network can be changed: restore some.")
        raise UserError(message, most=f"{MOST:,}")
    return Edits(found)


def _check_fit(place: Place, own: Grid, given: Grid) -> None:
    wanted, shape = ([len(grid), len(grid[0])] for grid in (own, given))
    if wanted != shape or len({len(row) for row in given}) > 1:
        message = N_("This kernel of {layer} has the shape {wanted}, not {given}.")
        raise UserError(message, layer=place.layer, wanted=wanted, given=shape)


def applied(module: nn.Module, edits: Edits) -> nn.Module:
    """The network with these kernels, in eval mode; the module itself where there are none.

    It shares all tensors but the weights that are changed, so it costs little; a weight that several layers
    use is changed for all of them. Raises UserError for a kernel that does not fit.
    """
    if not edits:
        return module
    twin, new = stand_in(module, on=lambda tensor: tensor), _weights(module, edits)
    for part in twin.modules():
        for name, tensor in part._parameters.items():
            if tensor is not None and id(tensor) in new:
                part._parameters[name] = new[id(tensor)]  # type: ignore[assignment]
    return twin


def _weights(module: nn.Module, edits: Edits) -> dict[int, Tensor]:
    """By the identity of each weight that is changed: what stands in for it."""
    parts, copies, owners = convolutions(module), dict[int, Tensor](), dict[int, Tensor]()
    with torch.no_grad():
        for place, grid in edits.kernels.items():
            own = _kernel(parts, place)
            _check_fit(place, grid_of(own), grid)
            weight: Tensor = parts[place.layer].weight
            owners[id(weight)] = weight
            copy = copies.setdefault(id(weight), weight.detach().clone())
            copy[place.out_channel, place.in_channel] = torch.tensor(grid)
    return {key: _like(owners[key], copy) for key, copy in copies.items()}


def _like(weight: Tensor, copy: Tensor) -> Tensor:
    """A Parameter for a Parameter: who counts them, or takes a gradient, finds it as it was."""
    return nn.Parameter(copy, weight.requires_grad) if isinstance(weight, nn.Parameter) else copy
