"""Takes each guard of tests/hazards.toml out of a copy of the lab, and says whether its tests notice.

``python -m tools.guards --row 4`` tries the guards of one row, ``--file TEXT`` those in files with the
text in their names, ``--jobs 2`` two at a time. It ends with 1 where a test of a guard passes without it.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "tests" / "hazards.toml"
PATIENCE_S = 300.0  # then tests have noticed too: they hang
MEMORY_GB = 8  # a process that takes more is ended, before the machine feels it


@dataclass(frozen=True)
class Hazard:
    """A row of the table: what may happen, and what must happen then; open while nothing guards it."""

    number: int
    hazard: str
    outcome: str
    open: bool = False


@dataclass(frozen=True)
class Guard:
    """What keeps a hazard away: a text that is once in a file, the text without it, the tests that notice."""

    row: int
    does: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """What a guard's tests said of a lab without it, and after how many seconds; idle ones still passed."""

    guard: Guard
    said: str
    idle: tuple[str, ...]
    seconds: float
    output: str

    @property
    def noticed(self) -> bool:
        """Whether each of its tests failed."""
        return self.said in ("fails", "hangs") and not self.idle

    def __str__(self) -> str:
        told = "noticed" if self.noticed else f"NOT NOTICED ({self.said})"
        lines = [
            f"row {self.guard.row:2}  {self.seconds:5.1f} s  {told}: {self.guard.file}: {self.guard.does}"
        ]
        return "\n".join([*lines, *(f"    passes without it: {name}" for name in self.idle)])


def table(path: Path = TABLE) -> tuple[list[Hazard], list[Guard]]:
    """All rows and guards. TypeError where one has another field than these."""
    read = tomllib.loads(path.read_text(encoding="utf-8"))
    guards = [Guard(**{**entry, "tests": tuple(entry["tests"])}) for entry in read["guard"]]
    return [Hazard(**entry) for entry in read["hazard"]], guards


def copied(target: Path) -> Path:
    """A copy of all files that git keeps or would keep."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    return target


def taken_out(guard: Guard, root: Path) -> None:
    """Change the file of a guard. ValueError where the guard is not there exactly once."""
    file = root / guard.file
    text = file.read_text(encoding="utf-8")
    if text.count(guard.old) != 1:
        raise ValueError(f"row {guard.row}: {text.count(guard.old)} times in {guard.file}: {guard.old}")
    file.write_text(text.replace(guard.old, guard.new), encoding="utf-8")


def run(tests: Iterable[str], root: Path) -> tuple[str, str, list[str]]:
    """Run tests in a copy: passes, fails, hangs or cannot run; what pytest printed; the tests that failed."""
    shared = os.environ.get("CONVLAB_SHARED", str(ROOT.parent / "shared"))
    environment = {**os.environ, "PYTHONPATH": str(root), "CONVLAB_SHARED": shared}
    command = [sys.executable, "-m", "pytest", "-q", "-rfE", "-p", "no:cacheprovider", "--tb=short"]
    command += ["--force-reruns", "0", *tests]
    process = subprocess.Popen(
        [*_limited(), *command],
        cwd=root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output = process.communicate(timeout=PATIENCE_S)[0]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        return "hangs", process.communicate()[0], []
    said = {0: "passes", 1: "fails"}.get(process.returncode, "cannot run")
    if process.returncode < 0:  # the system ended it: out of memory, or a crash
        return "hangs", output, []
    return said, output, re.findall(r"^(?:FAILED|ERROR) ([^\s\[]+)", output, re.MULTILINE)


def _limited() -> list[str]:
    """Runs a command with at most so much memory of its own."""
    limit = f'ulimit -d {MEMORY_GB * 2**20}; exec "$@"'
    return ["bash", "-c", limit, "bash"]


def judge(guard: Guard) -> Verdict:
    """Take one guard out of a copy and run its tests there."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="convlab-guard-", ignore_cleanup_errors=True) as folder:
        root = copied(Path(folder) / "lab")
        taken_out(guard, root)
        said, output, failed = run(guard.tests, root)
    idle = [name for name in guard.tests if said == "fails" and name.partition("[")[0] not in failed]
    return Verdict(guard, said, tuple(idle), time.monotonic() - began, output)


def untouched(guards: Iterable[Guard]) -> str:
    """What fails with all guards in place: pytest's output, or "" where nothing does."""
    tests = dict.fromkeys(test for guard in guards for test in guard.tests)
    with tempfile.TemporaryDirectory(prefix="convlab-guard-", ignore_cleanup_errors=True) as folder:
        said, output, _failed = run(tests, copied(Path(folder) / "lab"))
    return "" if said == "passes" else output


def _chosen(options: argparse.Namespace) -> Callable[[Guard], bool]:
    return lambda guard: options.row in (None, guard.row) and (options.file or "") in guard.file


def main(arguments: list[str] | None = None) -> int:
    """Try the guards that are asked for, and print what became of each."""
    parser = argparse.ArgumentParser(prog="python -m tools.guards", description=__doc__)
    parser.add_argument("--row", type=int, help="only this row of the table")
    parser.add_argument("--file", help="only guards in files with this text in their names")
    parser.add_argument("--jobs", type=int, default=1, help="how many at a time (1)")
    parser.add_argument(
        "--verbose", action="store_true", help="show what pytest printed where nothing was noticed"
    )
    options = parser.parse_args(arguments)
    guards = list(filter(_chosen(options), table()[1]))
    if trouble := untouched(guards) if guards else "No guard is meant.":
        print(trouble)
        return 1
    with ThreadPoolExecutor(options.jobs) as pool:
        verdicts = []
        for verdict in pool.map(judge, guards):
            verdicts.append(verdict)
            print(verdict, flush=True)
            if options.verbose and not verdict.noticed:
                print(verdict.output)
    missed = sum(not verdict.noticed for verdict in verdicts)
    print(f"{len(verdicts) - missed} of {len(verdicts)} noticed")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
