"""Every snippet is run, and what it computes is compared with the library bit for bit."""

import random
from typing import Any

import pytest
import torch
from torch import Tensor

from convlab.convolution import bank, comparison, kernels
from convlab.convolution.arithmetic import tied_matrix
from convlab.convolution.comparison import Layer
from convlab.convolution.conv2d import ConvSettings, convolve, geometry, parameter_count
from convlab.convolution.equivariance import equivariance
from convlab.convolution.gradient import gradient, stepped
from convlab.convolution.learning import learn
from convlab.errors import UserError
from convlab.probing import bundled
from convlab.snippets import convolution
from tests.convolution.test_conv2d import random_case

PICTURE = """
import numpy as np
from pathlib import Path

# {channels} channels
image = torch.rand({channels}, {height}, {width}, generator=torch.Generator().manual_seed({seed}))
"""


def picture(channels: int, height: int = 12, width: int = 11, seed: int = 0) -> tuple[str, Tensor]:
    """Code for a picture, and the picture."""
    code = PICTURE.format(channels=channels, height=height, width=width, seed=seed)
    return code, torch.rand(channels, height, width, generator=torch.Generator().manual_seed(seed))


def run(script: str) -> dict[str, Any]:
    """The variables that a script leaves behind."""
    variables: dict[str, Any] = {}
    exec(compile(script, "snippet.py", "exec"), variables)
    return variables


def fitting(seed: int, height: int, width: int) -> tuple[int, Tensor, ConvSettings]:
    """Channels, a random kernel and settings that fit a picture of height x width."""
    for attempt in range(seed, seed + 100_000, 1000):
        image, kernel, settings = random_case(attempt)
        try:
            geometry(height, width, (kernel.shape[1], kernel.shape[2]), settings)
        except UserError:
            continue
        return len(image), kernel, settings
    raise AssertionError("no case fits")


@pytest.mark.parametrize("seed", range(40))
def test_the_convolution_snippet_is_the_convolution(seed: int) -> None:
    channels, kernel, settings = fitting(seed, 12, 11)
    code, image = picture(channels, seed=seed)
    found = run(convolution.convolution(code, kernel, channels, settings))
    assert torch.equal(found["output"], convolve(image, kernel, settings))


@pytest.mark.parametrize("key", list(kernels.PRESETS))
def test_the_snippet_of_every_preset(key: str) -> None:
    code, image = picture(3)
    kernel = kernels.preset(key)[None]
    found = run(convolution.convolution(code, kernel, 3, ConvSettings(padding="same")))
    assert torch.equal(found["output"], convolve(image, kernel, ConvSettings(padding="same")))


def test_weights_and_bias_survive_bit_for_bit() -> None:
    kernel = torch.tensor([[[1 / 9, -1e-40, 3.0], [-0.0, 999.99994, 1.17549435e-38]]])
    script = convolution.convolution(picture(1)[0], kernel, 1, ConvSettings(bias=0.1))
    conv = run(script)["conv"]
    assert torch.equal(conv.weight[0].view(torch.int32), kernel.view(torch.int32))
    assert conv.bias.tolist() == torch.tensor([0.1]).tolist()


def test_what_a_snippet_looks_like(capsys: pytest.CaptureFixture[str]) -> None:
    kernel = kernels.preset("vertical_edges")[None]
    script = convolution.convolution(
        picture(3)[0], kernel, 3, ConvSettings(padding=1, bias=0.5, activation="relu")
    )
    assert (
        script
        == """import numpy as np
from pathlib import Path
import torch
from torch import nn

# 3 channels
image = torch.rand(3, 12, 11, generator=torch.Generator().manual_seed(0))

conv = nn.Conv2d(in_channels=3, out_channels=1, kernel_size=(3, 3), padding=1)
with torch.no_grad():
    weight = torch.tensor([[-1.0, 0.0, 1.0],
                           [-1.0, 0.0, 1.0],
                           [-1.0, 0.0, 1.0]])
    conv.weight[:] = weight  # [1, 3, 3, 3]
    conv.bias.fill_(0.5)

with torch.no_grad():
    output = conv(image.unsqueeze(0))[0, 0]  # [1, C, H, W] -> [1, 1, H_out, W_out] -> [H_out, W_out]
output = torch.relu(output)

print(tuple(output.shape), output.min().item(), output.mean().item(), output.max().item())
"""
    )
    output = run(script)["output"]
    printed = f"(12, 11) {output.min().item()} {output.mean().item()} {output.max().item()}\n"
    assert capsys.readouterr().out == printed


