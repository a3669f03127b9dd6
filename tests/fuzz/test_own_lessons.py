"""Files and keys of own lessons of any kind: a lesson or a sentence, in time; nothing else is read."""

from functools import partial
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from convlab.course import own, stations
from convlab.course.own import Lesson
from convlab.errors import UserError
from tests.datasets.files import zipped
from tests.fuzz import bounds

ZIP = own.zipped(Lesson("The first", stations.shipped()[:2]), "first")
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


@bounds.fuzzed(60)
@given(st.binary(max_size=60), st.data())
def test_any_zip_is_a_lesson_or_a_sentence(noise: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(4, len(ZIP)))
    mixed = ZIP[:start] + noise + ZIP[start + data.draw(st.integers(0, 60)) :]
    for given_bytes in (ZIP[:4] + noise, mixed):
        with bounds.within(seconds=3, megabytes=100):
            found = bounds.answered(partial(own.of_file, given_bytes, "a.zip"))
        if not isinstance(found, UserError):
            assert own.of_file(found.text.encode(), "a.md") == found


def test_a_zip_that_unpacks_to_a_thousand_times_its_size_is_refused_in_time() -> None:
    bomb = zipped({"a.md": bytes(500_000_000)}).getvalue()
    with bounds.within(seconds=2, megabytes=20):
        assert isinstance(bounds.answered(partial(own.of_file, bomb, "a.zip")), UserError)


@bounds.fuzzed(100)
@given(st.text(max_size=80) | st.from_regex(own.KEY))
@example("../" * 5 + "etc/passwd")
@example("0" * 32 + "/..")
def test_no_key_opens_what_is_no_lesson(key: str) -> None:
    with bounds.within(seconds=1, megabytes=50):
        assert isinstance(bounds.answered(lambda: own.opened(key)), UserError)
