"""pages/lessons.py, and "Keep as a station" on the other pages: lessons of one's own."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from convlab.course import own, stations
from convlab.course.own import Lesson
from convlab.course.stations import Station
from convlab.training import runs
from convlab.training.settings import Settings
from convlab.ui import cookies
from convlab.ui.person import person
from tests.ui.driver import on_card, open_page, troubles

PAGE = "pages/lessons.py"
ANN, BOB = "a" * 32, "b" * 32


def sits_there(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(st.context), "cookies", property(lambda _context: {cookies.NAME: secret}))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder, and Ann at the page, whatever session it is."""
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))
    sits_there(ANN, monkeypatch)


def made(name: str, **entries: object) -> Station:
    given = {"id": name, "title": f"About {name}", "lesson": "kernels", "question": "Why?", **entries}
    return Station.model_validate(given)


def kept() -> list[Lesson]:
    return [one.lesson for one in own.mine(person()) if isinstance(one.lesson, Lesson)]


def three() -> str:
    return own.add(person(), Lesson("Monday", tuple(map(made, "abc"))))


def ids(key: str) -> str:
    return "".join(station.id for station in own.lesson(key))


def press(app: AppTest, key: str) -> AppTest:
    after: AppTest = app.button(key=key).click().run()
    assert troubles(after) == []
    return after


def links(app: AppTest, label: str) -> list[tuple[str, dict[str, str]]]:
    """Page and query of the links with a label."""
    found = [link.proto for link in app.page_link if label in link.proto.label]
    return [(one.page, dict(parse_qsl(one.query_string.removeprefix("?")))) for one in found]


def keep_panel(page: str, **query: str) -> AppTest:
    app = open_page(page, **query)
    app.session_state["keep.panel"] = True
    after: AppTest = app.run()
    return after


def type_in(app: AppTest, key: str, value: Any) -> AppTest:
    kinds: Any = (app.text_input, app.text_area, app.number_input, app.selectbox, app.segmented_control)
    (widget,) = [one for kind in kinds for one in kind if one.key == key]
    after: AppTest = widget.set_value(value).run()
    assert troubles(after) == []
    return after


def test_an_empty_shelf_says_how_to_begin() -> None:
    app = open_page(PAGE)
    assert troubles(app) == []
    assert any("Keep it as a station" in text.value for text in app.markdown)
    assert kept() == []


def test_a_page_is_kept_as_a_station_of_a_new_lesson() -> None:
    app = keep_panel("pages/kernels.py", picture="photo:cat", kernel="1 2; 3 4", size="32")
    app = type_in(app, "keep.0.lesson_title", "Edges")
    app = type_in(app, "keep.0.title", "One weight")
    app = type_in(app, "keep.0.question", "How many weights?")
    app = type_in(app, "keep.0.kind", "number")
    app = type_in(app, "keep.0.told", 4.0)
    app = type_in(app, "keep.0.unit", "weights")
    app = type_in(app, "keep.0.why", "Two by two.")
    app = press(app, "keep.take")
    assert [text.value for text in app.success] == ["Kept as station 1 of Edges."]
    (one,) = kept()
    (station,) = one.stations
    assert one.title == "Edges"
    assert (station.id, station.title, station.question) == ("one-weight", "One weight", "How many weights?")
    assert (station.kind, station.told, station.unit, station.why) == ("number", 4, "weights", "Two by two.")
    assert station.lesson == "kernels"
    assert parse_qs(station.link) == {"picture": ["photo:cat"], "kernel": ["1 2; 3 4"], "size": ["32"]}
    app = type_in(app.run(), "keep.1.title", "Second")  # the next one begins with empty fields
    app = type_in(app, "keep.1.question", "And now?")
    press(app, "keep.take")
    assert [station.id for station in kept()[0].stations] == ["one-weight", "second"]


def test_a_choice_has_its_right_answer_and_its_wrong_ones_say_what_they_were_right_for() -> None:
    app = keep_panel("pages/modules.py")
    app = type_in(app, "keep.0.title", "Which")
    app = type_in(app, "keep.0.question", "Which?")
    app = type_in(app, "keep.0.kind", "choice")
    app = type_in(app, "keep.0.choices", "Nine | for grey pictures\nTwenty-seven\n\n")
    app = app.button(key="keep.take").click().run()
    assert troubles(app) == ["Say which of the choices is the right one\\."]
    app = type_in(app, "keep.0.right", "Twenty-seven")
    press(app, "keep.take")
    ((station,),) = [one.stations for one in kept()]
    assert [(one.key, one.text, one.otherwise) for one in station.choices] == [
        ("1", "Nine", "for grey pictures"),
        ("2", "Twenty-seven", ""),
    ]
    assert station.told == "2"


