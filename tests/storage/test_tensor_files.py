"""Files of tensors: what is written comes back, one tensor alone too, and nobody is trusted."""

import itertools
import json
import os
import tempfile
import threading
import time
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save

from convlab.errors import UserError
from convlab.storage import tensor_files

TENSORS = {
    "a": torch.arange(6.0).view(2, 3),
    "pixels": torch.zeros(4, dtype=torch.uint8),
    "n": torch.tensor(3),
}
WORDS = {"title": "ä", "classes": '["bird"]'}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    tensor_files.save(tmp_path / "x", TENSORS, WORDS)
    return tmp_path / "x"


def test_tensors_and_words_come_back(path: Path) -> None:
    found = tensor_files.load(path.read_bytes())
    assert found.keys() == TENSORS.keys()
    assert all(torch.equal(found[name], TENSORS[name]) for name in TENSORS)
    assert torch.equal(tensor_files.tensor(path, "a"), TENSORS["a"])
    for source in (path, path.read_bytes()):
        header = tensor_files.header(source)
        assert header.words == WORDS
        kinds = {name: (tensor.shape, tensor.dtype) for name, tensor in header.tensors.items()}
        assert kinds == {name: (tensor.shape, tensor.dtype) for name, tensor in TENSORS.items()}
        assert all(tensor.is_meta for tensor in header.tensors.values())


def test_a_file_without_words(tmp_path: Path) -> None:
    tensor_files.save(tmp_path / "x", {"a": torch.zeros(0)}, {})
    assert tensor_files.header(tmp_path / "x").words == {}


def of(header: object, behind: int = 0, length: int | None = None) -> bytes:
    text = json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + bytes(behind)


ENTRY = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
WRONG = {
    "empty": b"",
    "no JSON": (8).to_bytes(8, "little") + b"nonsense",
    "no object": of([1]),
    "a long header": of({}, length=2**40),
    "cut": of({"a": ENTRY}, 3),
    "longer than it says": of({"a": ENTRY}, 5),
    "a strange type": of({"a": ENTRY | {"dtype": "F4"}}, 4),
    "a negative shape": of({"a": ENTRY | {"shape": [-1]}}, 4),
    "no shape": of({"a": {"dtype": "F32", "data_offsets": [0, 4]}}, 4),
    "nested": b"\xff\xff\0\0\0\0\0\0" + b"[" * 0xFFFF,
    "words of numbers": of({"__metadata__": 3}),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_such_file_is_said_in_one_sentence(name: str) -> None:
    with pytest.raises(UserError, match="damaged"):
        tensor_files.header(WRONG[name])
    with pytest.raises(UserError, match="damaged"):
        tensor_files.load(WRONG[name])
    assert tensor_files.about(WRONG[name]) == {}


@given(st.binary(max_size=60))
def test_any_bytes_are_a_file_or_a_user_error(data: bytes) -> None:
    for read in (tensor_files.header, tensor_files.load):
        try:
            read(data)
        except UserError:
            continue


def test_a_tensor_that_is_not_there(path: Path) -> None:
    with pytest.raises(UserError, match="damaged"):
        tensor_files.tensor(path, "b")
    with pytest.raises(OSError, match="No such file"):
        tensor_files.tensor(path.with_name("y"), "a")


@given(st.lists(st.integers(0, 40), min_size=1, max_size=5), st.data())
def test_each_tensor_alone_is_what_all_of_them_hold(sizes: list[int], data: st.DataObject) -> None:
    kinds = st.sampled_from([torch.float32, torch.float64, torch.int64, torch.uint8, torch.float16])
    tensors = {str(n): torch.arange(size).to(data.draw(kinds)) for n, size in enumerate(sizes)}
    with tempfile.TemporaryDirectory() as folder:
        tensor_files.save(path := Path(folder) / "x", tensors, WORDS)
        for name, expected in tensors.items():
            if expected.numel():
                assert torch.equal(tensor_files.tensor(path, name), expected)


def test_a_tensor_is_read_from_one_file_while_others_take_its_place(tmp_path: Path) -> None:
    path, over = tmp_path / "x", threading.Event()
    for n in range(12):  # each of another length, with another header, the same number all over
        others = {f"a{k}": torch.full((n % 7 * 500,), float(n)) for k in range(n % 5)}
        tensor_files.save(tmp_path / str(n), {**others, "w": torch.full((64,), float(n))}, {"n": "x" * n})

    def keep_replacing() -> None:
        for n in itertools.cycle(range(12)):
            os.link(tmp_path / str(n), tmp_path / "next")
            os.replace(tmp_path / "next", path)
            if over.is_set():
                return

    writer = threading.Thread(target=keep_replacing)
    writer.start()
    wait_for(path)
    try:
        seen = [tensor_files.tensor(path, "w") for _ in range(3000)]
    finally:
        over.set()
        writer.join()
    assert all(found.shape == (64,) and bool((found == found[0]).all()) for found in seen)
    assert len({float(found[0]) for found in seen}) > 3


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 10
    while not path.exists():
        assert time.monotonic() < deadline


@pytest.mark.parametrize("begins", [-99, 5, 2**70, "0", None, [0], 1e400])
def test_a_tensor_outside_its_file_is_damage(tmp_path: Path, begins: object) -> None:
    (tmp_path / "x").write_bytes(of({"a": ENTRY | {"data_offsets": [begins, 4]}}, 4))
    with pytest.raises(UserError, match="damaged"):
        tensor_files.tensor(tmp_path / "x", "a")


def test_metadata_are_json_and_what_is_none_is_left_out() -> None:
    words = {"epoch": "3", "classes": '["ä", null]', "format": "pt", "deep": "[" * 100_000}
    assert tensor_files.about(save(TENSORS, words)) == {"epoch": 3, "classes": ["ä", None]}
    assert tensor_files.about(save(TENSORS)) == {}


@pytest.mark.parametrize("words", [None, 3, [1], "text", {"a": 1}, {"a": None}])
def test_metadata_of_another_kind_are_none(words: object) -> None:
    assert tensor_files.about(of({"__metadata__": words})) == {}


def test_the_bundled_weights_say_their_design() -> None:
    path = next(Path("convlab/weights").glob("net.safetensors"))
    assert tensor_files.about(path.read_bytes())["design"] == "net"


def test_hazard_19_a_header_of_more_than_a_mebibyte_is_not_parsed() -> None:
    long = b"{}".ljust(tensor_files.MAX_HEADER_BYTES)
    assert tensor_files.header(len(long).to_bytes(8, "little") + long).tensors == {}
    with pytest.raises(UserError, match="damaged"):
        tensor_files.header((len(long) + 1).to_bytes(8, "little") + long + b" ")


def test_hazard_19_a_tensor_of_more_axes_than_pytorch_has_is_damage() -> None:
    def axes(count: int) -> bytes:
        return of({"a": ENTRY | {"shape": [1] * count}}, 4)

    assert tensor_files.header(axes(64)).tensors["a"].ndim == 64
    with pytest.raises(UserError, match="damaged"):
        tensor_files.header(axes(65))
