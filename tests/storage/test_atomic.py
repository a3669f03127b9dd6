"""Files that are replaced whole: full disks, kills, leftovers."""

import errno
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convlab.storage import atomic
from tests.sources import ROOT

KILLS = 20
WRITER = """
import sys
from pathlib import Path
from convlab.storage import atomic
path, n = Path(sys.argv[1]), 0
while True:
    atomic.write(path, bytes([n % 256]) * (200_000 + 1000 * (n % 256)))
    print(n, flush=True)
    n += 1
"""


@given(data=st.binary(max_size=1000))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_what_is_written_is_read(tmp_path: Path, data: bytes) -> None:
    atomic.write(tmp_path / "file", data)
    assert (tmp_path / "file").read_bytes() == data
    assert os.listdir(tmp_path) == ["file"]


def test_json_keeps_its_letters(tmp_path: Path) -> None:
    value = {"name": "Vögel ☂", "lr": 0.01, "list": [1, None, True]}
    atomic.write_json(tmp_path / "file", value)
    assert json.loads((tmp_path / "file").read_text("utf-8")) == value
    assert "Vögel ☂" in (tmp_path / "file").read_text("utf-8")


def test_the_disk_takes_the_bytes_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    whole = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: whole(handle, bytes(data)[:7]))
    atomic.write(tmp_path / "file", bytes(range(100)))
    assert (tmp_path / "file").read_bytes() == bytes(range(100))


def test_the_disk_has_the_bytes_before_the_name_and_then_the_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What a power cut cannot show in a test: the order of the calls."""
    called: list[tuple[str, str]] = []

    def watch(name: str, real: Any) -> Any:
        def call(first: Any, *rest: Any) -> Any:
            what = first if isinstance(first, Path) else Path(os.readlink(f"/proc/self/fd/{first}"))
            called.append((name, "folder" if what.is_dir() else "temporary"))
            return real(first, *rest)

        return call

    for name in ("write", "fsync", "replace"):
        monkeypatch.setattr(os, name, watch(name, getattr(os, name)))
    atomic.write(tmp_path / "file", b"new")
    monkeypatch.undo()
    assert called == [
        ("write", "temporary"),
        ("fsync", "temporary"),
        ("replace", "temporary"),
        ("fsync", "folder"),
    ]


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    call: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    atomic.write(tmp_path / "file", b"old")
    monkeypatch.setattr(os, call, full)
    with pytest.raises(OSError, match="No space") as raised:
        atomic.write(tmp_path / "file", b"new and longer")
    assert raised.value.errno == errno.ENOSPC
    assert os.listdir(tmp_path) == ["file"]
    assert (tmp_path / "file").read_bytes() == b"old"


def test_a_real_limit_of_the_system_leaves_the_old_file(tmp_path: Path) -> None:
    """The kernel itself refuses the bytes after the first 100,000."""
    atomic.write(tmp_path / "file", b"old")
    script = (
        "import resource, signal, sys\nfrom pathlib import Path\nfrom convlab.storage import atomic\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, {resource.RLIM_INFINITY}))\n"
        "try:\n    atomic.write(Path(sys.argv[1]), bytes(300_000))\nexcept OSError as e:\n    print(e.errno)"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "file")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == [str(errno.EFBIG)]
    assert os.listdir(tmp_path) == ["file"]
    assert (tmp_path / "file").read_bytes() == b"old"


def test_what_goes_wrong_in_the_block_undoes_it(tmp_path: Path) -> None:
    def half() -> None:
        with atomic.replacing(tmp_path / "file") as put:
            put(b"half")
            assert not (tmp_path / "file").exists()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half()
    assert os.listdir(tmp_path) == []


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        atomic.write(tmp_path / "none" / "file", b"x")


def test_sweeping_takes_what_was_left_long_ago_and_nothing_else(tmp_path: Path) -> None:
    script = (
        "import sys, os\nfrom pathlib import Path\nfrom convlab.storage import atomic\n"
        "with atomic.replacing(Path(sys.argv[1])) as put:\n    put(b'x')\n    os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", script, str(tmp_path / "f")], cwd=ROOT).returncode == 9
    (left,) = tmp_path.iterdir()
    (tmp_path / ".other.tmp").write_text("not ours")
    (tmp_path / "file").write_text("a file")
    atomic.sweep(tmp_path)
    assert left.exists()  # it may be in the making
    os.utime(left, (time.time() - 4000,) * 2)
    for other in (".other.tmp", "file"):
        os.utime(tmp_path / other, (0, 0))
    atomic.sweep(tmp_path)
    assert sorted(os.listdir(tmp_path)) == [".other.tmp", "file"]


def test_killed_at_any_moment_the_file_is_one_of_the_whole_ones(tmp_path: Path) -> None:
    path, pauses = tmp_path / "file", random.Random(0)
    atomic.write(path, b"\x00" * 200_000)
    seen = set()
    for _ in range(KILLS):
        process = subprocess.Popen(
            [sys.executable, "-S", "-c", WRITER, str(path)], cwd=ROOT, stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        written = pauses.randrange(10)
        for n in range(written + 1):
            assert process.stdout.readline() == b"%d\n" % n
        time.sleep(pauses.uniform(0, 0.005))
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        process.stdout.close()
        data = path.read_bytes()
        seen.add(data[0])
        assert data[0] >= written
        assert data == data[:1] * (200_000 + 1000 * data[0])
    assert len(seen) > 3
    atomic.sweep(tmp_path, older_than_s=-1)
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("jump_s", [86_400.0, -86_400.0])
def test_what_is_being_written_is_not_swept_though_the_clock_jumps(
    jump_s: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (left := tmp_path / ".old.0.tmp~").write_bytes(b"of a killed process")
    now = time.time
    with atomic.replacing(tmp_path / "file") as put:
        put(b"one ")
        monkeypatch.setattr(time, "time", lambda: now() + jump_s)
        atomic.sweep(tmp_path, 60)
        put(b"two")
    assert (tmp_path / "file").read_bytes() == b"one two"
    assert not left.exists()
