"""Pickles that nobody trusts, read without unpickling them."""

import io
import pickle
import zipfile
from collections import Counter, OrderedDict
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from convlab.errors import UserError
from convlab.storage import pickles
from convlab.storage.pickles import outline
from tests.storage.opcodes import BEGIN, MANY, dict_of, name, nested, storage, tensor, text, whole

DEPTH = 18  # let in, hashing takes a moment and not for ever


def pickled(content: object) -> bytes:
    """The pickle in a file of ``torch.save``."""
    file = io.BytesIO()
    torch.save(content, file)
    with zipfile.ZipFile(file) as archive:
        return archive.read("archive/data.pkl")


def alike(found: Any, expected: Any) -> bool:
    """Whether an outline is that of what was saved: containers of plain kinds, tensors by shape and type."""
    if isinstance(expected, torch.Tensor):
        return bool(found.is_meta) and (found.shape, found.dtype) == (expected.shape, expected.dtype)
    if isinstance(expected, dict):
        keys = list(found) == list(expected)
        return keys and all(alike(found[key], value) for key, value in expected.items())
    if isinstance(expected, list | tuple):
        same = isinstance(found, list) == isinstance(expected, list) and len(found) == len(expected)
        return same and all(map(alike, found, expected))
    if isinstance(expected, torch.dtype | torch.device):
        return isinstance(found, str)
    return type(found) is type(expected) and repr(found) == repr(expected)


HONEST: dict[str, Any] = {
    "a state_dict": nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)).state_dict(),
    "views": {"a": (grid := torch.zeros(6, 4)).t(), "b": grid[1:, ::2], "c": grid.expand(3, 6, 4)},
    "no entries, and one": {"a": torch.zeros(0, 10**9), "b": torch.tensor(3.0), "c": grid[:0]},
    "a Parameter": nn.Parameter(torch.zeros(2)),
    "types": {
        str(kind): torch.zeros(2, dtype=kind)
        for kind in (torch.bool, torch.bfloat16, torch.complex64, torch.uint16, torch.float8_e4m3fn)
    },
    "conjugated": torch.zeros(2, dtype=torch.complex64).conj(),
    "labels": [torch.float32, torch.device("cpu"), torch.device("cuda:1"), torch.Size([3, 32])],
    "containers": [Counter([3, 3, 5]), OrderedDict(a=1), {"a": [()]}, (1, (2,)), {}, []],
    "plain values": [None, True, 0, 255, 65536, -1, 10**300, 0.5, float("inf"), "猫", "\ud800", ""],
    "keys": {1: 2, 2.5: 3, None: 4, False: 5, (7, "a"): 6, 140_000_000_000_000: 7},
    "twice the same": [grid, grid, (grid, [grid])],
    "a long history": {"loss": [0.5 + n for n in range(20_000)], "steps": list(range(40_000))},
}


@pytest.mark.parametrize("content", HONEST.values(), ids=HONEST)
def test_what_torch_saves_is_outlined(content: Any) -> None:
    assert alike(outline(pickled(content)).content, content)


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
KEYS = st.text(max_size=3) | st.integers(-(2**63), 2**63)


@given(
    st.recursive(PLAIN, lambda some: st.lists(some) | st.lists(some).map(tuple) | st.dictionaries(KEYS, some))
)
def test_any_plain_content_is_outlined(content: Any) -> None:
    assert alike(outline(pickled(content)).content, content)


def test_storages_are_told_with_their_bytes() -> None:
    whole_grid = torch.zeros(6, 4, dtype=torch.float64)
    found = outline(
        pickled([whole_grid[:1], whole_grid.view(torch.float64), torch.ones(3, dtype=torch.uint8)])
    )
    assert {key: storage.nbytes for key, storage in found.storages.items()} == {"0": 192, "1": 3}


def test_what_python_2_wrote_of_an_ordered_dict_is_read() -> None:
    pairs = b"](](" + text("a") + whole(1) + b"e](" + text("b") + whole(2) + b"ee\x85R."
    found = outline(BEGIN + name("collections", "OrderedDict") + pairs).content
    assert found == OrderedDict(a=1, b=2)


def test_metadata_of_a_state_dict_stay_with_it() -> None:
    module = nn.Sequential(nn.BatchNorm2d(4))
    assert outline(pickled(module.state_dict())).content._metadata["0"] == {"version": 2}


