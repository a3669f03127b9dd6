"""PyTorch's maps over the route: bit for bit the edited network's; one sentence for what is no question."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as some
from torch import Tensor

from convlab.errors import UserError
from convlab.networks import stacks
from convlab.networks.edits import Edits, Grid, Place, applied
from convlab.networks.recording import record
from convlab.pictures import images
from convlab.ui import networks
from convlab.ui.feature_maps import network_route
from convlab.ui.feature_maps.controls import FeatureMapsControls
from convlab.ui.feature_maps.network_route import Named, answer, named
from tests.ui.driver import unpack

SOBEL: Grid = ((-1.0, 0.0, 1.0), (-2.0, 0.0, 2.0), (-1.0, 0.0, 1.0))
PIXELS = torch.arange(3 * 32 * 32, dtype=torch.float32).remainder(251).to(torch.uint8).reshape(3, 32, 32)
MEAN, STD = images.CIFAR10_MEAN, images.CIFAR10_STD


def question(
    name: Named,
    edits: Edits,
    behind: int = 1,
    pixels: Tensor = PIXELS,
    changed: Mapping[str, Any] | None = None,
) -> bytes:
    """What the browser would send; ``changed`` replaces parts of the text."""
    count = len(pixels)
    text = {
        "network": name.model_dump(),
        "shape": list(pixels.shape),
        "mean": MEAN[:count],
        "std": STD[:count],
        "edits": edits.told(),
        "behind": behind,
        **(changed or {}),
    }
    head = json.dumps(text).encode()
    return len(head).to_bytes(4, "little") + head + pixels.numpy().tobytes()


def values(blobs: Mapping[str, bytes], n: int) -> Tensor:
    return torch.frombuffer(bytearray(blobs[f"layer_{n}"]), dtype=torch.float32)


NAMES = {
    "net": Named(kind="shipped", key="net"),
    "net_batch_norm": Named(kind="shipped", key="net_batch_norm_sketches"),
    "random": Named(kind="random", key="net_res_deep", seed=3),
    "stack": Named(kind="stack", key=stacks.EXAMPLE.text(), seed=1),
}


@pytest.mark.parametrize("key", NAMES)
def test_the_answer_is_what_the_page_computes(key: str) -> None:
    name = NAMES[key]
    model = name.model((3, 32, 32))
    layer = "0" if key == "stack" else "conv1"
    made = Edits({Place(layer, 1, 2): SOBEL, Place(layer, 0, 0): SOBEL})
    x = images.normalise(images.to_float(PIXELS), MEAN, STD)[None]
    wanted = record(applied(model.probe.network, made), x)
    header, blobs = unpack(answer(question(name, made)))
    assert len(header["layers"]) == len(wanted.layers)
    for n, (told, step) in enumerate(zip(header["layers"], wanted.layers, strict=True), 1):
        output = wanted.outputs[step.name][0]
        assert torch.equal(values(blobs, n), output.flatten())
        assert (told["low"], told["high"]) == (float(output.min()), float(output.max()))
    assert torch.equal(torch.tensor(header["chances"]), wanted.result[0].softmax(0))


def test_a_map_that_is_its_bias_is_constant_and_no_dead_one() -> None:
    zero: Grid = ((0.0,) * 3,) * 3
    made = Edits({Place("conv1", 1, n): zero for n in range(3)})
    header, _blobs = unpack(answer(question(NAMES["net"], made)))
    told = header["layers"][:3]  # conv1, its activation, the pool
    assert [one["constant"] for one in told] == [[1], [1], [1]]
    assert [one["dead"] for one in told] == [[], [], []]


def test_what_lies_before_the_edit_is_not_sent() -> None:
    header, blobs = unpack(answer(question(NAMES["net"], Edits({Place("conv2", 0, 0): SOBEL}), 4)))
    assert (min(int(name[6:]) for name in blobs), len(header["layers"])) == (4, 7)


def test_a_question_names_what_is_everybodys_and_nothing_else() -> None:
    shipped, random = networks.bundled_model("net"), networks.random_model("net", 4)
    opened = FeatureMapsControls(seed=4)
    assert named(shipped, opened) == NAMES["net"]
    assert named(random, opened) == Named(kind="random", key="net", seed=4)
    cross = networks.cross_model(opened.first_kernel, opened.second_kernel)
    name = named(cross, opened)
    assert name is not None
    assert name.model((1, 16, 16)) is cross
    own = networks.Model("x", shipped.probe, "mine.pt", shipped.match, "checkpoint")
    assert named(own, opened) is None


BAD: list[dict[str, Any]] = [
    {"shape": [3, 32, 33]},
    {"shape": [2, 32, 32]},
    {"shape": [3, 32]},
    {"shape": [3, 96, 32]},
    {"mean": [0.5]},
    {"std": [1, 1, 0]},
    {"std": [1, 1, float("nan")]},
    {"behind": 0},
    {"edits": None},
    {"edits": [["conv9", 0, 0, [[1]]]]},
    {"edits": [["conv1", 0, 0, [[1]]]]},
    {"edits": [["conv1", 0, 0, [[1e39] * 3] * 3]]},
    {"network": {"kind": "shipped", "key": "../net"}},
    {"network": {"kind": "run", "key": "0123456789abcdef"}},
    {"network": {"kind": "run", "key": "../../x"}},
    {"network": {"kind": "checkpoint", "key": "x"}},
    {"network": {"kind": "random", "key": "x"}},
    {"network": {"kind": "stack", "key": "[]"}},
    {"network": None},
    {"more": 1},
]


@pytest.mark.parametrize("changed", BAD, ids=str)
def test_what_is_no_question_is_a_sentence(changed: dict[str, Any]) -> None:
    with pytest.raises(UserError) as refused:
        answer(question(NAMES["net"], Edits(), changed=changed))
    assert 20 < len(str(refused.value)) < 300


def test_a_picture_of_another_size_is_refused_by_a_design_and_taken_by_a_stack() -> None:
    small = PIXELS[:, :24, :24].contiguous()
    assert answer(question(NAMES["stack"], Edits(), pixels=small))
    with pytest.raises(UserError, match="takes pictures of shape"):
        answer(question(NAMES["net"], Edits(), pixels=small))


def test_a_network_with_too_many_maps_is_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_route, "MOST_VALUES", 10_000)
    with pytest.raises(UserError, match="too many maps"):
        answer(question(Named(kind="random", key="net", seed=77), Edits()))


def test_numbers_that_are_too_large_are_a_sentence() -> None:
    large: Grid = ((3e38, 3e38, 3e38),) * 3
    with pytest.raises(UserError, match="too large"):
        answer(question(Named(kind="random", key="net_depth"), Edits({Place("conv1", 0, 0): large})))


@given(some.binary(max_size=200), some.integers(0, 400))
def test_no_other_error_leaves_it(noise: bytes, place: int) -> None:
    good = question(NAMES["net"], Edits({Place("conv1", 0, 0): SOBEL}))
    for message in (noise, good[:place], good[:place] + noise + good[place + len(noise) :]):
        try:
            header, _blobs = unpack(answer(message))
        except UserError:
            continue
        assert header["layers"]
