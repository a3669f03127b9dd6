"""PyTorch's errors as they are, and what they mean."""

import pytest
import torch
from torch import Tensor, nn

from convlab.errors import Sentence
from convlab.networks.designs import Net, sequential_net
from convlab.networks.shape_errors import diagnose, try_forward
from tests.networks.test_graph import BookNet, state


def image(channels: int = 3, size: int = 32) -> Tensor:
    return torch.zeros(1, channels, size, size)


def test_the_missing_flatten() -> None:
    attempt = try_forward(sequential_net(flatten=False), image())
    assert attempt.output is None
    assert (attempt.layer, attempt.arrived) == ("6", (1, 8, 8, 8))
    assert attempt.error == "mat1 and mat2 shapes cannot be multiplied (64x8 and 512x32)"
    assert str(attempt.meaning) == (
        "Linear takes vectors of 512 numbers, but maps [1, 8, 8, 8] arrive: it multiplies along their last "
        "axis only, 64 rows of 8."
    )
    assert str(attempt.fix) == (
        "Put nn.Flatten in front of it: each picture becomes a vector of 512, its in_features."
    )


def test_what_fits_gives_its_output() -> None:
    net, x = Net().train(), torch.randn(2, 3, 32, 32)
    before = list(state(net))
    attempt = try_forward(net, x)
    assert attempt.output is not None
    assert (attempt.layer, attempt.error, attempt.meaning, attempt.fix) == (None, "", None, None)
    assert list(state(net)) == before
    assert torch.equal(attempt.output, net.eval()(x))


@pytest.mark.parametrize(
    ("module", "x", "layer", "meaning", "fix"),
    [
        (
            nn.Sequential(nn.Flatten(), nn.Linear(100, 2)),
            image(2, 16),
            "1",
            "Linear takes vectors of 100 numbers, but 512 arrive in each.",
            "Set in_features to 512, or",
        ),
        (
            nn.Sequential(nn.Tanh(), nn.Conv2d(16, 8, 3)),
            image(),
            "1",
            "The convolution's kernels are 16 channels deep, but 3 channels arrive.",
            "Set in_channels to 3,",
        ),
        (
            nn.Sequential(nn.Conv2d(3, 8, 3, dilation=4, padding=1)),
            image(size=4),
            "0",
            "The kernel spans 9 x 9 pixels, dilation included, but the padded maps have only 6 x 6.",
            "Take a smaller kernel_size",
        ),
        (
            nn.Sequential(nn.MaxPool2d(2), nn.MaxPool2d(2)),
            image(size=2),
            "1",
            "The pooling window is larger than the 1 x 1 maps that arrive: no output is left.",
            "Take a smaller kernel_size",
        ),
        (
            nn.Sequential(nn.AvgPool2d((1, 3))),
            image(size=2),
            "0",
            "The pooling window is larger than the 2 x 2 maps that arrive: no output is left.",
            "Take a smaller kernel_size",
        ),
        (
            nn.Sequential(nn.MaxPool2d(2, padding=2)),
            image(),
            "0",
            "Padding 2 is more than half of kernel_size 2: some windows would be all padding.",
            "Set padding to half",
        ),
        (
            nn.Sequential(nn.BatchNorm2d(16)),
            image(),
            "0",
            "Batch norm keeps a mean and a variance for 16 channels, but 3 arrive.",
            "Set num_features to 3,",
        ),
        *(
            (
                nn.Sequential(nn.Flatten(), layer),
                image(1, 4),
                "1",
                "This layer works on maps [N, C, H, W], but [1, 16] arrives: the rows and columns are gone.",
                "Move this layer in front of the flatten",
            )
            for layer in (nn.Conv2d(16, 8, 3), nn.BatchNorm2d(16), nn.MaxPool2d(2), nn.AvgPool2d(2))
        ),
        (
            nn.Sequential(nn.ConvTranspose2d(3, 1, 2, padding=3)),
            image(size=4),
            "0",
            "The padding of a transposed convolution crops its output, and of 4 x 4 maps it leaves nothing.",
            "Take less padding",
        ),
        (
            nn.Sequential(nn.Conv2d(3, 8, 3)),
            image().byte(),
            "0",
            "PyTorch could not run this layer on [1, 3, 32, 32].",
            "Read PyTorch's message above",
        ),
    ],
)
def test_what_does_not_fit(module: nn.Module, x: Tensor, layer: str, meaning: str, fix: str) -> None:
    attempt = try_forward(module, x)
    with pytest.raises((RuntimeError, ValueError, IndexError)) as error:
        module.eval()(x)
    assert attempt.error == str(error.value)
    assert attempt.layer == layer
    assert str(attempt.meaning) == meaning
    assert str(attempt.fix).startswith(fix)


def test_a_function_that_fails_has_no_layer() -> None:
    attempt = try_forward(BookNet(kernel_size=3), image(size=24))
    assert (attempt.layer, attempt.arrived) == (None, ())
    assert str(attempt.meaning) == (
        "The view asks for another number of values than the 288 that one batch has here."
    )


def test_a_network_that_returns_no_single_tensor_is_told_so() -> None:
    class Pair(nn.Module):
        def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
            return {"out": x}

    attempt = try_forward(Pair(), image())
    assert (attempt.output, attempt.error) == (None, "")
    assert str(attempt.meaning) == "The network returns a dict, not one tensor."
    assert str(attempt.fix).startswith("Return the tensor that is wanted")


def test_a_sentence_can_be_translated_before_it_is_filled() -> None:
    meaning, fix = diagnose("mat1 and mat2 shapes cannot be multiplied (1x6 and 5x2)", (1, 6))
    assert meaning == Sentence(meaning.template, meaning.values)
    assert "{wanted}" in meaning.template
    assert (meaning.values["wanted"], meaning.values["columns"]) == ("5", "6")
    assert str(fix) == "Set in_features to 6, or change the layers before so that 5 numbers arrive."
