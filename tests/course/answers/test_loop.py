"""The training loop, by hand and against what the book printed."""

import math

import pytest
import torch

from convlab.course import asking
from convlab.course.answers import loop
from convlab.datasets.dataset import statistics
from convlab.datasets.sketches import sketch


def test_an_epoch_of_the_chapter_is_157_batches_the_last_of_16() -> None:
    ours = {"answer": 63, "last": 32, "pictures": 4000}
    chapter = {"chapter": 10_000, "chapter_answer": 157, "chapter_last": 16}
    assert loop.batches_of_an_epoch() == ours | chapter
    assert (62 * 64 + 32, 156 * 64 + 16) == (4000, 10_000)


def test_black_is_two_deviations_below_the_mean() -> None:
    found = loop.black_once_normalised()
    assert found["answer"] == pytest.approx((0 - 0.4915) / 0.2470)
    assert found["white"] == pytest.approx((1 - 0.4915) / 0.2470)
    mean, deviation = statistics(torch.stack([sketch(n) for n in range(100)]))
    assert (found["mean"], found["deviation"]) == pytest.approx((mean[0], deviation[0]), rel=1e-4)


def test_an_untrained_net_guesses() -> None:
    found = asking.figures("loop.loss_of_a_beginner")
    assert found["answer"] == pytest.approx(0.673, abs=0.001)  # as the part "One training step" shows
    assert found["guessing"] == math.log(2)


def test_without_zero_grad_gradients_add_up() -> None:
    assert loop.gradients_that_add_up()["answer"] == pytest.approx(2)


def test_without_a_gradient_no_weight_moves() -> None:
    assert loop.step_without_gradient() == {"answer": 0, "weights": 2 * 3 * 32 * 32}


def test_accuracies_as_mistakes() -> None:
    assert loop.mistakes_left() == {"answer": 220, "dense": 420, "accuracy": 0.89, "before": 0.79}


def test_what_the_book_s_runs_tell() -> None:
    lower = loop.lower_loss_same_accuracy()
    assert (lower["answer"], lower["loss"], lower["lower"]) == (0, 0.1567, 0.0076)
    gap = loop.smallest_gap()
    assert (gap["answer"], gap["gap"], gap["plain"], gap["l2"], gap["norm"]) == ("dropout", 1, 4, 3, 11)
    largest = loop.largest_network()
    assert (largest["answer"], largest["accuracy"], largest["seconds"]) == ("res-deep", 0.86, 755.2)


def test_the_error_bar_of_2000_pictures() -> None:
    assert loop.error_bar()["answer"] == pytest.approx(round(196 * math.sqrt(0.89 * 0.11 / 2000), 1))


def test_an_order_for_each_epoch_needs_a_shuffle() -> None:
    assert loop.orders_of_an_epoch() == {"answer": 1, "shuffled": 10}


def test_the_network_that_comes_with_convlab_is_as_good_as_the_book_s() -> None:
    found = loop.same_recipe_again()
    assert found["answer"] == pytest.approx(89, abs=1)
    assert (found["book_train"], found["book_loss"]) == (0.93, 0.1614)


def test_probabilities_taken_for_logits_leave_a_loss() -> None:
    found = loop.softmax_before_the_loss()
    assert found["answer"] == pytest.approx(math.log(1 + math.exp(-1)))
    assert found["logits"] == pytest.approx(0, abs=1e-6)


def test_losses_without_item_keep_their_graphs() -> None:
    found = asking.figures("loop.losses_added_up")
    assert found["answer"] == "graph"
    assert found["steps"] > 300
