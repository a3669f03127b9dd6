"""Each figure of the chapter's sections 8.1 to 8.2.2, on the screen of the Kernels page."""

import pytest
import torch
import torch.nn.functional as F
from playwright.sync_api import expect
from torch import nn

from convlab.ui.picture import working_picture
from tests.browser.first_look import TABLES, opened
from tests.browser.kernels_page import WAIT_MS, Lab

RAMP = "0 0 0; 0 0 0; 0 0 1"


def words(lab: Lab, path: str) -> str:
    return opened(lab.tab, path)[1]


def test_dense_layers_do_not_scale_and_convolutions_do(lab: Lab) -> None:
    said = words(lab, "/kernels?experiment=parameters&picture=drawing:house&size=8")
    assert "3,145,728 + 1,024 + 524,288 + 512 + 65,536 + 128 + 256 + 2 = 3,737,474" in said
    assert "432 + 16 + 1,152 + 8 + 16,384 + 32 + 64 + 2 = 18,090" in said
    assert "206.6 times fewer" in said
    for size in (8, 64):  # of the picture: the same ten parameters
        said = words(lab, f"/kernels?experiment=parameters&picture=drawing:house&size={size}")
        assert f"On the lab's picture, {size} × {size}: 10 parameters" in said


def test_a_convolution_is_a_matrix_of_which_almost_all_is_nought(lab: Lab) -> None:
    metrics, _words = opened(lab.tab, "/kernels?experiment=matrix")
    assert metrics["Shape of the matrix"] == "16 × 36"
    assert metrics["Always 0: no weight reaches there"] == "75.0%"
    assert metrics["Weights that it repeats"] == "9"
    assert float(metrics["matrix @ x + bias against Conv2d"]) < 1e-5


def test_pytorch_does_not_turn_the_kernel_round(lab: Lab) -> None:
    house = lab.open(picture="drawing:house", size=8, kernel=RAMP)
    whole = lab.tensor()
    lab.open(picture="drawing:house", size=8, kernel=RAMP, flip=True)
    turned = lab.tensor()
    pixels = torch.from_numpy(turned)
    assert torch.equal(pixels[2:, 2:], torch.from_numpy(whole)[:-2, :-2])  # two pixels up and to the left
    lab.open(picture="drawing:house", size=8, kernel="1 0 0; 0 0 0; 0 0 0")
    assert (lab.tensor() == turned).all()
    assert house.flip is False


def test_the_map_of_a_shifted_picture_is_the_shifted_map(lab: Lab) -> None:
    metrics, said = opened(lab.tab, "/kernels?experiment=shift")
    assert metrics["Largest difference away from the borders"] == "0"
    assert "88.1%" in said
    assert "87.35%, 85.9%, 81.55% and 68.9%" in said


def test_a_layer_of_sixteen_kernels_on_rgb(lab: Lab) -> None:
    said = words(lab, "/kernels?experiment=bank")
    for figure in ("[16, 3, 3, 3]", "[16]", "448 = 16 × (3 × 3 × 3 + 1)", "[1, 3, 32, 32] → [1, 16, 30, 30]"):
        assert figure in said
    assert "image.unsqueeze(0)" in said


@pytest.mark.parametrize(
    ("settings", "formula"),
    [
        ({"padding": "1"}, "floor((32 + 1 + 1 - 1*(3-1) - 1)/1) + 1 = 32"),
        ({"padding": "0", "stride": 2, "dilation": 2}, "floor((32 + 0 + 0 - 2*(3-1) - 1)/2) + 1 = 14"),
    ],
    ids=str,
)
def test_the_size_of_the_output_and_its_formula(lab: Lab, settings: dict[str, object], formula: str) -> None:
    shown = lab.open(size=32, picture="photo:cat", **settings)
    lab.look_up()
    side = F.conv2d(
        torch.zeros(1, 1, 32, 32),
        torch.zeros(1, 1, 3, 3),
        padding=int(shown.padding),
        stride=shown.stride,
        dilation=shown.dilation,
    ).shape[-1]
    assert formula in lab.find(".facts").inner_text()
    assert formula.endswith(f" {side}")
    expect(lab.find(".out h3 .numbers")).to_have_text(f"[1, {side}, {side}]")
    assert "[1, 1, 3, 3]" in lab.find(".facts").inner_text()


def test_ghosts_hold_nought_which_is_the_mean_colour_of_a_normalised_picture(lab: Lab) -> None:
    lab.open(picture="drawing:house", size=8, padding="1", normalised=True)
    expect(lab.tab.page.locator(".st-key-kernels-card-padding")).to_contain_text(
        "They hold 0, here the mean colour. 8 becomes 8 instead of 6."
    )
    lab.open(picture="drawing:house", size=8, padding="1", kernel="0 0 0; 0 1 0; 0 0 0")
    assert lab.tensor().shape == (8, 8)


def test_an_even_kernel_has_one_ghost_more_on_one_side(lab: Lab) -> None:
    lab.open(picture="drawing:house", size=8, padding="same", kernel="1 1; 1 1")
    lab.look_up()
    assert "0 left, 1 right, 0 above, 1 below" in lab.find(".facts").inner_text()
    assert lab.tensor().shape == (8, 8)


def test_blur_and_edges_on_an_edge_and_on_a_wall_of_one_colour(lab: Lab) -> None:
    shown = lab.open(picture="drawing:house", size=8)  # vertical edges
    output = lab.tensor()
    assert (shown.preset, shown.kernel) == ("vertical_edges", "-1 0 1; -1 0 1; -1 0 1")
    assert abs(output).min() < 1e-6  # where all pixels are alike
    assert output.max() == pytest.approx(1.2, abs=1e-6)  # brighter to the right
    assert output.min() == pytest.approx(-2, abs=1e-6)  # darker
    ninth = "; ".join([" ".join(["0.11111111"] * 3)] * 3)
    lab.open(picture="drawing:house", size=8, kernel=ninth)
    blurred = torch.tensor(lab.tensor())
    pixels = working_picture(shown)[0].values
    assert (blurred - nn.AvgPool2d(3, 1)(pixels[None])[0, 0]).abs().max() < 1e-6  # a mean


def test_all_detectors_of_the_chapter_are_offered(lab: Lab) -> None:
    lab.open(picture="drawing:house", size=8)
    box = lab.tab.page.locator(".st-key-kernels-preset input")
    box.click()
    options = lab.tab.page.get_by_role("option")
    expect(options.first).to_be_visible(timeout=WAIT_MS)
    names = [name.lower() for name in options.all_inner_texts()]
    for kind in ("blur", "vertical", "horizontal", "diagonal", "cross", "checkerboard"):
        assert any(kind in name for name in names), kind
    box.press("Escape")


def test_sgd_finds_the_kernel(lab: Lab) -> None:
    opened(lab.tab, "/kernels?experiment=learn&picture=photo:cat&size=32")
    panel = lab.tab.page.get_by_text("The learning by numbers")
    panel.scroll_into_view_if_needed()
    panel.click()
    table = lab.tab.page.get_by_test_id("stTable").last
    expect(table).to_contain_text("Largest difference", timeout=WAIT_MS)
    rows = dict(map(tuple, lab.tab.page.evaluate(TABLES)))
    assert float(rows["Loss"]) < 1e-3
    assert float(rows["Largest difference"]) < 0.1
