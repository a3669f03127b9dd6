"""Files and keys of own lessons of any kind: a lesson or a sentence, in time; nothing else is read."""

from functools import partial
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from convlab.course import own, stations
from convlab.course.own import Lesson
from convlab.errors import UserError
from tests.fuzz import bounds

SEED = Lesson("The chapter", stations.shipped()).text.encode()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))


@bounds.fuzzed(60)
@given(st.binary(max_size=200), st.text(max_size=30), st.data())
def test_any_file_is_a_lesson_that_is_kept_as_it_is_or_a_sentence(
    noise: bytes, name: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(SEED)))
    mixed = SEED[:start] + noise + SEED[start + data.draw(st.integers(0, 200)) :]
    for given_bytes in (noise, mixed):
        with bounds.within(seconds=3, megabytes=100):
            found = bounds.answered(partial(own.of_file, given_bytes, name))
        if not isinstance(found, UserError):
            assert own.of_file(found.text.encode(), name) == found


@bounds.fuzzed(100)
@given(st.text(max_size=80) | st.from_regex(own.KEY))
@example("../" * 5 + "etc/passwd")
@example("0" * 32 + "/..")
def test_no_key_opens_what_is_no_lesson(key: str) -> None:
    with bounds.within(seconds=1, megabytes=50):
        assert isinstance(bounds.answered(lambda: own.opened(key)), UserError)
