"""The floors, read from the source: who imports whom, what nobody calls, how long things may be.

``make check`` holds the floors below the pages too (import-linter's contracts in pyproject.toml), and ruff's
rules S, PLR, C90 and TID find more of what is unsafe or long. Here stands what they do not see.
"""

import ast
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import sources

SCREEN = ("streamlit", "plotly")
LESSONS = ("app", "pages")
MATHS = ("torch", "torchvision", "numpy", "scipy", "PIL", "skimage")
MOST_ROOMS, MEDIAN_FUNCTION_LINES = 21, 8
PAGE_LINES, FILE_LINES, FUNCTION_LINES = 150, 400, 60


def forbidden_imports(source: str, forbidden: tuple[str, ...]) -> list[str]:
    return [
        f"line {line}: imports {name}"
        for line, name in sources.imported(ast.parse(source))
        if name.startswith(".") or any(sources.within(name, package) for package in forbidden)
    ]


def unsafe_calls(source: str) -> list[str]:
    """Ways to run what somebody sent us, or to show it as markup, that ruff's rules do not find."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            options = {option.arg or "**": ast.unparse(option.value) for option in node.keywords}
            unsafe = (
                name in ("compile", "__import__")
                or name.endswith(("components.html", "components.v1.html"))
                or (name == "torch.load" and options.get("weights_only") != "True")
                or options.get("allow_pickle", "False") != "False"
                or any(option.startswith("unsafe_") for option in options)
            )
            found += [f"line {node.lineno}: {name}({', '.join(options)})"] if unsafe else []
    return found


def long_functions(source: str, limit: int = FUNCTION_LINES) -> list[str]:
    return [
        f"line {node.lineno}: {node.name} has {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno
        and node.end_lineno - node.lineno >= limit
    ]


def function_lines(source: str) -> Iterator[int]:
    """Length of every function and method, nested ones too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            yield node.end_lineno - node.lineno + 1


def linted(root: Path) -> str:
    """What import-linter says of the convlab below a folder, under the project's contracts."""
    shutil.copy(sources.ROOT / "pyproject.toml", root)
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as run; run()",
        "--no-cache",
    ]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False).stdout


def test_the_interface_knows_no_lesson() -> None:
    found = [p for f in sources.interface() for p in sources.at(f, forbidden_imports(f.read_text(), LESSONS))]
    assert found == []


def test_a_lesson_holds_no_maths() -> None:
    found = [p for f in sources.lessons() for p in sources.at(f, forbidden_imports(f.read_text(), MATHS))]
    assert found == []


