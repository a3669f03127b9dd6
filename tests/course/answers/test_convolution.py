"""What a convolution computes: by hand, as the book prints it, and as the Kernels page shows it."""

import pytest
import torch

from convlab.convolution import kernels, learning
from convlab.convolution.conv2d import ConvSettings
from convlab.course.answers import convolution
from convlab.pictures.drawings import draw


def test_parameters_do_not_grow_with_the_picture() -> None:
    found = convolution.doubled_picture()
    assert (found["answer"], found["small"], found["large"]) == (3 * 3 + 1, 32**4, 64**4)
    assert found["times"] == 16


def test_one_pixel_by_hand() -> None:
    found = convolution.one_pixel()
    assert found["answer"] == pytest.approx(3 * 1.0 - 3 * 0.6)
    assert found["conv2d"] == found["answer"]
    assert found["products"] == 9


def test_a_weight_works_wherever_the_kernel_fits() -> None:
    assert convolution.uses_of_a_weight() == {"answer": (8 - 3 + 1) ** 2, "side": 6}


def test_nine_entries_of_each_row_are_not_zero() -> None:
    found = convolution.matrix_of_a_convolution()
    assert (found["rows"], found["columns"], found["entries"]) == (16, 36, 16 * 36)
    assert found["zeros"] == 16 * (36 - 9)
    assert found["answer"] == 75


def test_the_edge_moves_with_the_picture() -> None:
    found = convolution.shifted_picture()
    assert found["answer"] == ["4,2"]
    assert found["value"] == pytest.approx(1.2)


def test_a_bird_elsewhere_is_an_airplane() -> None:
    found = convolution.shifted_bird()
    assert (found["before"], found["answer"]) == ("bird", "airplane")
    assert (found["here"], found["there"]) == (pytest.approx(0.941, abs=0.01), pytest.approx(0.914, abs=0.01))


def test_a_white_pixel_prints_the_kernel_turned() -> None:
    assert convolution.one_white_pixel() == {"answer": "turned", "first": 9, "last": 1}


def test_the_third_term_of_o11() -> None:
    assert convolution.third_term() == {"answer": "i13"}


def test_weights_as_the_book_prints_their_shapes() -> None:
    layer = convolution.weights_of_a_layer()
    assert layer == {"answer": 432, "shape": "16 × 3 × 3 × 3", "biases": 16}
    assert convolution.weights_of_a_kernel() == {"answer": 27, "channels": 3}
    assert convolution.maps_of_a_kernel() == {"answer": 1, "apart": 3}


def test_sum_and_mean() -> None:
    assert convolution.ones_against_ninths() == {"answer": 9.0, "has_one": False}
    assert convolution.blurred_rgb() == {"answer": 3.0, "weights": 27}


def test_the_door_is_the_lowest_edge() -> None:
    found = convolution.darker_to_the_right()
    assert found["answer"] == ["4,3", "5,3"]
    assert (found["drop"], found["highest"]) == (2.0, pytest.approx(1.2))


def test_what_a_kernel_is_made_for() -> None:
    assert convolution.edges_of_a_checkerboard() == {"answer": "nothing", "strongest": 1.0}
    assert convolution.small_crosses() == {"answer": ["0,0", "4,4"], "highest": 1.0}


def test_the_kernels_are_those_of_the_page() -> None:
    board = ((torch.arange(8)[:, None] + torch.arange(8)) % 2).float()
    assert torch.equal(1 - draw("checkerboard", 8)[0] / 255, board) or torch.equal(
        draw("checkerboard", 8)[0] / 255, board
    )
    detector = torch.tensor([[0.2, -0.25, 0.2], [-0.25, 0.2, -0.25], [0.2, -0.25, 0.2]])
    assert torch.equal(kernels.preset("checkerboard"), detector)
    cross = torch.tensor([[-0.25, 0.2, -0.25], [0.2, 0.2, 0.2], [-0.25, 0.2, -0.25]])
    assert torch.equal(kernels.preset("cross"), cross)
    assert torch.equal(kernels.preset("vertical_edges"), torch.tensor([[-1.0, 0.0, 1.0]] * 3))


def test_a_dilated_window() -> None:
    assert convolution.dilated_kernel() == {"answer": 2 * 2 + 1, "read": 9, "side": 9 - 5 + 1}


def test_gradient_descent_finds_the_kernel_as_the_experiment_does() -> None:
    found = convolution.learned_kernel()
    house, edges = draw("house", 8)[:1] / 255, kernels.preset("vertical_edges")[None]
    rate = learning.sensible_lr(house, edges, ConvSettings())
    path = learning.learn(house, edges, ConvSettings(), rate, steps=200, seed=0)
    assert rate == 0.24
    assert found["answer"] == "the-kernel"
    assert found["first"] == pytest.approx(float(path.losses[0]), rel=1e-4)
    assert found["off"] == pytest.approx(float((path.kernels[-1] - edges).abs().max()), abs=1e-6)
    assert 0 <= float(str(found["last"])) < 1e-9


def test_the_negative_of_the_loss_teaches_the_wrong_class() -> None:
    found = convolution.sign_of_the_loss()
    assert found["answer"] == "wrong"
    assert found["chance"] == pytest.approx(0.0481, abs=1e-3)


def test_the_horizontal_kernel_finds_the_wall_below_the_roof() -> None:
    found = convolution.from_above_to_below()
    assert found["answer"] == ["2,2", "2,3", "3,1", "3,2"]
    assert found["rise"] == pytest.approx(3 * (1.0 - 0.2))  # three pixels of wall less three of roof
    kernel = kernels.preset("horizontal_edges", (3, 3))
    assert kernel.tolist() == [[-1, -1, -1], [0, 0, 0], [1, 1, 1]]


def test_the_falling_diagonal_kernel_finds_the_falling_slope() -> None:
    found = convolution.one_slope_of_the_roof()
    # Three pixels of sky, 0.6, less three of roof, 0.2.
    assert found == {"answer": "right", "left": pytest.approx(0.4), "right": pytest.approx(3 * (0.6 - 0.2))}
    kernel = kernels.preset("diagonal_edges_down", (3, 3))
    assert kernel.tolist() == [[0, 1, 1], [-1, 0, 1], [-1, -1, 0]]
