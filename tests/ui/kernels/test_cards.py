"""ui/kernels/cards.py: what each setting does to this picture, in numbers that are PyTorch's."""

import base64
import html
import re
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from convlab.ui.kernels import drawings
from tests.pages.test_kernels import OPENED, PAGE, assert_is_pytorchs, set_to
from tests.ui.driver import elements, lab, open_page, troubles

IMAGE = r'<img class="drawing-\w+" src="data:image/svg\+xml;base64,([^"]*)" width="132" alt="([^"]*)">'
NAMES = ("padding", "stride", "dilation", "bias", "activation")


def sentences(app: AppTest) -> dict[str, str]:
    """Card -> its sentence, less its escapes."""
    shown = [caption.value.replace("\\", "") for caption in app.caption]
    return dict(zip(NAMES, shown, strict=False))


def drawn(app: AppTest) -> list[tuple[str, str]]:
    """The cards' drawings, moving and still, and what stands for each where it cannot be seen."""
    found = [re.findall(IMAGE, element.proto.body) for element in app.get("html")]
    return [(base64.b64decode(code).decode(), html.unescape(alt)) for one in found for code, alt in one]


@pytest.mark.parametrize(
    ("link", "card", "said"),
    [
        ({}, "padding", "No ghost pixels: the window stays inside the picture. 8 becomes 6."),
        ({"padding": 1}, "padding", "A ring of ghost pixels. They hold 0, black. 8 becomes 8 instead of 6."),
        (
            {"padding": 1, "normalised": 1},
            "padding",
            "A ring of ghost pixels. They hold 0, here the mean colour. 8 becomes 8 instead of 6.",
        ),
        (
            {"padding": 3, "padding_mode": "reflect"},
            "padding",
            "3 rings of ghost pixels. They mirror the picture. 8 becomes 12 instead of 6.",
        ),
        (
            {"padding": "same", "padding_mode": "circular", "kernel": "1 1 1 1 1"},
            "padding",
            "As many ghost pixels as keep the size. They come from its other side. "
            "8 becomes 8 instead of 8 × 4.",
        ),
        (
            {"padding": 3, "kernel": "; ".join(["1 " * 7] * 7), "dilation": 2},
            "padding",
            "3 rings of ghost pixels. They hold 0, black. 8 becomes 2.",  # without them nothing fits
        ),
        ({}, "stride", "The window moves on by 1 pixel: no place is left out."),
        ({"stride": 2}, "stride", "The window moves on by 2 pixels. 8 becomes 3 instead of 6."),
        ({"stride": 2, "padding": "same"}, "stride", "The window moves on by 2 pixels."),  # refused
        ({}, "dilation", "The taps lie side by side: 3 × 3 pixels make one output."),
        (
            {"dilation": 2},
            "dilation",
            "Every tap stands 2 pixels from the next: 3 × 3 weights span 5 × 5.",
        ),
        ({}, "bias", "Nothing is added to the sum of the products."),
        ({"bias": -0.25}, "bias", "-0.25 is added to every sum, wherever the window stands."),
        ({}, "activation", "The sum is the output."),
        ({"activation": "tanh"}, "activation", "Every sum is pressed between −1 and 1."),
        (
            {"activation": "abs"},
            "activation",
            "The sign is dropped: rising and falling edges look alike.",
        ),
    ],
)
def test_a_card_says_what_its_setting_does_here(link: dict[str, Any], card: str, said: str) -> None:
    app = open_page(PAGE, **(OPENED | link if link else {}))
    assert troubles(app) == []
    assert sentences(app)[card] == said


def test_relu_counts_what_it_leaves_out() -> None:
    app = open_page(PAGE, **OPENED, activation="relu")
    zeros = int((assert_is_pytorchs(app).output == 0).sum())
    assert sentences(app)["activation"] == f"A sum below 0 becomes 0. {zeros} of 36 outputs are 0."


def test_each_card_has_a_drawing_of_the_value_that_is_set_and_words_for_it() -> None:
    app = open_page(PAGE, **OPENED, padding=2, stride=3, dilation=1, bias=-1, activation="tanh")
    wanted = [
        drawings.scan(padding=2),
        drawings.scan(stride=3, size=7),
        drawings.scan(dilation=1, size=5),
        drawings.lift(-1),
        drawings.curve("tanh"),
    ]
    assert [drawing for drawing, _words in drawn(app)] == [svg for drawing in wanted for svg in drawing]
    said = sentences(app)
    assert [words for _drawing, words in drawn(app)[::2]] == [f"Drawing: {said[name]}" for name in NAMES]


def test_the_cards_stand_below_the_lab_and_above_what_goes_deeper() -> None:
    app = open_page(PAGE)
    keys = [getattr(element, "key", None) for element in elements(app.main)]
    places = [keys.index(f"kernels.{name}") for name in ("preset", "lab", "padding", "flip", "experiment")]
    assert places == sorted(places)


def test_an_automatic_end_of_the_scale_is_an_empty_field() -> None:
    app = open_page(PAGE, scale_limit=0)
    field = app.number_input(key="kernels.scale_limit")
    assert (field.value, field.placeholder) == (None, "Automatic")
    assert lab(app).header["scale_limit"] == 0
    set_to(app, "scale_limit", 2.5)
    assert lab(app).header["scale_limit"] == 2.5
    assert app.query_params["scale_limit"] == "2.5"
    for automatic in (0, None):
        set_to(app, "scale_limit", automatic)
        assert app.number_input(key="kernels.scale_limit").value is None
        assert lab(app).header["scale_limit"] == 0
        assert "scale_limit" not in app.query_params
        set_to(app, "scale_limit", 1)