@pytest.mark.parametrize("seed", range(40))
def test_the_comparison_snippet_is_the_comparison(seed: int) -> None:
    channels, kernel, settings = fitting(seed, 12, 11)
    code, image = picture(channels, seed=seed)
    a = Layer(kernel, settings)
    for changed in ({}, {"bias": 0.25}, {"activation": "tanh"}, {"padding": 3, "stride": 2, "dilation": 1}):
        b = Layer(kernel.flip(1) * 2, settings.model_copy(update=changed))
        outputs = [convolve(image, layer.kernel, layer.settings) for layer in (a, b)]
        wanted = comparison.difference(*outputs)
        found = run(convolution.comparison(code, a, b, channels, wanted is not None))
        assert torch.equal(found["output_a"], outputs[0])
        assert torch.equal(found["output_b"], outputs[1])
        assert ("difference" in found) == (wanted is not None)
        if wanted is not None:
            assert torch.equal(found["difference"], wanted.values)
            assert (found["largest"], found["place"]) == (wanted.largest, (wanted.row, wanted.col))


@pytest.mark.parametrize("seed", range(20))
def test_the_matrix_snippet_is_the_tied_matrix(seed: int) -> None:
    channels, kernel, settings = fitting(seed, 9, 8)
    code, _ = picture(channels, 9, 8)
    found = run(convolution.matrix(code, kernel, channels, 9, 8, settings))
    assert torch.equal(found["matrix"], tied_matrix(kernel, channels, 9, 8, settings))
    assert found["difference"] < 1e-5


