"""The bounds find what they are for."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from convlab.errors import UserError
from convlab.storage import data_folder
from tests.fuzz import bounds


def _work(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        sum(range(1000))


def test_time_is_measured() -> None:
    with bounds.within(seconds=0.5):
        _work(0.1)
    with pytest.raises(AssertionError, match="s and at most"), bounds.within(seconds=0.2):
        _work(0.4)


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the system does not tell the peak")
def test_memory_is_measured_even_when_it_was_given_back() -> None:
    with bounds.within(megabytes=150):
        bytearray(b"x") * 50_000_000
    with pytest.raises(AssertionError, match="MB more"), bounds.within(megabytes=150):
        bytearray(b"x") * 300_000_000


def _linked(path: Path) -> None:
    path.symlink_to("/etc/passwd")


OUTSIDE: dict[str, Callable[[Path], object]] = {
    "write": lambda path: path.write_text("x"),
    "append": lambda path: path.open("a").close(),
    "mkdir": lambda path: path.mkdir(),
    "symlink": _linked,
    "low": lambda path: os.close(os.open(path, os.O_CREAT | os.O_WRONLY)),
    "remove": lambda path: path.unlink(missing_ok=True),
    "connect": lambda path: socket.socket().connect_ex(("127.0.0.1", 9)),
    "resolve": lambda path: socket.getaddrinfo("localhost", 80),
    "program": lambda path: subprocess.run(["true"], check=True),
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_what_leads_outside_is_found(name: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError), bounds.within():
        OUTSIDE[name](tmp_path / "outside")


def test_what_stays_inside_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("x")
    with bounds.within():
        assert (tmp_path / "there").read_text() == "x"
        (data_folder.folder() / "inside").write_text("x")
        (data_folder.folder() / "inside").unlink()
        subprocess.run([sys.executable, "-c", ""], check=True)
        with open(os.devnull, "w") as nothing:
            nothing.write("x")


def test_a_result_or_one_sentence() -> None:
    def refuse(text: str) -> None:
        raise UserError(text)

    assert bounds.answered(lambda: 3) == 3
    assert isinstance(bounds.answered(lambda: refuse("It is too large: shrink it.")), UserError)
    for text in ("", "two\nlines", "x" * 1000):
        with pytest.raises(AssertionError):
            bounds.answered(partial(refuse, text))
    with pytest.raises(ZeroDivisionError):
        bounds.answered(lambda: 1 / 0)


def test_the_suite_tries_few_examples() -> None:
    assert bounds.fuzzed(20).max_examples in (20, 1000)
