"""A learner's stack: its text, its modules, its limits."""

import contextlib
import json
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from convlab.errors import UserError
from convlab.networks import stacks
from convlab.networks.designs import parameter_counts
from convlab.networks.graph import trace
from convlab.networks.receptive_field import table
from convlab.networks.recording import record
from convlab.networks.shape_errors import try_forward
from convlab.networks.stacks import (
    KINDS,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    ConvTranspose2d,
    Flatten,
    Linear,
    MaxPool2d,
    Part,
    ReLU,
    Stack,
    build,
    parse,
)
from convlab.ui.widgets import limits


def one(kind: type[Part]) -> st.SearchStrategy[Part]:
    """Parts of a kind, each number anywhere within its limits."""
    given: dict[str, st.SearchStrategy[int | None]] = {}
    for name, field in kind.model_fields.items():
        if name != "kind":
            low, high = limits(field)
            assert low is not None
            assert high is not None
            numbers = st.integers(int(low), int(high))
            given[name] = st.none() | numbers if field.default is None else numbers
    return st.builds(kind, **given)


PARTS = st.one_of([one(kind) for kind in KINDS.values()])
STACKS = st.builds(Stack, layers=st.lists(PARTS, min_size=1, max_size=12).map(tuple))


@settings(max_examples=60)
@given(st.lists(PARTS, min_size=1, max_size=4))
def test_whatever_runs_has_shapes_parameters_and_receptive_fields(parts: list[Part]) -> None:
    x = torch.randn(1, 2, 12, 10, generator=torch.Generator().manual_seed(0))
    try:
        module = build(Stack(layers=tuple(parts)), 2, (12, 10)).eval()
    except UserError:
        return  # too large
    if try_forward(module, x).output is None:
        with pytest.raises((RuntimeError, ValueError, IndexError)):
            module(x)
        return
    found, y = record(module, x), x
    assert found.network is not None
    with torch.no_grad():
        for layer, told, row in zip(module, found.layers, table(found.network), strict=True):
            y = layer(y)
            # equal_nan: the mean of a map without pixels is no number
            torch.testing.assert_close(y, found.outputs[told.name], rtol=0, atol=0, equal_nan=True)
            assert row.layer == told
            assert told.shape == tuple(y.shape[1:])
            assert told.parameters == sum(parameter.numel() for parameter in layer.parameters())


@given(STACKS)
def test_text_is_read_back(stack: Stack) -> None:
    assert parse(stack.text()) == stack
    assert len(stack.text()) <= stacks.MAX_TEXT_LENGTH


@pytest.mark.parametrize(
    "text",
    [
        '[{"kind":"conv"},{"kind":"max_pool"},{"kind":"avg_pool"},{"kind":"relu"},{"kind":"tanh"},'
        '{"kind":"batch_norm"},{"kind":"flatten"},{"kind":"linear"}]',
        '[{"kind":"conv","out_channels":64,"kernel_size":7,"stride":4,"padding":3,"dilation":4,"in_channels":2},'
        '{"kind":"avg_pool","kernel_size":7,"stride":1,"padding":3},{"kind":"max_pool","stride":2},'
        '{"kind":"linear","out_features":1024,"in_features":100000}]',
    ],
)
def test_links_of_version_0_1_mean_the_same_and_stay_as_they_are(text: str) -> None:
    assert parse(text).text() == text
    names = ["Conv2d", "MaxPool2d", "AvgPool2d", "ReLU", "Tanh", "BatchNorm2d", "Flatten", "Linear"]
    wanted = dict(
        zip(
            ("conv", "max_pool", "avg_pool", "relu", "tanh", "batch_norm", "flatten", "linear"),
            names,
            strict=True,
        )
    )
    assert [type(part).__name__ for part in parse(text).layers] == [
        wanted[part["kind"]] for part in json.loads(text)
    ]


