"""Scripts of plain PyTorch for a network and for a receptive field; what a learner copies and runs."""

import inspect
import re
from collections.abc import Sequence
from typing import Any

from torch import nn

from convlab.errors import N_, UserError
from convlab.networks import designs, layer_kinds
from convlab.networks.graph import INPUT, Layer, Network
from convlab.networks.receptive_field import Unit, check_unit, row, unravel
from convlab.snippets.writer import FUNCTIONAL, call, definitions, script

_TRACED_SHAPES = """from torch.fx import symbolic_trace
from torch.fx.passes.shape_prop import ShapeProp
# torch.fx lists every step of forward, functions too.
traced = symbolic_trace(model)
ShapeProp(traced).propagate(batch)
shapes = {}
for node in traced.graph.nodes:
    if node.op.startswith("call_"):
        shapes[node.name] = tuple(node.meta["tensor_meta"].shape)
        print(f"{node.name:20} {shapes[node.name]}")"""

_CHAINED_SHAPES = """shapes = {}
step = batch
with torch.no_grad():
    for name, layer in model.named_children():
        step = layer(step)
        shapes[name] = tuple(step.shape)
        print(f"{name:>2} {type(layer).__name__:12} {shapes[name]}")"""


def network(
    picture_code: str, design: str, options: dict[str, Any], seed: int = 0, weights_file: str | None = None
) -> str:
    """Script that builds a design: its ``model``, ``shapes`` of every step, and ``output`` for ``image``.

    Args:
        picture_code: lines that define ``image``, float32 [C, H, W], normalised as the network expects.
        design, options: key of ``designs.DESIGNS``, and what its ``build`` takes.
        seed: of the random weights, which are those of ``designs.seeded``.
        weights_file: name of a .safetensors or .pt file that replaces them.
    """
    make = designs.design(design).make
    model = call(make.__name__, options)
    return _script(picture_code, source(design), model, not isinstance(make, type), seed, weights_file)


def source(design: str) -> list[str]:
    """Source of a design and of all of ours that it uses, in the order in which a script needs them."""
    found = designs.design(design)
    return [inspect.getsource(part).rstrip() for part in (*found.helpers, found.make)]


def stack(picture_code: str, module: nn.Sequential, seed: int = 0) -> str:
    """Script that builds ``stacks.build``'s module with the same seed, for an image as ``network`` takes it.

    It fails where the stack does not fit, with PyTorch's own error.
    """
    layers = "".join(f"    nn.{layer!r},\n" for layer in module)
    return _script(picture_code, [], f"nn.Sequential(\n{layers})", True, seed, None)


def _script(
    picture_code: str, source: list[str], model: str, chained: bool, seed: int, weights_file: str | None
) -> str:
    build = f"torch.manual_seed({seed})\nmodel = {model}"
    if weights_file is not None and weights_file.endswith(".safetensors"):
        build = f"from safetensors.torch import load_file\n{build}"
        build += f"\nmodel.load_state_dict(load_file({weights_file!r}))"
    elif weights_file is not None:
        build += f"\nmodel.load_state_dict(torch.load({weights_file!r}, weights_only=True))"
    return script(
        definitions(source),
        f"{build}\nmodel.eval()",
        f"{picture_code}\nbatch = image.unsqueeze(0)",
        _CHAINED_SHAPES if chained else _TRACED_SHAPES,
        "with torch.no_grad():\n    output = model(batch)\nprint(output)",
    )


_WINDOW = '''def window(x, kernel_size, stride=(1, 1), padding=(0, 0, 0, 0), dilation=(1, 1)):
    """What a convolution or pooling can see: the mean over its window, padding (left, right, top, bottom)."""
    weight = torch.full((1, 1, *kernel_size), 1 / math.prod(kernel_size), dtype=x.dtype)
    return F.conv2d(F.pad(x, padding), weight, stride=stride, dilation=dilation)'''


