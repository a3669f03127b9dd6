"""What onnx2torch lacks of newer exports."""

import importlib.util

import pytest
import torch

needed = pytest.mark.skipif(
    importlib.util.find_spec("onnx2torch") is None, reason="onnx2torch is an extra that is not installed here"
)


@needed
def test_every_kind_that_is_opened_has_a_converter_in_every_opset() -> None:
    import onnx  # type: ignore[import-not-found, unused-ignore]
    from onnx2torch.node_converters import registry  # type: ignore[import-not-found, import-untyped, unused-ignore]

    from convlab.networks import onnx_converters, onnx_files

    onnx_converters.complete(onnx, tuple(onnx_files.OPERATORS))
    for kind in onnx_files.OPERATORS:
        since = onnx_converters._since(onnx, kind, 20)
        assert since > 0, kind
        registry.get_converter(domain="", operation_type=kind, version=20)


@needed
def test_what_came_later_is_refused_and_not_left_out() -> None:
    from types import SimpleNamespace

    from convlab.networks import onnx_converters

    convert = onnx_converters._checked(lambda node, graph: "converted")
    pool = SimpleNamespace(operation_type="AveragePool", attributes={"dilations": [2, 2]})
    with pytest.raises(NotImplementedError, match="dilations"):
        convert(pool, None)
    pool.attributes = {"dilations": [1, 1]}
    assert convert(pool, None) == "converted"
    shape = SimpleNamespace(to_torch=lambda: torch.tensor([0, 3]))
    reshape = SimpleNamespace(operation_type="Reshape", attributes={"allowzero": 1}, input_values=("x", "to"))
    with pytest.raises(NotImplementedError, match="zeros that are meant"):
        onnx_converters._reshape(reshape, SimpleNamespace(initializers={"to": shape}))
