"""Files of torch.save: words travel with a state_dict, and PyTorch reads it as any other."""

import io
import re
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from convlab.errors import UserError
from convlab.storage import pickles, torch_files
from tests.storage import opcodes

WORDS = {"classes": ["猫", "dog & cat", "<b>x</b>"], "epoch": 3, "options": {"kernel_size": [1, 3]}}


def test_words_travel_with_a_state_dict_that_pytorch_takes_as_any_other() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    data = torch_files.save(module.state_dict(), WORDS)
    found = torch.load(io.BytesIO(data), weights_only=True)
    assert torch_files.about(found) == WORDS
    assert torch_files.about(torch_files.load(data, "cpu")) == WORDS
    assert found._metadata["1"] == {"version": 2}
    other = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    assert str(other.load_state_dict(found)) == "<All keys matched successfully>"
    assert all(torch.equal(tensor, other.state_dict()[name]) for name, tensor in module.state_dict().items())
    untouched: Any = module.state_dict()
    assert "convlab" not in untouched._metadata[""]


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        3,
        {},
        {"": 3},
        {"": {}},
        {"": {"convlab": 3}},
        {"": {"convlab": "[1"}},
        {"": {"convlab": "[" * 9999}},
    ],
)
def test_other_metadata_say_nothing(metadata: Any) -> None:
    weights: Any = OrderedDict(a=torch.zeros(1))
    weights._metadata = metadata
    assert torch_files.about(weights) == {}
    assert torch_files.about({"a": torch.zeros(1)}) == {}
    assert torch_files.about(None) == {}


class Payload:
    """Unpickled, it would write a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.write_text, (self.path, "pwned")


def saved(content: object, old: bool = False) -> bytes:
    file = io.BytesIO()
    torch.save(content, file, _use_new_zipfile_serialization=not old)
    return file.getvalue()


WEIGHTS = {"a": torch.arange(6.0).view(2, 3), "b": torch.arange(4)}
FLAT = opcodes.tensor((2,), (1,), 0, opcodes.storage(numbers=2))


@pytest.mark.parametrize("old", [False, True])
def test_hazard_1_pytorch_itself_runs_nothing_were_the_reader_before_it_not_there(
    old: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    believed = lambda data: torch_files._Checked(None, lambda: io.BytesIO(data))  # noqa: E731
    monkeypatch.setattr(torch_files, "_legacy" if old else "_zipped", believed)
    with pytest.raises(UserError, match="damaged"):
        torch_files.load(saved({"a": Payload(tmp_path / "x")}, old), "cpu")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("old", [False, True])
def test_hazard_1_pytorch_gets_nothing_that_the_reader_before_it_refuses(
    old: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch, "load", lambda *_, **__: pytest.fail("loaded"))
    make = opcodes.legacy if old else opcodes.zipped
    for wrong in (opcodes.dict_of({opcodes.nested(60): b"N"}), opcodes.name("builtins", "bytearray")):
        with pytest.raises(UserError):
            torch_files.load(make(opcodes.BEGIN + wrong + b"."), "cpu")


@pytest.mark.parametrize("first", [False, True])
def test_hazard_1_of_two_members_of_almost_one_name_the_one_that_was_checked_is_read(first: bool) -> None:
    checked, other = saved({"a": 1}), opcodes.BEGIN + opcodes.dict_of({opcodes.text("b"): b"N"}) + b"."
    with zipfile.ZipFile(io.BytesIO(checked)) as archive:
        members = [("archive/data.pkl", archive.read("archive/data.pkl")), ("archive/DATA.PKL", other)]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in reversed(members) if first else members:
            archive.writestr(name, content)
        archive.writestr("archive/version", "3\n")
    assert torch_files.load(file.getvalue(), "cpu") == {"a": 1}


def test_a_file_of_the_other_byte_order_is_read() -> None:
    data = saved(WEIGHTS)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    numbers = zip("01", WEIGHTS.values(), (">f4", ">i8"), strict=True)
    big = {f"archive/data/{key}": tensor.numpy().astype(kind) for key, tensor, kind in numbers}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, big[name].tobytes() if name in big else content.replace(b"little", b"big"))
    found = torch_files.load(file.getvalue(), "cpu")
    assert all(torch.equal(found[name], tensor) for name, tensor in WEIGHTS.items())


def test_hazard_2_storages_of_another_size_are_refused_before_they_are_read() -> None:
    with pytest.raises(UserError, match="damaged"):
        torch_files.load(opcodes.zipped(opcodes.BEGIN + FLAT + b".", {"0": bytes(4)}), "meta")
    with pytest.raises(UserError, match="damaged"):
        torch_files.load(opcodes.zipped(opcodes.BEGIN + FLAT + b"."), "meta")
    assert torch_files.load(opcodes.zipped(opcodes.BEGIN + FLAT + b".", {"0": bytes(8)}), "meta").shape == (
        2,
    )


def test_hazard_2_storages_that_a_legacy_file_is_too_short_for_are_refused_before_they_are_made() -> None:
    huge = opcodes.tensor((2,), (1,), 0, opcodes.storage(numbers=10**10, view=b"N"))
    with pytest.raises(UserError, match="damaged"):
        torch_files.load(opcodes.legacy(opcodes.BEGIN + huge + b".", {"0": bytes(4)}), "meta")
    two = opcodes.tensor((2,), (1,), 0, opcodes.storage(numbers=2, view=b"N"))
    data = opcodes.legacy(opcodes.BEGIN + two + b".", {"0": bytes(8)})
    assert torch_files.load(data, "meta").shape == torch_files.load(data, "cpu").shape == (2,)


def test_hazard_22_storages_that_lie_over_each_other_are_refused() -> None:
    storages = {str(n): b"%08d" % n for n in range(40)}
    tensors = {
        opcodes.text(key): opcodes.tensor((2,), (1,), 0, opcodes.storage(opcodes.text(key), 2))
        for key in storages
    }
    data = opcodes.zipped(opcodes.BEGIN + opcodes.dict_of(tensors) + b".", storages)
    assert torch_files.load(data, "meta").keys() == storages.keys()
    numbers = opcodes.whole(2) + b"tQ", opcodes.whole(500) + b"tQ"
    longer = opcodes.zipped(
        opcodes.BEGIN + opcodes.dict_of(tensors).replace(*numbers) + b".", storages, z=bytes(9000)
    )
    begin = longer.index(b"PK\1\2")
    head, directory = longer[:begin], bytearray(longer[begin:])
    for place in [found.start() for found in re.finditer(b"PK\1\2", directory)]:
        if b"data/" in directory[place + 46 : place + 60]:
            directory[place + 24 : place + 28] = (2000).to_bytes(4, "little")
    with pytest.raises(UserError, match="damaged"):
        torch_files.load(head + bytes(directory), "meta")


def test_hazard_22_compressed_storages_are_not_read_as_weights() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved(WEIGHTS))) as source, zipfile.ZipFile(file, "w") as archive:
        for name in source.namelist():
            kind = zipfile.ZIP_DEFLATED if "/data/" in name else zipfile.ZIP_STORED
            archive.writestr(name, source.read(name), kind)
    with pytest.raises(UserError, match="damaged"):
        torch_files.load(file.getvalue(), "cpu")


def test_hazard_19_a_pickle_longer_than_a_header_is_not_read() -> None:
    data = opcodes.zipped(opcodes.BEGIN + b"N." + bytes(pickles.MAX_BYTES))
    with pytest.raises(UserError, match="too much beside the weights"):
        torch_files.load(data, "meta")