@pytest.mark.parametrize(
    ("page", "link", "told", "shown"),
    [
        ("kernels", "size=8&pin=4,3", "4,3", "size=8"),
        ("feature_maps", "layer=conv2&row=3&col=5", "conv2 3,5", "layer=conv2&row=0&col=0"),
        ("feature_maps", "layer=conv2&row=0&col=0", "conv2 0,0", "layer=input"),
        ("feature_maps", "layer=fc1&channel=17", "fc1 17", "layer=fc1"),
        ("feature_maps", "layer=fc2&channel=9", "fc2 1", "layer=fc2"),  # it has two
    ],
)
def test_a_place_is_asked_for_on_a_page_that_does_not_show_it(
    page: str, link: str, told: str, shown: str
) -> None:
    pointed = dict(parse_qsl(link))
    app = keep_panel(f"pages/{page}.py", **pointed)
    for field, text in {"title": "Where", "question": "Where is it?", "kind": "place"}.items():
        app = type_in(app, f"keep.0.{field}", text)
    assert any("The right place is where the page points now" in text.value for text in app.caption)
    press(app, "keep.take")
    ((station,),) = [one.stations for one in kept()]
    assert (station.kind, station.told) == ("place", told)
    asking = dict(parse_qsl(station.link))
    assert asking.items() >= dict(parse_qsl(shown)).items()
    at = {"station": station.id, "course": own.mine(person())[0].key}
    app = on_card(open_page(f"pages/{page}.py", **asking, **at), "place").click().run()
    assert any("Click the place" in text for text in troubles(app))
    app = on_card(open_page(f"pages/{page}.py", **pointed, **at), "place").click().run()
    assert [text.value.partition(":")[0] for text in app.success] == ["Right"]


def test_no_place_is_asked_for_where_none_is_pointed_at() -> None:
    app = type_in(keep_panel("pages/kernels.py"), "keep.0.kind", "place")
    assert [text for text in app.caption if "Click the right place" in text.value]
    (kinds,) = [one for one in keep_panel("pages/train.py").segmented_control if one.key == "keep.0.kind"]
    assert "A place" not in kinds.options


def test_what_is_missing_is_said_and_what_was_typed_stays() -> None:
    app = keep_panel("pages/kernels.py")
    app = type_in(app, "keep.0.question", "Why?")
    app = app.button(key="keep.take").click().run()
    assert troubles(app) == ["A station needs a title and a question\\."]
    assert kept() == []
    app.session_state["keep.panel"] = False
    app = app.run()
    app.session_state["keep.panel"] = True
    assert app.run().text_area(key="keep.0.question").value == "Why?"


@pytest.mark.parametrize(
    ("page", "query", "name"),
    [
        ("pages/kernels.py", {"picture": "upload"}, "picture"),
        ("pages/feature_maps.py", {"weights": "checkpoint"}, "weights"),
    ],
)
def test_what_only_one_machine_has_is_not_kept(page: str, query: dict[str, str], name: str) -> None:
    app = keep_panel(page, **query)
    said = [text for text in troubles(app) if "nobody else can open" in text]
    assert len(said) == 1
    assert name in said[0]
    assert not [button for button in app.button if button.key == "keep.take"]


def test_a_run_is_not_kept() -> None:
    run = runs.create(Settings.parse({"data": "sketches", "epochs": 1}), "Mine")
    app = keep_panel("pages/train.py", run=run.id)
    assert any("nobody else can open (run)" in text.replace("\\", "") for text in troubles(app))


def test_no_page_but_a_lesson_s_can_be_kept() -> None:
    for page in ("app.py", PAGE):
        assert not [one for one in open_page(page).get("popover") if "Keep" in one.proto.popover.label]


def test_a_station_takes_the_page_as_it_stands() -> None:
    key = three()
    app = keep_panel("pages/kernels.py", stride="2", station="b", course=key)
    app = press(app, "keep.replace")
    assert [station.link for station in own.lesson(key)] == ["", "stride=2", ""]
    assert ids(key) == "abc"