def test_importing_the_whole_library_brings_in_no_screen() -> None:
    programs = ("__main__", ".on_ray")  # the latter needs Ray, which is optional
    modules = [
        name for path in sources.library() if not (name := sources.module_name(path)).endswith(programs)
    ]
    script = (
        f"import importlib, sys\nfor name in {modules}: importlib.import_module(name)\nprint(*sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=sources.ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    loaded = set(run.stdout.split())
    assert "convlab.errors" in loaded
    assert loaded & set(SCREEN) == set()


def test_nothing_unsafe_is_called() -> None:
    files = [*sources.lessons(), *sources.interface(), *sources.library()]
    assert [p for f in files for p in sources.at(f, unsafe_calls(f.read_text()))] == []


def test_everything_is_short() -> None:
    found = []
    for path in sources.everything():
        lines = len(path.read_text().splitlines())
        limit = PAGE_LINES if path in sources.lessons() else FILE_LINES
        found += sources.at(path, [f"{lines} lines"] if lines > limit else [])
        found += sources.at(path, long_functions(path.read_text()) if path.suffix == ".py" else [])
    assert found == []


def test_few_rooms_and_short_functions() -> None:
    rooms = [path for path in (sources.ROOT / "convlab").iterdir() if not path.name.startswith("__pycache__")]
    assert len(rooms) <= MOST_ROOMS
    code = [*sources.lessons(), *sources.interface(), *sources.library()]
    lengths = [lines for path in code for lines in function_lines(path.read_text())]
    assert statistics.median(lengths) <= MEDIAN_FUNCTION_LINES


def test_no_guard_of_the_linter_is_switched_off() -> None:
    """``# noqa`` would silence ruff's rules on safety, length and relative imports for a line."""
    code = [*sources.lessons(), *sources.interface(), *sources.library()]
    silent = re.compile(r"# noqa(?!: )|# noqa: .*\b(S\d|TID|PLR|C901)")
    assert [str(path) for path in code if silent.search(path.read_text())] == []


CLIMBING = [  # file, statement, what it imports
    ("pictures/images.py", "import streamlit as st", "streamlit"),
    ("errors.py", "def f():\n    import plotly.graph_objects", "plotly"),
    ("storage/atomic.py", "from convlab import ui", "convlab.ui"),
    ("networks/designs.py", "from convlab.ui.words import _", "convlab.ui.words"),
    ("networks/graph.py", "from convlab.training import runs", "convlab.training.runs"),
    ("convolution/kernels.py", "import convlab.storage.atomic", "convlab.storage.atomic"),
    ("ui/probe/lab.py", "from convlab.ui.kernels import lab as other", "convlab.ui.kernels.lab"),
    ("ui/components/new.py", "from convlab.ui import chooser", "convlab.ui.chooser"),
]


def test_imports_climb_nowhere_and_one_that_does_is_found(tmp_path: Path) -> None:
    shutil.copytree(
        sources.ROOT / "convlab",
        tmp_path / "convlab",
        ignore=lambda folder, names: {"weights", "locale", "__pycache__"},
    )
    assert re.search(r"Contracts: \d+ kept, 0 broken", linted(tmp_path))
    arrows = []
    for module, statement, imported in CLIMBING:
        with (tmp_path / "convlab" / module).open("a") as file:
            file.write(f"\n{statement}\n")
        arrows.append(f"convlab.{module[:-3].replace('/', '.')} -> {imported} ")
    told = linted(tmp_path)
    assert [arrow for arrow in arrows if arrow not in told] == []
    assert "0 kept" in told


@pytest.mark.parametrize(
    "source",
    ["import torch", "from numpy import ndarray", "def f():\n    import PIL.Image", "from .ui import words"],
)
def test_maths_in_a_lesson_is_found(source: str) -> None:
    assert len(forbidden_imports(source, MATHS)) == 1


def test_a_lessons_own_imports_are_not_found() -> None:
    assert forbidden_imports("from convlab.ui import frame\nimport torchlike", MATHS) == []


@pytest.mark.parametrize(
    "source",
    [
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "numpy.load(path, allow_pickle=True)",
        "st.markdown(text, unsafe_allow_html=True)",
        "st.components.v1.html(text)",
        "components.html(text)",
        "compile(text, '', 'exec')",
        "__import__(text)",
    ],
)
def test_an_unsafe_call_is_found(source: str) -> None:
    assert len(unsafe_calls(source)) == 1


def test_safe_calls_are_not_found() -> None:
    assert unsafe_calls("torch.load(path, weights_only=True)\nmodel.eval()\nnumpy.load(path)") == []


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from pickle import loads",
        "import dill",
        "import joblib",
        "eval(text)",
        "exec(text)",
        "from .ui import words",
        "import streamlit as st\nst.components.v1.html(text)",
    ],
)
def test_ruff_finds_what_no_test_here_looks_for(source: str) -> None:
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--select=S,TID",
        "--stdin-filename=convlab/new.py",
        "-",
    ]
    run = subprocess.run(command, cwd=sources.ROOT, input=source, capture_output=True, text=True, check=False)
    assert run.returncode == 1, run.stdout


def test_a_long_function_is_found() -> None:
    body = "    pass\n"
    assert long_functions("def f():\n" + 59 * body) == []
    assert long_functions("def f():\n" + 60 * body) == ["line 1: f has 61 lines"]