def receptive_field(network: Network, layer: str, unit: Unit) -> str:
    """Script whose ``seen`` [H, W] is the exact footprint of a unit, by autograd over all-positive weights.

    One channel is enough, as all channels of a layer see the same pixels. Activations and batch norm are left
    out, as they look at no other pixel. Raises UserError for no such layer or unit, or a layer on the way for
    which there is no script.
    """
    check_unit(network.layer(layer), unit)
    grid = row(network, layer).grid
    place = unravel(unit[0], grid) if grid and len(unit) == 1 else unit
    names = {INPUT: "picture"}
    steps = filter(None, [_step_code(network, step, names) for step in _ancestors(network, layer)])
    height, width = network.input_shape[1:]
    position = ", ".join(map(str, place[1:])) if len(place) == 3 else "0, 0"
    opening = f"import math\n\nimport torch\n{FUNCTIONAL}"
    start = f"picture = torch.zeros(1, 1, {height}, {width}, dtype=torch.float64, requires_grad=True)"
    end = f"""{names[layer]}[0, 0, {position}].backward()
seen = picture.grad[0, 0] != 0
rows, cols = seen.any(1).nonzero().flatten(), seen.any(0).nonzero().flatten()
print(f"rows {{rows[0]}} to {{rows[-1]}}, columns {{cols[0]}} to {{cols[-1]}}: {{seen.sum()}} pixels")"""
    return "\n\n".join((f"{opening}\n", f"{_WINDOW}\n", "\n".join((start, *steps)), end)) + "\n"


def _ancestors(network: Network, layer: str) -> list[Layer]:
    """The layers that a layer depends on, itself too, in the order in which they run."""
    needed = {layer}
    for step in reversed(network.layers):
        if step.name in needed:
            needed.update(step.inputs)
    return [step for step in network.layers if step.name in needed]


def _step_code(network: Network, layer: Layer, names: dict[str, str]) -> str:
    """One line for a layer, or "" where it sees what the layer before it does; names gets its variable."""
    inputs = [names[name] for name in layer.inputs]
    names[layer.name] = re.sub(r"\W", "_", layer.name if layer.name[0].isalpha() else f"layer{layer.name}")
    before = network.shape(layer.inputs[0])
    if layer.reads == layer_kinds.ITSELF or layer.kind == "Flatten":
        names[layer.name] = inputs[0]
        return ""
    if layer.window is not None and layer.window.padding_mode == "zeros":
        return f"{names[layer.name]} = window({inputs[0]}, {_arguments(layer, before)})"
    if layer.kind == "Linear" and len(before) == 1:
        return f"{names[layer.name]} = {inputs[0]}.sum((2, 3), keepdim=True)  # every unit before it"
    if isinstance(layer.reads, layer_kinds.Along) and set(layer.shape[1:]) == {1}:
        return f"{names[layer.name]} = {inputs[0]}.mean((2, 3), keepdim=True)"
    if layer_kinds.of(layer.kind).merge:
        return f"{names[layer.name]} = {' + '.join(inputs)}"
    told = N_("There is no receptive-field script for {layer}, a {kind} layer.")
    raise UserError(told, layer=layer.name, kind=layer.kind)


def _arguments(layer: Layer, before: Sequence[int]) -> str:
    """A window's arguments, less the defaults; windows that ceil_mode lets hang over are padding here."""
    window = layer.window
    assert window is not None
    ghosts = []
    for axis in (1, 0):
        first, last = window.padding[axis]
        end = window.taps(axis, layer.shape[axis + 1] - 1)[-1] + 1
        ghosts += [first, max(last, end - before[axis + 1])]
    given = {"stride": window.stride, "padding": tuple(ghosts), "dilation": window.dilation}
    usual = {"stride": (1, 1), "padding": (0, 0, 0, 0), "dilation": (1, 1)}
    parts = [f"{name}={value}" for name, value in given.items() if value != usual[name]]
    return ", ".join((str(window.kernel_size), *parts))
