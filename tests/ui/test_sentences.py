"""Sentences in the source: prose that pages ask for is there, errors fill their fields."""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from convlab.chapter.errata import ERRATA
from convlab.datasets.sources import SOURCES
from convlab.ui import words
from convlab.ui.lessons import LESSONS
from convlab.ui.modules.controls import ModulesControls
from convlab.ui.modules.depth import VIEWS
from convlab.ui.modules.parts import PARTS
from convlab.ui.probe.controls import Game
from tests import sources


def _asked_prose() -> set[tuple[str, str]]:
    """(lesson, section) of every ``prose(...)``; a name made while running stands for all it may be."""
    asked: set[tuple[str, str]] = set()
    for path in [*sources.lessons(), *sources.interface()]:
        for call in sources.calls(path, "prose"):
            lesson, section = call.args
            if isinstance(lesson, ast.Constant):
                asked |= {(str(lesson.value), name) for name in _possible(section, path)}
        if path.name == "experiments.py":  # the frame asks for a section of each
            asked |= {(path.parent.name, name) for name in _experiments(path.with_name("controls.py"))}
            for call in sources.calls(path, "experiments"):
                silent = {keyword.arg: keyword.value for keyword in call.keywords}.get("without_prose")
                asked -= {(path.parent.name, name) for name in (ast.literal_eval(silent) if silent else ())}
    asked |= {(lesson, "question") for lesson in LESSONS}
    return asked | {(lesson, "card") for lesson in LESSONS if lesson != "home"}


def _possible(section: ast.expr, path: Path) -> set[str]:
    if isinstance(section, ast.Constant):
        return {str(section.value)}
    if isinstance(section, ast.IfExp):
        return _possible(section.body, path) | _possible(section.orelse, path)
    made = ast.unparse(section)
    return MADE[made]


_VARIED, _TOPIC, _MOVING = (
    ModulesControls.model_fields[name].annotation for name in ("varied", "topic", "moving")
)

# Names of sections that are made while running: all that they may be.
MADE: dict[str, set[str]] = {
    "f'erratum_{erratum.key}'": {f"erratum_{erratum.key}" for erratum in ERRATA},
    "f'arena_{state.value.game}'": {f"arena_{game}" for game in get_args(Game)},
    "state.value.part": {name for name, part in PARTS.items() if part.view is None},
    "f'{part.view(state)}_asks'": {f"{view}_asks" for view in (*get_args(_TOPIC), *get_args(_MOVING))},
    "f'{part}_notice'": {f"{part}_notice" for part in PARTS},
    "f'{part}_maths'": {f"{part}_maths" for part in PARTS},
    "f'capacity_{state.value.varied}'": {f"capacity_{varied}" for varied in get_args(_VARIED)},
    "f'depth_{state.value.depth_view}'": {f"depth_{view}" for view in VIEWS},
    "f'mistake_{name}'": {f"mistake_{name}" for name in ("unshuffled", "validate_in_train_mode")},
}


def _experiments(path: Path) -> set[str]:
    """The names in ``Experiment = Literal[...]`` of a lesson's controls."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "Experiment":
            return {str(part.value) for part in ast.walk(node.value) if isinstance(part, ast.Constant)}
    raise AssertionError(path)


def _sections(folder: Path) -> set[tuple[str, str]]:
    return {
        (file.stem, name)
        for file in folder.glob("*.md")
        for name in re.findall(r"^# (.*)$", file.read_text(), re.MULTILINE)
    }


def test_every_language_has_the_prose_that_pages_ask_for_and_no_other() -> None:
    for folder in words.LOCALE.iterdir():
        if folder.is_dir():
            assert _sections(folder) == _asked_prose(), folder.name


def test_no_section_is_empty() -> None:
    for lesson in {lesson for lesson, _section in _asked_prose()}:
        assert all(len(body) > 20 for body in words._sections("en", lesson).values())


SOURCE_FILES = [*sources.lessons(), *sources.interface(), *sources.library()]


def _marked_in(node: ast.AST) -> list[str]:
    calls = [call for call in ast.walk(node) if isinstance(call, ast.Call)]
    return [ast.literal_eval(call.args[0]) for call in calls if ast.unparse(call.func) == "N_"]


def _sentences(path: Path, call: ast.Call) -> Iterator[tuple[str, set[str | None]]]:
    """What an error may say, and the fields that a helper's caller fills: the error's own ``N_()``, those of
    the table or the function that it chooses from, or what the callers of a helper hand on."""
    (marked,) = call.args
    tree = ast.parse(path.read_text())
    named = ast.unparse(marked.value if isinstance(marked, ast.Subscript) else marked)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    around = [node for node in functions if node.lineno <= call.lineno <= (node.end_lineno or 0)]
    if isinstance(marked, ast.Call):
        found = [ast.literal_eval(marked.args[0])]
    elif named == "SOURCES[key].missing":
        found = [source.missing for source in SOURCES.values()]
    elif around and named in {argument.arg for argument in around[-1].args.args}:
        for use in (use for other in SOURCE_FILES for use in sources.calls(other, around[-1].name)):
            yield from ((text, {option.arg for option in use.keywords}) for text in _marked_in(use))
        return
    else:
        names = {node.id for node in ast.walk(marked) if isinstance(node, ast.Name)}
        nodes = [*tree.body, *(node for function in around for node in ast.walk(function))]
        given = [node for node in nodes if isinstance(node, ast.Assign)]
        given = [node for node in given if ast.unparse(node.targets[0]) in names and _marked_in(node)]
        # A function may have several under one name: the last in front of the error is its own.
        inside = [node for node in given if around and around[-1].lineno < node.lineno < call.lineno]
        given = [max(inside, key=lambda node: node.lineno)] if inside else given
        found = [text for node in given or around[-1:] for text in _marked_in(node)]
    assert found, ast.unparse(call)
    yield from ((text, set()) for text in found)


def test_every_error_fills_the_fields_of_its_sentence() -> None:
    checked = 0
    for path in SOURCE_FILES:
        for call in sources.calls(path, "UserError"):
            for sentence, handed_on in _sentences(path, call):
                parts = string.Formatter().parse(sentence)
                asked = {name.split("!")[0] for _text, name, _spec, _how in parts if name}
                given = {option.arg for option in call.keywords} | handed_on
                assert asked == given if isinstance(call.args[0], ast.Call) else asked <= given, sentence
                checked += 1
    assert checked > 100
