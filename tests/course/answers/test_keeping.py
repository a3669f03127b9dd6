"""Saving, loading and moving."""

import pytest

from convlab.course.answers import keeping


def test_what_a_renamed_layer_loses() -> None:
    found = keeping.left_random()
    assert (found["answer"], found["unexpected"], found["tensors"]) == (2, 2, 8)
    assert "Error(s) in loading state_dict" in str(found["said"])


def test_buffers_are_in_the_file_too() -> None:
    assert keeping.tensors_in_a_file() == {"answer": 12 + 2 * 3, "trained": 12}


def test_what_to_does() -> None:
    assert keeping.what_to_changes() == {"answer": "module"}
    assert keeping.still_held() == {"answer": 0, "of": 8, "after_dtype": 8}
    mixed = keeping.mixed_dtypes()
    assert (mixed["answer"], mixed["sum"]) == ("error", "torch.float64")
    assert keeping.where_a_file_goes() == {"answer": "saved", "device": "meta"}


def test_the_book_s_gpu_was_3_6_times_as_fast() -> None:
    assert keeping.speed_of_a_gpu()["answer"] == pytest.approx(round(172.7 / 48.0, 1))
