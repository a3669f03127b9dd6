"""Regularisers and modes, by hand."""

import pytest

from convlab.course import asking
from convlab.course.answers import regularisers


def test_l2_is_twice_itself_as_weight_decay() -> None:
    found = regularisers.l2_as_weight_decay()
    assert found["answer"] == pytest.approx(0.002)
    assert found["gradient"] == pytest.approx(2 * 0.001 * 3)


def test_the_pull_of_l1_does_not_fade_with_the_weight() -> None:
    assert regularisers.pull_of_l1() == {"answer": 1.0, "l2": pytest.approx(100)}


def test_what_dropout_keeps_grows() -> None:
    found = asking.figures("regularisers.what_dropout_keeps")
    assert found["answer"] == pytest.approx(1 / 0.6)
    assert found["dropped"] == pytest.approx(400, abs=60)  # four deviations
    assert found["eval"] == 1


def test_a_running_mean_begins_with_a_tenth() -> None:
    found = regularisers.first_running_mean()
    assert found["answer"] == pytest.approx(0.1 * 10)
    assert found["twenty"] == pytest.approx(10 * (1 - 0.9**20))


def test_batch_norm_takes_a_bias_off_again() -> None:
    assert regularisers.bias_in_front_of_norm() == {"answer": 0}


def test_batch_norm_has_a_weight_and_a_bias_for_each_channel() -> None:
    found = regularisers.price_of_batch_norm()
    assert found == {"answer": 38_386 + 2 * (32 + 16), "plain": 38_386, "buffers": 2 * (32 + 16)}


def test_eval_and_no_grad_are_two_switches() -> None:
    assert regularisers.eval_and_gradients() == {"answer": 8, "tensors": 8}
    assert regularisers.no_grad_and_dropout()["answer"] == "drops"


def test_without_eval_the_batch_counts() -> None:
    found = asking.figures("regularisers.forgotten_eval")
    assert found["answer"] == "changes"
    assert found["right"] == 944  # as on the network's card
    assert found["by_class"] < found["right"]
    assert found["moved"] == 6


def test_the_attribute_is_training() -> None:
    assert regularisers.attribute_of_the_mode() == {"answer": "training", "method": "train"}


def test_batch_norm_runs_before_tanh() -> None:
    assert regularisers.place_of_batch_norm() == {"answer": "before"}


def test_a_batch_of_one_is_an_error() -> None:
    found = regularisers.a_batch_of_one()
    assert (found["answer"], found["last"]) == ("error", 129 - 2 * 64)
    assert "more than 1 value per channel" in str(found["said"])
