"""ui/kernels/compared.py: a kernel is kept in the link, comes back as it was, and is compared by PyTorch."""

from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import Tensor

from convlab.convolution import comparison
from convlab.ui.kernels.controls import KernelsControls
from convlab.ui.urls import parse, serialise
from tests.pages.test_kernels import PAGE, assert_is_pytorchs, by_pytorch, controls, run_script, set_to
from tests.ui.driver import lab, open_page, received, send, troubles
from tests.ui.panel import open_panel, results

EDGES = "-1 0 1; -1 0 1; -1 0 1"


def ask(app: AppTest, action: object, **more: Any) -> AppTest:
    """As a button of the lab asks."""
    header = lab(app).header
    told = {"revision": header["revision"], "origin": header["origin"], "kernel": header["kernel"]}
    return send(app, "kernels.lab", "ask", {"action": action, **told, **more})


def kept(app: AppTest) -> tuple[dict[str, Any] | None, Tensor | None]:
    """What the lab was told of A, and its map."""
    header, blobs = received(app, "kernels.lab")
    told = header["kept"]
    if told is None or "result_shape" not in told:
        assert not blobs["kept"]
        return told, None
    values = torch.frombuffer(bytearray(blobs["kept"]), dtype=torch.float32)
    return told, values.reshape(told["result_shape"])


def test_nothing_is_kept_at_first() -> None:
    app = open_page(PAGE, size=16)
    assert kept(app) == (None, None)


def test_what_is_kept_stands_in_the_link_and_stays_while_the_kernel_changes() -> None:
    app = open_page(PAGE, size=16, stride=2, activation="relu")
    output = assert_is_pytorchs(app).output
    ask(app, "keep")
    assert app.query_params["frozen"] == f"{EDGES} @ stride=2 activation=relu"
    app.selectbox(key="kernels.preset").set_value("blur").run()
    told, a = kept(app)
    assert told is not None
    assert a is not None
    assert torch.equal(a, output)
    assert told["mean"] == float(output.mean())
    assert (told["text"], told["apart"]) == (app.query_params["frozen"], "")
    assert not torch.equal(assert_is_pytorchs(app).output, output)


def test_a_follows_the_picture() -> None:
    app = open_page(PAGE, size=16, frozen="1 1; 1 1 @ padding=1", colour="rgb", normalised=1)
    for picture in ("photo:rocket", "photo:coffee"):
        set_to(app, "picture", picture)
        wanted = controls(app).model_copy(update={"kernel": "1 1; 1 1", "padding": "1"})
        shown = lab(app)
        _told, a = kept(app)
        assert a is not None
        assert torch.equal(
            a, by_pytorch(type(shown)(shown.header, shown.pixels, wanted.weights, None), wanted)
        )


def test_an_edit_that_has_not_been_told_yet_is_kept_too() -> None:
    app = open_page(PAGE, size=16)
    ask(app, "keep", revision=4, kernel=[[[0, 0, 0], [0, 2, 0], [0, 0, 0]]])
    assert app.query_params["kernel"] == app.query_params["frozen"] == "0 0 0; 0 2 0; 0 0 0"
    assert lab(app).header["revision"] == 4


def test_put_back_is_one_step_which_undo_takes_back_whole() -> None:
    app = open_page(PAGE, size=16, kernel="0 1 0; 1 -4 1; 0 1 0", stride=2, bias=0.5)
    ask(app, "keep")
    for field, value in (("stride", 1), ("padding", "2"), ("activation", "relu")):
        set_to(app, field, value)
    app.session_state["kernels.by_numbers"] = True
    app.run()
    app.number_input(key="kernels.cell.0.1.1").set_value(7.0).run()
    before = controls(app)
    app.button(key="kernels.put_back").click().run()
    after = controls(app)
    assert (after.kernel, after.stride, after.padding) == ("0 1 0; 1 -4 1; 0 1 0", 2, "0")
    app.button(key="kernels.undo").click().run()
    assert controls(app) == before
    app.button(key="kernels.redo").click().run()
    assert controls(app) == after
    assert troubles(app) == []


