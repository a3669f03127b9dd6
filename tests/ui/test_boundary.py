"""convlab.ui.boundary: one clear sentence on the screen, the rest in the log; typed text stays plain."""

import ast
import re
import string

import pytest
import streamlit as st
from hypothesis import given, strategies
from streamlit.runtime.scriptrunner_utils.exceptions import RerunException, StopException
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.testing.v1 import AppTest

from convlab.errors import UserError
from convlab.ui import frame
from convlab.ui.boundary import error_boundary
from convlab.ui.words import cell, escaped, prose
from tests import sources
from tests.ui.driver import open_page, ready, troubles

PAYLOADS = (
    "![x](http://evil.example/x.png)", "[x](javascript:alert(1))", "<img src=x onerror=alert(1)>",
    "<b>b</b>", "$x^2$ $$y$$", ":tada:", ":material/home:", ":streamlit:", ":red[x]",
    ":blue-background[x]", "**b** __b__", "_i_ *i* ~~s~~", "`code`", "# head", "- item", "+ item",
    "1. one", "1) one", "> quote", "a | b", "---", "===", "http://evil.example", "www.evil.example",
    "who@evil.example", "\\", "\\*", "&lt;&amp;", "[^1]", "{x}", "{0}", "line\nline\n\n# head",
    "a\r\n- b",
)  # fmt: skip
# What CommonMark, GitHub's tables and strike-through, maths, icons, colours or HTML give a meaning.
MEANINGFUL = set("\\`*_{}[]()#+-.!|<>$~:&^=")
INVISIBLE = "\u2060"


def shown_by_markdown(text: str) -> str:
    """The text once backslash escapes are gone; AssertionError where something with a meaning stands bare."""
    bare = re.sub(r"\\[!-/:-@\[-`{-~]", "", text)
    assert not MEANINGFUL & set(bare), text
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text)


def broken() -> None:
    from convlab.ui.boundary import error_boundary

    with error_boundary():
        raise RuntimeError("a secret in /srv/convlab/pages/kernels.py, line 30")


def refused(value: str) -> None:
    from convlab.errors import UserError
    from convlab.ui.boundary import error_boundary

    with error_boundary():
        raise UserError("{value} is wrong: choose another.", value=value)


def test_the_unforeseen_becomes_one_sentence_with_a_number(caplog: pytest.LogCaptureFixture) -> None:
    app = ready(AppTest.from_function(broken)).run()
    (sentence,) = troubles(app)
    number = re.search(r"report error ([0-9a-f]{8})\.", sentence)
    assert number
    assert not app.exception
    assert not re.search(r"secret|RuntimeError|Traceback|/srv|\.py|line \d", sentence)
    (record,) = [record for record in caplog.records if record.name == "convlab"]
    assert record.getMessage() == f"error {number[1]}"
    assert record.exc_info
    assert "a secret in /srv" in str(record.exc_info[1])


def test_every_failure_has_its_own_number() -> None:
    assert len({troubles(ready(AppTest.from_function(broken)).run())[0] for _ in range(3)}) == 3


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_users_error_is_shown_letter_by_letter(payload: str) -> None:
    (sentence,) = troubles(ready(AppTest.from_function(refused, args=(payload,))).run())
    shown = shown_by_markdown(sentence).replace(INVISIBLE, "")
    assert shown.split() == f"{payload} is wrong: choose another.".split()
    assert "\n" not in sentence


@given(strategies.text(alphabet=string.printable) | strategies.text())
def test_any_text_is_shown_letter_by_letter(text: str) -> None:
    assert shown_by_markdown(escaped(text)).replace(INVISIBLE, "") == text.replace(INVISIBLE, "").replace(
        "\n", " "
    )


@pytest.mark.parametrize(
    "text", ["http://x", "https://x", "www.x.y", "a@b.c", ":material/home:", ":streamlit:"]
)
def test_icons_and_addresses_are_not_there_when_the_escapes_are_gone(text: str) -> None:
    # Streamlit's page looks for these after Markdown is read (seen in Chromium), so an escape does not help.
    shown = shown_by_markdown(escaped(text))
    assert not re.search(r":\w+[/:]|://|www\.|@\w", shown)


@pytest.mark.parametrize("text", ["a -- b", "a -> b", "a <- b", "a <-> b", "a >= b", "a <= b", "a ~= b"])
def test_arrows_and_signs_stay_what_they_are(text: str) -> None:
    # Streamlit's page makes one sign of them after Markdown is read (seen in Chromium).
    shown = shown_by_markdown(escaped(text))
    assert not re.search(r"--|->|<-|[<>~]=", shown)
    assert cell(text) == escaped(text)


HARMLESS = (  # what tables hold: seen in Chromium as it is
    "airplane", "dog & cat", "猫", "net_res, epoch 3.", "resblocks.0.batch_norm", "conv#2", "-1", "1.5",
    "1 + (3 − 1) · 1 · 2 = 8", "(14, 14)", "8 × 8", "0, -3", "0.3578 × 0.1183", "0 to 31", "0:07", "!",
)  # fmt: skip
ALTERED = (  # Streamlit would show another text, or an address to click
    *PAYLOADS, "*star*", "$a$", "_y_", "x_", "-", "1.", "## h", "#", "&copy;"
)  # fmt: skip


def test_a_cell_of_a_table_is_escaped_where_it_has_to_be() -> None:
    for text in HARMLESS:
        assert cell(text) == text
    harmless = {"===", "{x}", "{0}"}
    for text in set(ALTERED) - harmless:
        assert cell(text) == escaped(text) != text


