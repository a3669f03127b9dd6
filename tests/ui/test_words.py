"""convlab.ui.words: a translation is a folder and a catalogue; a made-up language shows that it is enough."""

import ast
import importlib.util
import json
import re
import shutil
import string
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import streamlit as st
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from google.protobuf.message import Message  # type: ignore[import-untyped]
from streamlit.testing.v1 import AppTest

from convlab.chapter.errata import ERRATA
from convlab.datasets.sources import SOURCES
from convlab.probing import bundled
from convlab.ui import words
from convlab.ui.lessons import LESSONS
from convlab.ui.probe.controls import Game
from tests import sources
from tests.ui.driver import elements, open_page, texts, troubles, unpack

LOCALE = sources.ROOT / "convlab" / "ui" / "locale"
PAGES = [str(path.relative_to(sources.ROOT)) for path in sources.lessons()]
# The same in every language: names, PyTorch's arguments and functions, its numbers in words.
NAMES = {
    "ConvLab", "PyTorch", "Python", "Streamlit", "RGB", "ReLU", "tanh", "cpu", "bias", "weight", "padding",
    "padding_mode", "stride", "dilation", "same", "zeros", "reflect", "replicate", "circular", "floor",
    "input", "Tanh", "Flatten", "Linear", "lr", "momentum", "SGD", "Adam", "AdamW", "Xavier", "Kaiming",
    "auto", "cuda", "mps", "batch", "airplane", "bird", "epochs", "seed", "English",
}  # fmt: skip
# Model cards are quoted as they are written, whole: a word of theirs elsewhere is no quotation.
QUOTED = [
    form
    for key in bundled.designs()
    for text in bundled.card(key).values()
    if isinstance(text, str) and " " in text
    for form in (text, words.escaped(text))
]
# Fields of Streamlit's messages that hold no words.
TECHNICAL = re.compile(
    r"id|tag|type|key|form_id|url|icon|page|page_script_hash|js_content|css_content|html_content|component_name|config"
    r"|language|format|theme|default|value|raw_values|mime|element_type|alt_format|file_name|width_config"
)
# Fields of a component's header that hold no words.
DATA = {
    "key", "style", "colour", "kind", "tone", "picture", "stock", "identity", "uploader",
    "question", "palette", "settings", "scale", "shapes", "classes",
}  # fmt: skip
PIECE = re.compile(r"⟦[^⟦⟧]*⟧|\{\w+\}")  # a script fills {fields} in the browser


def brackets(sentence: str) -> str:
    """Every piece of a sentence in brackets, its fields left out: "⟦Photo: ⟧{name}"."""
    parts = re.split(r"(\{[^{}]*\})", sentence)
    return "".join(part if part.startswith("{") or not part else f"⟦{part}⟧" for part in parts)


def untranslated(text: str) -> set[str]:
    """Words of a text that stand outside all brackets and are no names."""
    for quotation in QUOTED:
        text = text.replace(quotation, " ")
    return set(re.findall(r"\b[^\W\d_]{2,}\b", PIECE.sub(" ", text))) - NAMES


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Catalog]:
    """A copy of the locale with a language begun by ``make messages``: its folder and its empty catalogue."""
    folder = tmp_path_factory.mktemp("locale")
    shutil.copytree(LOCALE, folder, dirs_exist_ok=True)
    ready = [option for name in ("", "dev-") for option in ("-o", f".venv/.requirements-{name}installed")]
    ready += ["-o", ".venv/bin/python", f"BIN={Path(sys.executable).parent}"]
    subprocess.run(
        ["make", *ready, "messages", "LOCALE=fr", f"LOCALES={folder}"],
        cwd=sources.ROOT,
        check=True,
        capture_output=True,
    )
    with (folder / "fr" / "LC_MESSAGES" / "convlab.po").open("rb") as file:
        return folder, read_po(file, locale="fr")


