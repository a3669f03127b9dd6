"""The report: one file with everything in it, in which no name becomes markup, and that asks for nothing."""

import re
from html.parser import HTMLParser

from convlab.comparison import report
from convlab.comparison.outcome import Comparison, of_one
from convlab.comparison.report import About
from convlab.comparison.statistics import all_pairs
from convlab.training.runs import Run
from tests.training.small import create, settings, train

HOSTILE = '"><script>alert(1)</script>&amp;'


def ended(**changes: object) -> Run:
    train(run := create(**changes))
    return run


def made() -> tuple[About, Comparison]:
    designs = {
        HOSTILE: of_one({seed: ended(seed=seed, lr=0.1) for seed in (1, 2)} | {3: create(seed=3)}),
        "net_width": of_one({seed: ended(seed=seed, design="net_width") for seed in (1, 2)}),
        "waiting": of_one({1: create(lr=0.5)}),
    }
    told = {HOSTILE: settings(lr=0.1), "net_width": settings(design="net_width"), "waiting": settings(lr=0.5)}
    found = Comparison("0" * 16, designs, all_pairs({name: one.values() for name, one in designs.items()}))
    return About(HOSTILE, 0.0, told, f"convlab compare --name '{HOSTILE}'"), found


class _Read(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.open: list[str] = []
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "xlink:href")]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: str) -> _Read:
    reader = _Read()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def test_no_name_becomes_markup_and_nothing_is_fetched() -> None:
    page = report.page(*made())
    found = read(page)
    assert "script" not in found.tags
    assert found.text.count(HOSTILE) > 5
    assert found.links
    assert all(link.startswith("data:") for link in found.links)
    assert re.findall(r"url\(|@import", page) == []


def test_everything_is_in_it() -> None:
    about, found = made()
    text = read(report.page(about, found)).text
    one = found.designs["net_width"]
    assert one.interval is not None
    assert f"{one.interval.mean:.1%}" in text
    assert f"{one.parameters:,}" in text
    assert "corrected by Holm for the number of pairs (1)" in text
    assert str(found.pairs[0].difference.said()) in text
    assert f"{HOSTILE}, seed 3: not trained to the end" in text
    assert about.command in text
    environment = one.runs[1].environment
    for told in (environment["torch"], environment["data"]["digest"], environment["device"], "none finished"):
        assert told in text
    assert text.count("the book, on CIFAR-10") == 1
    for title in ("Training loss", "Validation loss", "Training accuracy", "Validation accuracy"):
        assert title in text


def test_a_comparison_without_any_finished_run_says_so() -> None:
    found = Comparison("0" * 16, {"a": of_one({1: create()})}, [])
    text = read(report.page(About("a", 0.0, {"a": settings()}, "convlab compare"), found)).text
    assert "none finished" in text
    assert "Epoch by epoch" not in text


def test_a_translation_reaches_every_sentence() -> None:
    about, found = made()
    text = read(report.page(about, found, say=lambda told: told.upper() if "{" not in told else told)).text
    assert "SETTINGS" in text
    assert "TRAINING LOSS" in text
    assert "the book, on CIFAR-10" not in text
