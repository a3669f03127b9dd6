"""convlab.ui.course.card: a question, a guess of each kind, the answer, the way onward, and what is kept."""

import contextlib
import io
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from convlab.course import asking, stations, way
from convlab.course.stations import Station
from convlab.ui.course import stops
from tests.ui.driver import on_card, open_page, troubles

DENSE = "dense-against-convolution"


UNITS: dict[str, Any] = {"answer": ["conv2 1,2", "conv2 3,4"]}
# Of two right places, as a station's function names them.
UNIT = Station(
    id="unit",
    title="Unit",
    lesson="feature_maps",
    link="network=net&layer=conv2&row=0&col=0",
    kind="place",
    control="unit",
    answer="test.unit",
    question="Which?",
)


def lesson() -> tuple[Station, ...]:
    """One station of each kind; what is asked between them."""
    (number,) = (one for one in stations.shipped() if one.id == DENSE)
    number = number.model_copy(update={"lesson": "modules", "link": "part=registered"})  # another page
    choice = stations.Choice(key="nine", text="9 weights", otherwise="Right for grey.")
    common: Any = {"lesson": "kernels", "section": "8.2", "question": "What?", "why": "Because of {answer}."}
    return (
        number,
        Station(
            id="colours",
            title="Colours",
            kind="choice",
            choices=(choice, stations.Choice(key="more", text="27 weights")),
            told="more",
            link="picture=drawing%3Ahouse&size=8&colour=rgb",
            next_step="Choose Grey.",
            **common,
        ),
        Station(id="edge", title="Edge", kind="place", control="pin", told="4,3", link="size=8", **common),
        UNIT,
        Station(id="note", title="Note", link="stride=2", light=("kernels.lab",), **common),
    )


