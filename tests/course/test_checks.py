"""Texts that reach outside and links to what one machine alone has are refused; program text is not."""

from typing import Any, get_args

import pytest
from pydantic.fields import FieldInfo

from convlab.course import checks, stations
from convlab.course.stations import Station
from convlab.errors import UserError
from convlab.ui import picture
from convlab.ui.urls import DataKey, RunId, parse
from tests.ui.test_urls import models

CHOICES = [{"key": "a", "text": "A"}, {"key": "b", "text": "B"}]


def made(**entries: object) -> Station:
    return stations.made({"id": "a", "title": "A", "lesson": "kernels", "question": "?", **entries}, 3)


@pytest.mark.parametrize(
    "text",
    [
        "![a](http://example.org/a.png)",
        "[a](javascript:alert(1))",
        "[a] [b]\n\n[b]: x",
        "[a][b]",
        "see http://example.org",
        "see www.example.org",
        "write to anna@example.org",
        "<img src=x>",
        "a</div>",
        "<!-- a",
        "<?a",
        "`a` [b](c) `d",  # one mark too many: what is program text is not plain
        "`a\n\n[b](c)\n\n`",
        "`a\nb` [c](d) `e\nf`",
        "\\`[a](b)`",
        "$`$ [a](b) $`$",
        "| `a | [b](c)` |\n|---|---|",
        "``a` [b](c) ``` d",
        "```\n[a](b)\n```",
    ],
)
@pytest.mark.parametrize("entry", ["question", "why", "next_step"])
def test_a_text_does_not_reach_outside(entry: str, text: str) -> None:
    with pytest.raises(UserError, match=f"Station 3: {entry} holds a link, a picture"):
        made(**{entry: text})


def test_a_station_that_is_being_written_is_told_its_field_and_what_was_found() -> None:
    base = {"id": "a", "title": "A", "lesson": "kernels", "question": "?"}
    for entries, said in (
        ({"title": "A <b>bold</b> one"}, r"Title holds .* HTML \(<b>\): leave that out"),
        ({"why": "See [this](x)"}, r"Note holds a link, .* \(\]\(x\)\)"),
        (
            {"question": "One\n# Two"},
            r"Question: no line of its texts may begin .* \(“# Two”\)",
        ),
        ({"next_step": "a\0b"}, "One thing to try holds control characters"),
    ):
        with pytest.raises(UserError, match=said):
            stations.made({**base, **entries}, 0)


def test_neither_do_titles_choices_and_what_is_told() -> None:
    outside = "[a](b)"
    for entries in (
        {"title": outside},
        {"unit": outside},
        {"book": outside},
        {"kind": "choice", "choices": [{"key": "a", "text": outside}]},
        {"kind": "choice", "choices": [{"key": "a", "text": "A", "otherwise": outside}]},
        {"kind": "number", "wrong": [{"value": 1, "otherwise": outside}]},
    ):
        with pytest.raises(UserError, match=r"Station 3: .* holds a link"):
            made(**entries)


@pytest.mark.parametrize(
    "text",
    [
        "`layers[0](x)` gives **27** weights, 3 < 4 and $a < b$; _so_: `nn.Conv2d(3, 16, 3)`",
        "`@torch.no_grad()`, ``b[0](x)`` and {answer:,}",
        "1/9 of each [channel]; 3×3 → 1",
        ":material/help: :red[warm]",
    ],
)
def test_what_a_lesson_needs_is_taken(text: str) -> None:
    assert made(why=text).why == text


@pytest.mark.parametrize("text", ["a\0b", "a\x1bb", "a\u202eb", "a\u2066b", "a\x85b", "a\u2028b"])
def test_control_characters_are_refused(text: str) -> None:
    with pytest.raises(UserError, match="control characters"):
        made(question=text)


@pytest.mark.parametrize("text", ["a\n# Why\nb", "+++\na", "a\n  +++"])
def test_a_text_ends_where_it_ends(text: str) -> None:
    with pytest.raises(UserError, match=r"no line of its texts may begin with # or \+\+\+"):
        made(question=text)


