"""A bank of kernels: nn.Conv2d's own numbers, F.conv2d's own maps, and texts that bring changes back."""

import itertools
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from convlab.convolution import bank, conv2d, kernels
from convlab.convolution.bank import Bank, One
from convlab.convolution.conv2d import ConvSettings
from convlab.errors import UserError


def same(one: Bank, other: Bank) -> bool:
    return torch.equal(one.weight, other.weight) and torch.equal(one.bias, other.bias)


def picture(channels: int = 3, side: int = 32) -> Tensor:
    return torch.rand(channels, side, side, generator=torch.Generator().manual_seed(5))


def test_the_layer_of_the_chapter() -> None:
    made = bank.as_pytorch(16, 3, 0)
    assert list(made.weight.shape) == [16, 3, 3, 3]
    assert list(made.bias.shape) == [16]
    assert made.parameters == 448 == sum(p.numel() for p in nn.Conv2d(3, 16, kernel_size=3).parameters())
    output = bank.layer(made, ConvSettings())(picture().unsqueeze(0))
    assert list(output.shape) == [1, 16, 30, 30]
    assert torch.equal(output[0], bank.convolve(picture(), made, ConvSettings()))
    assert bank.as_pytorch(16, 1, 0).parameters == 160


@pytest.mark.parametrize(("count", "channels"), [*itertools.product((1, 2, 7, 16), (1, 3))])
def test_it_starts_as_pytorch_does(count: int, channels: int) -> None:
    before = torch.get_rng_state()
    made = bank.as_pytorch(count, channels, 11)
    assert torch.equal(before, torch.get_rng_state())
    with torch.random.fork_rng():
        torch.manual_seed(11)
        conv = nn.Conv2d(channels, count, 3)
    assert conv.bias is not None
    assert same(made, Bank(conv.weight.detach(), conv.bias.detach()))
    assert not same(made, bank.as_pytorch(count, channels, 12))


def test_there_is_a_preset_for_every_kernel() -> None:
    made = bank.of_presets(16, 3)
    assert len({*bank.preset_keys(16)}) == bank.MAX_KERNELS
    for n, key in enumerate(bank.preset_keys(16)):
        assert torch.equal(made.weight[n], kernels.preset(key, (3, 3)).expand(3, -1, -1)), key
    assert made.bias.tolist() == [0.0] * 16


def test_a_layer_reads_a_grey_picture_as_it_reads_its_three_channels() -> None:
    made = bank.as_pytorch(16, 3, 3)
    for count in (1, 5, 16):
        assert same(
            bank.of_layer(made.weight, made.bias, count, 3), Bank(made.weight[:count], made.bias[:count])
        )
    grey = bank.of_layer(made.weight, made.bias, 16, 1)
    assert list(grey.weight.shape) == [16, 1, 3, 3]
    image = picture(1)
    coloured = bank.convolve(image.expand(3, -1, -1).contiguous(), made, ConvSettings())
    assert torch.allclose(bank.convolve(image, grey, ConvSettings()), coloured, atol=1e-5)


SETTINGS = [
    {},
    {"padding": 1},
    {"padding": "same", "padding_mode": "circular"},
    {"padding": 2, "padding_mode": "reflect", "stride": 3, "dilation": 2},
    {"activation": "relu", "stride": 2},
    {"activation": "tanh", "flip": True},
    {"activation": "abs", "bias": 7},
]


@pytest.mark.parametrize("given_settings", SETTINGS, ids=str)
@pytest.mark.parametrize("channels", [1, 3])
def test_the_maps_are_pytorchs(given_settings: dict[str, Any], channels: int) -> None:
    settings, made, image = (
        ConvSettings(**given_settings),
        bank.as_pytorch(16, channels, 4),
        picture(channels),
    )
    weight = made.weight.flip(2, 3) if settings.flip else made.weight
    amounts = conv2d.padding_amounts((3, 3), settings)
    mode = "constant" if settings.padding_mode == "zeros" else settings.padding_mode
    padded = F.pad(image[None], amounts, mode=mode)
    expected = F.conv2d(padded, weight, made.bias, stride=settings.stride, dilation=settings.dilation)
    found = bank.convolve(image, made, settings)
    assert torch.allclose(found, conv2d.activate(expected[0], settings.activation), atol=1e-6)
    for n in (0, 9):  # and each map is that of its kernel alone
        one = settings.model_copy(update={"bias": float(made.bias[n])})
        assert torch.allclose(found[n], conv2d.convolve(image, made.weight[n], one), atol=1e-6)


def test_another_kernel_changes_its_own_map_alone() -> None:
    made = bank.as_pytorch(16, 3, 0)
    changed = made.replaced(5, One(kernels.preset("laplacian").expand(3, -1, -1), 0.25))
    before, after = (bank.convolve(picture(), one, ConvSettings()) for one in (made, changed))
    assert [n for n in range(16) if not torch.equal(before[n], after[n])] == [5]
    assert changed[5].bias == 0.25
    assert same(made, bank.as_pytorch(16, 3, 0))  # the bank itself is never written to


def test_one_kernel_for_all_channels_becomes_one_for_each() -> None:
    changed = bank.as_pytorch(2, 3, 0).replaced(1, One(kernels.preset("blur")[None], 0.0))
    assert torch.equal(changed.weight[1], torch.full((3, 3, 3), 1 / 9))


