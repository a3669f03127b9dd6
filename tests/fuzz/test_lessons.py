"""Lesson files of any kind: their stations or a sentence, in time; nothing of them reaches outside."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlab.course import asking, stations
from convlab.errors import UserError
from tests.fuzz import bounds

SEED = stations.serialise(stations.shipped())
HEADERS = st.dictionaries(
    st.sampled_from([*stations.Station.model_fields, "evil"]),
    st.one_of(
        st.text(max_size=30),
        st.integers(),
        st.floats(),
        st.booleans(),
        st.lists(st.text(max_size=5), max_size=9),
    ),
)
MARKS = st.text(alphabet="`[]()!<>:/\\$|#+{}\n aw.@1", max_size=60)


def read(text: str) -> tuple[stations.Station, ...] | UserError:
    with bounds.within(seconds=3, megabytes=100):
        return bounds.answered(lambda: stations.parse(text))


@bounds.fuzzed(200)
@given(st.text(max_size=300) | st.text(alphabet=string.printable, max_size=300))
def test_any_text_is_a_lesson_or_a_sentence(text: str) -> None:
    read(text)
    read(f"+++\n{text}\n+++\n{text}")


@bounds.fuzzed(200)
@given(st.data())
def test_a_lesson_with_parts_put_elsewhere_is_one_or_a_sentence(data: st.DataObject) -> None:
    lines = SEED.splitlines()
    for _ in range(data.draw(st.integers(1, 6))):
        place, other = (data.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        lines[place : place + 1] = [lines[other], data.draw(st.text(max_size=40))]
    found = read("\n".join(lines))
    if not isinstance(found, UserError):
        assert stations.parse(stations.serialise(found)) == found


@bounds.fuzzed(200)
@given(HEADERS)
def test_any_entries_make_a_station_or_a_sentence(entries: dict[str, object]) -> None:
    whole = {"id": "a", "title": "A", "lesson": "kernels", "question": "?", **entries}
    found = bounds.answered(lambda: stations.made(whole))
    if not isinstance(found, UserError):
        assert stations.parse(stations.serialise([found])) == (found,)
        for text in (found.question, found.why):
            assert len(asking.filled(text, {"answer": 1e300, "book": "x"})) < 10_000


@bounds.fuzzed(400)
@given(MARKS)
def test_no_text_that_is_taken_holds_a_link(text: str) -> None:
    """As CommonMark reads it, roughly: first what is program text, line by line, then links in the rest."""
    found = bounds.answered(
        lambda: stations.made({"id": "a", "title": "A", "lesson": "kernels", "question": text})
    )
    if not isinstance(found, UserError):
        rest = "".join(part for n, part in enumerate(re.split(r"`", found.question)) if n % 2 == 0)
        assert "`" not in found.question or found.question.count("`") % 2 == 0 or "](" not in found.question
        assert "](" not in rest


@pytest.mark.parametrize(
    "text",
    [
        "+++\n" * 100_000,
        "+++\n\n" + "[" * 20_000 + "\n+++\n",
        "+++\nx = " + "[" * 20_000 + "\n+++\n",
        "+++\nx = " + "{a = " * 4_000 + "\n+++\n",
        "+++\n" + ".".join("a" * 11_000) + " = 1\n+++\n?",
        "+++\ntold = " + "9" * 20_000 + "\n+++\n?",
        '+++\nid = "' + "a" * 300_000 + '"\n+++\n?',
        "+++" + " " * 399_000 + "x",
        "+++\n+++\n# " + " " * 399_000 + "x",
        "+++\n+++\n" + "# a\n" * 99_000,
        "+++\n+++\n" + "`" * 390_000,
        "+++\n+++\n" + "` " * 190_000,
        "x" * 400_001,
        "\ufeff+++\n+++\n",
        SEED * 300,
    ],
)
def test_a_text_that_takes_long_elsewhere_is_refused_in_time(text: str) -> None:
    assert isinstance(read(text), UserError)


@pytest.mark.parametrize(
    "body", ["` " * 1999, "`" * 3999, "``" * 1999, "` a" * 1300, "[" * 3999, "a." * 1999]
)
def test_no_body_takes_long(body: str) -> None:
    with bounds.within(seconds=0.5):
        bounds.answered(
            lambda: stations.made({"id": "a", "title": "A", "lesson": "kernels", "question": body})
        )