def test_a_title_is_one_line() -> None:
    with pytest.raises(UserError, match="title has several lines"):
        made(title="a\nb")


@pytest.mark.parametrize(
    "entries",
    [
        {"light": ["x] { } body"]},
        {"light": ["a,b"]},
        {"control": "a b"},
        {"answer": "os.path.join"},
        {"told": float("inf")},
        {"told": 10**400},
        {"lesson": "home"},
        {"section": "9.1"},
        {"id": "../a"},
        {"kind": "choice"},
        {"kind": "choice", "choices": [CHOICES[0], CHOICES[0]]},
        {"kind": "choice", "choices": CHOICES, "told": "c"},
        {"kind": "number", "told": "three"},
        {"kind": "place"},
        {"choices": CHOICES},
        {"question": "x" * 4001},
        {"question": "\ud800"},
        {"otherwise": "x"},
    ],
)
def test_an_entry_that_does_not_fit_is_said(entries: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="Station 3: "):
        made(**entries)


@pytest.mark.parametrize(
    "link",
    [
        "run=0123456789abcdef",
        "sweep=0123456789abcdef",
        "weights=run",
        "weights=checkpoint",
        "model=run%3A0123456789abcdef",
        "second=checkpoint",
        "picture=upload",
        "picture=camera&size=8",
        "network=terminal",
        "saved_weights=file",
        "data=9f-mine",
    ],
)
def test_a_link_to_what_one_machine_has_is_refused(link: str) -> None:
    with pytest.raises(UserError, match="a run, an upload or data that only one machine has"):
        made(link=link)


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("?kernel=1", "behind the"),
        ("/kernels?a=1", "behind the"),
        ("a=1#b", "behind the"),
        ("a b=1", "behind the"),
        ("a=%00", "behind the"),
        ("a=%ff", "damaged"),
        ("&".join(f"a{n}=1" for n in range(61)), "damaged"),
        ("present=1", "may not hold present"),
        ("course=a", "may not hold course"),
        ("station=a", "may not hold station"),
    ],
)
def test_a_link_is_a_query_string_of_a_page(link: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        made(link=link)


def test_a_link_of_a_page_is_taken() -> None:
    link = "picture=drawing%3Ahouse&size=8&kernel=-1+0+1%3B+-1+0+1&data=sketches&run=&model=shipped%3Anet"
    assert made(link=link).link == link


def _pattern(field: FieldInfo) -> str | None:
    return next((rule.pattern for rule in field.metadata if getattr(rule, "pattern", None)), None)


def _pattern_of(kind: Any) -> str | None:
    return _pattern(FieldInfo.from_annotation(kind))


def test_every_control_that_may_name_a_run_an_upload_or_data_is_known() -> None:
    fields = [(name, _pattern(model.model_fields[name])) for model in models() for name in model.model_fields]
    assert {name for name, pattern in fields if pattern == _pattern_of(RunId)} == set(checks._RUNS)
    assert {name for name, pattern in fields if pattern == _pattern_of(DataKey)} == set(checks._DATA)
    named = {text for texts in checks._OF_ONE_MACHINE.values() for text in texts}
    offered = {
        (name, text)
        for name, field in (
            (name, model.model_fields[name]) for model in models() for name in model.model_fields
        )
        for text in (*get_args(field.annotation), *(picture.OWN if name == "picture" else ()))
        if text in named
    }
    free = {pair for pair in offered if not checks.is_of_one_machine(*pair)}
    assert free == {("moving", "file")}  # a file that the page itself makes
    assert {name for name, _text in offered - free} == {"picture", "weights", "saved_weights"}


def test_every_value_that_is_refused_is_one_of_a_page() -> None:
    for name, texts in checks._OF_ONE_MACHINE.items():
        for text in texts:
            taken = [m for m in models() if name in m.model_fields and parse(m, {name: text})[1] == []]
            assert taken, (name, text)
