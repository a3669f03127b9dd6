"""Lines of JSON: what is whole counts, what a killed writer left does not."""

import io
import math

import pytest

from convlab.storage import json_lines


def test_lines_come_back() -> None:
    data = json_lines.line({"lr": 0.1}) + json_lines.line({"wish": "stop\n"})
    assert data.count(b"\n") == 2
    assert list(json_lines.parsed(data)) == [{"lr": 0.1}, {"wish": "stop\n"}]


@pytest.mark.parametrize("broken", [b"{", b"[1]\n", b"nonsense\n", b"\n", b"\xff\n", b'{"a": 1}', b"3\n"])
def test_what_is_no_whole_object_does_not_count(broken: bytes) -> None:
    good = json_lines.line({"a": 2})
    assert list(json_lines.parsed(good + broken)) == [{"a": 2}]
    assert json_lines.whole(good + b'{"a": ') == good
    assert json_lines.whole(b'{"a": ') == b""


def test_what_json_does_not_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        json_lines.line({"loss": math.nan})


def test_a_line_without_an_end_is_not_read_to_it() -> None:
    short, long = b"1" * (json_lines.LONGEST - 1) + b"\n", b"1" * 2 * json_lines.LONGEST + b"\n"
    assert list(json_lines.lines(io.BytesIO(short))) == [short]
    with pytest.raises(ValueError, match="without an end"):
        list(json_lines.lines(io.BytesIO(short + long)))
