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

from convlab.convolution import kernels
from convlab.ui.kernels.controls import KernelsControls
from tests.ui.driver import Lab, lab, open_page, send, troubles

PAGE = "pages/kernels.py"
OPENING = torch.tensor([[[-1.0, 0, 1]] * 3])


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


def test_the_first_run_shows_the_chapters_edges_on_the_cat() -> None:
    app = open_page(PAGE)
    shown = assert_is_pytorchs(app)
    assert shown.pixels.shape == (1, 128, 128)
    assert torch.equal(shown.kernel, OPENING)
    assert shown.header["result_shape"] == [126, 126]
    assert app.query_params == {}
    assert not app.warning
    assert not app.info


CHANGES: list[tuple[str, object, Mapping[str, object]]] = [
    *[("padding", value, {}) for value in ("1", "2", "3", "same")],
    *[("padding_mode", mode, {"padding": "2"}) for mode in ("reflect", "replicate", "circular")],
    *[(field, value, {}) for field in ("stride", "dilation") for value in (2, 3, 4)],
    *[("bias", value, {}) for value in (-0.5, 1000.0, -1000.0)],
    *[("activation", value, {}) for value in ("relu", "tanh", "abs")],
    ("flip", True, {}),
    ("normalised", True, {}),
    ("normalised", True, {"colour": "rgb"}),
    ("colour", "rgb", {}),
    *[("size", value, {}) for value in (8, 24, 256)],
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
    assert app.query_params == {name: str(text) for name, text in link.items()} | {
        field: str(int(value)) if isinstance(value, bool) else str(value)
    }


@pytest.mark.parametrize(("field", "value"), [("scale", "grey"), ("scale", "signed"), ("scale_limit", 2.5)])
def test_colours_change_no_number(field: str, value: object) -> None:
    app = open_page(PAGE)
    before = assert_is_pytorchs(app)
    set_to(app, field, value)
    after = assert_is_pytorchs(app)
    assert after.header[field] == value != before.header[field]
    assert torch.equal(before.output, after.output)


@pytest.mark.parametrize("how", ["grey", "rgb", "per channel"])
def test_every_preset(how: str) -> None:
    app = open_page(PAGE, colour="grey" if how == "grey" else "rgb", size=32)
    if how == "per channel":
        app.toggle(key="kernels.each").set_value(True).run()
    for key in kernels.PRESETS:
        app.selectbox(key="kernels.preset").set_value(key).run()
        shown = assert_is_pytorchs(app)
        assert torch.equal(
            shown.kernel, kernels.preset(key).expand(3 if how == "per channel" else 1, -1, -1)
        ), key
        assert app.selectbox(key="kernels.preset").value is None  # so that it can be loaded again
        assert shown.pixels.shape[0] == (1 if how == "grey" else 3)


def test_the_seed_chooses_the_random_preset() -> None:
    app = open_page(PAGE)
    app.number_input(key="kernels.seed").set_value(7).run()
    app.selectbox(key="kernels.preset").set_value("random").run()
    assert torch.equal(assert_is_pytorchs(app).kernel[0], kernels.preset("random", seed=7))


TOOLS: list[tuple[str, Callable[[Tensor], Tensor]]] = [
    ("Normalise to sum 1", lambda k: k / k.sum()),
    ("Transpose", lambda k: k.transpose(1, 2)),
    ("Rotate by 90°", lambda k: k.rot90(1, (1, 2))),
    ("Flip by 180°", lambda k: k.flip(1, 2)),
    ("Negate", lambda k: -k),
    ("Multiply", lambda k: k * 2),
]


@pytest.mark.parametrize(("label", "change"), TOOLS, ids=[label for label, _change in TOOLS])
def test_every_tool(label: str, change: Callable[[Tensor], Tensor]) -> None:
    app = open_page(PAGE, kernel="1 2 4; 8 16 33")
    (button,) = [button for button in app.button if button.label == label]
    button.click().run()
    wanted = change(torch.tensor([[[1.0, 2, 4], [8, 16, 33]]]))
    assert torch.equal(assert_is_pytorchs(app).kernel, wanted)
    assert controls(app).kernel != "1 2 4; 8 16 33"


def test_all_tools_have_their_test() -> None:
    assert {button.label for button in open_page(PAGE).button} == {label for label, _change in TOOLS}


@pytest.mark.parametrize(("text", "factor"), [("1/4", 0.25), (" -3 ", -3), ("0", 0), ("1e-2", 0.01)])
def test_a_kernel_is_multiplied_by_any_factor(text: str, factor: float) -> None:
    app = open_page(PAGE, kernel="1 2; 4 8")
    app.text_input(key="kernels.factor").set_value(text).run()
    app.button(key="kernels.multiply").click().run()
    wanted = torch.tensor([[[1.0, 2], [4, 8]]]) * factor
    assert torch.equal(assert_is_pytorchs(app).kernel, wanted)


@pytest.mark.parametrize("text", ["", "cat", "1 2", "1/0", "1000.5", "500", "nan", "<img src=x>"])
def test_a_factor_that_does_not_fit_says_so_and_the_kernel_stays(text: str) -> None:
    app = open_page(PAGE, kernel="1 2; 4 8")
    app.text_input(key="kernels.factor").set_value(text).run()
    app.button(key="kernels.multiply").click().run()
    assert 20 < len(warned(app)) < 200
    assert assert_is_pytorchs(app).kernel.flatten().tolist() == [1, 2, 4, 8]


def test_the_link_is_written_where_the_lesson_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page(PAGE)
    monkeypatch.setattr("convlab.ui.kernels.lab.convolved", lambda *_: 1 / 0)
    set_to(app, "stride", 2)
    assert [sentence for sentence in troubles(app) if "Something went wrong" in sentence]
    assert app.query_params == {"stride": "2"}


def test_normalising_for_rgb_counts_all_three_channels() -> None:
    app = open_page(PAGE, kernel="1 1 1; 1 1 1; 1 1 1", colour="rgb")
    app.button(key="kernels.tool.0").click().run()
    assert assert_is_pytorchs(app).kernel.unique().tolist() == [pytest.approx(1 / 27)]


def test_what_cannot_be_normalised_says_so_and_stays() -> None:
    app = open_page(PAGE)
    app.button(key="kernels.tool.0").click().run()
    assert "add up to 0" in warned(app)
    assert torch.equal(assert_is_pytorchs(app).kernel, OPENING)
    assert not app.run().warning


@pytest.mark.parametrize(
    ("text", "kernel"),
    [
        ("1/9 1/9; 0 -1", [[[1 / 9, 1 / 9], [0, -1]]]),
        (" 1,2,3 ", [[[1, 2, 3]]]),
        ("−1e-3", [[[-0.001]]]),
        ("1 0; 0 1\n2 2", [[[1, 0], [0, 1], [2, 2]]]),
    ],
)
def test_a_kernel_can_be_typed(text: str, kernel: list[list[list[float]]]) -> None:
    app = open_page(PAGE)
    app.text_input(key="kernels.text").set_value(text).run()
    assert torch.equal(assert_is_pytorchs(app).kernel, torch.tensor(kernel))


def test_three_kernels_can_be_typed() -> None:
    app = open_page(PAGE, colour="rgb")
    app.text_input(key="kernels.text").set_value("1 0 | 0 1 | 2 2").run()
    assert assert_is_pytorchs(app).kernel.tolist() == [[[1, 0]], [[0, 1]], [[2, 2]]]
    assert app.toggle(key="kernels.each").value is True


@pytest.mark.parametrize(
    "text",
    [
        "cat",
        "1 2; 3",
        "1 | 2",
        "1/0",
        "1e999",
        "nan",
        "1 2 3 4 5 6 7 8",
        "1001",
        "9" * 5000,
        "<img src=x>",
        ":tada:",
        "\0",
    ],
    ids=lambda text: ascii(text)[:20],
)
def test_what_is_no_kernel_says_so_and_stays(text: str) -> None:
    app = open_page(PAGE, size=32)
    app.text_input(key="kernels.text").set_value(text).run()
    assert 20 < len(warned(app)) < 200
    assert torch.equal(assert_is_pytorchs(app).kernel, OPENING)
    assert app.query_params == {"size": "32"}


def test_rows_and_columns_grow_round_the_kernel() -> None:
    app = open_page(PAGE)
    app.selectbox(key="kernels.rows").set_value(5).run()
    app.selectbox(key="kernels.columns").set_value(1).run()
    assert assert_is_pytorchs(app).kernel.tolist() == [[[0], [0], [0], [0], [0]]]
    assert app.selectbox(key="kernels.rows").value == 5
    app = open_page(PAGE)
    app.selectbox(key="kernels.rows").set_value(4).run()
    assert assert_is_pytorchs(app).kernel.tolist() == [[[-1, 0, 1]] * 3 + [[0, 0, 0]]]


def test_a_grey_picture_hides_two_kernels_of_three_and_keeps_them() -> None:
    app = open_page(PAGE, colour="rgb", kernel="1 0 | 0 1 | 2 2")
    set_to(app, "colour", "grey")
    assert assert_is_pytorchs(app).kernel.tolist() == [[[1, 0]]]
    app.button(key="kernels.multiply").click().run()
    set_to(app, "colour", "rgb")
    assert assert_is_pytorchs(app).kernel.tolist() == [[[2, 0]], [[0, 1]], [[2, 2]]]


def test_one_kernel_for_all_channels_and_back() -> None:
    app = open_page(PAGE, colour="rgb")
    app.toggle(key="kernels.each").set_value(True).run()
    assert torch.equal(assert_is_pytorchs(app).kernel, OPENING.expand(3, -1, -1))
    app.toggle(key="kernels.each").set_value(False).run()
    assert torch.equal(assert_is_pytorchs(app).kernel, OPENING)


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
    assert len(app.segmented_control(key="kernels.experiment").options) == 8
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
    one.text_input(key="kernels.text").set_value("5").run()
    set_to(one, "stride", 3)
    send(one, "kernels.lab", "edit", {"revision": 9, "origin": lab(one).header["origin"], "kernel": [[[6]]]})
    other.run()
    assert torch.equal(assert_is_pytorchs(other).kernel, OPENING)
    assert controls(other) == KernelsControls()
    assert lab(other).header["revision"] == 0
    assert lab(one).kernel.tolist() == [[[6]]]