def test_numbers_that_stay_may_remain_open() -> None:
    pool = MaxPool2d(kernel_size=7)
    assert pool.numbers() == {"kernel_size": 7, "stride": 7, "padding": 0}
    assert pool.changed({"kernel_size": 3, "stride": 7, "padding": 1}) == MaxPool2d(kernel_size=3, padding=1)
    assert pool.changed({"kernel_size": 7, "stride": 2, "padding": 0}) == MaxPool2d(kernel_size=7, stride=2)
    assert Conv2d(in_channels=4).changed({"padding": 1}) == Conv2d(in_channels=4, padding=1)


def test_the_longest_text_fits_into_a_link() -> None:
    widest = Conv2d(out_channels=64, kernel_size=7, stride=4, padding=3, dilation=4, in_channels=64)
    assert len(Stack(layers=(widest,) * 12).text()) == 1237


def test_what_the_text_looks_like() -> None:
    assert stacks.CONV_POOL_CONV.text() == (
        '[{"kind":"conv","out_channels":1,"padding":1},{"kind":"max_pool"},{"kind":"conv","out_channels":1}]'
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "This is no stack of layers: Invalid JSON"),
        ("[]", "This is no stack of layers: "),
        ("{}", "This is no stack of layers: "),
        ("[1]", "Layer 0 of the stack, kind: Input should be"),
        ('[{"kind":"tanh"},{"kind":"lstm"}]', "Layer 1 of the stack, kind: Input tag 'lstm'"),
        ('[{"kind":"conv","kernel_size":8}]', "Layer 0 of the stack, kernel_size: Input should be less than"),
        ('[{"kind":"conv","kernel_size":0}]', "Layer 0 of the stack, kernel_size: Input should be greater"),
        ('[{"kind":"conv","kernel_size":3.0}]', "Layer 0 of the stack, kernel_size: Input should be a valid"),
        ('[{"kind":"conv","kernel_size":"3"}]', "Layer 0 of the stack, kernel_size: Input should be a valid"),
        (
            '[{"kind":"conv","kernel_size":true}]',
            "Layer 0 of the stack, kernel_size: Input should be a valid",
        ),
        ('[{"kind":"conv","kernel_size":NaN}]', "Layer 0 of the stack, kernel_size: Input should be"),
        ('[{"kind":"conv","bias":0}]', "Layer 0 of the stack, bias: Extra inputs"),
        ('[{"kind":"tanh"}],"layers":[{"kind":"relu"}]', "This is no stack of layers: Invalid JSON"),
        ("[" + ",".join(['{"kind":"tanh"}'] * 13) + "]", "This is no stack of layers: "),
        ("[" * 2000, "This is no stack of layers: "),
        (" " * 2001, "A stack's text has at most 2000 characters, not 2001."),
    ],
)
def test_nonsense_is_refused_in_one_sentence(text: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        parse(text)
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


@given(st.text(max_size=100))
def test_any_text_is_a_stack_or_a_user_error(text: str) -> None:
    with contextlib.suppress(UserError):
        assert isinstance(parse(text), Stack)


def test_the_example_is_the_chapters_net() -> None:
    module = build(stacks.EXAMPLE)
    assert parameter_counts(module) == [432, 16, 1152, 8, 16_384, 32, 64, 2]
    assert [type(layer) for layer in module] == [
        *(nn.Conv2d, nn.Tanh, nn.MaxPool2d, nn.Conv2d, nn.Tanh, nn.MaxPool2d, nn.Flatten),
        *(nn.Linear, nn.Tanh, nn.Linear),
    ]


def test_every_kind_and_argument_reaches_pytorch() -> None:
    module = build(
        Stack(
            layers=(
                Conv2d(out_channels=5, kernel_size=4, stride=2, padding=3, dilation=2),
                BatchNorm2d(),
                ReLU(),
                AvgPool2d(kernel_size=3, stride=1, padding=1),
                MaxPool2d(kernel_size=2),
                Flatten(),
                Linear(out_features=7),
            )
        ),
        in_channels=1,
        size=(20, 14),
    )
    conv, norm, _, average, largest, _, linear = module
    assert isinstance(conv, nn.Conv2d)
    assert (conv.in_channels, conv.out_channels, conv.kernel_size) == (1, 5, (4, 4))
    assert (conv.stride, conv.padding, conv.dilation) == ((2, 2), (3, 3), (2, 2))
    assert isinstance(norm, nn.BatchNorm2d)
    assert norm.num_features == 5
    assert isinstance(average, nn.AvgPool2d)
    assert (average.kernel_size, average.stride, average.padding) == (3, 1, 1)
    assert isinstance(largest, nn.MaxPool2d)
    assert (largest.kernel_size, largest.stride) == (2, 2)
    assert isinstance(linear, nn.Linear)
    assert (linear.in_features, linear.out_features) == (5 * 5 * 3, 7)  # 20 x 14 -> 10 x 7 -> 5 x 3
    assert module.eval()(torch.zeros(2, 1, 20, 14)).shape == (2, 7)


def test_without_the_flatten_it_fails_as_in_the_book() -> None:
    kept = tuple(part for part in stacks.EXAMPLE.layers if part.kind != "flatten")
    attempt = try_forward(build(Stack(layers=kept)), torch.zeros(1, 3, 32, 32))
    assert attempt.error == "mat1 and mat2 shapes cannot be multiplied (64x8 and 512x32)"


@given(STACKS)
def test_a_stack_that_runs_has_the_shapes_of_its_trace(stack: Stack) -> None:
    """And one that fails fails in the trace too: shapes come from a batch of nothing."""
    try:
        module = build(stack, 2, (12, 9))
    except UserError:
        return  # too many parameters
    attempt = try_forward(module, torch.zeros(1, 2, 12, 9))
    try:
        shapes: Any = trace(module, (2, 12, 9)).layers[-1].shape
    except UserError:
        assert attempt.error != ""
        return
    assert attempt.output is not None, attempt.error
    assert tuple(attempt.output.shape[1:]) == shapes


def test_seeds() -> None:
    torch.manual_seed(7)
    wanted = build(stacks.EXAMPLE, seed=7)
    before = torch.get_rng_state()
    again, other = build(stacks.EXAMPLE, seed=7), build(stacks.EXAMPLE, seed=8)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(again[0].weight, wanted[0].weight)  # type: ignore[arg-type]
    assert not torch.equal(other[0].weight, wanted[0].weight)  # type: ignore[arg-type]
    torch.manual_seed(7)
    assert torch.equal(nn.Conv2d(3, 16, 3).weight, wanted[0].weight)  # type: ignore[arg-type]


def test_too_many_parameters() -> None:
    with pytest.raises(UserError) as error:
        build(Stack(layers=(Conv2d(padding=1), Flatten(), Linear(out_features=1024))))
    assert str(error.value) == (
        "This stack has 8389856 parameters and may have 5000000: pool more or take fewer channels."
    )


def test_too_many_values() -> None:
    with pytest.raises(UserError) as error:
        build(Stack(layers=(ConvTranspose2d(stride=4),) * 8))
    assert str(error.value) == (
        "A layer puts out 32192288 values and may put out 4194304: take a smaller stride."
    )


def test_hazard_28_layers_that_together_fill_the_memory_are_refused() -> None:
    wide = Conv2d(out_channels=64, kernel_size=1)
    build(Stack(layers=(wide,)), size=(256, 256))
    with pytest.raises(UserError) as error:
        build(Stack(layers=(wide, ReLU())), size=(256, 256))
    assert str(error.value) == (
        "The layers put out 8388608 values and may put out 4194304: take a smaller picture."
    )


def test_the_largest_stack_of_convolutions_is_built_for_the_largest_picture_of_the_page() -> None:
    build(Stack(layers=(Conv2d(out_channels=64, kernel_size=7, padding=3),) * 12), size=(64, 64))