@pytest.mark.parametrize("filled", [False, True])
@pytest.mark.parametrize("wrap", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_the_shift_snippet_is_the_shift(seed: int, wrap: bool, filled: bool) -> None:
    channels, kernel, settings = fitting(seed, 12, 11)
    chance = random.Random(seed)
    limit = min(convolve(picture(channels)[1], kernel, settings).shape)
    dx, dy = (settings.stride * chance.randint(-2, 2) if limit > 2 else 0 for _ in range(2))
    code, image = picture(channels)
    fill = torch.arange(1, channels + 1).neg().div(3).tolist() if filled else []
    found = run(convolution.shift(code, kernel, channels, settings, dx, dy, wrap, fill))
    wanted = equivariance(image, kernel, settings, dx, dy, wrap, fill)
    assert wanted.shifted_conv is not None
    assert wanted.difference is not None
    assert torch.equal(found["conv_of_shifted"], wanted.conv_of_shifted)
    assert torch.equal(found["shifted_conv"], wanted.shifted_conv)
    assert torch.equal(found["difference"], wanted.difference)


def test_the_shift_snippet_where_the_stride_does_not_divide() -> None:
    code, image = picture(1)
    kernel, settings = kernels.preset("blur")[None], ConvSettings(stride=2)
    found = run(convolution.shift(code, kernel, 1, settings, 3, 0, wrap=False))
    wanted = equivariance(image, kernel, settings, 3, 0, wrap=False)
    assert torch.equal(found["conv_of_shifted"], wanted.conv_of_shifted)
    assert "shifted_conv" not in found


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("seed", range(8))
def test_the_learning_snippet_is_the_learning(seed: int, momentum: float) -> None:
    channels, kernel, settings = fitting(seed, 12, 11)
    code, image = picture(channels)
    found = run(convolution.learning(code, kernel, channels, settings, 0.003, 12, seed, momentum))
    wanted = learn(image, kernel, settings, 0.003, 12, seed, momentum)
    assert wanted.diverged_at is None
    assert torch.equal(found["path"], wanted.kernels)
    assert torch.equal(torch.tensor(found["losses"]), wanted.losses)


def test_the_learning_snippet_says_when_it_diverges(capsys: pytest.CaptureFixture[str]) -> None:
    code, image = picture(1)
    kernel = kernels.preset("sharpen")[None]
    found = run(convolution.learning(code, kernel, 1, ConvSettings(), 100.0, 60, 0))
    wanted = learn(image, kernel, ConvSettings(), 100.0, 60, 0)
    assert f"diverged at step {wanted.diverged_at}\n" in capsys.readouterr().out
    assert torch.equal(found["path"], wanted.kernels)


BANK_SETTINGS: list[dict[str, Any]] = [
    {},
    {"padding": "same", "padding_mode": "reflect", "activation": "tanh", "flip": True},
    {"padding": 1, "stride": 2, "dilation": 2, "activation": "relu", "bias": 9},
]


@pytest.mark.parametrize("given", BANK_SETTINGS, ids=str)
@pytest.mark.parametrize("start", ["pytorch", "presets", "net"])
@pytest.mark.parametrize(("count", "channels"), [(16, 3), (16, 1), (5, 3)])
def test_the_snippet_of_a_bank_is_the_bank(
    start: str, count: int, channels: int, given: dict[str, Any]
) -> None:
    conv1: Any = bundled.weights("net").probe.network.conv1
    begun = {
        "pytorch": bank.as_pytorch(count, channels, 3),
        "presets": bank.of_presets(count, channels, 3),
        "net": bank.of_layer(conv1.weight, conv1.bias, count, channels),
    }[start]
    kernel = torch.randn(channels, 3, 3, generator=torch.Generator().manual_seed(1))
    made = begun.replaced(4, bank.One(kernel, 1 / 3)).replaced(0, bank.One(kernels.preset("blur")[None], 0.0))
    settings, (code, image) = ConvSettings(**given), picture(channels, 32, 32)
    left = run(convolution.bank(code, made, settings, start, 3, bank.changes(begun, made)))
    assert torch.equal(left["conv"].weight, made.weight.flip(2, 3) if settings.flip else made.weight)
    assert torch.equal(left["conv"].bias, made.bias)
    assert torch.equal(left["output"][0], bank.convolve(image, made, settings))


def test_the_script_of_a_bank_says_its_shapes(capsys: pytest.CaptureFixture[str]) -> None:
    made = bank.as_pytorch(16, 3, 0)
    text = convolution.bank(picture(3, 32, 32)[0], made, ConvSettings(), "pytorch", 0, {})
    assert "nn.Conv2d(in_channels=3, out_channels=16, kernel_size=(3, 3))" in text
    run(text)
    assert capsys.readouterr().out == "(16, 3, 3, 3) (16,) (1, 16, 30, 30)\n448\n"


@pytest.mark.parametrize("seed", range(25))
def test_the_gradient_snippet_is_the_gradient(seed: int) -> None:
    channels, kernel, settings = fitting(seed, 12, 11)
    code, image = picture(channels, seed=seed)
    target = torch.randn(kernel.shape, generator=torch.Generator().manual_seed(seed + 1))
    place = geometry(12, 11, (kernel.shape[1], kernel.shape[2]), settings)
    script = convolution.gradient(code, kernel, target, channels, place, settings, 0.01)
    found, expected = run(script), gradient(image, kernel, target, settings)
    most = float(expected.contributions.abs().sum((-2, -1)).max()) + 1e-6
    assert float(found["loss"]) == expected.loss
    assert float((found["gradient"] - expected.weight).abs().max()) < 1e-4 * most
    assert float((found["contributions"] - expected.contributions).abs().max()) < 1e-4 * most
    assert torch.equal(found["met"], expected.met)
    after = stepped(kernel, expected, 0.01)
    assert torch.allclose(found["after"], after, atol=1e-4 * most, rtol=1e-5)


@pytest.mark.parametrize("settings", [ConvSettings(), ConvSettings(padding="same", padding_mode="circular")])
@pytest.mark.parametrize("channels", [1, 3])
def test_parameters_are_counted(channels: int, settings: ConvSettings) -> None:
    kernel, sides = torch.zeros(channels, 3, 3), (8, 16, 256)
    found = run(convolution.parameters(kernel, channels, settings, sides))["counts"]
    for side in sides:
        wanted = parameter_count(channels, geometry(side, side, (3, 3), settings))
        assert found[side] == (wanted.conv, wanted.dense)
