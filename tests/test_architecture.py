"""The three floors, read from the source: who imports whom, what nobody calls, how long things may be."""

import ast
import subprocess
import sys

import pytest

from tests import sources

SCREEN = ("streamlit", "plotly")
LESSONS = ("app", "pages")
MATHS = ("torch", "torchvision", "numpy", "scipy", "PIL", "skimage")
UNPICKLING = ("pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal")
PAGE_LINES, FILE_LINES, FUNCTION_LINES = 150, 400, 60


def forbidden_imports(source: str, forbidden: tuple[str, ...]) -> list[str]:
    return [
        f"line {line}: imports {name}"
        for line, name in sources.imported(ast.parse(source))
        if name.startswith(".") or any(sources.within(name, package) for package in forbidden)
    ]


def unsafe_calls(source: str) -> list[str]:
    """Ways to run what somebody sent us, or to show it as markup."""
    found = forbidden_imports(source, UNPICKLING)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            options = {option.arg or "**": ast.unparse(option.value) for option in node.keywords}
            unsafe = (
                name in ("eval", "exec", "compile", "__import__")
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


def test_the_library_knows_no_screen() -> None:
    forbidden = (*SCREEN, *LESSONS, "convlab.ui")
    found = [p for f in sources.library() for p in sources.at(f, forbidden_imports(f.read_text(), forbidden))]
    assert found == []


def test_the_interface_knows_no_lesson() -> None:
    found = [p for f in sources.interface() for p in sources.at(f, forbidden_imports(f.read_text(), LESSONS))]
    assert found == []


def test_a_lesson_holds_no_maths() -> None:
    found = [p for f in sources.lessons() for p in sources.at(f, forbidden_imports(f.read_text(), MATHS))]
    assert found == []


def test_importing_the_whole_library_brings_in_no_screen() -> None:
    modules = [
        name for path in sources.library() if not (name := sources.module_name(path)).endswith("__main__")
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


@pytest.mark.parametrize(
    "source",
    [
        "import streamlit as st",
        "from streamlit.testing.v1 import AppTest",
        "def f():\n    import plotly.graph_objects",
        "from convlab import ui",
        "from convlab.ui.words import _",
        "from .ui import words",
    ],
)
def test_a_climbing_import_is_found(source: str) -> None:
    assert len(forbidden_imports(source, (*SCREEN, "convlab.ui"))) == 1


def test_a_descending_import_is_not_found() -> None:
    assert (
        forbidden_imports("import torch\nfrom convlab.uint import streamlit_like", (*SCREEN, "convlab.ui"))
        == []
    )


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from pickle import loads",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "numpy.load(path, allow_pickle=True)",
        "st.markdown(text, unsafe_allow_html=True)",
        "st.components.v1.html(text)",
        "components.html(text)",
        "eval(text)",
        "exec(text)",
    ],
)
def test_an_unsafe_call_is_found(source: str) -> None:
    assert len(unsafe_calls(source)) == 1


def test_safe_calls_are_not_found() -> None:
    assert unsafe_calls("torch.load(path, weights_only=True)\nmodel.eval()\nnumpy.load(path)") == []


def test_a_long_function_is_found() -> None:
    body = "    pass\n"
    assert long_functions("def f():\n" + 59 * body) == []
    assert long_functions("def f():\n" + 60 * body) == ["line 1: f has 61 lines"]
