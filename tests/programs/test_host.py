"""convlab.programs.host: a program that never ends, or wants too much, is stopped; its error is Python's."""

import json
import subprocess
import sys
from typing import Any

import pytest

from convlab.programs import host
from convlab.programs.catalogue import PROGRAMS
from tests import sources

PROGRAMS_THAT = {
    "speak": "import sys\nprint('one')\nsys.stderr.write('two\\n')\nprint('three')\n1 / 0\n",
    "never_end": "print('begun', flush=True)\nwhile True: pass\n",
    "stand_still": "import time\nprint('begun', flush=True)\ntime.sleep(20)\n",
    "print_without_end": "while True: print('more')\n",
    "want_memory": "import torch\ntorch.zeros(4 << 30, dtype=torch.uint8).fill_(1)\nprint('taken')\n",
    "write_a_file": "with open('left', 'w') as file: file.write('x')\n",
    "read": "print(repr(input()))\n",
}
SCRIPT = """
import json, sys
from pathlib import Path
from convlab.programs import host
host.LIMIT_S = 2
host._warm_up()
found = {file.stem: host._forked(file).decode() for file in sorted(Path(sys.argv[1]).glob("*.py"))}
found["twice"] = [host.run({"program": "asked_twice", "repair": None}) for _ in range(2)]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a process of its own, which can be forked, makes of each program."""
    if not host.FORKS:
        pytest.skip("no process can be forked safely here")
    folder = tmp_path_factory.mktemp("programs")
    for name, text in PROGRAMS_THAT.items():
        (folder / f"{name}.py").write_text(text)
    command = [sys.executable, "-c", SCRIPT, str(folder)]
    options: dict[str, Any] = {"cwd": sources.ROOT, "capture_output": True, "text": True, "check": True}
    done = subprocess.run(command, input="an order\n", **options)
    assert {file.suffix for file in folder.iterdir()} == {".py", ""}  # "left", of no bytes
    assert not (folder / "left").stat().st_size
    read: dict[str, Any] = json.loads(done.stdout)
    return read


def test_what_is_printed_and_the_error_come_in_their_order(found: dict[str, Any]) -> None:
    output, _end, ending = found["speak"].rpartition("\0")
    assert ending == "ZeroDivisionError"
    assert {"one", "two", "three"} <= set(output.splitlines())
    assert output.endswith(
        'Traceback (most recent call last):\n  File "speak.py", line 5, in <module>\n    1 / 0\n'
        "ZeroDivisionError: division by zero\n"
    )


def test_a_program_that_never_ends_is_stopped(found: dict[str, Any]) -> None:
    assert found["never_end"] == found["stand_still"] == "begun\n"


def test_a_program_that_prints_without_end_is_stopped(found: dict[str, Any]) -> None:
    assert host.MOST <= len(found["print_without_end"]) < host.MOST + 4096


def test_a_program_that_wants_too_much_memory_gets_none(found: dict[str, Any]) -> None:
    assert found["want_memory"].endswith("\0RuntimeError")
    assert "taken" not in found["want_memory"]


def test_a_program_writes_no_file_and_reads_no_orders(found: dict[str, Any]) -> None:
    assert found["write_a_file"].endswith("\0OSError")
    assert found["read"].endswith("\0EOFError")


def test_programs_leave_nothing_behind_for_those_after_them(found: dict[str, Any]) -> None:
    one, other = found["twice"]
    assert one["output"] == other["output"]
    assert one["ending"] == ""


def test_an_order_names_a_program_of_the_gallery() -> None:
    with pytest.raises(KeyError):
        host.run({"program": "../../etc/passwd", "repair": None})
    with pytest.raises(IndexError):
        host.run({"program": "asked_twice", "repair": len(PROGRAMS["asked_twice"].repairs)})
