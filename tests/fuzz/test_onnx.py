"""ONNX files, honest ones that were changed and bytes put together: a network, or one sentence."""

import importlib.util

from hypothesis import given
from hypothesis import strategies as st

from convlab.networks import onnx_files, onnx_structure
from tests.fuzz.bounds import answered, fuzzed, within
from tests.networks.test_onnx_files import Small, exported
from tests.networks.test_onnx_structure import field, model, tensor

THERE = importlib.util.find_spec("onnx2torch") is not None
HONEST = exported(Small(), 3, 16, 16) if THERE else model(field(1, b"\x22\x04Relu"), tensor(64))

answered(lambda: onnx_files.load(HONEST))  # what its packages do while they are imported is theirs

PARTS = st.recursive(
    st.binary(max_size=40),
    lambda inner: st.lists(st.tuples(st.integers(1, 40), inner), max_size=6).map(
        lambda found: b"".join(field(number, content) for number, content in found)
    ),
    max_leaves=30,
)


def tried(data: bytes) -> None:
    with within(seconds=5, megabytes=150):
        answered(lambda: onnx_structure.check(data))
        answered(lambda: onnx_files.load(data))


@fuzzed(30)
@given(st.lists(st.tuples(st.integers(0, len(HONEST) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_bytes_of_an_honest_file_are_changed(changes: list[tuple[int, int]]) -> None:
    data = bytearray(HONEST)
    for place, value in changes:
        data[place] = value
    tried(bytes(data))


@fuzzed(20)
@given(st.integers(0, len(HONEST)), st.binary(max_size=20))
def test_an_honest_file_is_cut_short_or_goes_on(stop: int, more: bytes) -> None:
    tried(HONEST[:stop] + more)


@fuzzed(50)
@given(PARTS)
def test_messages_of_any_shape(data: bytes) -> None:
    tried(data)
    tried(model(data))
