"""ui/kernels/toolbar.py: presets, tools and typed kernels; what cannot be is said, and the kernel stays."""

from collections.abc import Callable

import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import Tensor

from convlab.convolution import kernels
from tests.pages.test_kernels import OPENED, OPENING, PAGE, assert_is_pytorchs, controls, set_to, warned
from tests.ui.driver import lab, open_page, send, troubles


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
        assert app.selectbox(key="kernels.preset").value == key
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
    labels = {button.label for button in open_page(PAGE).button}
    assert labels == {label for label, _change in TOOLS} | {"Take these weights"}


def test_the_weights_that_were_typed_are_taken_again() -> None:
    app = open_page(PAGE)
    app.button(key="kernels.take").click().run()  # nothing was typed
    assert torch.equal(assert_is_pytorchs(app).kernel, OPENING)
    app.text_area(key="kernels.text").set_value("1 2\n3 4").run()
    app.selectbox(key="kernels.preset").set_value("blur").run()
    app.button(key="kernels.take").click().run()
    assert assert_is_pytorchs(app).kernel.tolist() == [[[1, 2], [3, 4]]]


@pytest.mark.parametrize(
    ("text", "factor"), [("1/4", 0.25), (" -3 ", -3), ("0", 0), ("1e-2", 0.01), ("0,5", 0.5)]
)
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
    assert "add up to 0" in warned(app.run())  # until something has changed the kernel
    assert not app.button(key="kernels.tool.1").click().run().warning


@pytest.mark.parametrize(
    ("text", "kernel"),
    [
        ("1/9 1/9; 0 -1", [[[1 / 9, 1 / 9], [0, -1]]]),
        (" 1,2,3 ", [[[1, 2, 3]]]),
        ("−1e-3", [[[-0.001]]]),
        ("1 0; 0 1\n2 2", [[[1, 0], [0, 1], [2, 2]]]),
        ("1\t2\n3\t4", [[[1, 2], [3, 4]]]),
        ("0,5 0 0,5", [[[0.5, 0, 0.5]]]),
        ("tensor([[-1.,  0.],\n        [ 1.,  2.]])", [[[-1, 0], [1, 2]]]),
        ("[[1, 2], [3, 4]] / 8", [[[0.125, 0.25], [0.375, 0.5]]]),
    ],
)
def test_a_kernel_can_be_typed(text: str, kernel: list[list[list[float]]]) -> None:
    app = open_page(PAGE)
    app.text_area(key="kernels.text").set_value(text).run()
    assert torch.equal(assert_is_pytorchs(app).kernel, torch.tensor(kernel))


def test_three_kernels_can_be_typed() -> None:
    app = open_page(PAGE, colour="rgb")
    app.text_area(key="kernels.text").set_value("1 0 | 0 1 | 2 2").run()
    assert assert_is_pytorchs(app).kernel.tolist() == [[[1, 0]], [[0, 1]], [[2, 2]]]
    assert app.toggle(key="kernels.each").value is True


@pytest.mark.parametrize(
    "text",
    [
        "cat",
        "1 2; 3",
        "1 | 2",
        "1/0",
        "0,5,1",
        "[[1, 2], [3, 4]] / 0",
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
    app.text_area(key="kernels.text").set_value(text).run()
    assert 20 < len(warned(app)) < 200
    (toast,) = app.toast
    assert toast.value.replace("\\", "") == warned(app)  # seen where the tools lie over the other
    assert torch.equal(assert_is_pytorchs(app).kernel, OPENING)
    assert app.query_params == {"size": "32"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[0,5],[1,2]]", "Read as 2 × 2 weights: 0 5; 1 2. Commas part weights."),
        ("[[0, 5], [1, 2]]", "Read as 2 × 2 weights: 0 5; 1 2."),
        ("0,5 1,5", "Read as 1 × 2 weights: 0.5 1.5. Commas are decimal points."),
        ("1,0,-1", "Read as 1 × 3 weights: 1 0 -1. Commas part weights."),
        ("1 | 2 | 3", "Read as 3 channels of 1 × 1 weights: 1 | 2 | 3."),
        ("1/16 * [1 2 1]", "Read as 1 × 3 weights: 0.0625 0.125 0.0625."),
    ],
)
def test_how_a_text_was_read_is_said_while_its_kernel_is_there(text: str, said: str) -> None:
    app = open_page(PAGE, size=16, colour="rgb")
    app.text_area(key="kernels.text").set_value(text).run()
    assert said in readings(app)
    app.text_area(key="kernels.text").set_value("cat").run()
    assert readings(app) == []
    app.selectbox(key="kernels.preset").set_value("blur").run()
    assert readings(app) == []


def readings(app: AppTest) -> list[str]:
    return [said.value.replace("\\", "") for said in app.caption if said.value.startswith("Read as")]


