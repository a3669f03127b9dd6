"""Kernels put into a network: only they change, the network itself never does; what does not fit is said."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from convlab.errors import UserError
from convlab.networks import edits
from convlab.networks.designs import DESIGNS, Net, seeded
from convlab.networks.edits import MOST, NONE, Edits, Grid, Place, applied, changed
from convlab.networks.graph import trace
from convlab.networks.recording import record
from convlab.networks.variants import NetResDeep
from tests.networks.test_recording import hooks

SOBEL: Grid = ((-1.0, 0.0, 1.0), (-2.0, 0.0, 2.0), (-1.0, 0.0, 1.0))
HERE = Place("conv2", 3, 5)


def net() -> Net:
    return seeded(Net, 0).eval()


def values(module: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in module.state_dict().items()}


@pytest.mark.parametrize("key", [key for key in DESIGNS if key != "dense"])
def test_only_the_kernel_changes_and_the_network_never(key: str) -> None:
    module = seeded(DESIGNS[key].build, 0)
    before = values(module)
    layer, part = next(iter(edits.convolutions(module).items()))
    kernel = torch.full_like(part.weight[1, 2], 0.25)
    twin = applied(module, Edits({Place(layer, 1, 2): edits.grid_of(kernel)}))
    wanted = {name: tensor.clone() for name, tensor in before.items()}
    wanted[f"{layer}.weight"][1, 2] = kernel
    after = twin.state_dict()
    assert after.keys() == wanted.keys()
    assert all(torch.equal(after[name], wanted[name]) for name in wanted)
    assert not twin.training
    assert hooks(twin) == hooks(module) == 0
    trained, fixed = ([one.requires_grad for one in some.parameters()] for some in (twin, module))
    assert trained == fixed
    assert all(torch.equal(before[name], tensor) for name, tensor in module.state_dict().items())


def test_a_block_that_stands_at_many_places_changes_everywhere() -> None:
    module = seeded(lambda: NetResDeep(8, 4, shared=True), 0).eval()
    twin = applied(module, Edits({Place("resblocks.2.conv", 0, 0): SOBEL}))
    found = [part.weight[0, 0] for part in edits.convolutions(twin).values() if part.weight.shape[1] == 8]
    assert len(found) == 4
    assert all(torch.equal(one, torch.tensor(SOBEL)) for one in found)


def test_all_other_tensors_are_shared() -> None:
    module = net()
    twin = applied(module, Edits({HERE: SOBEL}))
    assert twin.get_parameter("conv1.weight") is module.conv1.weight
    assert twin.get_parameter("fc1.weight") is module.fc1.weight
    assert applied(module, NONE) is module


def test_an_edit_of_the_stand_in_that_runs_is_one_of_the_network() -> None:
    module, x = net(), torch.randn(1, 3, 32, 32)
    made = Edits({HERE: SOBEL, Place("conv1", 0, 1): SOBEL})
    with torch.no_grad():
        wanted = applied(module, made)(x)
        assert torch.equal(applied(trace(module, (3, 32, 32)).body, made)(x), wanted)
    assert torch.equal(record(applied(module, made), x).result, wanted)


def test_back_to_its_own_kernel_is_no_edit() -> None:
    module = net()
    made = changed(NONE, module, {HERE: SOBEL})
    assert (len(made), made.layers) == (1, ("conv2",))
    own = edits.grid_of(edits.kernel_at(module, HERE))
    assert changed(made, module, {HERE: own}) == NONE
    assert not NONE
    assert NONE.identity == ""


def test_what_is_told_is_read_again_bit_for_bit() -> None:
    module = net()
    third: Grid = tuple(tuple(row) for row in torch.full((3, 3), 1 / 3).tolist())
    made = changed(NONE, module, {HERE: third, Place("conv1", 15, 2): SOBEL})
    again = edits.read(json.loads(json.dumps(made.told())))
    assert again == made
    assert again.identity == made.identity
    assert made.identity != changed(NONE, module, {HERE: third}).identity


@pytest.mark.parametrize(
    ("kernels", "sentence"),
    [
        ({Place("conv9", 0, 0): SOBEL}, "no convolution 'conv9'"),
        ({Place("fc1", 0, 0): SOBEL}, "choose one of conv1, conv2"),
        ({Place("conv1", 16, 0): SOBEL}, "out_channel is 16"),
        ({Place("conv1", 0, 3): SOBEL}, "in_channel is 3"),
        ({Place("conv1", 0, 0): ((1.0, 2.0),)}, r"has the shape \[3, 3\], not \[1, 2\]"),
        ({Place("conv1", 0, 0): (*SOBEL[:2], (1.0,))}, "has the shape"),
    ],
)
def test_what_does_not_fit_is_a_sentence(kernels: Mapping[Place, Grid], sentence: str) -> None:
    for act in (lambda: changed(NONE, net(), kernels), lambda: applied(net(), Edits(kernels))):
        with pytest.raises(UserError, match=sentence):
            act()


def test_there_are_so_many_at_most() -> None:
    module = nn.Sequential(nn.Conv2d(MOST + 1, 1, 1))
    places = {Place("0", 0, n): ((9.0,),) for n in range(MOST + 1)}
    with pytest.raises(UserError, match="At most 2,048"):
        changed(NONE, module, places)
    assert len(changed(NONE, module, dict(list(places.items())[1:]))) == MOST


@pytest.mark.parametrize(
    "told",
    [
        *(None, 1, "x", {}, [1], [[]], [["conv1", 0, 0]], [["conv1", 0, 0, []]], [["conv1", 0, 0, [[]]]]),
        *([["conv1", 0, 0, [[1], [1, 2]]]], [["conv1", -1, 0, [[1]]]], [["conv1", 0, 10**9, [[1]]]]),
        *([["conv1", 0, 0, [[1e39]]]], [["conv1", 0, 0, [["cat"]]]], [["x" * 201, 0, 0, [[1]]]]),
        *([["conv1", 0, 0, [[float("nan")]]]], [["conv1", 0, 0, [[1] * 65]]]),
        [["conv1", 0, n, [[1]]] for n in range(MOST + 1)],
    ],
    ids=lambda told: str(told)[:40],
)
def test_what_is_no_list_of_kernels_is_a_sentence(told: Any) -> None:
    with pytest.raises(UserError):
        edits.read(told)


def test_layers_whose_kernels_can_be_changed() -> None:
    assert edits.editable(trace(net(), (3, 32, 32))) == {"conv1": "conv1", "conv2": "conv2"}
    shared = seeded(lambda: NetResDeep(8, 3, shared=True), 0)
    found = edits.editable(trace(shared, (3, 32, 32)))
    assert {"conv1", "resblocks.0.conv"} <= found.keys()
    assert set(found.values()) <= edits.convolutions(shared).keys()
    normed = nn.Sequential(
        torch.nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 2, 3)), nn.Conv2d(2, 1, 3)
    )
    assert list(edits.convolutions(normed)) == ["1"]
