"""The notebook of a way: whole, of Jupyter's form, with equal numbers when it is run from top to bottom."""

import inspect
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from convlab.course import asking, notebook, stations
from convlab.course.stations import Station
from convlab.course.way import Visit
from tests.sources import ROOT

PATH = stations.shipped()
# Runs each cell in turn, in one namespace, as Jupyter does; what a cell prints is its output.
RUNNER = """
import contextlib, io, json, sys
space, printed = {"__name__": "__main__"}, []
for cell in json.load(open(sys.argv[1], encoding="utf-8"))["cells"]:
    if cell["cell_type"] == "code":
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile("".join(cell["source"]), cell["id"], "exec"), space)
        printed.append(out.getvalue())
json.dump(printed, sys.stdout)
"""


def cells(text: str) -> list[tuple[str, str]]:
    return [(cell["cell_type"], "".join(cell["source"])) for cell in json.loads(text)["cells"]]


def run(file: Path, **options: Any) -> "subprocess.CompletedProcess[str]":
    """In a process of its own, in ConvLab's folder."""
    command = [sys.executable, "-c", RUNNER, str(file)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False, **options
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The notebook of the whole path."""
    file = tmp_path_factory.mktemp("notebook") / "path.ipynb"
    file.write_text(notebook.written(PATH, {}, "The whole path"), encoding="utf-8")
    return file


@pytest.mark.timeout(300)
def test_the_whole_path_runs_from_top_to_bottom_with_equal_numbers(whole: Path) -> None:
    done = run(whole)
    assert done.returncode == 0, done.stderr[-2000:]
    asked = [station for station in PATH if station.answer]
    _set_up, *printed = json.loads(done.stdout)
    for station, text in zip(asked, printed, strict=True):
        answer = asking.figures(station.answer)["answer"]
        found = re.search(r"^answer: (.*)$", text, re.MULTILINE)
        assert found, station.id
        if isinstance(answer, float):
            assert float(found[1]) == pytest.approx(answer, rel=1e-4, abs=1e-6)
        else:
            assert found[1] == str(answer)


def test_it_is_of_jupyters_form(whole: Path) -> None:
    nbformat = pytest.importorskip("nbformat", reason="requirements-dev.txt has it: make installs it")
    nbformat.validate(nbformat.read(whole, as_version=4))


def test_a_number_that_differs_stops_it(tmp_path: Path) -> None:
    (station,) = (station for station in PATH if station.id == "dense-against-convolution")
    text = notebook.written([station], {}, "One")
    right = repr(asking.figures(station.answer)["answer"])
    assert right in text
    (tmp_path / "one.ipynb").write_text(text.replace(right, str(float(right) * 1.001)), encoding="utf-8")
    done = run(tmp_path / "one.ipynb")
    assert done.returncode == 1
    assert "AssertionError: answer was" in done.stderr


def test_it_has_question_guess_code_and_what_the_card_says() -> None:
    station = stations.made(
        {
            "id": "a", "title": "How many?", "section": "8.1", "lesson": "modules", "link": "part=step",
            "kind": "number", "unit": "numbers", "tolerance": 0.1, "book": 1234,
            "answer": "architecture.dense_against_convolution",
            "question": "What then?", "why": "{answer:.0f} of {dense:,}.", "next_step": "Go on.",
        }
    )  # fmt: skip
    visits = {"a": Visit(seen=1, guess=16.0, right=False, answered=1)}
    _begin, _set_up, asked, code, told = cells(notebook.written([station], visits, "Mine"))
    assert asked == (
        "markdown",
        "## 8.1 How many?\n\nWhat then?\n\nYour guess: **16 numbers**, which was not right.",
    )
    assert "def dense_against_convolution()" in code[1]
    assert "compare_with_screen(dense_against_convolution(), {" in code[1]
    assert told[1].splitlines()[::2] == [
        "The answer: **206.604 numbers**.",
        "The book prints 1,234.",
        "207 of 3,737,474.",
        "Try: Go on.",
        "In the lab: `/modules?part=step&station=a`",
    ]


def test_a_station_that_asks_by_choice_or_tells_or_asks_nothing_has_its_words() -> None:
    choices = [{"key": "a", "text": "Yes"}, {"key": "b", "text": "No"}]
    common = {"id": "a", "title": "T", "lesson": "kernels", "question": "Is it?"}
    chosen = stations.made({**common, "kind": "choice", "choices": choices, "told": "b"})
    silent = stations.made({**common, "id": "b"})
    visits = {"a": Visit(seen=1, guess="b", right=True, answered=1), "b": Visit(seen=1)}
    _begin, _set_up, asked, told, only, lab = cells(notebook.written([chosen, silent], visits, "Mine"))
    assert asked[1].endswith("Is it?\n\n- Yes\n- No\n\nYour guess: **No**, which was right.")
    assert told[1].startswith("The answer: **No**.")
    assert (only[1], lab[1]) == ("## T\n\nIs it?", "In the lab: `/kernels?station=b`")


@pytest.mark.parametrize("station", [s for s in PATH if s.answer], ids=lambda station: station.id)
def test_a_cell_that_needs_the_lab_says_so(station: Station) -> None:
    (code,) = [text for kind, text in cells(notebook.written([station], {}, "T"))[2:] if kind == "code"]
    assert ("import" in code and "convlab" in code) == code.startswith("# This cell needs ConvLab")


@pytest.mark.parametrize("name", asking.functions())
def test_an_answer_stands_alone(name: str) -> None:
    used = inspect.getclosurevars(asking.functions()[name]).globals
    assert used.keys() <= {"math", "torch", "nn", "F"}


def test_no_answer_takes_the_name_of_what_the_notebook_uses() -> None:
    names = {name.partition(".")[2] for name in asking.functions()}
    assert names.isdisjoint({"math", "torch", "nn", "F", "compare_with_screen"})