@pytest.mark.parametrize(
    ("one", "sentence"),
    [
        (One(torch.ones(3, 5, 4), 0.0), "are 3 × 3, and this one is 5 × 4: resize it"),
        (One(torch.ones(1, 3, 3) * 1001, 0.0), "between -1000 and 1000"),
        (One(torch.ones(1, 3, 3), 1e9), "between -1000 and 1000"),
        (One(torch.ones(1, 3, 3), float("nan")), "between -1000 and 1000"),
        (One(torch.ones(2, 3, 3), 0.0), "1 or 3 channels"),
    ],
)
def test_what_is_no_kernel_is_refused(one: One, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        bank.as_pytorch(4, 3, 0).replaced(1, one)


BAD = [
    Bank(torch.zeros(17, 3, 3, 3), torch.zeros(17)),
    Bank(torch.zeros(0, 3, 3, 3), torch.zeros(0)),
    Bank(torch.zeros(2, 2, 3, 3), torch.zeros(2)),
    Bank(torch.zeros(2, 3, 3), torch.zeros(2)),
    Bank(torch.zeros(2, 3, 3, 5), torch.zeros(2)),
    Bank(torch.zeros(2, 3, 3, 3), torch.zeros(3)),
    Bank(torch.zeros(2, 3, 3, 3, dtype=torch.float64), torch.zeros(2)),
    Bank(torch.zeros(2, 3, 3, 3), torch.zeros(2, dtype=torch.float64)),
    Bank(torch.full((2, 3, 3, 3), float("nan")), torch.zeros(2)),
    Bank(torch.zeros(2, 3, 3, 3), torch.tensor([0.0, float("inf")])),
]


@pytest.mark.parametrize("made", BAD, ids=range(len(BAD)))
def test_what_is_no_bank_is_refused(made: Bank) -> None:
    with pytest.raises(UserError):
        bank.convolve(picture(), made, ConvSettings())


def test_bank_and_picture_have_the_same_channels_and_settings_fit() -> None:
    with pytest.raises(UserError, match="reads 1 channels, and the picture has 3"):
        bank.convolve(picture(), bank.as_pytorch(2, 1, 0), ConvSettings())
    with pytest.raises(UserError, match="spans 9 pixels, the padded picture 8"):
        bank.convolve(picture(3, 8), bank.as_pytorch(2, 3, 0), ConvSettings(dilation=4))


# ---- what was changed, as text --------------------------------------------------------------------------


def test_changes_are_text_that_people_can_read() -> None:
    start = bank.as_pytorch(16, 1, 0)
    changed = start.replaced(3, One(kernels.preset("laplacian")[None], 0.5))
    edits = bank.changes(start, changed)
    assert [*edits] == [(1, 3)]
    assert bank.format_edits(edits) == "3: 0 1 0; 1 -4 1; 0 1 0 + 0.5"
    assert same(bank.applied(start, bank.parse_edits("3: 0 1 0; 1 -4 1; 0 1 0 + 1/2")), changed)
    assert bank.parse_edits("3: 0 1 0; 1 -4 1; 0 1 0")[1, 3].bias == 0
    assert bank.changes(start, start) == bank.parse_edits("") == bank.parse_edits("  ") == {}


def test_all_that_can_be_changed_has_room_in_a_link() -> None:
    edits: dict[tuple[int, int], One] = {}
    for channels in (1, 3):
        start, drawn = bank.of_presets(16, channels), bank.as_pytorch(16, channels, 1)
        edits |= bank.changes(start, Bank(-1000 * drawn.weight, -drawn.bias))
    text = bank.format_edits(edits)
    assert len(edits) == 32
    assert len(text) <= 3689 < bank.MAX_TEXT_LENGTH
    read = bank.parse_edits(text)
    for place, one in edits.items():
        assert torch.equal(read[place].kernel, one.kernel)
        assert read[place].bias == one.bias


@given(st.data())
def test_every_change_comes_back_bit_for_bit(data: st.DataObject) -> None:
    weights = st.floats(-1000, 1000, width=32)
    channels, n = data.draw(st.sampled_from((1, 3))), data.draw(st.integers(0, 15))
    values = data.draw(st.lists(weights, min_size=9 * channels + 1, max_size=9 * channels + 1))
    one = One(torch.tensor(values[:-1]).reshape(channels, 3, 3), values[-1])
    text = bank.format_edits({(channels, n): one})
    ((place, read),) = bank.parse_edits(text).items()
    assert place == (channels, n)
    assert torch.equal(read.kernel, one.kernel)
    assert read.bias == one.bias
    assert bank.format_edits(bank.parse_edits(text)) == text


def test_a_change_waits_for_its_kind_of_picture_and_for_its_kernel() -> None:
    edits = bank.parse_edits("9: 1 1 1; 1 1 1; 1 1 1 + 2")
    assert same(bank.applied(bank.as_pytorch(16, 3, 0), edits), bank.as_pytorch(16, 3, 0))
    assert same(bank.applied(bank.as_pytorch(9, 1, 0), edits), bank.as_pytorch(9, 1, 0))
    assert bank.applied(bank.as_pytorch(10, 1, 0), edits)[9].bias == 2


@pytest.mark.parametrize(
    "text",
    [
        "16: 1 1 1; 1 1 1; 1 1 1",
        "-1: 1 1 1; 1 1 1; 1 1 1",
        "1 1 1; 1 1 1; 1 1 1",
        "3:",
        "3: 1 1; 1 1",
        "3: 1 1 1; 1 1 1; 1 1 x",
        "3: 1 1 1; 1 1 1; 1 1 1 + 1 2",
        "3: 1 1 1; 1 1 1; 1 1 1 + 1001",
        "3: 1 1 1; 1 1 1; 1 1 1 ~",
        "3: base64 ",
        "3: base64 AAAA",
        "3: base64 !!!",
        "3: base64 " + "A" * 64,
        "3: base64 " + "_" * 54,  # ten NaN
        "3: base64 \u0663" + "A" * 53,
        "x" * 4001,
    ],
)
def test_what_is_no_change_is_a_sentence(text: str) -> None:
    with pytest.raises(UserError):
        bank.parse_edits(text)
