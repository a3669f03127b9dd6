"""What Windows and macOS do otherwise, imitated: docs/other_systems.md names each place and its test."""

import ast
import io
import os
import re
import subprocess
import threading
from collections.abc import Callable, Iterable
from pathlib import Path, PureWindowsPath
from typing import Any

import pytest
import torch
from torch import Tensor

from convlab.__main__ import main
from convlab.errors import UserError
from convlab.networks.evaluation import evaluate
from convlab.storage import atomic, data_folder, locks
from convlab.training import memory, runs
from convlab.training.settings import Settings
from tests import sources

TABLE = (sources.ROOT / "docs" / "other_systems.md").read_text(encoding="utf-8")
LONGEST_WINDOWS = 259
ACCOUNT = r"C:\Users\a-long-account-name-of-32-letters\AppData\Local"
RESERVED = {"aux", "con", "nul", "prn", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is open, by a lock or by a reader in ``READ``, is not replaced, renamed or removed."""
    monkeypatch.setattr(atomic, "OPEN_STAYS", True)
    READ.clear()
    for module, name in ((os, "replace"), (os, "unlink"), (Path, "rename"), (Path, "unlink")):
        monkeypatch.setattr(module, name, refusing(getattr(module, name)))


READ: set[Path] = set()


def refusing(change: Callable[..., Any]) -> Callable[..., Any]:
    def changed(*places: Any, **options: Any) -> Any:
        for place in map(Path, places):
            inside = [place, *(place.rglob("lock") if place.is_dir() else ())]
            if READ & set(inside) or any(is_lock(file) and locks.held(file) for file in inside):
                raise PermissionError(13, "used by another process", str(place))
        return change(*places, **options)

    return changed


def is_lock(file: Path) -> bool:
    return file.name == "lock" or file.suffix == ".lock"


@pytest.mark.usefixtures("windows")
def test_a_file_that_is_read_is_replaced_and_removed_as_soon_as_it_is_closed(tmp_path: Path) -> None:
    file = tmp_path / "status.json"
    atomic.write(file, b"old")
    changes: tuple[tuple[Callable[[], None], list[bytes]], ...]
    changes = ((lambda: atomic.write(file, b"new"), [b"new"]), (lambda: atomic.remove(file), []))
    for change, expected in changes:
        READ.add(file)
        reader = threading.Timer(0.05, lambda: READ.discard(file))
        reader.start()
        change()
        reader.join()
        assert [path.read_bytes() for path in tmp_path.iterdir()] == expected
    atomic.remove(file)  # gone already


@pytest.mark.usefixtures("windows")
def test_who_reads_for_ever_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atomic, "PATIENCE_S", 0.05)
    file = tmp_path / "status.json"
    atomic.write(file, b"old")
    READ.add(file)
    with pytest.raises(PermissionError):
        atomic.write(file, b"new")
    READ.clear()
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


def a_run() -> runs.Run:
    return runs.create(Settings(), "of Windows")


@pytest.mark.usefixtures("windows")
def test_a_run_is_deleted_where_no_folder_moves_that_has_a_held_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atomic, "PATIENCE_S", 0.05)
    run = a_run()
    held = locks.take(run.folder / "lock")
    assert held is not None
    with pytest.raises(UserError, match="stop it before"):
        run.delete()
    held.release()
    run.delete()
    assert not run.folder.exists()
    other = a_run()
    monkeypatch.setattr(Path, "rename", refusing_always)
    with pytest.raises(UserError, match="Another program has a file of it open"):
        other.delete()
    assert other.folder.exists()


def refusing_always(*_: object) -> None:
    raise PermissionError(13, "used by another process")


@pytest.mark.usefixtures("windows")
def test_a_lock_file_goes_where_none_goes_that_is_open(tmp_path: Path) -> None:
    file = tmp_path / "queue.lock"
    held = locks.take(file)
    assert held is not None
    locks.drop(held)
    assert not file.exists()


def test_where_the_system_does_not_tell_its_memory_no_run_is_refused_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(os, "sysconf")
    monkeypatch.setattr(memory, "_CGROUPS", ())
    assert memory.room_of("cpu") is None


def test_paths_leave_room_for_a_long_account_name() -> None:
    folder = a_run().folder
    made = PureWindowsPath(ACCOUNT) / "convlab" / "runs" / f".gone-{folder.name}" / "epochs"
    temporary = made / f".00100.safetensors.{'0' * 8}.tmp~"
    assert len(str(temporary)) <= LONGEST_WINDOWS
    packages = PureWindowsPath(ACCOUNT) / r"Programs\Python\Python311\Lib\site-packages"
    assert max(len(str(packages / name)) for name in tracked()) <= LONGEST_WINDOWS


def tracked() -> list[str]:
    """Every file of the checkout that goes to others."""
    found = subprocess.run(["git", "ls-files"], cwd=sources.ROOT, capture_output=True, text=True, check=True)
    return found.stdout.splitlines()


def test_names_are_fit_for_every_disk() -> None:
    a_run()
    made = [path.relative_to(data_folder.path()).as_posix() for path in data_folder.path().rglob("*")]
    for names in (tracked(), made):
        assert unfit(names) == []


def unfit(names: Iterable[str]) -> list[str]:
    """Those that another system cannot have, or takes for one that came before."""
    known: set[str] = set()
    found = []
    for name in names:
        parts = name.lower().split("/")
        if (
            re.search(r'[<>:"\\|?*]|[. ]($|/)', name)
            or RESERVED & {part.split(".")[0] for part in parts}
            or name.lower() in known
        ):
            found.append(name)
        known.add(name.lower())
    return found


@pytest.mark.parametrize("name", ["a/Con.py", "b:c", "d.", "e /f", "A.py", "lpt1"])
def test_a_name_that_is_not_fit_is_found(name: str) -> None:
    assert unfit(["a.py", name]) == [name]


def test_line_endings_are_the_same_everywhere() -> None:
    rules = (sources.ROOT / ".gitattributes").read_text(encoding="utf-8").splitlines()
    assert "* text=auto eol=lf" in rules
    kept = [rule.split()[0].removeprefix("*") for rule in rules if rule.endswith(" binary")]
    shipped = {Path(name).suffix for name in tracked() if b"\0" in (sources.ROOT / name).read_bytes()[:8000]}
    assert shipped <= {*kept, ".pt", ".onnx", ".zip", ".npy", ".pkl"}  # the latter in tests alone
    written = [at for file in sources.library() for at in sources.at(file, as_text(file.read_text("utf-8")))]
    assert written == []


def as_text(source: str) -> list[str]:
    """Where a file is opened to write text, whose lines Windows ends otherwise."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open":
            modes = [a.value for a in node.args[1:2] if isinstance(a, ast.Constant)]
            if any(isinstance(mode, str) and mode[0] in "wax" and "b" not in mode for mode in modes):
                found.append(f"line {node.lineno}: {ast.unparse(node)}")
    return [text for text in found if "os.devnull" not in text]


def test_every_text_and_pipe_names_its_encoding() -> None:
    """Of open(), read_text() and write_text() ruff says so: see ``select`` in pyproject.toml."""
    assert '"PLW1514"' in (sources.ROOT / "pyproject.toml").read_text(encoding="utf-8").split("ignore = [")[0]
    files = [*sources.lessons(), *sources.interface(), *sources.library()]
    assert [p for file in files for p in sources.at(file, unnamed(file.read_text("utf-8")))] == []


def unnamed(source: str) -> list[str]:
    """Pipes and handles of text without an encoding."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        options = {option.arg: ast.unparse(option.value) for option in node.keywords}
        called = ast.unparse(node.func)
        text = options.get("text") == "True" or options.get("universal_newlines") == "True"
        text |= called == "os.fdopen" and not any("b" in ast.unparse(mode) for mode in node.args[1:2])
        if text and "encoding" not in options:
            found.append(f"line {node.lineno}: {called}")
    return found


def test_a_pipe_without_an_encoding_is_found() -> None:
    assert unnamed("subprocess.run(a, text=True)\nos.fdopen(1, 'w')") == [
        "line 1: subprocess.run",
        "line 2: os.fdopen",
    ]
    assert unnamed("subprocess.run(a, text=True, encoding='utf-8')\nos.fdopen(1, 'rb')") == []
    assert as_text("open(a, 'w', encoding='utf-8')")
    assert not as_text("open(a, 'rb')\nopen(a)")


def test_a_letter_that_the_terminal_lacks_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(seen, encoding="cp437", errors="strict"))
    monkeypatch.setattr("convlab.commands.shapes.run", lambda _options: print("3×3 → 1×1") or 0)
    assert main(["shapes", "--design", "net"]) == 0
    assert seen.getvalue().decode("cp437").split() == ["3?3", "?", "1?1"]


def test_no_library_is_told_to_fork() -> None:
    files = [*sources.lessons(), *sources.interface(), *sources.library()]
    workers = [file for file in files if re.search(r"multiprocessing|num_workers", file.read_text("utf-8"))]
    assert workers == []


class OnAppleGpu(Tensor):
    """Lies on a device that has no float64."""

    @classmethod
    def __torch_function__(
        cls, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        found: Any = super().__torch_function__(function, types, args, kwargs)  # type: ignore[no-untyped-call]
        if function is Tensor.cpu:
            return found.as_subclass(Tensor)
        if isinstance(found, Tensor) and found.dtype == torch.float64:
            raise TypeError("Cannot convert a MPS Tensor to float64 dtype")
        return found


def test_what_a_gpu_without_float64_says_is_added_up_on_the_cpu() -> None:
    def there(tensor: Tensor) -> Tensor:
        return tensor.as_subclass(OnAppleGpu)

    with pytest.raises(TypeError, match="float64"):
        there(torch.ones(2)).double()
    logits, labels = torch.tensor([[2.0, 0.0], [0.0, 1.0], [3.0, 0.0]]), torch.tensor([0, 1, 1])
    found = evaluate(lambda pictures: pictures, [(there(logits), there(labels))])
    assert found.loss == pytest.approx(float(torch.nn.functional.cross_entropy(logits, labels)))
    assert found.accuracy == pytest.approx(2 / 3)


def test_the_table_names_tests_that_are_there() -> None:
    rows = [line.split(" | ") for line in TABLE.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 15
    for *_told, last in rows:
        file, name = last.strip("| `").split("::")
        assert f"\ndef {name}(" in (sources.ROOT / file).read_text(encoding="utf-8")
