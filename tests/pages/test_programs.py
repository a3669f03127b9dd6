"""pages/programs.py: predict, run, find the line, choose a repair, run again; nothing is lost."""

from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from convlab.course import stations
from convlab.programs.catalogue import PROGRAMS
from convlab.ui.programs import runs
from tests.sources import ROOT
from tests.ui.driver import open_page, ready, troubles

PAGE = "pages/programs.py"
NET = PROGRAMS["verdict_of_net"]


def opened(**query: object) -> AppTest:
    app = open_page(PAGE, **query)
    assert troubles(app) == []
    return app


def ran(app: AppTest, guess: str = "wrong") -> AppTest:
    app.radio(key="programs.guess").set_value(guess).run()
    return app.button(key="programs.run.as_it_is").click().run()


def said(app: AppTest) -> str:
    return "\n".join(text.value for text in app.markdown)


def keys(app: AppTest) -> set[str]:
    return {widget.key for widget in (*app.radio, *app.selectbox, *app.button) if widget.key}


def printed(app: AppTest) -> str:
    return "\n".join(code.value for code in app.code)


def place(name: str, repair: int) -> int:
    """Where a repair stands among the choices."""
    return runs.offered(PROGRAMS[name]).index(repair) + 1


def test_nothing_runs_before_one_has_predicted() -> None:
    app = opened(program="verdict_of_net")
    assert app.code[0].value == NET.text.strip()
    assert "programs.run.as_it_is" not in keys(app)
    app.radio(key="programs.guess").set_value("RuntimeError").run()
    assert len(app.code) == 1
    assert app.query_params == {"program": "verdict_of_net", "guess": "RuntimeError"}


def test_the_whole_way_of_a_program() -> None:
    app = ran(opened(program="verdict_of_net"), "RuntimeError")
    assert "mat1 and mat2 shapes cannot be multiplied (64x8 and 512x32)" in printed(app)
    assert "So it is." in said(app)
    app.selectbox(key="programs.line").set_value(1).run()
    assert "Line 1 is not it." in said(app)
    app.button(key="programs.show_line").click().run()
    app.selectbox(key="programs.line").set_value(None).run()
    assert "is not it" not in said(app)
    app.selectbox(key="programs.line").set_value(NET.line).run()
    assert f"Line {NET.line} it is" in app.radio(key="programs.repair").label
    assert "mat1 and mat2" in printed(app)  # in sight while one chooses a repair
    assert not app.expander
    app.radio(key="programs.repair").set_value(place("verdict_of_net", 1)).run()
    app.button(key="programs.run.repaired").click().run()
    assert "Shape of the verdict: [1, 8, 8, 2]" in [code.value for code in app.code]
    assert NET.repairs[1].otherwise in said(app)
    assert NET.why not in said(app)
    app.radio(key="programs.repair").set_value(place("verdict_of_net", 0)).run()
    app.button(key="programs.run.repaired").click().run()
    assert "Shape of the verdict: [1, 2]" in [code.value for code in app.code]
    assert NET.why in said(app)
    assert f"1 of {len(PROGRAMS)} run as they should." in said(app)
    assert troubles(app) == []
    app.button(key="programs.anew").click().run()
    assert f"0 of {len(PROGRAMS)} run as they should." in said(app)


def test_what_runs_as_it_should_is_kept_until_the_way_is_forgotten() -> None:
    app = ran(opened(program="convolution_alone"), "right")
    later = AppTest.from_file(ROOT / "app.py")
    later.session_state["person"] = app.session_state["person"]
    later = ready(later).run().switch_page(PAGE).run()
    titles = later.selectbox(key="programs.program").options
    assert [title.startswith("✓ ") for title in titles] == [name == "convolution_alone" for name in PROGRAMS]
    later = later.switch_page("app.py").run()
    later.button(key="home.forget").click().run()
    later = later.switch_page(PAGE).run()
    assert f"0 of {len(PROGRAMS)} run as they should." in said(later)


