"""What happens at a border: by hand and as the book prints it."""

import pytest

from convlab.convolution import padding as ghosts
from convlab.course.answers import padding
from convlab.pictures import images


def test_sizes_as_the_book_prints_them() -> None:
    assert padding.without_padding() == {"answer": 30, "before": [1, 3, 32, 32], "after": [1, 16, 30, 30]}
    assert padding.with_padding() == {"answer": 32, "more_parameters": 0}


def test_the_formula_is_what_pytorch_does() -> None:
    found = padding.size_of_an_output()
    assert found["answer"] == found["by_pytorch"] == (32 + 2 - 5) // 2 + 1


def test_a_ghost_has_the_mean_colour() -> None:
    found = padding.colour_of_a_ghost()
    assert found["answer"] == "grey"
    colour = [found["red"], found["green"], found["blue"]]
    assert colour == pytest.approx(images.CIFAR10_MEAN)
    black = [mean / std for mean, std in zip(images.CIFAR10_MEAN, images.CIFAR10_STD, strict=True)]
    assert found["black"] == pytest.approx(sum(black) / 3)


def test_corners_read_most_ghosts() -> None:
    assert padding.ghosts_of_a_window() == {"answer": ["0,0", "0,7", "7,0", "7,7"], "ghosts": 5}


def test_an_even_kernel_gets_the_odd_ghost_behind() -> None:
    found = padding.even_kernel()
    assert (found["left"], found["answer"]) == ghosts.same(4) == (1, 2)
