"""Checkpoints, honest ones that were changed and files put together to deceive: weights, or one sentence."""

import io
import itertools
import json
import pickletools
import random
import struct
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save as save_safetensors

from convlab.errors import UserError
from convlab.networks import checkpoints
from convlab.networks.checkpoints import Checkpoint
from convlab.networks.designs import Net, seeded
from convlab.storage import pickles, torch_files
from tests.fuzz.bounds import answered, fuzzed, within
from tests.storage import opcodes
from tests.storage.opcodes import BEGIN, MANY, dict_of, name, text, whole

WEIGHTS = dict(seeded(Net, 0).state_dict())
TRAINING = {
    "model_state_dict": WEIGHTS,
    "optimizer": {"state": {0: {"momentum_buffer": torch.ones(3)}}, "param_groups": [{"lr": 0.1}]},
    "epoch": 5,
    "size": torch.Size([3, 32]),
}


def saved(content: object, old: bool = False) -> bytes:
    """A file of ``torch.save``."""
    file = io.BytesIO()
    torch.save(content, file, _use_new_zipfile_serialization=not old)
    return file.getvalue()


HONEST = {
    "zip": saved(WEIGHTS),
    "training": saved(TRAINING),
    "legacy": saved(TRAINING, old=True),
    "safetensors": save_safetensors(WEIGHTS, {"design": '"net"', "options": '{"activation": "relu"}'}),
}


def tried(data: bytes, seconds: float = 5.0) -> None:
    """A checkpoint that can be used, or a sentence, within what may be spent on it."""
    with within(seconds=seconds, megabytes=150):
        found = answered(lambda: checkpoints.load(data))
        if isinstance(found, Checkpoint):
            assert torch.isfinite(found.module(torch.zeros(1, 3, 32, 32))).all()


@pytest.mark.parametrize("kind", HONEST)
def test_the_honest_ones_are_read(kind: str) -> None:
    assert isinstance(checkpoints.load(HONEST[kind]), Checkpoint)


# A change of bytes: where, as a share of those that are looked at; how many go; what comes in their place.
CHANGES = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 6), st.binary(max_size=6)), min_size=1, max_size=4
)


def changed(data: bytes, changes: Sequence[tuple[float, int, bytes]], reach: int) -> bytes:
    """Bytes with some replaced, within ``reach``."""
    for share, gone, come in changes:
        place = int(share * min(reach, len(data)))
        data = data[:place] + come + data[place + gone :]
    return data


@fuzzed(40)
@given(st.sampled_from(list(HONEST)), CHANGES, st.booleans())
def test_bytes_that_were_changed(
    kind: str, changes: list[tuple[float, int, bytes]], from_the_end: bool
) -> None:
    data = HONEST[kind]
    tried(changed(data[::-1], changes, 1500)[::-1] if from_the_end else changed(data, changes, 3000))


# Opcodes with their arguments, that mean something beside each other and stand in a file of torch.save.
KEYS = st.sampled_from(["conv1.weight", "fc2.bias", "0", "1", "storage", "", "_metadata", "items", "x" * 300])
WORDS = st.one_of(KEYS.map(text), st.integers(-(2**70), 2**70).map(whole), st.sampled_from([b"N", b"\x88"]))
NAMES = st.sampled_from(
    [*pickles._CALLS, *pickles._TYPES, "torch float32", "builtins bytearray", "os system"]
)
CALLED = NAMES.map(lambda told: name(*told.split()))
MADE = st.builds(
    opcodes.tensor,
    st.lists(st.integers(0, 2**40), max_size=3),
    st.lists(st.integers(-2, 2**40), max_size=3),
    st.integers(-1, 9),
    st.builds(opcodes.storage, st.sampled_from([text("0"), text("1"), whole(0)]), st.integers(-1, 2**40)),
)
DOING = st.sampled_from([bytes([code]) for code in b"()]}aesutRbQ.\x85\x86\x87\x81h\0q\0h\1q\1" if code > 9])
PIECES = st.one_of(WORDS, CALLED, MADE, DOING, DOING, st.sampled_from([b"h\0", b"q\0", b"h\1", b"q\1"]))


