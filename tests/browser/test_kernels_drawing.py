"""The browser's own convolution, in Chromium, against the library's and PyTorch's, number by number."""

import random
from dataclasses import dataclass
from typing import Any, get_args

import pytest
import torch
from playwright.sync_api import Browser, Page
from torch import Tensor
from torch.nn import functional

from convlab.convolution.conv2d import ACTIVATIONS, Activation, ConvSettings, convolve, geometry
from convlab.convolution.padding import PaddingMode
from convlab.errors import UserError
from convlab.pictures import images
from tests.sources import ROOT

FILES = ("shared/base.js", "shared/numerals.js", "shared/convolve.js", "shared/editor.js")
CASES = 200
TOLERANCE = 1e-5

DRAW = """(cases) => cases.map(({ pixels, shape, rows, cols, mean, std, kernel, settings }) => {
  const padded = padPicture(Uint8Array.from(pixels), shape, rows, cols, mean, std);
  const weights = effectiveWeights(kernel, padded.channels, settings.flip);
  const drawn = convolve(padded, weights, settings);
  return { rows: drawn.rows, cols: drawn.cols, values: Array.from(drawn.values) };
})"""


@dataclass(frozen=True)
class Case:
    """One random convolution."""

    pixels: Tensor
    normalised: bool
    kernel: Tensor
    settings: ConvSettings

    @property
    def statistics(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        channels = self.pixels.shape[0]
        return (
            images.channel_statistics(channels) if self.normalised else ((0.0,) * channels, (1.0,) * channels)
        )

    @property
    def values(self) -> Tensor:
        values = images.to_float(self.pixels)
        return images.normalise(values, *self.statistics) if self.normalised else values

    def message(self) -> dict[str, Any]:
        """What the lab's header would say."""
        _, height, width = self.pixels.shape
        shape = geometry(height, width, (self.kernel.shape[1], self.kernel.shape[2]), self.settings)
        mean, std = self.statistics
        return {
            "pixels": self.pixels.flatten().tolist(),
            "shape": list(self.pixels.shape),
            "rows": shape.rows,
            "cols": shape.cols,
            "mean": mean,
            "std": std,
            "kernel": self.kernel.tolist(),
            "settings": self.settings.model_dump(),
        }


@pytest.fixture(scope="module")
def page(browser: Browser) -> Page:
    """A blank page with the lab's functions in it."""
    page = browser.new_page()
    folder = ROOT / "convlab" / "ui" / "components"
    page.add_script_tag(content="\n".join((folder / name).read_text(encoding="utf-8") for name in FILES))
    return page


def random_case(source: random.Random) -> Case:
    """Any size, padding, stride, dilation, bias, activation, channels: it need not fit together."""
    channels = source.choice((1, 3))
    generator = torch.Generator().manual_seed(source.getrandbits(32))
    size = (channels, source.randint(8, 13), source.randint(8, 13))
    kernel_size = (source.choice((1, channels)), source.randint(1, 7), source.randint(1, 7))
    kernel = torch.randn(kernel_size, generator=generator) / (kernel_size[1] * kernel_size[2]) ** 0.5
    settings = ConvSettings(
        padding=source.choice((0, 1, 2, 3, "same")),
        padding_mode=source.choice(get_args(PaddingMode)),
        stride=source.randint(1, 4),
        dilation=source.randint(1, 4),
        bias=source.choice((0.0, source.uniform(-2, 2))),
        activation=source.choice(get_args(Activation)),
        flip=source.random() < 0.5,
    )
    pixels = torch.randint(0, 256, size, generator=generator, dtype=torch.uint8)
    return Case(pixels, source.random() < 0.5, kernel, settings)


def random_cases() -> list[Case]:
    """200 of those that the library accepts."""
    source, cases = random.Random(8), list[Case]()
    while len(cases) < CASES:
        case = random_case(source)
        try:
            convolve(case.values, case.kernel, case.settings)
        except UserError:
            continue
        cases.append(case)
    return cases


def by_functional(case: Case) -> Tensor:
    """The same map by torch.nn.functional alone."""
    settings, values = case.settings, case.values[None]
    weight = case.kernel.expand(values.shape[1], -1, -1)[None]
    if settings.flip:
        weight = weight.flip(2, 3)
    padding: Any = settings.padding
    if settings.padding_mode != "zeros":
        totals = [settings.dilation * (k - 1) for k in weight.shape[:1:-1]]
        same = [amount for total in totals for amount in (total // 2, total - total // 2)]
        amounts = same if padding == "same" else [padding] * 4
        values, padding = functional.pad(values, amounts, mode=settings.padding_mode), 0
    bias = torch.tensor([settings.bias])
    output = functional.conv2d(values, weight, bias, settings.stride, padding, settings.dilation)[0, 0]
    return ACTIVATIONS[settings.activation](output) if settings.activation != "none" else output


def test_the_random_settings_cover_what_the_page_offers() -> None:
    cases = random_cases()
    settings = [case.settings for case in cases]
    assert {s.padding for s in settings} == {0, 1, 2, 3, "same"}
    assert {(s.padding_mode, s.activation) for s in settings} == {
        (mode, activation) for mode in get_args(PaddingMode) for activation in get_args(Activation)
    }
    assert {s.stride for s in settings} == {s.dilation for s in settings} == {1, 2, 3, 4}
    assert {(case.pixels.shape[0], case.kernel.shape[0]) for case in cases} == {(1, 1), (3, 1), (3, 3)}
    assert {size for case in cases for size in case.kernel.shape[1:]} == set(range(1, 8))
    assert sum(case.kernel.shape[1] != case.kernel.shape[2] for case in cases) > CASES / 2
    assert {(case.normalised, case.settings.flip) for case in cases} == {
        (a, b) for a in (True, False) for b in (True, False)
    }


def test_200_random_settings_are_drawn_as_pytorch_computes_them(page: Page) -> None:
    cases = random_cases()
    for case, drawn in zip(cases, page.evaluate(DRAW, [case.message() for case in cases]), strict=True):
        in_browser = torch.tensor(drawn["values"]).reshape(drawn["rows"], drawn["cols"])
        in_library = convolve(case.values, case.kernel, case.settings)
        assert in_browser.shape == in_library.shape, case
        assert float((in_browser - in_library).abs().max()) <= TOLERANCE, case
        assert float((in_library - by_functional(case)).abs().max()) <= TOLERANCE, case
        assert float((in_browser - by_functional(case)).abs().max()) <= TOLERANCE, case


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("1/9", 1 / 9),
        (" -1 / 4 ", -0.25),
        ("\N{MINUS SIGN}2.5", -2.5),
        ("+.5", 0.5),
        ("1,5", 1.5),
        ("2e-3", 0.002),
        ("1000", 1000.0),
        ("1000.1", None),
        ("1/0", None),
        ("1e999", None),
        ("1.2.3", None),
        ("NaN", None),
        ("1 2", None),
        ("x", None),
        ("", None),
    ],
)
def test_what_is_typed_is_a_weight_of_float32_or_nothing(page: Page, text: str, weight: float | None) -> None:
    read = page.evaluate("text => parseWeight(text, 1000)", text)
    assert read == (None if weight is None else float(torch.tensor(weight, dtype=torch.float32)))
