"""ui/kernels/toolbar.py: presets, tools and typed kernels; what cannot be is said, and the kernel stays."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from convlab.convolution import kernels
from tests.pages.test_kernels import OPENING, PAGE, assert_is_pytorchs, controls, set_to, warned
from tests.ui.driver import open_page


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