def test_put_back_is_the_kept_layer_and_let_go_keeps_none() -> None:
    frozen = "1 2; 3 4 @ padding=same bias=0.5 activation=tanh flip=1"
    app = open_page(PAGE, size=16, stride=2, dilation=2, frozen=frozen)
    ask(app, "put_back")
    assert_is_pytorchs(app)
    found = controls(app)
    assert comparison.write(found.layer) == frozen == found.frozen
    assert (found.padding, found.stride, found.dilation) == ("same", 1, 1)
    assert app.selectbox(key="kernels.padding").value == "same"
    told, a = kept(app)
    assert told is not None
    assert a is not None
    assert torch.equal(a, lab(app).output)
    ask(app, "let_go")
    assert kept(app) == (None, None)
    assert "frozen" not in app.query_params


def test_of_three_kernels_a_grey_picture_meets_the_first_and_none_is_lost() -> None:
    app = open_page(PAGE, size=16, kernel="1 2 | 3 4 | 5 6")
    ask(app, "keep")
    assert app.query_params["frozen"] == "1 2 | 3 4 | 5 6"
    _told, a = kept(app)
    assert a is not None
    assert torch.equal(a, lab(app).output)
    set_to(app, "colour", "rgb")
    _told, a = kept(app)
    assert a is not None
    assert torch.equal(a, assert_is_pytorchs(app).output)


def test_shapes_that_differ_are_one_sentence_and_both_are_shown() -> None:
    app = open_panel("kernels", size=16, frozen="1 @ stride=2")
    told, a = kept(app)
    assert told is not None
    assert a is not None
    assert told["apart"] == "A has 8 × 8 pixels and B 14 × 14, so there is no difference until the two agree."
    assert assert_is_pytorchs(app).output.shape == (14, 14)
    assert told["apart"] in [text.value for text in app.expander[0].text]
    assert "Mean of A" in results(app)
    assert "Largest difference, B − A" not in results(app)


def test_where_a_does_not_fit_it_is_said_and_b_stands() -> None:
    app = open_page(PAGE, size=8, frozen="1 2 3 @ dilation=4")
    told, a = kept(app)
    assert told is not None
    assert a is None
    assert told["apart"].startswith("A has no output here. The kernel spans 9 pixels")
    assert_is_pytorchs(app)
    set_to(app, "size", 16)
    assert kept(app)[1] is not None


def test_where_b_does_not_fit_a_stands() -> None:
    app = open_page(PAGE, size=8, frozen="1 2 3", dilation=4, experiment="code")
    assert lab(app).result is None
    assert kept(app)[1] is not None
    assert troubles(app)[1:] == []


BAD: list[Any] = ["", "kept", None, 7, [], {}, ["keep"], "__class__"]


@pytest.mark.parametrize("action", BAD, ids=str)
def test_what_is_nothing_to_ask_for_changes_nothing(action: object) -> None:
    app = open_page(PAGE, size=16)
    link = dict(app.query_params)
    ask(app, action)
    send(app, "kernels.lab", "ask", action)
    assert troubles(app) == []
    assert app.query_params == link


def test_what_overtook_a_button_stays() -> None:
    app = open_page(PAGE, size=16)
    origin = lab(app).header["origin"]
    app.selectbox(key="kernels.preset").set_value("blur").run()
    ask(app, "keep", origin=origin, kernel=[[[9.0] * 3] * 3])
    assert controls(app).frozen == controls(app).kernel
    assert controls(app).kernel.startswith("0.11111111")


@pytest.mark.parametrize("text", ["cat", "1 2 @", "1 2 @ stride=9", "1 2 @ colour=rgb", "1001", "1 2; 3"])
def test_a_link_that_keeps_no_kernel_keeps_none_and_says_so(text: str) -> None:
    found, refused = parse(KernelsControls, {"frozen": text})
    assert (found.frozen, refused) == ("", ["frozen"])
    app = open_page(PAGE, size=16, frozen=text)
    assert "frozen" in app.warning[0].value.replace("\\", "")


def test_a_link_is_written_as_the_lab_writes_it() -> None:
    found, _refused = parse(KernelsControls, {"frozen": "[[1, 2], [3, 4]]@bias=0.50   stride=1"})
    assert found.frozen == "1 2; 3 4 @ bias=0.5"
    assert serialise(found) == {"frozen": "1 2; 3 4 @ bias=0.5"}


