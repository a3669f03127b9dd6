"""What onnx2torch 1.5 lacks of newer exports: versions of kinds of nodes that it knows, and some kinds."""

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import Any

from torch import nn

_NEWEST = 22  # up to this version what is used of the kinds that ConvLab opens means what it did before


@cache
def complete(onnx: Any, kinds: Sequence[str]) -> None:
    """Register what is missing, once; onnx is the package."""
    registry = import_module("onnx2torch.node_converters.registry")
    known: dict[Any, Any] = registry._CONVERTER_REGISTRY
    for kind, version, make in (("ReduceMean", 18, _mean), ("Gelu", 20, _gelu)):
        description = registry.OperationDescription("", kind, version)
        known.setdefault(description, make)
    known[registry.OperationDescription("", "LayerNormalization", 17)] = _layer_norm
    known[registry.OperationDescription("", "Reshape", 14)] = _reshape
    for kind in kinds:
        versions = sorted(one.version for one in known if one.operation_type == kind and one.domain == "")
        for version in {_since(onnx, kind, opset) for opset in range(1, _NEWEST + 1)} - {0, *versions}:
            before = [one for one in versions if one < version]
            if before:
                made = known[registry.OperationDescription("", kind, before[-1])]
                known[registry.OperationDescription("", kind, version)] = _checked(made)


def _since(onnx: Any, kind: str, opset: int) -> int:
    """The version of a kind of node that holds in an opset; 0 for none."""
    try:
        return int(onnx.defs.get_schema(kind, opset, "").since_version)
    except Exception:  # SchemaError: not there yet
        return 0


def _checked(convert: Any) -> Any:
    """A converter of an older version, for nodes that use nothing of what came later."""

    def make(node: Any, graph: Any) -> Any:
        for name, plain in _LATER.get(node.operation_type, {}).items():
            if node.attributes.get(name, plain) != plain:
                raise NotImplementedError(f"{node.operation_type} with {name}={node.attributes[name]}")
        return convert(node, graph)

    return make


# Attributes that older versions do not have, and what they mean where they change nothing.
_LATER: dict[str, dict[str, Any]] = {
    "AveragePool": {"dilations": [1, 1]},
}


def _mean(node: Any, graph: Any) -> Any:
    """ReduceMean with its axes as an input."""
    common, reduce = map(import_module, ("onnx2torch.utils.common", "onnx2torch.node_converters.reduce"))
    given = [name for name in node.input_values[1:] if name]
    if not given:
        raise NotImplementedError("ReduceMean over all axes")
    axes = common.get_const_value(given[0], graph).tolist()
    keep = node.attributes.get("keepdims", 1)
    module = reduce.OnnxReduceStaticAxes(operation_type="ReduceMean", axes=axes, keepdims=keep)
    return _result(node, module, node.input_values[:1])


def _reshape(node: Any, graph: Any) -> Any:
    """With "allowzero" too, which newer exports always set: without zeros in the shape it changes nothing."""
    shape = graph.initializers.get(node.input_values[1])
    if node.attributes.get("allowzero", 0) and shape is not None and bool((shape.to_torch() == 0).any()):
        raise NotImplementedError("Reshape to a shape with zeros that are meant")
    made = import_module("onnx2torch.node_converters.reshape").OnnxReshape()
    return _result(node, made, node.input_values)


def _layer_norm(node: Any, graph: Any) -> Any:
    """As large as its weights: onnx2torch makes it as large as a file says that its input is."""
    _input, *names = node.input_values
    tensors = [graph.initializers[name].to_torch() for name in names]
    if node.attributes.get("axis", -1) != -tensors[0].dim():
        raise NotImplementedError("LayerNormalization over axes that are counted from the first")
    module = nn.LayerNorm(tensors[0].shape, node.attributes.get("epsilon", 1e-5))
    for name, tensor in zip(("weight", "bias"), tensors, strict=False):
        module.get_parameter(name).data = tensor
    return _result(node, module, node.input_values[:1])


def _gelu(node: Any, graph: Any) -> Any:
    return _result(node, nn.GELU(node.attributes.get("approximate", "none")), node.input_values)


def _result(node: Any, module: nn.Module, inputs: Any) -> Any:
    common = import_module("onnx2torch.utils.common")
    mapping = common.OnnxMapping(inputs=tuple(inputs), outputs=node.output_values)
    return common.OperationConverterResult(torch_module=module, onnx_mapping=mapping)
