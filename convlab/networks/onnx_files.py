"""An ONNX file that nobody trusts, as a PyTorch network: its numbers are read, nothing in it is run.

The package onnx2torch turns each node into a module. Only kinds of nodes that are listed here come that far,
under names of ours, as it writes names into code. What it made is then recorded once more, so that nothing
but PyTorch's own layers and functions is left. https://github.com/ENOT-AutoDL/onnx2torch
"""

import re
import threading
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from torch import nn

from convlab.errors import N_, UserError
from convlab.networks import foreign, onnx_converters, onnx_recording, onnx_structure
from convlab.networks.checkpoints import MAX_BYTES
from convlab.networks.class_names import one_line
from convlab.networks.foreign import Foreign

PACKAGES = "onnx2torch onnx"
MAX_NODES = 3000
_SIDE_PX = 224  # where the file leaves the size of pictures open
_READING = threading.Lock()  # one file at a time
_FLOAT, _FOUR = 1, 4  # TensorProto.FLOAT; the axes of pictures

# Kinds of nodes that are opened: none makes a tensor out of a shape alone, none holds a graph of its own.
_KINDS = """
Add AveragePool BatchNormalization Cast Celu Clip Concat Constant Conv ConvTranspose Div Dropout Elu Erf
Flatten Gather Gemm GlobalAveragePool HardSigmoid HardSwish Identity InstanceNormalization LRN
Gelu LayerNormalization LeakyRelu LogSoftmax MatMul MaxPool Mul Neg PRelu Pad Pow ReduceMean Relu Reshape Selu
Shape Sigmoid Slice Softmax Softplus Softsign Split Sqrt Squeeze Sub Tanh Transpose Unsqueeze
"""
OPERATORS = frozenset(_KINDS.split())


