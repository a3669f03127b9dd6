"""ONNX files: what is refused before anything is built; where onnx2torch is there, that values are right."""

import importlib.util
import keyword
import tempfile
from pathlib import Path
from types import SimpleNamespace as Made
from typing import Any

import pytest
import torch
from torch import nn

from convlab.errors import UserError
from convlab.networks import onnx_files
from convlab.networks.checkpoints import MAX_BYTES

THERE = importlib.util.find_spec("onnx2torch") is not None
needed = pytest.mark.skipif(not THERE, reason="onnx2torch is an extra that is not installed here")
HOSTILE = 'x"); __import__("os").system("true") #'


def node(kind: str = "Relu", name: str = "", inputs: tuple[str, ...] = ("x",), **more: Any) -> Made:
    given = {"domain": "", "attribute": [], "output": ["y"]}
    return Made(op_type=kind, name=name, input=list(inputs), **(given | more))


def tensor(name: str = "w", **more: Any) -> Made:
    return Made(**({"name": name, "data_location": 0, "external_data": []} | more))


def picture(*sizes: int, kind: int = 1) -> Made:
    shape = Made(dim=[Made(dim_value=size) for size in sizes])
    return Made(name="x", type=Made(tensor_type=Made(elem_type=kind, shape=shape)))


def model(*nodes: Made, **more: Any) -> Any:
    given = {"node": list(nodes) or [node()], "initializer": [], "sparse_initializer": []}
    graph = given | {"input": [picture(1, 3, 32, 32)], "output": [Made(name="y")]} | more
    return Made(functions=[], graph=Made(**graph))


