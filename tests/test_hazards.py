"""The table of hazards is true: each row has guards and tests, each guard is there, each test is run."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sources import ROOT
from tools import guards

ROWS = range(1, 36)
HAZARDS, GUARDS = guards.table()
TESTS = sorted({test for guard in GUARDS for test in guard.tests})


def test_every_row_is_there_once_and_has_a_guard_unless_it_is_open() -> None:
    assert [hazard.number for hazard in HAZARDS] == list(ROWS)
    guarded = {guard.row for guard in GUARDS}
    assert guarded | {hazard.number for hazard in HAZARDS if hazard.open} == set(ROWS)
    assert [hazard.number for hazard in HAZARDS if hazard.open and hazard.number in guarded] == []


def test_every_hazard_and_guard_says_what_it_is() -> None:
    texts = [text for hazard in HAZARDS for text in (hazard.hazard, hazard.outcome)]
    assert all(texts)
    assert all(guard.does and "\n" not in guard.does and guard.tests for guard in GUARDS)


def test_every_guard_is_once_in_its_file_and_its_removal_changes_something() -> None:
    wrong = []
    for guard in GUARDS:
        file = ROOT / guard.file
        times = file.read_text().count(guard.old) if file.is_file() else 0
        if times != 1 or guard.old == guard.new or file.is_relative_to(ROOT / "tests"):
            wrong.append((guard.row, guard.file, guard.does, times))
    assert wrong == []


def test_a_removal_leaves_python_that_can_be_read() -> None:
    for guard in GUARDS:
        if guard.file.endswith(".py"):
            ast.parse((ROOT / guard.file).read_text().replace(guard.old, guard.new))


def skipped(path: Path) -> set[str]:
    """Tests of a file that a mark leaves out, or may leave out; "*" for all of them."""
    found = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef):
            marks = " ".join(map(ast.unparse, node.decorator_list))
            found |= {node.name} if "mark.skip" in marks or "xfail" in marks else set()
        elif isinstance(node, ast.Assign) and "pytestmark" in map(ast.unparse, node.targets):
            found |= {"*"} if "mark.skip" in ast.unparse(node.value) else set()
    return found


def test_no_named_test_is_left_out_by_a_mark() -> None:
    named = [(ROOT / test.partition("::")[0], test.partition("::")[2].partition("[")[0]) for test in TESTS]
    left_out = {path: skipped(path) for path, _name in named if path.is_file()}
    assert [(path, name) for path, name in named if left_out.get(path, set()) & {"*", name}] == []


def test_every_named_test_is_collected() -> None:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    run = subprocess.run([*command, *TESTS], cwd=ROOT, capture_output=True, text=True, check=False)
    told = run.stdout + run.stderr
    assert [line for line in told.splitlines() if line.startswith("ERROR")] == []
    assert run.returncode == 0, told


def test_a_mark_that_leaves_a_test_out_is_found(tmp_path: Path) -> None:
    file = tmp_path / "test_x.py"
    file.write_text("@pytest.mark.skipif(True)\ndef test_a(): ...\ndef test_b(): ...\n")
    assert skipped(file) == {"test_a"}
    file.write_text("pytestmark = pytest.mark.skip('later')\ndef test_a(): ...\n")
    assert skipped(file) == {"*"}


GUARDED = "def divided(a, b):\n    if b == 0:\n        return 0\n    return a / b\n"
ITS_TESTS = """
from lab import divided
def test_zero(): assert divided(1, 0) == 0
def test_one(): assert divided(1, 1) == 1
"""


@pytest.mark.parametrize(
    ("tests", "said", "noticed"),
    [
        (("test_lab.py::test_zero",), "fails", True),
        (("test_lab.py::test_one",), "passes", False),
        (
            ("test_lab.py::test_zero", "test_lab.py::test_one"),
            "fails",
            False,
        ),  # one of them has nothing to say
        (("test_lab.py::test_two",), "cannot run", False),
    ],
)
def test_a_removal_is_noticed_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tests: tuple[str, ...], said: str, noticed: bool
) -> None:
    (tmp_path / "lab.py").write_text(GUARDED)
    (tmp_path / "test_lab.py").write_text(ITS_TESTS)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    monkeypatch.setattr(guards, "ROOT", tmp_path)
    old = "    if b == 0:\n        return 0\n"
    verdict = guards.judge(guards.Guard(1, "no division by zero", "lab.py", old, "", tests))
    assert (verdict.said, verdict.noticed) == (said, noticed), verdict.output
    assert (tmp_path / "lab.py").read_text() == GUARDED  # only the copy was changed