def test_from_numbers_back_to_the_last_photograph() -> None:
    app = open_page(PAGE)
    look = app.segmented_control(key="kernels.look")
    look.set_value("photograph").run()
    assert (controls(app).picture, controls(app).size) == ("photo:cat", 128)
    set_to(app, "picture", "photo:rocket")
    set_to(app, "size", 48)
    assert app.segmented_control(key="kernels.look").value == "photograph"
    app.segmented_control(key="kernels.look").set_value("numbers").run()
    assert (controls(app).picture, controls(app).size) == ("drawing:house", 8)
    set_to(app, "picture", "drawing:test_card")
    assert app.segmented_control(key="kernels.look").value is None
    app.segmented_control(key="kernels.look").set_value("photograph").run()
    assert (controls(app).picture, controls(app).size) == ("photo:rocket", 48)
    assert troubles(app) == []


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


def test_the_kernel_box_names_what_is_loaded() -> None:
    app = open_page(PAGE)
    box = app.selectbox(key="kernels.preset")
    assert (box.value, box.options[0]) == ("vertical_edges", "Identity")
    edit = {
        "revision": 1,
        "origin": lab(app).header["origin"],
        "kernel": [[[-1, 0, 1], [-1, 2, 1], [-1, 0, 1]]],
    }
    send(app, "kernels.lab", "edit", edit)
    box = app.selectbox(key="kernels.preset")
    assert (box.value, box.options[0]) == ("", "Your own")
    box.set_value("").run()  # to choose it again changes nothing
    assert assert_is_pytorchs(app).kernel.tolist() == edit["kernel"]
    send(app, "kernels.lab", "edit", {**edit, "revision": 2, "kernel": OPENING.tolist()})
    assert app.selectbox(key="kernels.preset").value == "vertical_edges"


def test_a_box_that_has_not_heard_of_an_undo_yet_loads_nothing() -> None:
    app = open_page(PAGE)
    edit = {
        "revision": 1,
        "origin": lab(app).header["origin"],
        "kernel": [[[-1, 0, 1], [-1, 2, 1], [-1, 0, 1]]],
    }
    send(app, "kernels.lab", "edit", edit)
    before = app._tree.get_widget_states()  # "Your own" stands in the box
    send(app, "kernels.lab", "step", {**edit, "steps": -1})
    app._run(before)
    assert torch.equal(assert_is_pytorchs(app).kernel, OPENING)
    assert not app.error
    assert not app.toast
    assert app.selectbox(key="kernels.preset").value == "vertical_edges"


@pytest.mark.parametrize(
    ("link", "name"),
    [
        ({"kernel": "1/9 1/9 1/9; 1/9 1/9 1/9; 1/9 1/9 1/9"}, "blur"),
        ({"kernel": "; ".join(["-1 -1 0 1 1"] * 5)}, "vertical_edges"),
        ({"kernel": "1 0 -1; 1 0 -1; 1 0 -1"}, ""),
        ({"kernel": "0 1 0; 1 -4 1; 0 1 0", "colour": "rgb"}, "laplacian"),
        ({"kernel": "|".join(["0 1 0; 1 -4 1; 0 1 0"] * 3), "colour": "rgb"}, "laplacian"),
        ({"kernel": "0 1 0; 1 -4 1; 0 1 0|1 2 3; 4 5 6; 7 8 9|0 1 0; 1 -4 1; 0 1 0", "colour": "rgb"}, ""),
        ({"kernel": "0 1 0; 1 -4 1; 0 1 0|1 2 3; 4 5 6; 7 8 9|0 1 0; 1 -4 1; 0 1 0"}, "laplacian"),
    ],
)
def test_the_kernel_of_a_link_is_named_too(link: dict[str, str], name: str) -> None:
    assert open_page(PAGE, size=16, **link).selectbox(key="kernels.preset").value == name


def test_a_step_leads_to_a_photograph_and_back_and_keeps_kernel_and_settings() -> None:
    app = open_page(PAGE, kernel="1 2; 3 4", stride=2, colour="rgb", **OPENED)
    look = app.segmented_control(key="kernels.look")
    assert look.value == "numbers"
    look.set_value("photograph").run()
    shown = assert_is_pytorchs(app)
    assert shown.pixels.shape == (3, 128, 128)
    assert app.query_params == {"kernel": "1 2; 3 4", "stride": "2", "colour": "rgb"}
    app.segmented_control(key="kernels.look").set_value("numbers").run()
    assert assert_is_pytorchs(app).pixels.shape == (3, 8, 8)
    assert app.query_params == {"kernel": "1 2; 3 4", "stride": "2", "colour": "rgb", **OPENED}
    set_to(app, "picture", "drawing:test_card")
    assert app.segmented_control(key="kernels.look").value is None