@fuzzed(80)
@given(st.lists(PIECES, max_size=40).map(b"".join), st.booleans(), st.booleans())
def test_pickles_of_opcodes_that_mean_something(program: bytes, into_a_dict: bool, old: bool) -> None:
    if into_a_dict:
        program = b"}(" + text("conv1.weight") + opcodes.tensor() + text("state") + program + b"u"
    make = opcodes.legacy if old else opcodes.zipped
    tried(make(BEGIN + program + b".", {"0": bytes(4), "1": bytes(8)}), seconds=2)


@fuzzed(60)
@given(st.data())
def test_opcodes_of_an_honest_pickle_that_changed_places(data: st.DataObject) -> None:
    with zipfile.ZipFile(io.BytesIO(HONEST["training"])) as archive:
        program = archive.read("archive/data.pkl")
        storages = {
            member.rpartition("/")[2]: archive.read(member)
            for member in archive.namelist()
            if "/data/" in member
        }
    ends = [place or 0 for _code, _argument, place in pickletools.genops(program)] + [len(program)]
    parts = [program[begin:end] for begin, end in itertools.pairwise(ends)]
    for _ in range(data.draw(st.integers(1, 3))):
        one, other = (data.draw(st.integers(1, len(parts) - 2)) for _ in range(2))
        how = data.draw(st.sampled_from(["swap", "drop", "twice", "many"]))
        if how == "swap":
            parts[one], parts[other] = parts[other], parts[one]
        else:
            parts[one] *= {"drop": 0, "twice": 2, "many": 500}[how]
    tried(opcodes.zipped(b"".join(parts), storages))


@fuzzed(60)
@given(st.lists(PIECES, max_size=25).map(b"".join))
def test_what_is_let_pass_is_what_pytorch_builds(program: bytes) -> None:
    data = opcodes.zipped(BEGIN + program + b".", {"0": bytes(4), "1": bytes(8)})
    try:
        outline = torch_files.load(data, "meta")
    except UserError:
        return
    built = answered(lambda: torch_files.load(data, "cpu"))
    assert isinstance(built, UserError) or shape_of(built) == shape_of(outline)


def shape_of(content: Any) -> Any:
    """Keys and shapes of what was read."""
    if isinstance(content, torch.Tensor):
        return "tensor", tuple(content.shape), content.dtype
    if isinstance(content, dict):
        return [(repr(key), shape_of(value)) for key, value in content.items()]
    if isinstance(content, list | tuple):
        return list(map(shape_of, content))
    return repr(content) if type(content) in (bool, int, float) else "plain"


SIZES = st.integers(-2, 10) | st.sampled_from([2**31, 2**63, 10**30, 1.5, float("inf"), "1", None, True])
ENTRIES = st.fixed_dictionaries(
    {},
    optional={
        "dtype": st.sampled_from(["F32", "I64", "F4", "BOOL", "", 3, None, ["F32"]]),
        "shape": st.lists(SIZES, max_size=5) | SIZES,
        "data_offsets": st.lists(SIZES, max_size=3) | SIZES,
    },
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda some: st.lists(some, max_size=4) | st.dictionaries(st.text(max_size=9), some, max_size=4),
    max_leaves=9,
)
TOLD = st.sampled_from(["design", "options", "classes", "mean", "std", "data", "run", "epoch", "weights"])
TOLD_WORDS = st.dictionaries(TOLD, JSON.map(json.dumps) | st.text(max_size=9), max_size=6)
META = TOLD_WORDS | JSON


def of_header(header: object, behind: bytes, length: int | None = None) -> bytes:
    """A file of safetensors, of any header."""
    told = json.dumps(header).encode()
    return struct.pack("<Q", len(told) if length is None else length) + told + behind


@fuzzed(80)
@given(st.dictionaries(KEYS, ENTRIES | JSON, max_size=5), META, st.integers(0, 40), st.none() | SIZES)
def test_headers_of_any_kind(entries: dict[str, Any], meta: Any, behind: int, length: Any) -> None:
    given_length = length % 2**64 if type(length) is int else None
    tried(of_header({**entries, "__metadata__": meta}, bytes(behind), given_length), seconds=2)


