"""pages/kernels.py: every control reaches PyTorch, and its own result, bit for bit, reaches the browser."""

import contextlib
import io
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from streamlit.testing.v1 import AppTest
from torch import Tensor

from convlab.ui.kernels.controls import KernelsControls
from tests.ui.driver import Lab, lab, open_page, send, troubles

PAGE = "pages/kernels.py"
OPENING = torch.tensor([[[-1.0, 0, 1]] * 3])
OPENED = {"picture": "drawing:house", "size": "8"}  # what a link says of a page that opened without one
TENTHS = {".": 6, "#": 2, " ": 10, "%": 0, ",": 4}
HOUSE = (
    "........",
    "...##...",
    "..####..",
    ".######.",
    ".      .",
    ".    % .",
    ".    % .",
    ",,,,,,,,",
)


def controls(app: AppTest) -> KernelsControls:
    found: KernelsControls = app.session_state["kernels.controls"]
    return found


def by_pytorch(shown: Lab, c: KernelsControls) -> Tensor:
    """The feature map from ``F.conv2d`` itself, of the picture and the kernel that the browser was sent."""
    image = shown.values[None]
    weight = shown.kernel.expand(image.shape[1], -1, -1)[None]
    weight = weight.flip(2, 3) if c.flip else weight
    bias, steps = torch.tensor([c.bias]), {"stride": c.stride, "dilation": c.dilation}
    if c.padding_mode == "zeros":
        padding: Any = c.padding if c.padding == "same" else int(c.padding)
        output = F.conv2d(image, weight, bias, padding=padding, **steps)
    else:
        amounts = [c.dilation * (k - 1) for k in (weight.shape[3], weight.shape[2])]
        sides = [side for n in amounts for side in (n // 2, n - n // 2)]
        sides = sides if c.padding == "same" else [int(c.padding)] * 4
        output = F.conv2d(F.pad(image, sides, mode=c.padding_mode), weight, bias, **steps)
    functions: dict[str, Callable[[Tensor], Tensor]]
    functions = {"relu": torch.relu, "tanh": torch.tanh, "abs": torch.abs}
    return functions[c.activation](output[0, 0]) if c.activation != "none" else output[0, 0]


def assert_is_pytorchs(app: AppTest) -> Lab:
    assert troubles(app) == []
    shown = lab(app)
    assert shown.header["error"] == ""
    assert torch.equal(shown.output, by_pytorch(shown, controls(app)))
    assert torch.equal(shown.kernel, controls(app).weights)
    return shown


def set_to(app: AppTest, field: str, value: object) -> AppTest:
    """Set a control as a learner would, and run."""
    found: list[Any] = [
        widget
        for kind in (app.selectbox, app.segmented_control, app.toggle, app.number_input, app.slider)
        for widget in kind
        if widget.key == f"kernels.{field}"
    ]
    (widget,) = found
    after: AppTest = widget.set_value(value).run()
    return after


def warned(app: AppTest) -> str:
    """The one sentence of advice on the page, less its escapes."""
    assert troubles(app) == []
    (warning,) = app.warning
    return str(warning.value).replace("\\", "")


def test_the_first_run_shows_the_chapters_edges_on_a_house_of_8_by_8() -> None:
    app = open_page(PAGE)
    shown = assert_is_pytorchs(app)
    house = torch.tensor([[TENTHS[sign] for sign in row] for row in HOUSE]) / 10
    assert torch.equal(shown.pixels[0], (house * 255).round().to(torch.uint8))
    assert torch.equal(shown.kernel, OPENING)
    assert shown.header["result_shape"] == [6, 6]
    assert app.query_params == {}
    assert not app.warning
    assert not app.info


def test_a_link_that_names_a_control_opens_as_version_0_1_did() -> None:
    shown = assert_is_pytorchs(open_page(PAGE, stride=2))
    assert shown.pixels.shape == (1, 128, 128)
    assert shown.header["result_shape"] == [63, 63]


def test_the_language_is_no_control() -> None:
    app = open_page(PAGE, lang="en")
    assert assert_is_pytorchs(app).pixels.shape == (1, 8, 8)
    assert app.query_params == {"lang": "en"}
    set_to(app, "stride", 2)
    assert app.query_params == {"lang": "en", "stride": "2", **OPENED}


def test_a_link_of_which_nothing_fits_shows_the_defaults_and_says_so_in_the_address() -> None:
    app = open_page(PAGE, stride="99")
    assert "stride" in warned(app)
    assert assert_is_pytorchs(app).pixels.shape == (1, 128, 128)
    assert app.query_params == {"picture": "photo:cat", "size": "128"}
    again = open_page(PAGE, **dict(app.query_params))
    assert controls(again) == KernelsControls()


def test_back_at_the_address_without_controls_the_page_is_as_it_opened() -> None:
    app = open_page(PAGE)
    set_to(app, "size", 128)
    set_to(app, "picture", "photo:cat")
    assert controls(app) == KernelsControls()
    assert app.query_params == {"picture": "photo:cat", "size": "128"}
    app.query_params.clear()
    app.run()
    assert assert_is_pytorchs(app).pixels.shape == (1, 8, 8)
    assert app.query_params == {}


CHANGES: list[tuple[str, object, Mapping[str, object]]] = [
    *[("padding", value, {}) for value in ("1", "2", "3", "same")],
    *[("padding_mode", mode, {"padding": "2"}) for mode in ("reflect", "replicate", "circular")],
    *[(field, value, {}) for field in ("stride", "dilation") for value in (2, 3)],
    *[(field, 4, {"size": "24"}) for field in ("stride", "dilation")],
    *[("bias", value, {}) for value in (-0.5, 1000.0, -1000.0)],
    *[("activation", value, {}) for value in ("relu", "tanh", "abs")],
    ("flip", True, {}),
    ("normalised", True, {}),
    ("normalised", True, {"colour": "rgb"}),
    ("colour", "rgb", {}),
    *[("size", value, {}) for value in (16, 24, 256)],
    ("size", 8, {"picture": "photo:horse"}),
    *[("picture", value, {}) for value in ("photo:rocket", "drawing:test_card", "board")],
]


@pytest.mark.parametrize(("field", "value", "link"), CHANGES, ids=str)
def test_every_control_changes_what_pytorch_is_asked(
    field: str, value: object, link: dict[str, object]
) -> None:
    app = open_page(PAGE, **link)
    before = assert_is_pytorchs(app)
    set_to(app, field, value)
    after = assert_is_pytorchs(app)
    assert getattr(controls(app), field) == value
    assert before.output.shape != after.output.shape or not torch.equal(before.output, after.output)
    assert app.query_params == {name: str(text) for name, text in (link or OPENED).items()} | {
        field: str(int(value)) if isinstance(value, bool) else str(value)
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [("scale", "grey"), ("scale", "signed"), ("scale_limit", 2.5), ("equal_pixels", False)],
)
def test_what_only_the_screen_shows_changes_no_number(field: str, value: object) -> None:
    app = open_page(PAGE)
    before = assert_is_pytorchs(app)
    set_to(app, field, value)
    after = assert_is_pytorchs(app)
    assert after.header[field] == value != before.header[field]
    assert torch.equal(before.output, after.output)


def test_the_link_is_written_where_the_lesson_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page(PAGE)
    monkeypatch.setattr("convlab.ui.kernels.lab.convolved", lambda *_: 1 / 0)
    set_to(app, "stride", 2)
    assert [sentence for sentence in troubles(app) if "Something went wrong" in sentence]
    assert app.query_params == {"stride": "2", **OPENED}


REFUSED: list[tuple[dict[str, object], str]] = [
    ({"padding": "same", "stride": 2}, "stride"),
    (
        {
            "padding": "same",
            "padding_mode": "reflect",
            "dilation": 4,
            "size": 8,
            "kernel": "; ".join(["1 " * 7] * 7),
        },
        "reflect",
    ),
    (
        {
            "padding": "same",
            "padding_mode": "circular",
            "dilation": 4,
            "size": 8,
            "kernel": "; ".join(["1 " * 7] * 7),
        },
        "circular",
    ),
    ({"size": 8, "dilation": 4}, "spans 9 pixels"),
]


@pytest.mark.parametrize(("link", "word"), REFUSED, ids=lambda value: str(value)[:40])
def test_settings_that_do_not_fit_give_a_sentence_and_the_page_goes_on(
    link: dict[str, object], word: str
) -> None:
    app = open_page(PAGE, **link)
    assert troubles(app) == []
    shown = lab(app)
    assert word in shown.header["error"]
    assert shown.header["error"].count(". ") == 0
    assert shown.result is None
    assert len(app.segmented_control(key="kernels.experiment").options) == 10
    app.selectbox(key="kernels.preset").set_value("identity").run()
    set_to(app, "stride", 1)
    set_to(app, "dilation", 1)
    assert_is_pytorchs(app)


def test_an_edit_in_the_browser_is_answered_by_pytorch() -> None:
    app = open_page(PAGE, padding="1", colour="rgb")
    kernel = [[[0, 0.1, 0], [1, -4, 1], [0, 1, 0]]]
    send(app, "kernels.lab", "edit", {"revision": 5, "origin": 1, "kernel": kernel})
    shown = assert_is_pytorchs(app)
    assert shown.header["revision"] == 5
    assert app.query_params["kernel"] == "0 0.1 0; 1 -4 1; 0 1 0"


def test_an_edit_of_another_size_comes_too_late() -> None:
    app = open_page(PAGE)
    send(app, "kernels.lab", "edit", {"revision": 5, "origin": 1, "kernel": [[[1, 2]]]})
    assert torch.equal(assert_is_pytorchs(app).kernel, OPENING)


def run_script(code: str) -> dict[str, Any]:
    """What a script of the code panel leaves behind."""
    names: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(code, names)
    return names


@pytest.mark.parametrize(
    "link",
    [
        {},
        {"picture": "photo:coffee", "colour": "rgb", "size": 48, "normalised": 1, "padding": "same"},
        {"picture": "photo:text", "normalised": 1, "flip": 1, "kernel": "1 2 3; 4 5 6", "bias": 0.1},
        {
            "picture": "drawing:test_card",
            "colour": "rgb",
            "kernel": "1 0 | 0 1 | 1/9 -2",
            "activation": "tanh",
        },
        {"picture": "drawing:bird", "stride": 3, "dilation": 2, "padding": 3, "padding_mode": "reflect"},
        {"picture": "board", "board": "8-" + "0123456789abcdef" * 4, "colour": "rgb", "activation": "relu"},
        {"picture": "board", "board": "8-" + "0f" * 32, "padding": "same", "padding_mode": "circular"},
        {"picture": "drawing:impulse", "activation": "abs", "kernel": "-1e-7 3.3333333", "normalised": 1},
    ],
    ids=str,
)
def test_the_code_on_the_page_makes_the_picture_on_the_page(link: dict[str, object]) -> None:
    app = open_page(PAGE, experiment="code", **link)
    shown = assert_is_pytorchs(app)
    (code,) = app.code
    left = run_script(code.value)
    assert torch.equal(left["output"], shown.output)
    assert torch.equal(left["image"], shown.values)


def test_two_sessions_do_not_see_each_other() -> None:
    one, other = open_page(PAGE), open_page(PAGE)
    one.text_area(key="kernels.text").set_value("5").run()
    set_to(one, "stride", 3)
    send(one, "kernels.lab", "edit", {"revision": 9, "origin": lab(one).header["origin"], "kernel": [[[6]]]})
    other.run()
    assert torch.equal(assert_is_pytorchs(other).kernel, OPENING)
    assert controls(other) == KernelsControls(**KernelsControls.opening)
    assert lab(other).header["revision"] == 0
    assert lab(one).kernel.tolist() == [[[6]]]


def test_the_question_names_the_convolution_and_says_where_counting_starts() -> None:
    question = open_page(PAGE).markdown[0].value
    assert "This is a convolution." in question
    assert "count from 0" in question


def test_the_prose_of_the_opening_says_what_the_opening_shows() -> None:
    app = open_page(PAGE)
    output = assert_is_pytorchs(app).output
    said = next(text.value for text in app.markdown if "Vertical edges" in text.value)
    assert "it is 1.2" in said
    assert "it is −2" in said
    assert float(output[4, 0]) == pytest.approx(1.2)  # the wall's left edge
    assert float(output[4, 3]) == pytest.approx(-2)  # the door
    assert float(output[4, 1]) == pytest.approx(0, abs=1e-6)  # the wall


def test_a_blur_of_one_ninth_is_a_mean_on_grey_and_three_times_the_mean_on_rgb() -> None:
    kernel = "; ".join(["1/9 1/9 1/9"] * 3)
    for colour, times in (("grey", 1), ("rgb", 3)):
        shown = assert_is_pytorchs(open_page(PAGE, colour=colour, kernel=kernel, **OPENED))
        window_mean = shown.values[:, 2:5, 2:5].mean()
        assert float(shown.output[2, 2]) == pytest.approx(times * float(window_mean), rel=1e-5)
        notes = " ".join(shown.header["words"]["notes"])
        assert ("1/27, not 1/9" in notes) == (colour == "rgb")


def test_padding_1_keeps_32_by_32_and_the_weights_shape() -> None:
    for padding, side in (("0", 30), ("1", 32)):
        shown = assert_is_pytorchs(open_page(PAGE, size=32, colour="rgb", padding=padding))
        assert shown.header["result_shape"] == [side, side]
        assert ["weight", "[1, 3, 3, 3]"] in shown.header["words"]["facts"]