def test_stations_are_moved_taken_out_and_brought_back() -> None:
    key = three()
    app = open_page(PAGE, course=key)
    assert app.button(key="own.up").disabled
    app = app.checkbox(key=f"own.tick.{key}.c").check().run()
    app = press(app, "own.up")
    assert ids(key) == "acb"
    app = press(app, "own.remove")
    assert ids(key) == "ab"
    app = press(press(app, "own.undo"), "own.undo")
    assert ids(key) == "abc"
    app = press(app, "own.redo")
    assert ids(key) == "acb"
    app = app.checkbox(key=f"own.tick.{key}.c").check().run()
    press(app, "own.only")
    assert ids(key) == "c"


def test_what_another_tab_did_is_not_undone() -> None:
    key = three()
    app = open_page(PAGE, course=key)
    app = press(app.checkbox(key=f"own.tick.{key}.c").check().run(), "own.up")
    own.change(person(), key, lambda one: own.with_station(one, made("d")))
    app = app.button(key="own.undo").click().run()
    assert any("another tab" in text for text in troubles(app))
    assert ids(key) == "acbd"


def test_the_card_leads_along_the_lesson_and_back_to_it() -> None:
    key = own.add(person(), Lesson("Monday", (made("a", title="super().__init__()"), made("b"))))
    app = open_page("pages/kernels.py", station="a", course=key)
    assert troubles(app) == []
    assert any(r"super\(\)\.\_\_init\_\_\(\)" in text.value for text in app.markdown)
    assert links(app, "Next") == [("kernels", {"station": "b", "course": key})]
    app = open_page("pages/kernels.py", station="b", course=key)
    assert links(app, "To the lesson") == [("lessons", {"course": key})]
    own.delete(person(), key)
    app = app.run()
    assert any("No such lesson" in text.value for text in app.warning)


def test_a_visitor_is_led_back_to_the_lesson_that_was_shared() -> None:
    shared = own.share(Lesson("Monday", (made("a"), made("b"))))
    app = open_page("pages/kernels.py", station="b", course=shared)
    assert links(app, "To the lesson") == [("lessons", {"course": shared})]
    assert not links(app, "To the path")


def test_the_short_path_s_card_leads_along_it_and_back_to_it() -> None:
    first, *_between, last = stations.short()
    app = open_page(f"pages/{first.lesson}.py", station=first.id, course="short")
    assert troubles(app) == []
    assert any(f"1 of {len(stations.short())}" in text.value for text in app.caption)
    ((_page, query),) = links(app, "Next")
    assert (query["station"], query["course"]) == (stations.short()[1].id, "short")
    app = open_page(f"pages/{last.lesson}.py", station=last.id, course="short")
    ((_page, query),) = links(app, "To the path")
    assert query == {"course": "short"}


def test_what_was_typed_is_shown_as_it_was_typed() -> None:
    key = own.add(person(), Lesson("Monday", (made("a", question="Why 8*8*8 and __init__?"),)))
    app = open_page("pages/kernels.py", station="a", course=key)
    assert r"Why 8\*8\*8 and \_\_init\_\_?" in [text.value for text in app.markdown]


def unkept(app: AppTest) -> list[str]:
    return [text.value for text in app.caption if "reloaded" in text.value]


def test_where_no_cookie_tells_who_comes_back_each_page_of_the_path_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (path,) = [one for one in stations.shipped() if one.id == "one-output-pixel"]
    pages: tuple[tuple[str, dict[str, str]], ...]
    pages = (("app.py", {}), (PAGE, {}), (f"pages/{path.lesson}.py", {"station": path.id}))
    assert not any(unkept(open_page(page, **query)) for page, query in pages)
    sits_there("", monkeypatch)
    said = [unkept(open_page(page, **query)) for page, query in pages]
    assert [len(found) for found in said] == [1, 1, 1]
    assert all("start the lab with `streamlit run serve.py`" in found[0] for found in said[:2])


def test_a_form_names_the_field_and_what_was_found_there() -> None:
    app = type_in(keep_panel("pages/kernels.py"), "keep.0.title", "A <b> tag")
    app = type_in(app, "keep.0.question", "Why?")
    app = app.button(key="keep.take").click().run()
    (said,) = [text.replace("\\", "") for text in troubles(app)]
    assert said.startswith("Title holds a link, a picture, an address or HTML (<b>)")


