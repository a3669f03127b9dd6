"""What an experiment sets the lab to: the shifted picture, the small one, and the way back."""

import pytest
import torch
import torch.nn.functional as F
from streamlit.testing.v1 import AppTest
from torch import Tensor

from tests.pages.test_kernels import PAGE, assert_is_pytorchs, controls, run_script, set_to
from tests.ui.driver import lab, open_page, received, troubles


def outlined(app: AppTest) -> Tensor:
    """The pixels of the lab's output that are outlined."""
    blob = received(app, "kernels.lab")[1]["differs"]
    assert len(blob) == lab(app).output.numel()
    return torch.frombuffer(bytearray(blob), dtype=torch.uint8).reshape(lab(app).output.shape).bool()


def go_back(app: AppTest) -> None:
    """Undo what the experiment has set, by the panel "By numbers", which says it too."""
    app.session_state["kernels.by_numbers"] = True
    app.run()
    assert lab(app).header["remark"]["text"] in [text.value for text in app.text]
    app.button(key="kernels.go_back").click().run()
    assert troubles(app) == []


def said(app: AppTest) -> str:
    text: str = lab(app).header["remark"]["text"]
    return text


@pytest.mark.parametrize("link", [{}, {"colour": "rgb", "normalised": 1}, {"wrap": 1, "padding": "1"}])
def test_the_lab_shows_the_shifted_picture_and_outlines_what_differs(link: dict[str, object]) -> None:
    app = open_page(PAGE, experiment="shift", size=16, shift_x=3, shift_y=-2, **link)
    drawn, left = assert_is_pytorchs(app), run_script(app.code[0].value)
    still = lab(open_page(PAGE, size=16, **link))
    moved = torch.roll if "wrap" in link else None
    if moved:
        assert torch.equal(drawn.pixels, torch.roll(still.pixels, (-2, 3), (1, 2)))
    else:
        assert torch.equal(drawn.pixels, F.pad(still.pixels, (3, -3, -2, 2)))
    assert torch.equal(drawn.output, left["conv_of_shifted"])
    assert torch.equal(outlined(app), left["difference"] != 0)
    count, every = int(outlined(app).sum()), drawn.output.numel()
    assert 0 < count < every
    assert said(app) == (
        "The picture is shifted 3 px to the right, 2 px up: set by the experiment below. "
        f"Outlined in the output: the {count} of {every} pixels that differ from the shifted output."
    )


def test_a_shift_that_wraps_outlines_nothing() -> None:
    app = open_page(
        PAGE, experiment="shift", size=8, shift_x=-1, wrap=1, padding="same", padding_mode="circular"
    )
    assert not outlined(app).any()
    assert said(app) == (
        "The picture is shifted 1 px to the left: set by the experiment below. "
        "The output is the shifted output, pixel by pixel."
    )


def test_a_stride_that_does_not_divide_outlines_nothing_and_claims_nothing() -> None:
    app = open_page(PAGE, experiment="shift", size=16, shift_x=3, stride=2)
    assert received(app, "kernels.lab")[1]["differs"] == b""
    assert said(app) == "The picture is shifted 3 px to the right: set by the experiment below."
    assert_is_pytorchs(app)


def test_undoing_the_shift_and_leaving_the_experiment_give_the_picture_back() -> None:
    still = lab(open_page(PAGE, size=16))
    app = open_page(PAGE, experiment="shift", size=16)
    assert not torch.equal(lab(app).pixels, still.pixels)
    go_back(app)
    assert (controls(app).shift_x, controls(app).shift_y) == (0, 0)
    assert torch.equal(lab(app).pixels, still.pixels)
    assert said(app) == ""
    app = open_page(PAGE, experiment="shift", size=16)
    set_to(app, "experiment", "notice")
    assert torch.equal(lab(app).pixels, still.pixels)
    assert lab(app).header["stock"] == still.header["stock"] != ""


def test_a_shift_that_leaves_nothing_leaves_the_lab_as_it_is() -> None:
    app = open_page(PAGE, experiment="shift", size=8, shift_x=9)
    (trouble,) = troubles(app)
    assert "leaves nothing" in trouble
    assert torch.equal(lab(app).pixels, lab(open_page(PAGE, size=8)).pixels)
    assert said(app) == ""


def test_the_matrix_is_about_the_picture_in_the_lab() -> None:
    app = open_page(PAGE, experiment="matrix", size=32, colour="rgb", matrix_size=5, bias=0.5)
    drawn, left = assert_is_pytorchs(app), run_script(app.code[0].value)
    assert torch.equal(drawn.values, left["image"])
    assert torch.equal(drawn.output, left["output"].reshape(3, 3))
    assert drawn.header["stock"] == ""  # a route that knew it as one of ours would take the whole picture
    assert said(app) == "The middle 5 × 5 pixels at 8 px: chosen by the experiment."
    go_back(app)
    assert controls(app).experiment == "notice"
    assert lab(app).pixels.shape == (3, 32, 32)
