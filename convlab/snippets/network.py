"""Scripts of plain PyTorch for a network and for a receptive field; what a learner copies and runs."""

import inspect
import re
from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from convlab.convolution.kernels import number
from convlab.errors import N_, UserError
from convlab.networks import designs, layer_kinds
from convlab.networks.checkpoints import WeightsFile
from convlab.networks.crosses import find_cross
from convlab.networks.edits import NONE, Edits
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
    picture_code: str,
    design: str,
    options: dict[str, Any],
    seed: int = 0,
    weights_file: WeightsFile | None = None,
    changed: Edits = NONE,
) -> str:
    """Script that builds a design: its ``model``, ``shapes`` of every step, and ``output`` for ``image``.

    The picture's lines define ``image``, float32 [C, H, W], normalised as the network expects. Random weights
    are those of ``designs.seeded``; a weights file replaces them; then come the kernels that were changed.
    """
    make = designs.design(design).make
    build = built(design, options, seed, weights_file, changed)
    shapes = _TRACED_SHAPES if isinstance(make, type) else _CHAINED_SHAPES
    return _script(picture_code, source(design), build, shapes)


_PROBABILITIES = """
classes = {classes}
probabilities = torch.softmax(output[0]{divided}, dim=0)
for name, probability in zip(classes, probabilities.tolist()):
    print(f"{{name:12}} {{probability:.4f}}")
"""


def probabilities(classes: Sequence[str], temperature: float = 1.0) -> str:
    """Lines behind ``network`` that print a probability for each class; "" where outputs have no names."""
    if not classes:
        return ""
    divided = "" if temperature == 1 else f" / {temperature!r}"
    return _PROBABILITIES.format(classes=repr(tuple(classes)), divided=divided)


_IN_TRAINING = """
# train(): the picture in a batch with others, and the seed of dropout.
{others}
order = torch.randperm(len(others), generator=torch.Generator().manual_seed({draw}))
others = images.to_float(others[order[:{count}]])
{normalised}torch.manual_seed({draw})
model.train()
with torch.no_grad():
    output = model(torch.cat([batch, others]))[:1]
print(output)
"""


def in_training(others: str, count: int, draw: int, mean: Sequence[float], std: Sequence[float]) -> str:
    """Lines behind ``network`` that run the ``model`` in train(): ``output`` of the image in a batch.

    ``others`` are lines that define these, uint8 [N, C, H, W]; ``count`` of them are drawn with a seed. They
    are normalised where a mean is not 0.
    """
    how = f"mean={tuple(mean)!r}, std={tuple(std)!r}"
    normalised = f"others = images.normalise(others, {how})\n" if any(mean) else ""
    return _IN_TRAINING.format(others=others, count=count, draw=draw, normalised=normalised)


def built(
    design: str,
    options: dict[str, Any],
    seed: int,
    weights_file: WeightsFile | None = None,
    changed: Edits = NONE,
) -> str:
    """Lines that define ``model``, behind ``source``; arguments as ``network``."""
    return _built(call(designs.design(design).make.__name__, options), seed, weights_file, changed)


def source(design: str) -> list[str]:
    """Source of a design and of all of ours that it uses, in the order in which a script needs them."""
    found = designs.design(design)
    return [inspect.getsource(part).rstrip() for part in (*found.helpers, found.make)]


def stack(picture_code: str, module: nn.Sequential, seed: int = 0, changed: Edits = NONE) -> str:
    """Script that builds ``stacks.build``'s module with the same seed, for an image as ``network`` takes it.

    It fails where the stack does not fit, with PyTorch's own error.
    """
    layers = "".join(f"    nn.{layer!r},\n" for layer in module)
    build = _built(f"nn.Sequential(\n{layers})", seed, None, changed)
    return _script(picture_code, [], build, _CHAINED_SHAPES)


def cross(picture_code: str, first: Tensor, second: Tensor, changed: Edits = NONE) -> str:
    """Script that builds ``crosses.find_cross`` with two kernels [1, 3, 3], for a grey image [1, H, W]."""
    source = ["from collections import OrderedDict", inspect.getsource(find_cross).rstrip()]
    kernels = (f"torch.tensor({kernel.tolist()})" for kernel in (first, second))
    build = _built(f"find_cross({', '.join(kernels)})", 0, None, changed)
    return _script(picture_code, source, build, _CHAINED_SHAPES)