def test_by_numbers_keeps_puts_back_and_lets_go() -> None:
    app = open_panel("kernels", size=16)
    assert "Mean of A" not in results(app)
    app.button(key="kernels.keep").click().run()
    assert float(results(app)["Largest difference, B − A"]) == 0
    before = lab(app).output
    app.selectbox(key="kernels.preset").set_value("sobel_y").run()
    app.number_input(key="kernels.pixel.row").set_value(3).run()
    app.number_input(key="kernels.pixel.column").set_value(5).run()
    wanted = comparison.difference(before, lab(app).output)
    assert wanted is not None
    found = results(app)
    assert float(found["Mean of A"]) == pytest.approx(float(before.mean()), rel=1e-5)
    assert float(found["Largest difference, B − A"]) == pytest.approx(wanted.largest, rel=1e-5)
    assert found["Its row and column"] == f"{wanted.row}, {wanted.col}"
    assert float(found["Output pixel of A"]) == pytest.approx(float(before[3, 5]), rel=1e-5)
    assert float(found["B − A there"]) == pytest.approx(float(wanted.values[3, 5]), rel=1e-5)
    app.button(key="kernels.put_back").click().run()
    assert controls(app).kernel == controls(app).frozen == EDGES
    app.button(key="kernels.let_go").click().run()
    assert "frozen" not in app.query_params
    assert not [button for button in app.button if button.key == "kernels.put_back"]


@pytest.mark.parametrize(
    "link",
    [
        {"frozen": "1/9 1/9; 1/9 1/9 @ padding=1"},
        {"frozen": "1 2 | 3 4 | 5 6 @ activation=abs bias=0.25 flip=1", "colour": "rgb", "normalised": 1},
    ],
    ids=str,
)
def test_the_code_of_the_comparison_makes_what_is_on_the_page(link: dict[str, object]) -> None:
    app = open_page(PAGE, size=24, experiment="code", **link)
    _told, a = kept(app)
    assert a is not None
    left = run_script(app.code[1].value)
    assert torch.equal(left["output_a"], a)
    assert torch.equal(left["output_b"], lab(app).output)
    assert ("difference" in left) == (a.shape == lab(app).output.shape)


def test_normalise_is_asked_for_where_the_picture_burns_out() -> None:
    blur = "; ".join(["1/9 1/9 1/9"] * 3)
    app = open_panel("kernels", size=8, colour="rgb", kernel=blur)
    output = lab(app).output
    assert float(output.max()) > 1
    assert results(app)["Scale"] == "0 to 1, the input's own"
    assert results(app)["Pixels beyond it, striped"] == str(int((output > 1).sum()))
    ask(app, "normalise")
    assert controls(app).weights.flatten().tolist() == pytest.approx([1 / 27] * 9)
    assert float(lab(app).output.max()) < 1
    assert results(app)["Pixels beyond it, striped"] == "0"


@pytest.mark.parametrize(
    ("link", "scale"),
    [
        ({}, "-{end} to {end}"),  # signed, as ever
        ({"kernel": "1", "normalised": 1}, "-{end} to {end}"),
        ({"kernel": "1", "scale": "own"}, "0 to {end}"),
        ({"kernel": "1", "scale": "grey"}, "0 to {end}"),
        ({"kernel": "1", "scale_limit": 0.25}, "0 to 0.25"),
        ({"kernel": "1"}, "0 to 1, the input's own"),
        ({"kernel": "0.5", "padding": "2"}, "0 to 1, the input's own"),  # ghosts are 0
        ({"activation": "relu"}, "0 to 1, the input's own"),
        ({"activation": "abs"}, "0 to 1, the input's own"),
        ({"kernel": "1", "bias": 3}, "0 to 1, the input's own"),
        ({"kernel": "1", "bias": -3}, "-{end} to {end}"),
    ],
    ids=str,
)
def test_where_the_inputs_own_scale_applies(link: dict[str, Any], scale: str) -> None:
    app = open_panel("kernels", size=16, **link)
    wanted = scale.format(end=f"{float(lab(app).output.abs().max()):.8g}")
    found = results(app)["Scale"]
    ends, said = (text.split(",")[0].split(" to ") for text in (wanted, found))
    assert [float(end) for end in said] == pytest.approx([float(end) for end in ends], rel=1e-5)
    assert found.endswith("own") == wanted.endswith("own")
