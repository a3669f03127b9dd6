"""convlab.ui.components.shared: the message from Python to the browser, read by an unpacker of its own."""

import math
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convlab.ui.components.shared import pack
from tests.ui.driver import unpack

plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
)
headers = st.dictionaries(st.text("aé🐱_", max_size=8), st.one_of(plain, st.lists(plain)), max_size=5)
names = st.from_regex(r"x[a-z]{0,8}", fullmatch=True)


def test_the_bytes_are_these() -> None:
    message = pack({"a": 1}, x=b"abcde", y=b"fgh")
    text = b'{"a": 1, "blobs": {"x": [0, 5], "y": [8, 3]}}'
    padded = text + b" " * (-len(text) % 4)
    assert message == struct.pack("<I", len(padded)) + padded + b"abcde\0\0\0" + b"fgh\0"


@settings(max_examples=50)
@given(headers, st.dictionaries(names, st.binary(max_size=40), max_size=4))
def test_everything_comes_back(header: dict[str, object], blobs: dict[str, bytes]) -> None:
    assert unpack(pack(header, **blobs)) == (header, blobs)


@settings(max_examples=50)
@given(headers, st.dictionaries(names, st.binary(max_size=40), max_size=4))
def test_every_blob_starts_at_a_multiple_of_4(header: dict[str, object], blobs: dict[str, bytes]) -> None:
    message = pack(header, **blobs)
    (length,) = struct.unpack_from("<I", message)
    assert length % 4 == 0
    assert len(message) % 4 == 0
    found = [message.index(blob, 4 + length) for blob in blobs.values() if len(blob) > 12]
    assert all(at % 4 == 0 for at in found) or len(set(blobs.values())) < len(blobs)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_json_cannot_say_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        pack({"outer": [{"inner": value}]})
