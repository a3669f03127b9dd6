"""The project as a package: its version, its command, the files that it brings, the machines it runs on."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import convlab
from convlab.__main__ import main
from tests import sources

PROJECT = tomllib.loads((sources.ROOT / "pyproject.toml").read_text())["project"]

# What Python offers on POSIX alone: the import or the look-up fails on Windows.
POSIX_MODULES = {"fcntl", "grp", "posix", "pty", "pwd", "readline", "resource", "syslog", "termios", "tty"}
POSIX_NAMES = {
    *("os.fork", "os.forkpty", "os.getuid", "os.geteuid", "os.killpg", "os.getpgid", "os.setsid", "os.nice"),
    *("os.O_DIRECTORY", "os.O_NOFOLLOW", "os.uname", "os.wait3", "os.sched_getaffinity", "os.getloadavg"),
    *("signal.SIGKILL", "signal.SIGHUP", "signal.SIGUSR1", "signal.SIGUSR2", "signal.SIGALRM"),
    *("signal.SIGCHLD", "signal.SIGPIPE", "signal.SIGQUIT", "signal.alarm", "signal.pause"),
}


def posix_only(source: str) -> list[str]:
    """Uses of what Windows has not, outside ``if hasattr(...)``, a look at sys.platform, and ``try``."""
    tree = ast.parse(source)
    guarded = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.Try)
        or (isinstance(node, ast.If) and re.search(r"hasattr|sys.platform|os.name", ast.unparse(node.test)))
        for inner in ast.walk(node)
    }
    found = []
    for node in ast.walk(tree):
        if id(node) in guarded:
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
            found += [f"line {node.lineno}: imports {name}" for name in names if name in POSIX_MODULES]
        elif isinstance(node, ast.Attribute) and ast.unparse(node) in POSIX_NAMES:
            found.append(f"line {node.lineno}: {ast.unparse(node)}")
    return found


def test_the_version_has_one_number(capsys: pytest.CaptureFixture[str]) -> None:
    assert convlab.__version__ == PROJECT["version"]
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"convlab {PROJECT['version']}\n"
    changes = (sources.ROOT / "CHANGELOG.md").read_text()
    assert re.findall(r"^## (\S+)", changes, re.MULTILINE)[0] == PROJECT["version"]


def test_the_package_brings_its_command_and_every_file_of_convlab(tmp_path: Path) -> None:
    """Built from a copy: setuptools leaves a build folder where it builds."""
    source, target = tmp_path / "source", tmp_path / "target"
    caches = shutil.ignore_patterns("__pycache__", "*.pot")
    shutil.copytree(sources.ROOT / "convlab", source / "convlab", ignore=caches)
    for name in ("pyproject.toml", "requirements.txt", "README.md", "LICENSE"):
        shutil.copy(sources.ROOT / name, source)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    offline = ["--no-index", "--no-compile", "--disable-pip-version-check", f"--target={target}", str(source)]
    subprocess.run([*command, *offline], check=True, cwd=tmp_path)
    brought, written = (
        {str(path.relative_to(root)) for path in (root / "convlab").rglob("*") if path.is_file()}
        for root in (target, source)
    )
    assert brought == written
    assert "convlab/py.typed" in brought
    metadata = (target / f"convlab-{PROJECT['version']}.dist-info" / "METADATA").read_text()
    pins = [line for line in (sources.ROOT / "requirements.txt").read_text().splitlines() if "==" in line]
    extras = [
        f'{pin}; extra == "{name}"' for name, more in PROJECT["optional-dependencies"].items() for pin in more
    ]
    assert re.findall(r"^Requires-Dist: (.+)$", metadata, re.MULTILINE) == [*pins, *extras]
    script = [sys.executable, str(target / "bin" / "convlab"), "--version"]
    run = subprocess.run(script, env={"PYTHONPATH": str(target)}, capture_output=True, text=True, check=True)
    assert run.stdout == f"convlab {PROJECT['version']}\n"


def test_nothing_in_the_lab_needs_posix() -> None:
    files = [*sources.lessons(), *sources.interface(), *sources.library(), sources.ROOT / "serve.py"]
    assert [p for f in files for p in sources.at(f, posix_only(f.read_text()))] == []


@pytest.mark.parametrize(
    "source",
    [
        "import fcntl",
        "from resource import getrusage",
        "os.nice(5)",
        "def f():\n    os.kill(1, signal.SIGKILL)",
    ],
)
def test_what_windows_has_not_is_found(source: str) -> None:
    assert len(posix_only(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "if hasattr(os, 'nice'):\n    os.nice(5)",
        "if sys.platform != 'win32':\n    import fcntl",
        "try:\n    import resource\nexcept ImportError:\n    resource = None",
        "os.kill(1, signal.SIGTERM)",
    ],
)
def test_what_windows_has_is_not_found(source: str) -> None:
    assert posix_only(source) == []