@given(strategies.text(alphabet=string.printable) | strategies.text())
def test_any_text_in_a_cell_is_itself_or_escaped(text: str) -> None:
    assert cell(text) in (text, escaped(text))


@pytest.mark.parametrize("passing", [RerunException(RerunData()), StopException()])
def test_streamlits_own_signals_pass(passing: BaseException) -> None:
    with pytest.raises(type(passing)) as caught, error_boundary():
        raise passing
    assert caught.value is passing


def test_stop_ends_the_page_without_a_word() -> None:
    def stopped() -> None:
        import streamlit as st

        from convlab.ui.boundary import error_boundary

        with error_boundary():
            st.stop()
        st.title("unreachable")

    app = ready(AppTest.from_function(stopped)).run()
    assert troubles(app) == []
    assert not app.title


@pytest.mark.parametrize("page", [str(path.relative_to(sources.ROOT)) for path in sources.lessons()])
def test_a_page_that_fails_says_so_in_one_sentence(page: str, monkeypatch: pytest.MonkeyPatch) -> None:

    def fail(lesson: str, section: str) -> str:
        if section != "question":
            return prose(lesson, section)
        raise ZeroDivisionError(f"in {sources.ROOT}")

    monkeypatch.setattr(frame, "prose", fail)
    sentences = troubles(open_page(page))
    assert len(sentences) == 1
    assert "Something went wrong here" in sentences[0]
    assert str(sources.ROOT) not in sentences[0]


@pytest.mark.parametrize("page", [str(path.relative_to(sources.ROOT)) for path in sources.lessons()])
@pytest.mark.parametrize("error", [ZeroDivisionError("/srv"), UserError("{x} will not do.", x="*This*")])
def test_wherever_a_page_fails_it_says_so_in_a_sentence(
    page: str, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each way of showing something fails in turn: plain sentences, and never Streamlit's own box."""
    for way in ("markdown", "caption", "segmented_control", "selectbox", "image", "code"):
        with monkeypatch.context() as patch:

            def fail(*_arguments: object, error: Exception = error, **_options: object) -> None:
                raise error

            patch.setattr(st, way, fail)
            app = open_page(page)
            assert not app.exception, way
            assert {sentence[:20] for sentence in troubles(app)} <= {
                "Something went wrong",
                "\\*This\\* will not do",
            }


def acts() -> None:
    import streamlit as st

    from convlab.errors import UserError
    from convlab.ui.boundary import acting, say, say_problem

    def fail() -> None:
        raise UserError("{x} will not do.", x="*This*")

    st.button("Go", on_click=acting(fail, "here"))
    say_problem("there")
    say_problem("here")
    say(UserError("A *note*."), about="**name**")
    say(UserError("A warning."), "warning", "link_off", place=st.container())


def test_what_a_callback_refuses_is_said_once_in_its_place() -> None:
    app = ready(AppTest.from_function(acts)).run()
    assert troubles(app) == []
    app.button[0].click().run()
    assert troubles(app) == [r"\*This\* will not do\."]
    assert troubles(app.run()) == []


def test_a_sentence_has_its_kind_icon_and_name() -> None:
    app = ready(AppTest.from_function(acts)).run()
    assert [(note.value, note.icon) for note in app.info] == [
        (r"**\*\*name\*\***: A \*note\*\.", ":material/info:")
    ]
    assert [(note.value, note.icon) for note in app.warning] == [(r"A warning\.", ":material/link_off:")]


def page_with_callbacks() -> None:
    import streamlit as st

    from convlab.errors import UserError
    from convlab.ui.boundary import error_boundary, keeping

    def broken() -> None:
        raise RuntimeError("a secret in /srv/convlab/pages/kernels.py, line 30")

    def refused() -> None:
        raise UserError("{name} does not fit.", name="*this*")

    with error_boundary():
        st.button("broken", on_click=keeping(broken))
        st.button("refused", on_click=keeping(refused))
        st.markdown("The page stands.")


@pytest.mark.parametrize("name", ["broken", "refused"])
def test_what_a_callback_raises_is_said_above_the_page(name: str, caplog: pytest.LogCaptureFixture) -> None:
    app = ready(AppTest.from_function(page_with_callbacks)).run()
    (button,) = [one for one in app.button if one.label == name]
    button.click().run()
    (sentence,) = troubles(app)
    assert not app.exception
    assert "srv" not in sentence
    assert app.markdown[-1].value == "The page stands."
    number = re.search(r"report error ([0-9a-f]{8})\.", sentence)
    assert bool(number) == (name == "broken")
    assert number is None or f"error {number[1]}" in caplog.text
    assert troubles(app.run()) == []


def unkept(source: str) -> list[str]:
    """Callbacks of widgets that Streamlit would call itself."""
    found = []
    for node in ast.walk(ast.parse(source)):
        options = node.keywords if isinstance(node, ast.Call) else []
        for option in [option for option in options if option.arg in ("on_click", "on_change")]:
            text = ast.unparse(option.value)
            kept = text.startswith(("keeping(", "acting(")) or re.search(rf"\b{text} = acting\(", source)
            found += [] if kept or isinstance(option.value, ast.Constant) else [text]
    return found


def test_every_callback_of_a_widget_is_kept() -> None:
    files = [*sources.lessons(), *sources.interface()]
    assert [(path.name, text) for path in files for text in unkept(path.read_text())] == []
    assert unkept("st.button(on_click=act)\nst.toggle(on_change=lambda: 1, key='x')") == ["act", "lambda: 1"]
    assert unkept("go = acting(act)\nst.button(on_click=go)\nst.popover(on_change='rerun')") == []
