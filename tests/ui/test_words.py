"""convlab.ui.words: a translation is a folder and a catalogue; a made-up language shows that it is enough."""

import importlib.util
import json
import math
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from google.protobuf.message import Message  # type: ignore[import-untyped]
from streamlit.testing.v1 import AppTest

from convlab.course import stations
from convlab.course.stations import Station
from convlab.ui import words
from convlab.ui.components import presentation
from tests import sources
from tests.few import few_sketches
from tests.ui.driver import elements, open_page, ready, received, texts, troubles, unpack

LOCALE = sources.ROOT / "convlab" / "ui" / "locale"
PAGES = [str(path.relative_to(sources.ROOT)) for path in sources.lessons()]
# The same in every language: names, PyTorch's arguments and functions, its numbers in words.
NAMES = {
    "ConvLab", "PyTorch", "Python", "Streamlit", "RGB", "ReLU", "tanh", "cpu", "bias", "weight", "padding",
    "padding_mode", "stride", "dilation", "same", "zeros", "reflect", "replicate", "circular", "floor",
    "input", "Tanh", "Flatten", "Linear", "lr", "momentum", "SGD", "Adam", "AdamW", "Xavier", "Kaiming",
    "auto", "cuda", "mps", "batch", "airplane", "bird", "epochs", "seed", "English", "Net", "None",
    "grad", "strict", "meta", "hidden",
    "RuntimeError", "ValueError", "TypeError", "AttributeError", "IndexError",
}  # fmt: skip
# Fields of Streamlit's messages that hold no words.
TECHNICAL = re.compile(
    r"id|tag|type|key|form_id|url|icon|page|page_script_hash|js_content|css_content|html_content|component_name|config"
    r"|language|format|theme|default|value|raw_values|mime|element_type|alt_format|file_name|width_config"
    r"|query_string"
)
# Fields of a component's header that hold no words.
DATA = {
    "key", "style", "colour", "kind", "tone", "picture", "stock", "identity", "uploader",
    "question", "header", "palette", "settings", "scale", "shapes", "classes", "recipe", "code", "mark",
    "asks", "language", "remember", "controls",
}  # fmt: skip
PIECE = re.compile(r"⟦[^⟦⟧]*⟧|\{\w+\}")  # a script fills {fields} in the browser


def brackets(sentence: str) -> str:
    """Every piece of a sentence in brackets, its fields left out: "⟦Photo: ⟧{name}"."""
    parts = re.split(r"(\{[^{}]*\})", sentence)
    return "".join(part if part.startswith("{") or not part else f"⟦{part}⟧" for part in parts)


def untranslated(text: str) -> set[str]:
    """Words of a text that stand outside all brackets and are no names."""
    text = re.sub(r"`[^`]+`", " ", text)  # code: the name of a design, say
    return set(re.findall(r"\b[^\W\d_]{2,}\b", PIECE.sub(" ", text))) - NAMES


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Catalog]:
    """A copy of the locale with a language begun by ``make messages``: its folder and its empty catalogue."""
    folder = tmp_path_factory.mktemp("locale")
    shutil.copytree(LOCALE / "en", folder / "en")
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


def lines_in_brackets(text: str) -> str:
    return re.sub(r"^.*\S.*$", lambda line: f"⟦{line[0]}⟧", text, flags=re.MULTILINE)


def in_brackets(station: Station) -> Station:
    """A station with all that a learner reads of it in brackets."""
    texts = ("title", "unit", "question", "why", "next_step")
    changed: dict[str, Any] = {name: lines_in_brackets(getattr(station, name)) for name in texts}
    for name, inner in (("choices", ("text", "otherwise")), ("wrong", ("otherwise",))):
        changed[name] = tuple(
            one.model_copy(update={part: lines_in_brackets(getattr(one, part)) for part in inner})
            for one in getattr(station, name)
        )
    return station.model_copy(update=changed)


@pytest.fixture
def pseudo(catalogue: tuple[Path, Catalog], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """``?lang=fr`` shows every label, all prose and the chapter's path in brackets."""
    folder, messages = catalogue
    path = folder.with_name(f"{folder.name}-path")
    shutil.copytree(stations._PATH, path, dirs_exist_ok=True)
    (path / "fr").mkdir(exist_ok=True)
    for station in stations.shipped():
        (path / "fr" / f"{station.id}.md").write_text(stations.serialise([in_brackets(station)]))
    monkeypatch.setattr(stations, "_PATH", path)
    for file in (LOCALE / "en").glob("*.md"):
        text = re.sub(r"^(?!# ).*\S.*$", lambda line: f"⟦{line[0]}⟧", file.read_text(), flags=re.MULTILINE)
        (folder / "fr" / file.name).write_text(text)
    for message in messages:
        if message.id:
            message.string = brackets(str(message.id))
    with (folder / "fr" / "LC_MESSAGES" / "convlab.mo").open("wb") as out:
        write_mo(out, messages)
    monkeypatch.setattr(words, "LOCALE", folder)
    caches = (words.languages, words._catalogue, words._sections, stations.shipped)
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


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (math.inf, ""),
        (math.nan, ""),
        (-3, "0:00"),
        (7.4, "0:07"),
        (725, "12:05"),
        (3723, "1:02:03"),
    ],
)
def test_a_duration_is_a_clock(seconds: float | None, text: str) -> None:
    assert words.duration(seconds) == text


