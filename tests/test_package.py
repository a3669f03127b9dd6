"""The project as a package: its version, its command, the files that it brings, the machines it runs on."""

import ast
import asyncio
import re
import shutil
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import convlab
from convlab.__main__ import main
from convlab.ui.lessons import LESSONS
from tests import sources
from tests.browser import harness
from tools.learner import arriving

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
    source, place = tmp_path / "source", tmp_path / "place"
    caches = shutil.ignore_patterns("__pycache__", "*.pot")
    for folder in ("convlab", "pages", ".streamlit"):
        shutil.copytree(sources.ROOT / folder, source / folder, ignore=caches)
    for name in ("app.py", "serve.py", "pyproject.toml", "requirements.txt", "README.md", "LICENSE"):
        shutil.copy(sources.ROOT / name, source)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    elsewhere = ["--ignore-installed", f"--prefix={place}"]  # what is installed here stays
    offline = ["--no-index", "--no-compile", "--disable-pip-version-check", *elsewhere, str(source)]
    subprocess.run([*command, *offline], check=True, cwd=tmp_path)
    target = next(place.rglob("site-packages"))
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
    convlab_there = [sys.executable, str(place / "bin" / "convlab")]
    environment = {"PYTHONPATH": str(target), "HOME": str(tmp_path)}
    run = subprocess.run(
        [*convlab_there, "--version"], env=environment, capture_output=True, text=True, check=True
    )
    assert run.stdout == f"convlab {PROJECT['version']}\n"
    assert asyncio.run(opened(convlab_there, environment, tmp_path)) == {name: [] for name in LESSONS}


async def opened(command: list[str], environment: dict[str, str], folder: Path) -> dict[str, list[str]]:
    """Page -> what went wrong on it, where the command serves the lab from a folder that holds nothing."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([*command, "--no-browser", "--port", str(port)], env=environment, cwd=folder)
    try:
        await asyncio.to_thread(harness.wait_until_healthy, server, port)
        found = {}
        async with arriving(f"http://127.0.0.1:{port}") as learner:
            for name, lesson in LESSONS.items():
                await learner.visit("" if name == "home" else Path(lesson.file).stem)
                assert learner.screen.texts() != []
                found[name] = learner.screen.errors()
        return found
    finally:
        server.terminate()
        server.wait(30)


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