def test_a_station_s_texts_are_changed() -> None:
    key = three()
    form = f"own.form.{key}.b"
    app = press(open_page(PAGE, course=key), "own.edit.b")
    assert app.text_area(key=f"{form}.question").value == "Why?"
    app = type_in(app, f"{form}.question", "Why not?")
    app = press(app, "own.form.save")
    assert [station.question for station in own.lesson(key)] == ["Why?", "Why not?", "Why?"]
    app = type_in(press(app, "own.edit.b"), f"{form}.question", "One\n# Two")
    app = app.button(key="own.form.save").click().run()
    assert any("begin with" in text for text in troubles(app))
    assert app.text_area(key=f"{form}.question").value == "One\n# Two"  # nothing typed is lost
    press(app, "own.form.close")
    assert own.lesson(key)[1].question == "Why not?"


def test_a_station_whose_answer_is_computed_goes_on_being_computed() -> None:
    path = stations.shipped()
    key = own.add(person(), Lesson("Path", path[:1]))
    app = press(open_page(PAGE, course=key), f"own.edit.{path[0].id}")
    app = type_in(app, f"own.form.{key}.{path[0].id}.question", "How many?")
    press(app, "own.form.save")
    assert own.lesson(key)[0] == path[0].model_copy(update={"question": "How many?"})


def test_a_lesson_is_renamed_started_deleted_and_put_back() -> None:
    key = three()
    app = type_in(open_page(PAGE, course=key), f"own.title.{key}", "Tuesday")
    assert own.opened(key).title == "Tuesday"
    assert links(app, "Start") == [("kernels", {"station": "a", "course": key})]
    app = app.text_input(key=f"own.title.{key}").set_value("  ").run()
    assert any("title" in text for text in troubles(app))
    assert own.opened(key).title == "Tuesday"
    app = press(app, "own.delete")
    assert kept() == []
    press(app, "own.back")
    assert [one.title for one in kept()] == ["Tuesday"]


def test_a_shared_lesson_is_everyone_s_to_see_and_to_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    key = three()
    app = press(open_page(PAGE, course=key), "own.share")
    (address,) = [code.value for code in app.code if "course=" in code.value]
    shared = address.partition("course=")[2]
    sits_there(BOB, monkeypatch)
    app = open_page(PAGE, course=shared)
    assert troubles(app) == []
    assert links(app, "Start") == [("kernels", {"station": "a", "course": shared})]
    assert not [button for button in app.button if button.key in ("own.delete", "own.up", "own.edit.a")]
    press(app, "own.copy")
    assert [one.title for one in kept()] == ["Monday"]
    sits_there(ANN, monkeypatch)
    assert len(kept()) == 1


def test_a_lesson_is_saved_and_opened_again() -> None:
    key = three()
    text = own.opened(key).text
    app = open_page(PAGE)
    app.file_uploader[0].set_value(("monday.md", text.encode(), "text/markdown")).run()
    assert troubles(app) == []
    assert len(kept()) == 2
    assert kept()[0] == kept()[1]
    app.file_uploader[0].set_value(("monday.md", b"\xff\xfe", "text/markdown")).run()
    assert any("no text" in text for text in troubles(app))
    assert len(kept()) == 2
    app.file_uploader[0].set_value(("a.zip", own.zipped(kept()[0], "a"), "application/zip")).run()
    assert troubles(app) == []
    assert kept()[0] == kept()[2]


def test_the_chapter_s_path_is_copied_whole_and_in_part() -> None:
    press(open_page(PAGE), "own.path")
    assert kept()[0].stations == stations.shipped()
    press(open_page(PAGE), "own.short")
    assert stations.short() in [one.stations for one in kept()]
    app = open_page(PAGE)
    app = app.checkbox(key="own.take0").check().run()
    press(app, "own.take")
    assert [one.stations for one in kept() if one.stations != stations.shipped() or len(one.stations) == 1]


@pytest.mark.parametrize("course", ["0" * 32, "0" * 16 + "-" + "0" * 16])
def test_a_link_to_no_lesson_is_said(course: str) -> None:
    assert any("No such lesson" in text for text in troubles(open_page(PAGE, course=course)))


def test_a_link_of_another_form_is_said_as_one_that_could_not_be_used() -> None:
    app = open_page(PAGE, course="../../etc/passwd")
    assert any("Part of the link" in text.value for text in app.warning)
    assert troubles(app) == []


def test_titles_of_unknown_origin_are_no_markup() -> None:
    bad = Lesson("**bold** :red[x] [y](z)", (made("a", title="# `code` $x$"),))
    app = open_page(PAGE, course=own.share(bad))
    assert troubles(app) == []
    shown = [text.value for text in (*app.subheader, *app.markdown)]
    assert not any("**bold**" in text or ":red[" in text or "`code`" in text for text in shown)