def test_a_moment_is_a_day_and_a_time_of_the_lab_s_machine() -> None:
    assert words.moment(datetime(2026, 11, 26, 18, 5, 59).timestamp()) == "2026-11-26 18:05"


@pytest.mark.parametrize(("count", "text"), [(0, "0 runs"), (1, "1 run"), (1200, "1,200 runs")])
def test_one_thing_is_not_several(count: int, text: str) -> None:
    assert words.counted(count, "1 run", "{count:,} runs") == text


def test_names_and_remarks_stand_one_behind_the_other() -> None:
    assert words.enumerated(["cat", "dog"]) == "cat, dog"
    assert words.enumerated([words.named("lr", 0.1), "begun anew"], words.REMARKS) == "lr: 0.1; begun anew"
    assert words.sentences("One {brace}.", "", "Two.", "Three.") == "One {brace}. Two. Three."
    assert words.clauses("2 runs train", "1 waits") == "2 runs train, 1 waits"
    with words.speaking("zh"):
        assert words.clauses("甲", "乙", "丙") == "甲，乙，丙"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without the runs of other tests: their names are in no language."""
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))
    few_sketches()


@pytest.mark.usefixtures("pseudo", "home")
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
    app.text_area(key="kernels.text").set_value("1 2; 3").run()
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


def test_where_there_is_one_language_there_is_nothing_to_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "languages", lambda: ("en",))
    assert not [box for box in open_page("app.py").selectbox if box.key == "frame.language"]


@pytest.mark.parametrize(
    ("spoken", "language"), [("zh-CN", "zh"), ("zh", "zh"), ("en-GB", "en"), ("xx", "en"), (None, "en")]
)
def test_at_first_the_browser_s_language_decides(spoken: str | None, language: str) -> None:
    app = ready(AppTest.from_file(sources.ROOT / "app.py"))
    app.context["locale"] = spoken
    assert app.run().selectbox(key="frame.language").value == language
    assert app.query_params == {}


def test_a_link_and_a_cookie_go_before_the_browser_s_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(st.context), "cookies", {words.COOKIE: "zh"})
    assert open_page().selectbox(key="frame.language").value == "zh"
    assert open_page(lang="en").selectbox(key="frame.language").value == "en"
    monkeypatch.setattr(type(st.context), "cookies", {words.COOKIE: "../en"})
    assert open_page().selectbox(key="frame.language").value == "en"


def test_what_was_chosen_is_remembered_and_no_link_s_language() -> None:
    app = open_page(lang="zh")
    assert received(app, presentation.KEY)[0]["remember"] == {"name": words.COOKIE, "value": ""}
    assert received(app, presentation.KEY)[0]["language"] == "zh"
    app.selectbox(key="frame.language").set_value("en").run()
    header = received(app, presentation.KEY)[0]
    assert (header["remember"]["value"], header["language"]) == ("en", "en")


@pytest.mark.parametrize("nonsense", ["xx", "../en", "", "\0", "x" * 10_000])
def test_an_unknown_language_is_english(nonsense: str) -> None:
    app = open_page("app.py", lang=nonsense)
    assert app.caption[-1].value.startswith("Device: ")


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


def test_make_messages_collects_every_sentence(catalogue: tuple[Path, Catalog]) -> None:
    folder, messages = catalogue
    collected = {str(message.id) for message in messages if message.id}
    assert collected == sources.messages()
    assert len(collected) > 150
    assert (folder / "convlab.pot").is_file()
    assert (folder / "fr" / "LC_MESSAGES" / "convlab.mo").is_file()


def test_bracketing_sees_what_is_not_translated() -> None:
    assert brackets("Photo: {name}") == "⟦Photo: ⟧{name}"
    assert untranslated("⟦Photo: ⟧Cat") == {"Cat"}
    assert untranslated("⟦Photo: ⟧⟦Cat⟧, 3 × 3, padding 1") == set()


@pytest.mark.usefixtures("pseudo", "home")
@pytest.mark.parametrize(
    "link",
    [
        {},
        {"step_network": "net_dropout_sketches", "step_order": "no_zero_grad", "step_closer": "item"},
        {"step_order": "zero_grad_last", "step_entry": "fc1.weight,3,7"},
    ],
)
def test_every_word_of_a_training_step_is_translated(link: dict[str, str]) -> None:
    open_page("pages/modules.py", part="step", **link)  # nothing of another language is kept
    app = open_page("pages/modules.py", lang="fr", part="step", **link)
    app.session_state["modules.step.by_numbers"] = True
    assert assert_all_translated(app.run()) > 80


@pytest.mark.usefixtures("pseudo", "home")
@pytest.mark.parametrize(
    "link",
    [
        {"part": "saved"},
        {"part": "saved", "saved_into": "batch_norm", "strict": "false"},
        {"part": "saved", "saved_weights": "file"},
        *({"part": "moved", "moving": look} for look in ("to", "optimizer", "mixed", "file", "time")),
    ],
    ids=str,
)
def test_every_word_of_saving_and_moving_is_translated(link: dict[str, str]) -> None:
    app = open_page("pages/modules.py", lang="fr", **link)
    app.session_state["modules.by_numbers"] = True
    assert assert_all_translated(app.run()) > 20
