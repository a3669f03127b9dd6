"""Long work in a thread: its end, its errors, a stop; on a page: a button, then what was found."""

import threading
import time

import pytest
from streamlit.testing.v1 import AppTest

from convlab.ui.work import Work

WAIT_S = 20.0


def test_work_says_how_far_it_is_and_what_it_found() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def make(work: Work[str]) -> str:
        work.say(1, 3, "a part")
        begun.set()
        go_on.wait(WAIT_S)
        return "all"

    work = Work("it", make)
    assert begun.wait(WAIT_S)
    assert not work.ended()
    assert (work.done, work.total, work.so_far, work.result) == (1, 3, "a part", None)
    go_on.set()
    assert work.ended(WAIT_S)
    assert (work.result, work.error) == ("all", None)


def test_stopped_work_keeps_what_it_had() -> None:
    def make(work: Work[int]) -> int:
        for n in range(10**9):
            work.say(n, 10**9, n)
            time.sleep(0.001)
        return -1

    work = Work("it", make)
    while not work.so_far:
        time.sleep(0.001)
    work.stop()
    assert work.ended(WAIT_S)
    assert (work.result, work.error) == (None, None)
    assert work.so_far is not None
    assert work.so_far > 0


def test_an_error_is_kept_for_who_waits() -> None:
    def make(work: Work[int]) -> int:
        raise ValueError("this")

    work = Work("it", make)
    assert work.ended(WAIT_S)
    assert isinstance(work.error, ValueError)


def _page() -> None:
    import streamlit as st

    from convlab.ui.work import Work, asked

    def make(work: Work[str]) -> str:
        if name == "bad":
            raise ValueError(name)
        return f"found {name}"

    name = st.text_input("Name", "first")
    try:
        st.write(asked("work", name, "Begin", make) or "nothing yet")
    except ValueError as error:
        st.write(f"failed: {error}")


def settled(app: AppTest) -> str:
    while "work.work" in app.session_state:
        app.run()
    return str(app.markdown[-1].value)


def test_on_a_page_it_is_asked_for_once_and_what_was_found_is_kept() -> None:
    app = AppTest.from_function(_page).run()
    assert settled(app) == "nothing yet"
    app.button(key="work").click().run()
    assert settled(app) == "found first"
    app.text_input[0].set_value("second").run()
    assert settled(app) == "found second"
    app.text_input[0].set_value("first").run()
    assert settled(app) == "found first"
    assert not app.button
    app.text_input[0].set_value("bad").run()
    assert settled(app) == "failed: bad"
    app.run()
    assert settled(app) == "nothing yet"  # until it is asked for again


@pytest.mark.parametrize("seconds", [0.0, 0.01])
def test_the_end_is_waited_for_no_longer_than_asked(seconds: float) -> None:
    go_on = threading.Event()
    work = Work("it", lambda work: go_on.wait(WAIT_S))
    assert not work.ended(seconds)
    go_on.set()
    assert work.ended(WAIT_S)


def test_work_tells_how_long_it_still_takes() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def make(work: Work[str]) -> str:
        time.sleep(0.05)
        work.say(1, 3)
        begun.set()
        go_on.wait(WAIT_S)
        return "all"

    work = Work("it", make)
    assert work.seconds_left is None
    assert begun.wait(WAIT_S)
    assert work.seconds_left is not None
    assert work.seconds_left >= 0.1
    go_on.set()


def _page_of_costly_work() -> None:
    import streamlit as st

    from convlab.ui.work import Work, asked, under_way

    def make(work: Work[str]) -> str:
        return f"found {name}"

    name = st.text_input("Name", "first")
    found = asked("work", under_way("work") or name, "Begin", make, by_itself=False)
    st.write(found or "nothing yet")


def test_costly_work_waits_for_its_button_each_time() -> None:
    app = AppTest.from_function(_page_of_costly_work).run()
    app.button(key="work").click().run()
    assert settled(app) == "found first"
    app.text_input[0].set_value("second").run()
    assert settled(app) == "nothing yet"
    app.button(key="work").click().run()
    assert settled(app) == "found second"


def _page_of_work_that_can_be_done_again() -> None:
    import streamlit as st

    from convlab.ui.work import Work, asked

    def make(work: Work[str]) -> str:
        done.append(name)
        return f"{name}: {len(done)}"

    done = st.session_state.setdefault("done", [])
    name = st.text_input("Name", "first")
    st.write(asked("work", name, "Begin", make, again="Again") or "nothing yet")


def test_what_was_found_is_found_anew_where_that_is_asked_for() -> None:
    app = AppTest.from_function(_page_of_work_that_can_be_done_again).run()
    assert [button.label for button in app.button] == ["Begin"]
    app.button(key="work").click().run()
    assert settled(app) == "first: 1"
    for n in (2, 3):
        assert [button.label for button in app.button] == ["Again"]
        app.button(key="work.again").click().run()
        assert settled(app) == f"first: {n}"
    assert settled(app.run()) == "first: 3"
    app.text_input[0].set_value("second").run()
    assert settled(app) == "second: 4"
    app.text_input[0].set_value("first").run()
    assert settled(app) == "first: 3"