def foreign(
    picture_code: str,
    code: str,
    seed: int = 0,
    weights_file: WeightsFile | None = None,
    changed: Edits = NONE,
) -> str:
    """Script for a network that is none of ours; ``code`` is how it is built: imports, then one expression.

    An ONNX file brings its own weights, and steps that torch.fx does not list.
    """
    *imports, expression = code.splitlines()
    shapes = "" if "onnx2torch" in code else _TRACED_SHAPES
    return _script(picture_code, imports, _built(expression, seed, weights_file, changed), shapes)


def _built(model: str, seed: int, weights_file: WeightsFile | None, changed: Edits) -> str:
    build = f"torch.manual_seed({seed})\nmodel = {model}"
    if weights_file is not None:
        build = _filled(build, weights_file)
    if changed:
        build += "\nwith torch.no_grad():  # the kernels that were changed by hand"
    for layer, out_channel, in_channel, grid in changed.told():
        kernel = ", ".join(f"[{', '.join(map(number, row))}]" for row in grid)
        weight = f"model.get_submodule({layer!r}).weight[{out_channel}, {in_channel}]"
        build += f"\n    {weight} = torch.tensor([{kernel}])"
    return build


def _script(picture_code: str, source: list[str], build: str, shapes: str) -> str:
    return script(
        definitions(source),
        f"{build}\nmodel.eval()",
        f"{picture_code}\nbatch = image.unsqueeze(0)",
        shapes,
        "with torch.no_grad():\n    output = model(batch)\nprint(output)",
    )


def reading(file: WeightsFile) -> tuple[str, str]:
    """The expression that reads a file's state_dict, and the line that imports what it needs, or ""."""
    safe = file.name.endswith(".safetensors")
    read = f"load_file({file.name!r})" if safe else f"torch.load({file.name!r}, 'cpu', weights_only=True)"
    read += "".join(f"[{key!r}]" for key in file.keys)
    return read, "from safetensors.torch import load_file\n" if safe else ""


def _filled(build: str, file: WeightsFile) -> str:
    """Lines that build a model, and those that fill it with the weights of a file."""
    read, before = reading(file)
    if not file.prefix:
        return f"{before}{build}\nmodel.load_state_dict({read})"
    bare = "{name.removeprefix(prefix): one for name, one in weights.items() if name.startswith(prefix)}"
    lines = (build, f"weights = {read}", f"prefix = {file.prefix!r}", f"model.load_state_dict({bare})")
    return before + "\n".join(lines)


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
    if isinstance(layer.reads, layer_kinds.Transposed):
        return f"{names[layer.name]} = {_transposed(layer, layer.reads, inputs[0])}"
    if isinstance(layer.reads, layer_kinds.Bins):
        return f"{names[layer.name]} = F.adaptive_avg_pool2d({inputs[0]}, {layer.reads.wanted})"
    if isinstance(layer.reads, layer_kinds.Along) and len(before) == 1:
        return f"{names[layer.name]} = {inputs[0]}.sum((2, 3), keepdim=True)  # every unit before it"
    if isinstance(layer.reads, layer_kinds.Along):
        axes = tuple(sorted(axis + 2 for axis in layer.reads.axes))
        size = layer.shape[1:] or (1, 1)  # a mean that drops its axes
        spread = "" if set(size) == {1} else f".expand(1, 1, {size[0]}, {size[1]})"
        return f"{names[layer.name]} = {inputs[0]}.mean({axes}, keepdim=True){spread}"
    if layer_kinds.of(layer.kind).merge:
        return f"{names[layer.name]} = {' + '.join(inputs)}"
    told = N_("There is no receptive-field script for {layer}, a {kind} layer.")
    raise UserError(told, layer=layer.name, kind=layer.kind)


def _transposed(layer: Layer, pattern: layer_kinds.Transposed, before: str) -> str:
    """A transposed convolution with weights of 1."""
    forward = pattern.forward
    cropped, more = (forward.padding[0][0], forward.padding[1][0]), layer.settings.get("output_padding", 0)
    given = {"stride": forward.stride, "padding": cropped, "output_padding": more}
    parts = _unusual({**given, "dilation": forward.dilation})
    rows, cols = forward.kernel_size
    weight = f"torch.ones(1, 1, {rows}, {cols}, dtype=torch.float64)"
    return f"F.conv_transpose2d({', '.join((before, weight, *parts))})"


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
    return ", ".join((str(window.kernel_size), *_unusual(given)))


def _unusual(given: dict[str, Any]) -> list[str]:
    """Arguments that are no defaults: strides and dilations of 1, paddings of 0."""
    usual = {name: (0, (0, 0), (0, 0, 0, 0)) if "padding" in name else ((1, 1),) for name in given}
    return [f"{name}={value}" for name, value in given.items() if value not in usual[name]]