ORDERED, COUNTER = name("collections", "OrderedDict"), name("collections", "Counter")
KNOT = nested(DEPTH)
HOSTILE = {
    "a key nested by reference": BEGIN + dict_of({KNOT: whole(1)}) + b".",
    "a key alone": BEGIN + b"}" + KNOT + whole(1) + b"s.",
    "a counter of it": BEGIN + COUNTER + b"](" + KNOT + b"e\x85R.",
    "pairs of it": BEGIN + ORDERED + b"](" + KNOT + whole(1) + b"\x86e\x85R.",
    "attributes of it": BEGIN + ORDERED + b")R](" + KNOT + whole(1) + b"\x86eb.",
    "a storage called it": BEGIN + tensor(behind=storage(KNOT)) + b".",
    "a key nested deep": BEGIN + dict_of({b")" + b"\x85" * 20_000: whole(1)}) + b".",
    "a number that hashes as others do": BEGIN + dict_of({whole(2**61 * (2**61 - 1)): whole(1)}) + b".",
    "many keys that are tuples": BEGIN + dict_of({whole(n) + b"\x85": b"N" for n in range(2000)}) + b".",
    "a list as a key": BEGIN + dict_of({b"]": b"N"}) + b".",
    "a method put in place of its own": BEGIN + ORDERED + b")R" + dict_of({text("items"): b"N"}) + b"b.",
    "a storage made by calling": BEGIN + name("torch.storage", "UntypedStorage") + whole(10**11) + b"\x85R.",
    "a size of sizes": BEGIN + name("torch", "Size") + KNOT + b"\x85R.",
    "below 0": BEGIN + tensor(behind=storage(numbers=-5)) + b".",
    "a stride below 0": BEGIN + tensor(stride=(-1,)) + b".",
    "an offset behind the end": BEGIN + tensor(offset=1) + b".",
    "entries behind the end": BEGIN + tensor(size=(2,)) + b".",
    "more sizes than strides": BEGIN + tensor(size=(1, 1)) + b".",
    "a thousand axes": BEGIN + tensor(size=(1,) * 1000, stride=(0,) * 1000) + b".",
    "more entries than can be counted": BEGIN + tensor(size=(2**59,) * 9, stride=(0,) * 9) + b".",
    "two sizes of one storage": BEGIN + b"](" + tensor() + tensor(behind=storage(numbers=2)) + b"e.",
    "a name persistent": BEGIN + text("0") + b"Q.",
    "nothing on the stack": BEGIN + b"\x86.",
    "no list to append to": BEGIN + b"}Na.",
    "an odd number of items": BEGIN + b"}(" + text("a") + b"u.",
    "it never stops": BEGIN + b"}" * 10,
    "a string longer than the file": BEGIN + b"X\xff\xff\xff\xffa.",
    "a name without an end": BEGIN + b"ctorch",
    "an opcode of later protocols": BEGIN + b"\x8d" + bytes(8) + b".",
    "an opcode that calls": BEGIN + b"i__builtin__\nset\n.",
    "a number as text": BEGIN + b"L" + b"9" * 10_000 + b"L\n.",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_what_no_honest_pickle_holds_is_refused(data: bytes) -> None:
    with pytest.raises((ValueError, LookupError, RuntimeError)):
        outline(data)


TOO_MUCH = {
    "marks": b"(" * 2 * MANY,
    "tuples in tuples": b")" + b"\x85" * 2 * MANY,
    "dicts": b"](" + b"}" * 2 * MANY,
    "numbers": b"](" + b"K\0" * 2 * MANY,
    "what was kept": b"N" + b"q\0" * 2 * MANY,
    "copies of a counter": dict_of({whole(n): b"N" for n in range(1000)})
    + b"\x85q\0]("
    + COUNTER
    + b"q\1"
    + b"h\1h\0R" * 1000,
}


@pytest.mark.parametrize("data", TOO_MUCH.values(), ids=TOO_MUCH)
def test_work_is_counted(data: bytes) -> None:
    with pytest.raises(UserError, match="too much beside the weights"):
        outline(BEGIN + data + b".")


def test_no_more_is_read_than_a_header_has() -> None:
    long = BEGIN + text("x" * pickles.MAX_BYTES) + b"."
    with pytest.raises(ValueError, match="as torch"):
        outline(long)
    assert outline(BEGIN + text("x" * 1_000_000) + b".").content == "x" * 1_000_000


@pytest.mark.parametrize("protocol", [4, 5])
def test_other_protocols_are_refused(protocol: int) -> None:
    with pytest.raises(UserError, match=f"protocol {protocol}: leave"):
        outline(pickle.dumps({"a": 1}, protocol))
    assert outline(pickle.dumps({"a": 1}, 3)).content == {"a": 1}


def test_a_hundred_blocks_twice_over_and_what_adam_keeps_of_them_leave_room() -> None:
    names = [f"resblocks.{n // 6}.batch_norm.{n % 6}" for n in range(600)]
    model, ema = ({name: torch.zeros(1) for name in names} for _ in range(2))
    adam = {n: {key: torch.zeros(1) for key in ("step", "exp_avg", "exp_avg_sq", "max")} for n in range(300)}
    content = {"model": model, "ema": ema, "optimizer": {"state": adam, "param_groups": [{"lr": 0.1}]}}
    assert 1.5 * outline(pickled(content)).steps < pickles.MAX_STEPS