@pytest.fixture
def pseudo(catalogue: tuple[Path, Catalog], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """``?lang=fr`` shows every label and all prose in brackets."""
    folder, messages = catalogue
    for file in (LOCALE / "en").glob("*.md"):
        text = re.sub(r"^(?!# ).*\S.*$", lambda line: f"⟦{line[0]}⟧", file.read_text(), flags=re.MULTILINE)
        (folder / "fr" / file.name).write_text(text)
    for message in messages:
        if message.id:
            message.string = brackets(str(message.id))
    with (folder / "fr" / "LC_MESSAGES" / "convlab.mo").open("wb") as out:
        write_mo(out, messages)
    monkeypatch.setattr(words, "LOCALE", folder)
    caches = (words.languages, words._catalogue, words._sections)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


def message_texts(message: Message) -> Iterator[str]:
    """All strings in one of Streamlit's messages that a browser may show."""
    for field, value in message.ListFields():
        if TECHNICAL.fullmatch(field.name):
            continue
        for one in value if field.is_repeated else [value]:
            if isinstance(one, Message):
                yield from message_texts(one)
            elif isinstance(one, str):
                yield one


def shown(element: Any) -> list[str]:
    """What a learner reads of an element. Code is in no language but Python."""
    if element.type in ("code", "html"):
        return []
    if element.type == "bidi_component":
        return list(texts(unpack(element.proto.bytes)[0], DATA))
    if element.type == "plotly_chart":
        figure = json.loads(element.proto.spec)
        drawn = {"layout": {**figure["layout"], "template": None}, "data": figure["data"]}
        return [text for text in texts(drawn, {"colorscale"}) if " " in text or "⟦" in text]
    if element.type in ("table", "arrow_table"):
        frame = element.value
        return [*map(str, frame.columns), *map(str, frame[frame.columns[0]])]
    return list(message_texts(element.proto)) if isinstance(element.proto, Message) else []


def assert_all_translated(app: AppTest) -> int:
    """How many texts there are, all of them translated."""
    assert not app.exception
    found = [(element.type, text) for element in elements(app._tree) for text in shown(element)]
    assert [(kind, text, left) for kind, text in found if (left := untranslated(text))] == []
    return sum("⟦" in text for _kind, text in found)


@pytest.mark.usefixtures("pseudo")
@pytest.mark.parametrize("page", PAGES)
def test_every_word_of_a_page_is_translated(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    titles: list[str] = []
    monkeypatch.setattr(st, "set_page_config", lambda page_title, **_: titles.append(page_title))
    assert assert_all_translated(open_page(page, lang="fr")) > 5
    assert untranslated(titles[-1]) == set()


@pytest.mark.usefixtures("pseudo")
@pytest.mark.parametrize(
    "experiment", ["notice", "code", "matrix", "shift", "learn", "parameters", "errata", "maths"]
)
def test_every_word_of_an_experiment_is_translated(experiment: str) -> None:
    app = open_page("pages/kernels.py", lang="fr", experiment=experiment)
    assert app.segmented_control(key="kernels.experiment").value == experiment
    assert assert_all_translated(app) > 80


@pytest.mark.usefixtures("pseudo")
@pytest.mark.parametrize(
    "link",
    [
        {"picture": "board"},
        {"picture": "upload"},
        {"picture": "camera"},
        {"colour": "rgb", "kernel": "1 1; 0 0 | 0 1; 0 1 | 1 0; 0 1", "padding": "same"},
        {"colour": "rgb", "kernel": "1 1 1; 1 1 1; 1 1 1", "stride": "4"},
        {"padding": "same", "stride": "2"},
        {"experiment": "shift", "stride": "3"},
        {"experiment": "learn", "learning_rate": "100"},
        {"size": "8", "dilation": "4"},
        {"stride": "nonsense", "padding": "nonsense"},
        {"picture": "drawing:impulse", "experiment": "errata", "kernel": "0 0; 0 0"},
    ],
    ids=str,
)
def test_every_word_of_a_corner_is_translated(link: dict[str, str]) -> None:
    assert assert_all_translated(open_page("pages/kernels.py", lang="fr", **link)) > 80


@pytest.mark.usefixtures("pseudo")
def test_errors_and_their_fields_are_translated() -> None:
    app = open_page("pages/kernels.py", lang="fr", picture="upload")
    app.file_uploader[0].set_value(("x.png", b"no picture", "image/png")).run()
    (sentence,) = troubles(app)
    assert untranslated(sentence) == set()
    app = open_page("pages/kernels.py", lang="fr")
    app.text_input(key="kernels.text").set_value("1 2; 3").run()
    assert [untranslated(warning.value) for warning in app.warning] == [set()]


@pytest.mark.usefixtures("pseudo")
def test_the_language_stays_when_the_link_is_left_and_is_each_sessions_own() -> None:
    french = open_page("app.py", lang="fr")
    assert "⟦" in french.caption[0].value
    french.query_params.clear()
    assert "⟦" in french.switch_page("pages/kernels.py").run().selectbox(key="kernels.picture").label
    assert "⟦" not in open_page("pages/kernels.py").selectbox(key="kernels.picture").label


@pytest.mark.usefixtures("pseudo")
def test_where_there_are_two_languages_the_head_lets_one_choose() -> None:
    app = open_page("app.py")
    select = app.selectbox(key="frame.language")
    assert select.options == ["English", "⟦English⟧"]  # each in its own words
    select.set_value("fr").run()
    assert "⟦" in app.caption[0].value
    assert app.query_params == {"lang": "fr"}
    app.switch_page("pages/kernels.py").run()
    assert "⟦" in app.selectbox(key="kernels.picture").label
    assert app.selectbox(key="frame.language").value == "fr"
    app.selectbox(key="frame.language").set_value("en").run()
    assert "⟦" not in app.selectbox(key="kernels.picture").label


def test_where_there_is_one_language_there_is_nothing_to_choose() -> None:
    assert words.languages() == ("en",)
    assert not [box for box in open_page("app.py").selectbox if box.key == "frame.language"]


@pytest.mark.parametrize("nonsense", ["xx", "../en", "", "\0", "x" * 10_000])
def test_an_unknown_language_is_english(nonsense: str) -> None:
    app = open_page("app.py", lang=nonsense)
    assert app.caption[0].value.startswith("Device: ")


def test_the_folder_can_be_named_from_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "de").mkdir()
    (tmp_path / "de" / "home.md").write_text("# question\nWas?\n")
    monkeypatch.setenv("CONVLAB_LOCALE", str(tmp_path))
    spec = importlib.util.spec_from_file_location("words_again", words.__file__)
    assert spec
    assert spec.loader
    again = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(again)
    assert again.languages() == ("en", "de")
    assert again._sections("de", "home") == {"question": "Was?"}


def test_a_lesson_that_is_not_translated_is_in_english(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(LOCALE / "en", tmp_path / "en")
    monkeypatch.setattr(words, "LOCALE", tmp_path)
    assert words._sections.__wrapped__("fr", "home") == words._sections.__wrapped__("en", "home")


def _calls(path: Path, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == name:
            yield node


def _asked_prose() -> set[tuple[str, str]]:
    """(lesson, section) of every ``prose(...)``; a name made while running stands for all it may be."""
    asked: set[tuple[str, str]] = set()
    for path in [*sources.lessons(), *sources.interface()]:
        for call in _calls(path, "prose"):
            lesson, section = call.args
            if isinstance(lesson, ast.Constant):
                asked |= {(str(lesson.value), name) for name in _possible(section, path)}
        if path.name == "experiments.py":  # the frame asks for a section of each
            asked |= {(path.parent.name, name) for name in _experiments(path.with_name("controls.py"))}
            for call in _calls(path, "experiments"):
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


# Names of sections that are made while running: all that they may be.
MADE = {
    "f'erratum_{erratum.key}'": {f"erratum_{erratum.key}" for erratum in ERRATA},
    "f'arena_{state.value.game}'": {f"arena_{game}" for game in get_args(Game)},
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
    for folder in LOCALE.iterdir():
        if folder.is_dir():
            assert _sections(folder) == _asked_prose(), folder.name


def test_no_section_is_empty() -> None:
    for lesson in {lesson for lesson, _section in _asked_prose()}:
        assert all(len(body) > 20 for body in words._sections("en", lesson).values())


def _marked() -> set[str]:
    """Every sentence inside ``_()`` or ``N_()``, read from the source."""
    found = set()
    for path in [*sources.lessons(), *sources.interface(), *sources.library()]:
        for call in (*_calls(path, "_"), *_calls(path, "N_")):
            if call.args and isinstance(call.args[0], ast.Constant):
                found.add(str(call.args[0].value))
    return found


def test_make_messages_collects_every_sentence(catalogue: tuple[Path, Catalog]) -> None:
    folder, messages = catalogue
    collected = {str(message.id) for message in messages if message.id}
    assert collected == _marked()
    assert len(collected) > 150
    assert (folder / "convlab.pot").is_file()
    assert (folder / "fr" / "LC_MESSAGES" / "convlab.mo").is_file()


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
        for use in (use for other in SOURCE_FILES for use in _calls(other, around[-1].name)):
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
        for call in _calls(path, "UserError"):
            for sentence, handed_on in _sentences(path, call):
                parts = string.Formatter().parse(sentence)
                asked = {name.split("!")[0] for _text, name, _spec, _how in parts if name}
                given = {option.arg for option in call.keywords} | handed_on
                assert asked == given if isinstance(call.args[0], ast.Call) else asked <= given, sentence
                checked += 1
    assert checked > 100


def test_bracketing_sees_what_is_not_translated() -> None:
    assert brackets("Photo: {name}") == "⟦Photo: ⟧{name}"
    assert untranslated("⟦Photo: ⟧Cat") == {"Cat"}
    assert untranslated("⟦Photo: ⟧⟦Cat⟧, 3 × 3, padding 1") == set()