@fuzzed(60)
@given(TOLD_WORDS)
def test_words_of_any_kind_beside_honest_weights(meta: Any) -> None:
    words = (
        {key: value for key, value in meta.items() if isinstance(value, str)} if type(meta) is dict else {}
    )
    safe = {str(key).encode(errors="replace").decode(): text for key, text in words.items()}
    safe = {key: value.encode(errors="replace").decode() for key, value in safe.items()}
    found = checkpoints.load(save_safetensors(WEIGHTS, safe))
    assert found.matches
    plain: dict[str, Any] = {}
    for key, value in words.items():
        try:
            plain[key] = json.loads(value)
        except ValueError:
            continue
    assert checkpoints.load(torch_files.save(seeded(Net, 0).state_dict(), plain)).matches


COSTLY: dict[str, Callable[[], bytes]] = {
    "prefixes": lambda: saved_of({f"{n:x}.conv1.weight": b"h\0" for n in range(12_000)}),
    "names": lambda: saved_of({f"resblocks.{n}.a": b"h\0" for n in range(12_000)}),
    "dots": lambda: saved_of({f"{'.' * 40_000}{n}": b"h\0" for n in range(20)}),
    "headers": lambda: of_header(
        {f"{n:x}.conv1.weight": {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]} for n in range(12_000)},
        b"",
    ),
    "brackets": lambda: struct.pack("<Q", MANY) + b"[" * MANY,
    "values of values": lambda: struct.pack("<Q", 5 * MANY) + b'{"a":' * MANY,
    "digits": lambda: of_header({"a": 10**4000}, b"")[:-1] + b"9" * MANY,
    "views that are compared": lambda: saved(
        {
            "model": WEIGHTS,
            "bomb": {f"resblocks.{n}.conv.weight": torch.zeros(1).expand(100_000, 100_000) for n in range(3)},
        }
    ),
    "blocks": lambda: saved({f"net{n}": blocks(100 - n) for n in range(8)}),
    "members": lambda: members(70_000),
    "extra fields": lambda: members(400, extra=b"\x99\x99\0\0" * 16_000),
    "a member compressed": lambda: compressed(),
    "the same bytes many times": lambda: overlapping(),
    "noise": lambda: opcodes.zipped(BEGIN + random.Random(0).randbytes(10**6)),
}


def saved_of(entries: dict[str, bytes]) -> bytes:
    """A file with a dict of pickled values; "h\\0" is one tensor."""
    program = opcodes.tensor() + b"q\0" + dict_of({text(key): value for key, value in entries.items()})
    return opcodes.zipped(BEGIN + program + b".", {"0": bytes(4)})


def blocks(count: int) -> dict[str, torch.Tensor]:
    """As many residual blocks of 128 channels, in one number."""
    one = torch.zeros(1)
    found = {f"resblocks.{n}.conv.weight": one.expand(128, 128, 3, 3) for n in range(count)}
    return found | {"conv1.weight": one.expand(128, 3, 3, 3)}


def members(count: int, extra: bytes = b"") -> bytes:
    """An archive of many empty members, with a directory entry each."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", BEGIN + b"}.")
        for n in range(count):
            entry = zipfile.ZipInfo(str(n))
            entry.extra = extra
            archive.writestr(entry, b"")
    return file.getvalue()


def compressed() -> bytes:
    """A pickle of 200 MB in 200 kB."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", BEGIN + bytes(2 * 10**8))
    return file.getvalue()


def overlapping() -> bytes:
    """An archive whose directory shows a megabyte as each of many storages."""
    count, numbers = 2000, 250_000
    entries = {
        text(str(n)): opcodes.tensor(behind=opcodes.storage(text(str(n)), numbers)) for n in range(count)
    }
    data = opcodes.zipped(BEGIN + dict_of(entries) + b".", {"0": bytes(4 * numbers)})
    end = data.rindex(b"PK\5\6")
    begin = struct.unpack_from("<I", data, end + 16)[0]
    at = data.index(b"archive/data/0", begin) - 46
    one = data[at : at + 46 + len("archive/data/0")]
    more = b"".join(
        one[:28] + struct.pack("<H", len(f"archive/data/{n}")) + one[30:46] + f"archive/data/{n}".encode()
        for n in range(1, count)
    )
    total = struct.unpack_from("<H", data, end + 10)[0] + count - 1
    tail = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, total, total, end - begin + len(more), begin, 0)
    return data[:end] + more + tail


@pytest.mark.parametrize("kind", COSTLY)
def test_what_would_cost_time_or_memory(kind: str) -> None:
    data = COSTLY[kind]()
    tried(data, seconds=4)
