"""control.jsonl: orders from anybody, read once, in order."""

import os
from pathlib import Path

import pytest

from convlab.training.orders import Inbox, give


def test_the_last_word_of_each_kind_counts(tmp_path: Path) -> None:
    path = tmp_path / "control.jsonl"
    inbox = Inbox(path)
    assert inbox.poll() == {}
    give(path, wish="pause")
    give(path, lr=0.5)
    give(path, lr=0.25)
    assert inbox.poll() == {"wish": "pause", "lr": 0.25}
    assert inbox.poll() == {}
    give(path, wish="stop")
    give(path, wish="go")
    assert inbox.poll() == {"wish": "go"}
    assert Inbox(path).poll() == {"wish": "go", "lr": 0.25}


def test_an_offset_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "control.jsonl"
    inbox = Inbox(path)
    give(path, lr=0.5)
    inbox.poll()
    give(path, wish="stop")
    assert Inbox(path, inbox.offset).poll() == {"wish": "stop"}


def test_a_writer_that_was_killed_spoils_nothing(tmp_path: Path) -> None:
    path = tmp_path / "control.jsonl"
    path.write_bytes(b'\n{"wish": "pau')
    inbox = Inbox(path)
    assert inbox.poll() == {}
    give(path, lr=0.5)
    assert inbox.poll() == {"lr": 0.5}


def test_an_order_is_whole_where_the_disk_takes_it_bit_by_bit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: whole(handle, bytes(data)[:5]))
    give(tmp_path / "control.jsonl", wish="stop")
    assert Inbox(tmp_path / "control.jsonl").poll() == {"wish": "stop"}