def test_what_a_file_says_of_its_pictures_is_read() -> None:
    assert onnx_files._checked(model()) == (3, 32)
    assert onnx_files._checked(model(input=[picture(0, 1, 0, 0)])) == (1, 0)
    weights = [tensor("w")]
    both = [picture(1, 3, 8, 8), Made(name="w")]
    assert onnx_files._checked(model(initializer=weights, input=both)) == (3, 8)


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (model(node("If")), "a step of the kind 'If'"),
        (model(node("Relu", domain="com.evil")), "a step of the kind 'com.evil Relu'"),
        (model(node("ConstantOfShape")), "a step of the kind 'ConstantOfShape'"),
        (model(*[node()] * (onnx_files.MAX_NODES + 1)), "3001 nodes"),
        (model(initializer=[tensor(data_location=1)]), "lie in another file"),
        (model(initializer=[tensor(external_data=["/etc/passwd"])]), "lie in another file"),
        (model(node(attribute=[Made(name="value", t=tensor(data_location=1))])), "lie in another file"),
        (model(input=[picture(1, 3, 8, 8), Made(name="z")]), "2 inputs and 1 outputs"),
        (model(output=[]), "1 inputs and 0 outputs"),
        (model(input=[picture(1, 4, 8, 8)]), r"takes \[1, 4, 8, 8\]"),
        (model(input=[picture(1, 3, 8, 9)]), r"takes \[1, 3, 8, 9\]"),
        (model(input=[picture(1, 3, 4096, 4096)]), "takes"),
        (model(input=[picture(1, 3, 8)]), "takes"),
        (model(input=[picture(1, 3, 8, 8, kind=7)]), "takes"),
    ],
)
def test_what_is_not_opened_is_refused_in_a_sentence(made: Any, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        onnx_files._checked(made)


def test_functions_of_its_own_are_refused() -> None:
    made = model()
    made.functions = [Made()]
    with pytest.raises(UserError, match="functions of its own"):
        onnx_files._checked(made)


def test_names_of_nodes_become_ours_before_they_become_code() -> None:
    names = [HOSTILE, "", "/layer1/layer1.0/conv1/Conv", "a\nb/c", "1/Conv", "_/x", "日本/Conv"]
    given = [node(name=name) for name in names] + [node("Conv", inputs=("x", f"{HOSTILE}.weight"))] * 2
    made = model(*[Made(**vars(one)) for one in given])
    onnx_files._rename(made)
    found = [one.name for one in made.graph.node]
    assert all(name.isidentifier() and name.isascii() and not keyword.iskeyword(name) for name in found)
    assert len(set(found)) == len(found)
    assert max(map(len, found)) < 60
    assert found[2] == "layer1_0_conv1"


def test_names_of_weights_name_their_layers() -> None:
    made = model(node("Conv", "node_17", ("x", "layer1.0.conv1.weight")), node("MaxPool"), node("MaxPool"))
    onnx_files._rename(made)
    assert [one.name for one in made.graph.node] == ["layer1_0_conv1", "maxpool", "maxpool_2"]


def test_too_large_a_file_is_told_the_limit() -> None:
    with pytest.raises(UserError, match="has 129 MB and may have 128"):
        onnx_files.load(bytes(MAX_BYTES + 1))


@pytest.mark.skipif(THERE, reason="onnx2torch is installed here")
def test_without_the_package_one_sentence_says_what_to_install() -> None:
    with pytest.raises(UserError, match="pip install onnx2torch onnx"):
        onnx_files.load(b"x")


class Small(nn.Module):
    """A residual block, a depthwise kernel, a mean, an activation of each kind."""

    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Conv2d(3, 8, 3, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.deep = nn.Conv2d(8, 8, 3, padding=1, groups=8)
        self.pool = nn.MaxPool2d(3, 2, 1)
        self.head = nn.Linear(8, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = nn.functional.hardswish(self.norm(self.one(x)))
        x = self.pool(x + torch.sigmoid(self.deep(x)) * 0.5)
        x = torch.cat([torch.relu(x), x.clamp(0, 6)], 1)[:, :8]
        found: torch.Tensor = self.head(x.mean((2, 3)))
        return found


def exported(network: nn.Module, *shape: int) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "network.onnx"
        torch.onnx.export(network.eval(), (torch.rand(1, *shape),), file, dynamo=False)
        return file.read_bytes()


@needed
def test_values_are_those_of_the_network_that_was_exported() -> None:
    from convlab.networks import designs, receptive_field, recording, variants

    for network, shape in (
        (Small(), (3, 32, 32)),
        (designs.Net(), (3, 32, 32)),
        (variants.NetResDeep(), (3, 32, 32)),
    ):
        made = onnx_files.load(exported(network, *shape))
        x = torch.rand(2, *shape)
        recording_ = recording.record(made.network, x)
        with torch.no_grad():
            assert torch.allclose(recording_.result, network(x), atol=1e-5)
        assert recording_.network is not None
        assert receptive_field.without_rule(recording_.network) == {}
        assert made.input_shape == shape


def test_kernels_are_no_larger_than_their_weights() -> None:
    conv = node("Conv", inputs=("x", "w"), attribute=[Made(name="kernel_shape", ints=[3, 3])])
    onnx_files._check_kernels(model(conv, initializer=[tensor(dims=[8, 3, 3, 3])]).graph)
    for dims in ([8, 3, 5, 5], [8, 3], []):
        with pytest.raises(UserError, match="kernel_shape"):
            onnx_files._check_kernels(model(conv, initializer=[tensor(dims=dims)]).graph)
    with pytest.raises(UserError, match="kernel_shape"):
        onnx_files._check_kernels(model(conv).graph)


class Last(nn.Module):
    """Channels last, as in ConvNeXt."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.wide = nn.LayerNorm(3), nn.Linear(3, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found = self.wide(self.norm(x.permute(0, 2, 3, 1))).permute(0, 3, 1, 2)
        return torch.add(found, x)


@needed
def test_layers_between_permutes_are_read_too() -> None:
    network, x = Last(), torch.rand(1, 3, 16, 16)
    made = onnx_files.load(exported(network, 3, 16, 16))
    with torch.no_grad():
        assert torch.allclose(made.network(x), network(x), atol=1e-6)


@needed
@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\x08\x07\x3a\x02\x0a\x00"])
def test_what_is_damaged_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(UserError):
        onnx_files.load(data)


@needed
def test_hostile_names_are_not_run() -> None:
    import onnx  # type: ignore[import-not-found, unused-ignore]

    made = onnx.ModelProto.FromString(exported(Small(), 3, 32, 32))
    for one in made.graph.node:
        one.name = f"/{HOSTILE}/{one.name}"
    found = onnx_files.load(made.SerializeToString())
    assert all(name.replace("_", "").isalnum() for name, _part in found.network.named_modules() if name)
