"""What networks are made of, against the book and by hand."""

import pytest

from convlab.course.answers import architecture


def test_the_book_s_networks_have_its_numbers_of_parameters() -> None:
    found = architecture.dense_against_convolution()
    assert (found["dense"], found["convolutional"]) == (3_737_474, 18_090)
    assert found["answer"] == pytest.approx(206.6, abs=0.05)


def test_two_convolutions_have_few_of_nets_parameters() -> None:
    found = architecture.net_parameters()
    assert found["answer"] == 432 + 16 + 1152 + 8 == 1_608
    assert found["all"] == 432 + 16 + 1152 + 8 + 16384 + 32 + 64 + 2 == 18_090


def test_without_a_flatten_pytorch_names_the_shapes_that_the_book_prints() -> None:
    found = architecture.missing_flatten()
    assert (found["answer"], found["columns"], found["flattened"]) == (64, 8, 512)
    assert "64x8 and 512x32" in str(found["said"])


def test_what_is_not_registered() -> None:
    hidden, forgotten = architecture.hidden_in_a_list(), architecture.forgotten_super()
    assert hidden == {"answer": 0, "registered": 3 * 16 * 9 + 16 + 16 * 8 * 9 + 8}
    assert forgotten["answer"] == "at-once"
    assert "AttributeError" in str(forgotten["said"])


def test_a_call_runs_the_hook_and_forward_does_not() -> None:
    assert architecture.hooks_that_run() == {"answer": 1, "outputs": 3, "apart": 0.0}


def test_modules_and_functions_give_the_same_logits() -> None:
    assert architecture.modules_against_functions() == {"answer": 0.0, "tensors": 8}


def test_27_numbers_become_16_in_net_and_32_in_the_wider_network() -> None:
    found = architecture.numbers_at_a_pixel()
    assert (found["window"], found["answer"], found["wider"]) == (27, 16, 32)
    assert (found["picture"], found["maps"]) == (3072, 16 * 32 * 32)


def test_twice_as_wide_is_as_the_book_counts() -> None:
    assert architecture.twice_as_wide() == {"answer": 38_386, "before": 18_090, "wider": 85_890}


def test_half_as_wide_is_as_the_book_counts() -> None:
    found = architecture.half_as_wide()
    assert found == {"answer": 8_806, "before": 18_090, "linear": (4 * 8 * 8 + 1) * 32}


def test_places_in_a_network() -> None:
    most, meeting = architecture.layer_with_most_numbers(), architecture.where_two_ways_meet()
    assert most == {"answer": ["fc1"], "numbers": 16_416, "convolutions": 448 + 1_160}
    assert meeting["answer"] == ["add1"]
    assert {meeting["first"], meeting["second"]} == {"relu3", "pool2"}