def test_a_prediction_that_is_wrong_is_told_what_came_instead() -> None:
    app = ran(opened(program="stack_of_layers"), "right")
    assert (
        "You predicted: It runs and does what it is to do. "
        "**What it did: It stops with an error: `ValueError`**" in said(app)
    )


def test_a_program_that_is_right_has_nothing_to_repair() -> None:
    app = ran(opened(program="convolution_alone"), "right")
    assert PROGRAMS["convolution_alone"].why in said(app)
    assert not {"programs.line", "programs.repair"} & keys(app)


def test_each_program_is_left_as_it_was_and_taken_up_again() -> None:
    app = ran(opened(program="verdict_of_net"))
    app.selectbox(key="programs.line").set_value(NET.line).run()
    app.button(key="programs.go.1").click().run()
    assert app.query_params["program"] != "verdict_of_net"
    assert app.radio(key="programs.guess").value is None
    app.button(key="programs.go.-1").click().run()
    assert app.query_params == {"program": "verdict_of_net", "guess": "wrong", "line": str(NET.line)}
    assert "programs.repair" in keys(app)
    app.switch_page("pages/kernels.py").run()
    app.switch_page(PAGE).run()
    assert "programs.repair" in keys(app)
    assert "mat1 and mat2" in "".join(code.value for code in app.code)


def test_all_programs_stand_below_to_open_one() -> None:
    app = ran(opened(program="verdict_of_net"), "RuntimeError")
    (below,) = [one for one in app.pills if one.key == "programs.all"]
    assert (len(below.options), below.value) == (len(PROGRAMS), "verdict_of_net")
    app = below.set_value("kernel_of_ones").run()
    assert troubles(app) == []
    assert app.query_params["program"] == "kernel_of_ones"
    assert app.selectbox(key="programs.program").value == "kernel_of_ones"
    app = app.pills(key="programs.all").set_value("verdict_of_net").run()
    assert "mat1 and mat2" in printed(app)  # taken up again


def test_a_line_beside_the_mistake_is_right_and_is_the_one_that_is_named() -> None:
    program = PROGRAMS["one_picture"]
    near = next(n for n in range(1, program.line) if program.is_there(n))
    app = ran(opened(program="one_picture", line=near), "wrong")
    label = app.radio(key="programs.repair").label
    assert label.startswith(f"Line {near} is right too. The repairs here are made in line {program.line}:")


def test_a_station_has_one_way_onward() -> None:
    (station,) = [one for one in stations.shipped() if one.id == "a-batch-of-one"]
    app = opened(station=station.id, **dict(parse_qsl(station.link)))
    assert not {"programs.go.1", "programs.go.-1"} & keys(app)
    assert [link.proto.label for link in app.page_link if link.proto.label in ("Previous", "Next")]
    assert {"programs.go.1", "programs.go.-1"} <= keys(opened())


def test_one_can_start_again() -> None:
    app = ran(opened(program="verdict_of_net"))
    app.button(key="programs.anew").click().run()
    assert app.radio(key="programs.guess").value is None
    assert [code.value for code in app.code] == [NET.text.strip()]
    assert app.query_params == {"program": "verdict_of_net"}


def test_a_link_that_names_a_line_and_a_repair_runs_nothing() -> None:
    app = opened(program="verdict_of_net", guess="RuntimeError", line=NET.line, repair=1)
    assert [code.value for code in app.code] == [NET.text.strip()]
    app.button(key="programs.run.as_it_is").click().run()
    assert app.radio(key="programs.repair").value == 1


def test_lines_and_repairs_that_are_not_there_do_no_harm() -> None:
    app = ran(opened(program="verdict_of_net", line=99, repair=9))
    assert app.selectbox(key="programs.line").value is None
    app.selectbox(key="programs.line").set_value(NET.line).run()
    assert troubles(app) == []


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_program_has_a_link(name: str) -> None:
    app = opened(program=name)
    assert app.code[0].value == PROGRAMS[name].text.strip()
    assert not app.warning