def load(data: bytes) -> Foreign:
    """The network of a file, in eval mode, with numbers for class names.

    Raises UserError where the package is not installed, for no ONNX file, more than 128 MiB, weights in
    another file, a node of another kind, pictures of other than 1 or 3 channels, more than one output.
    """
    if len(data) > MAX_BYTES:
        message = N_("The ONNX file has {size} MB and may have {limit}: choose a smaller network.")
        raise UserError(message, size=-(-len(data) // 2**20), limit=MAX_BYTES // 2**20)
    onnx, converter = packages()
    with _READING:
        onnx_structure.check(data)
        model, channels, side = _read(onnx, data)
        network = _converted(onnx, converter, model, (channels, side or 64, side or 64))
    name = N_("This network")
    foreign.check(network, name)
    size = side or foreign.largest_side(network, channels, _SIDE_PX, name)
    opened = foreign.traced(network, (channels, size, size), name)
    foreign.check_values(opened, name)
    plain = (0.0,) * channels, (1.0,) * channels
    return Foreign(network, (channels, size, size), foreign.class_names(opened), *plain)


def _read(onnx: Any, data: bytes) -> tuple[Any, int, int]:
    """The model in a file, of which nothing is left that its converter should not get; see ``_checked``."""
    try:
        model = onnx.ModelProto.FromString(data)
        channels, side = _checked(model)
        _inline(model.graph)
        _check_kernels(model.graph)
        _rename(model)
    except UserError:
        raise
    except Exception as error:  # whatever a damaged file makes of its reader, names that are no text among it
        raise onnx_structure.unreadable() from error
    return model, channels, side


def packages() -> tuple[Any, Any]:
    """onnx and onnx2torch, which are an extra. Raises UserError where they are not installed."""
    try:
        return import_module("onnx"), import_module("onnx2torch")
    except ImportError as error:
        told = N_(
            "ONNX files take a package that is not installed: pip install {packages}, then start again."
        )
        raise UserError(told, packages=PACKAGES) from error


def _checked(model: Any) -> tuple[int, int]:
    """How many channels pictures have, and their side, 0 for any. Raises UserError for what is not opened."""
    graph = model.graph
    if model.functions or graph.sparse_initializer or len(graph.node) > MAX_NODES or not graph.node:
        told = N_(
            "This ONNX file has {count} nodes, or functions of its own: it may have {limit} plain ones."
        )
        raise UserError(told, count=len(graph.node), limit=MAX_NODES)
    tensors = [*graph.initializer]
    for node in graph.node:
        if node.op_type not in OPERATORS or node.domain not in ("", "ai.onnx"):
            told = N_("This network has a step of the kind {kind}, which ConvLab does not open.")
            raise UserError(told, kind=repr(f"{node.domain} {node.op_type}".strip())[:60])
        tensors += [one.t for one in node.attribute]
    if any(tensor.data_location or tensor.external_data for tensor in tensors):
        raise UserError(N_("The weights of this ONNX file lie in another file: export all in one file."))
    weights = {tensor.name for tensor in graph.initializer}
    inputs = [one for one in graph.input if one.name not in weights]
    if len(inputs) != 1 or len(graph.output) != 1:
        told = N_("This network has {inputs} inputs and {outputs} outputs: export one with one of each.")
        raise UserError(told, inputs=len(inputs), outputs=len(graph.output))
    return _picture(inputs[0].type.tensor_type)


def _picture(kind: Any) -> tuple[int, int]:
    sizes = [one.dim_value for one in kind.shape.dim]  # 0 where it is left open
    shape = list(map(str, (size or "?" for size in sizes)))
    least, most = foreign.SIDES_PX
    fits = len(sizes) == _FOUR and kind.elem_type == _FLOAT and sizes[1] in (1, 3) and sizes[2] == sizes[3]
    if not fits or not (sizes[2] == 0 or least <= sizes[2] <= most):
        told = N_(
            "This network takes {shape}: ConvLab opens what takes float32 pictures [N, 1 or 3, side, side] "
            "with a side of {least} to {most} px."
        )
        raise UserError(told, shape=f"[{', '.join(shape)}]"[:60], least=least, most=most)
    return sizes[1], sizes[2]


def _inline(graph: Any) -> None:
    """Take out nodes that only give a name: exporters name equal weights once more, and constants."""
    outputs, same, kept = {one.name for one in graph.output}, dict[str, str](), []
    for node in graph.node:
        node.input[:] = [same.get(name, name) for name in node.input]
        tensors = [one.t for one in node.attribute if one.name == "value"]
        if node.op_type == "Identity" and node.output[0] not in outputs:
            same[node.output[0]] = node.input[0]
        elif node.op_type == "Constant" and tensors:
            tensors[0].name = node.output[0]
            graph.initializer.append(tensors[0])
        else:
            kept.append(node)
    del graph.node[:]
    graph.node.extend(kept)


def _check_kernels(graph: Any) -> None:
    """Refuse a convolution whose kernels are said to be larger than its weights: they would be made first."""
    dims = {tensor.name: list(tensor.dims) for tensor in graph.initializer}
    for node in graph.node:
        told = [list(one.ints) for one in node.attribute if one.name == "kernel_shape"]
        weights = [dims.get(name, [])[2:] for name in node.input[1:2]]
        if node.op_type.startswith("Conv") and told and told != weights:
            raise _refused(ValueError("kernel_shape is not that of its weights"))


def _rename(model: Any) -> None:
    """Give all nodes names of ours: onnx2torch has torch.fx write them into code, which Python then runs."""
    taken: set[str] = set()
    for node in model.graph.node:
        weights = [name.removesuffix(".weight") for name in node.input if name.endswith(".weight")]
        scope = node.name.strip("/").rpartition("/")[0]  # "/layer1/layer1.0/conv1/Conv"
        found = _readable(weights[0] if weights else scope) or _readable(node.op_type.lower())
        name = next(name for name in _numbered(found) if name not in taken)
        taken.add(name)
        node.name = name


def _readable(name: str) -> str:
    """ "layer1/layer1.0/conv1" -> "layer1_0_conv1"; "" where nothing is left."""
    parts = name.split("/")
    pairs = zip(parts, [*parts[1:], ""], strict=True)
    told = "_".join(part for part, after in pairs if not after.startswith(f"{part}."))
    text = re.sub(r"\W+", "_", told, flags=re.ASCII).strip("_")[:40]
    return f"n{text}" if text[:1].isdigit() else text


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}_{n}" for n in range(2, MAX_NODES + 2))


def _converted(onnx: Any, converter: Any, model: Any, shape: tuple[int, int, int]) -> nn.Module:
    try:
        onnx.checker.check_model(model)
        onnx_converters.complete(onnx, tuple(OPERATORS))
        made = converter.convert(model)
    except Exception as error:  # a converter of somebody else's, on a file of somebody else's
        raise _refused(error) from error
    try:
        return onnx_recording.recorded(made, shape)
    except UserError:
        raise
    except Exception as error:
        raise _refused(error) from error


def _refused(error: Exception) -> UserError:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    told = N_("This ONNX file cannot be opened: {reason}")
    return UserError(told, reason=one_line(lines[0], 200).rstrip(" :"))