@pytest.fixture(autouse=True)
def _path(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = lesson()
    monkeypatch.setattr(stations, "shipped", lambda language="en": ours)
    known = {**asking.functions(), "test.unit": lambda: UNITS}
    monkeypatch.setattr(asking, "functions", lambda: known)


def opened(station: str, **query: object) -> AppTest:
    (found,) = (one for one in stations.shipped() if one.id == station)
    prepared = stops.Stop("", stations.shipped(), stations.shipped().index(found)).query(left=False)
    app = open_page(f"pages/{found.lesson}.py", **{**prepared, **query})
    assert troubles(app) == []
    return app


def said(app: AppTest) -> list[str]:
    """What the card tells of the guess."""
    return [str(one.value) for one in (*app.success, *app.warning, *app.info)]


def shown(app: AppTest) -> list[str]:
    return [str(one.value) for one in app.markdown]


def guess(app: AppTest, number: object) -> AppTest:
    app.text_input(key=f"course-number-{DENSE}").set_value(str(number))
    after: AppTest = on_card(app, "submit").click().run()
    return after


def test_a_station_stands_in_place_of_the_lessons_question() -> None:
    app = opened(DENSE)
    assert "**Why not dense layers?**" in shown(app)
    assert "Section 8.1, 1 of 5" in [one.value for one in app.caption]
    assert not [text for text in shown(app) if "3,737,474" in text]
    assert said(app) == []
    plain = open_page("pages/modules.py")
    assert not [one for one in shown(plain) if "Why not dense" in one]


@pytest.mark.parametrize(
    ("number", "begins", "ends"),
    [
        (207, "Right: 207 times as many. The answer: 206.6 times as many.", ""),
        (16, "Your guess: 16 times as many. The answer: 206.6", "when the side of the picture doubles."),
        (3, "Your guess: 3 times as many. The answer: 206.6 times as many.", ""),
    ],
)
def test_a_number_is_right_within_its_tolerance(number: float, begins: str, ends: str) -> None:
    app = guess(opened(DENSE), number)
    (told,) = said(app)
    assert told.startswith(begins)
    assert told.endswith(ends)
    assert [text for text in shown(app) if "3,737,474 against 18,090" in text]
    assert troubles(app) == []


def test_a_number_is_taken_as_people_type_it() -> None:
    assert said(guess(opened(DENSE), " 206,6 times"))[0] == "Right: 206.6 times as many."
    app = guess(opened(DENSE), "1,234")
    assert said(app)[0].startswith("Your guess: 1,234 times as many.")
    assert "Your guess: times as many (within 10% counts)" in [
        one.label for one in opened(DENSE, present="1").text_input
    ]


def test_what_is_no_number_stands_and_is_told() -> None:
    app = guess(opened(DENSE), "many")
    (sentence,) = troubles(app)
    assert "'many' is not a number" in sentence
    assert app.text_input(key=f"course-number-{DENSE}").value == "many"


def test_no_number_is_no_guess() -> None:
    app = opened(DENSE)
    on_card(app, "submit").click().run()
    (sentence,) = troubles(app)
    assert "Write a number" in sentence
    assert on_card(app, "show")


def test_a_choice_is_one_press() -> None:
    app = opened("colours")
    on_card(app, "choice-nine").click().run()
    assert said(app) == ["Your guess: 9 weights. The answer: 27 weights. Right for grey."]
    assert ":material/touch_app: Choose Grey." in shown(app)
    on_card(app, "again").click().run()
    on_card(app, "choice-more").click().run()
    assert said(app) == ["Right: 27 weights."]


def test_a_place_is_where_the_lesson_points() -> None:
    app = opened("edge")
    on_card(app, "place").click().run()
    (sentence,) = troubles(app)
    assert "Click the place" in sentence
    app = opened("edge", pin="4,3")
    on_card(app, "place").click().run()
    assert said(app) == ["Right: row 4, column 3."]
    app = opened("edge", pin="0,1")
    on_card(app, "place").click().run()
    assert said(app) == ["Your guess: row 0, column 1. The answer: row 4, column 3."]


@pytest.mark.parametrize("button", ["place", "show"])
def test_the_page_points_at_the_right_place_once_it_is_told(button: str) -> None:
    app = opened("edge", pin="0,1")
    on_card(app, button).click().run()
    assert app.session_state["kernels.controls"].pin == "4,3"
    assert app.query_params["pin"] in ("4,3", ["4,3"])
    assert troubles(app) == []


def test_an_untouched_page_is_no_guess() -> None:
    app = opened("unit")
    on_card(app, "place").click().run()
    (sentence,) = troubles(app)
    assert "Click the place" in sentence
    on_card(app, "show").click().run()
    assert said(app) == ["The answer: conv2, row 1, column 2 or conv2, row 3, column 4."]
    controls = app.session_state["feature_maps.controls"]
    assert (controls.layer, controls.row, controls.col) == ("conv2", 1, 2)
    app = opened("unit", row="3", col="4")
    on_card(app, "place").click().run()
    assert said(app) == ["Right: conv2, row 3, column 4, one of 2."]


def test_close_leaves_the_way_and_keeps_the_page() -> None:
    app = opened("colours", stride="2")
    app.button(key="course-close").click().run()
    assert "station" not in app.query_params
    assert app.selectbox(key="kernels.stride").value == 2
    assert not [one for one in shown(app) if "Colours" in one]
    assert troubles(app) == []


def test_the_menu_leads_back_to_the_station() -> None:
    app = opened("colours")
    on_card(app, "choice-nine").click().run()
    (back,) = (one.proto for one in app.page_link if one.value == "Kernels")
    assert "station" not in back.query_string  # to the page that is open there is no way back
    app.query_params.clear()
    app = app.switch_page("pages/probe.py").run()
    (back,) = (one.proto for one in app.page_link if one.value == "Kernels")
    assert "station=colours" in back.query_string


def test_a_note_asks_nothing_and_who_does_not_guess_is_shown() -> None:
    app = opened("note")
    assert said(app) == []
    assert "Because of {answer}." in shown(app)  # a station without an answer has no figure
    app = opened(DENSE)
    on_card(app, "show").click().run()
    assert said(app) == ["The answer: 206.6 times as many."]


def test_previous_and_next_are_links_and_what_was_changed_is_kept() -> None:
    app = opened("colours")
    ways = {one.value: one.proto for one in app.page_link}
    assert "station=dense-against-convolution" in ways["Previous"].query_string
    assert "station=edge" in ways["Next"].query_string
    app.selectbox(key="kernels.stride").set_value(3).run()
    on_card(app, "choice-nine").click().run()
    app = go(app, "edge", size="8")
    (back,) = (one.proto for one in app.page_link if one.value == "Previous")
    assert "stride=3" in back.query_string
    assert "station=colours" in back.query_string
    app = go(app, "colours", picture="drawing:house", size="8", colour="rgb", stride="3")
    assert said(app) == ["Your guess: 9 weights. The answer: 27 weights. Right for grey."]
    assert app.selectbox(key="kernels.stride").value == 3


def go(app: AppTest, station: str, **query: str) -> AppTest:
    """Follow a link to a station of the same lesson."""
    app.query_params.clear()
    app.query_params.update({**query, "station": station})
    after: AppTest = app.run()
    assert troubles(after) == []
    return after


def test_a_control_that_is_changed_leaves_the_station_in_the_link() -> None:
    app = opened("colours")
    app.selectbox(key="kernels.stride").set_value(2).run()
    assert app.query_params["station"] in ("colours", ["colours"])
    assert app.query_params["stride"] in ("2", ["2"])


def test_a_guess_does_not_hold_back_the_link_that_comes_next() -> None:
    app = opened("colours")
    on_card(app, "choice-nine").click().run()
    app = go(app, "note", stride="2")
    assert app.selectbox(key="kernels.stride").value == 2


def test_the_way_holds_what_was_seen_and_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stops, "person", lambda: "b" * 32)
    way.forget("b" * 32)
    guess(opened(DENSE), 16)
    opened("note")
    visits = way.of("b" * 32)
    assert (visits[DENSE].guess, visits[DENSE].right) == (16, False)
    assert visits["note"].right is None
    assert said(opened(DENSE))[0].startswith("Your guess: 16")  # in another session too
    assert said(opened(DENSE, present="1")) == []  # a class has not guessed yet


def test_a_kept_guess_of_another_kind_is_asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stops, "person", lambda: "c" * 32)
    way.answered("c" * 32, DENSE, "sixteen", False)
    assert said(opened(DENSE)) == []


@pytest.mark.parametrize("station", ["nowhere", "", "x" * 5000, "<b>", "colours"])
def test_a_station_that_is_not_here_is_named_and_the_lesson_stands(station: str) -> None:
    app = open_page("pages/modules.py", station=station)
    assert troubles(app) == []
    assert "Home" in app.warning[0].value
    assert len(app.warning[0].value) < 400
    assert [text for text in shown(app) if "network" in text.lower()]


def test_the_code_is_the_answers_function_and_runs() -> None:
    app = opened(DENSE)
    on_card(app, "show").click().run()
    assert not app.code or "dense_against_convolution" not in app.code[-1].value
    (found,) = (one for one in stations.shipped() if one.id == DENSE)
    script = asking.program(found)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(script, {})
    assert "206.6" in out.getvalue()
