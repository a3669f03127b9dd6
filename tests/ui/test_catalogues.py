"""Each language's catalogue: whole, with the marks of the English, and its terms said one way everywhere."""

import re
import string
import tomllib
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from markdown_it import MarkdownIt

from tests import sources

LOCALE = sources.ROOT / "convlab" / "ui" / "locale"
PATH = sources.ROOT / "convlab" / "course" / "path"
LANGUAGES = sorted(path.parts[-3] for path in LOCALE.glob("*/LC_MESSAGES/convlab.po"))
_CODE = re.compile(r"`[^`]*`|\{[^{}]*\}|--\w+|[\w.]*\w\([^()]*\)|\$[^$]*\$")
_CHINESE = "\u3400-\u9fff"
_FULL_WIDTH = "，。：；？！（）“”、"


@cache
def catalogue(language: str) -> Catalog:
    with (LOCALE / language / "LC_MESSAGES" / "convlab.po").open("rb") as file:
        return read_po(file, locale=language)


@cache
def glossary(language: str) -> dict[str, dict[str, Any]]:
    terms = tomllib.loads((LOCALE / language / "glossary.toml").read_text(encoding="utf-8"))["terms"]
    return dict(terms)


def messages(language: str) -> Iterator[tuple[str, str]]:
    return ((str(one.id), str(one.string)) for one in catalogue(language) if one.id)


def fields(text: str) -> list[str]:
    return sorted(re.findall(r"\{[^{}]*\}", text))


def marks(text: str) -> tuple[object, ...]:
    """What a translation keeps of a message: fields, program text, icons, stars, lines, blanks."""
    code, icons = re.findall(r"`[^`]*`", text), re.findall(r":material/\w+:", text)
    ends = [len(text) - len(text.lstrip()), len(text) - len(text.rstrip())]
    stays = ends if re.search(r"\w", text) else []  # a mark between names brings its own blanks
    return fields(text), sorted(set(code)), icons, text.count("**"), text.count("\n"), stays


def misspoken(english: str, told: str, terms: dict[str, dict[str, Any]]) -> list[str]:
    """Terms of an English text that its translation says another way, and words that it should not say."""
    plain, found = _CODE.sub(" ", english), []
    for term, ways in terms.items():
        pattern = re.escape(term).replace(r"\ ", "[ -]").replace(r"\-", "[ -]")
        allowed = [ways["zh"], *ways.get("also", [])]
        if re.search(rf"\b{pattern}(?:s|es)?\b", plain, re.IGNORECASE):
            found += [] if any(str(way).lower() in told.lower() for way in allowed) else [term]
        found += [str(word) for word in ways.get("never", []) if str(word) in told]
    return found


def strays(text: str) -> list[str]:
    """Blanks that lack between Chinese and Latin letters, or stand beside a full-width mark."""
    text = re.sub(r"`[^`]*`|\{[^{}]*\}|\*\*", "`", text)
    beside = rf"[{_CHINESE}][A-Za-z0-9]|[A-Za-z0-9%][{_CHINESE}]|[{_FULL_WIDTH}] [^` ]|[^` ] [{_FULL_WIDTH}]"
    return re.findall(beside, text)


def test_there_are_catalogues() -> None:
    assert LANGUAGES == ["zh"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_lacks_and_none_is_stale(language: str) -> None:
    said = dict(messages(language))
    marked = sources.messages()
    assert {"lacking": sorted(marked - said.keys()), "stale": sorted(said.keys() - marked)} == {
        "lacking": [],
        "stale": [],
    }
    assert [one.id for one in catalogue(language) if one.id and (one.fuzzy or not one.string)] == []
    assert dict(catalogue(language).obsolete) == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_the_written_one(language: str) -> None:
    out = BytesIO()
    write_mo(out, catalogue(language))
    assert (LOCALE / language / "LC_MESSAGES" / "convlab.mo").read_bytes() == out.getvalue()


@pytest.mark.parametrize("language", LANGUAGES)
def test_fields_and_marks_are_those_of_the_english(language: str) -> None:
    assert [one for one in messages(language) if marks(one[0]) != marks(one[1])] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_fields_are_filled_in_as_in_english(language: str) -> None:
    """Each can be filled in: a brace that stands alone would only be found on the screen."""
    for english, told in messages(language):
        names = [name for _text, name, _spec, _way in string.Formatter().parse(told) if name is not None]
        assert all(re.fullmatch(r"\w+", name) for name in names), told
        assert english.count("{") == told.count("{")


@pytest.mark.parametrize("language", LANGUAGES)
def test_stars_set_off_words(language: str) -> None:
    """Beside full-width marks Markdown may take stars for stars."""
    markdown = MarkdownIt("commonmark")
    seen = [told for english, told in messages(language) if "**" in english]
    assert [told for told in seen if "**" in markdown.renderInline(told)] == []
    assert seen


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_term_is_said_one_way(language: str) -> None:
    terms = glossary(language)
    found = {english: misspoken(english, told, terms) for english, told in messages(language)}
    assert {english: words for english, words in found.items() if words} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_says_a_term_as_others_do(language: str) -> None:
    """Lessons and stations too, which have no English sentence beside each of theirs."""
    texts = [*(LOCALE / language).glob("*.md"), *(PATH / language).glob("*.md")]
    never = {str(word) for ways in glossary(language).values() for word in ways.get("never", [])}
    said = {path.name: [word for word in never if word in path.read_text(encoding="utf-8")] for path in texts}
    assert {name: words for name, words in said.items() if words} == {}


def test_chinese_parts_latin_letters_by_a_blank() -> None:
    assert {told: found for _english, told in messages("zh") if (found := strays(told))} == {}


def test_each_rule_finds_what_breaks_it() -> None:
    terms: dict[str, dict[str, Any]] = {"kernel": {"zh": "卷积核", "never": ["内核"]}}
    assert misspoken("Two kernels", "两个卷积核", terms) == []
    assert misspoken("Two kernels", "两个内核", terms) == ["kernel", "内核"]
    assert misspoken("`kernel`", "`kernel`", terms) == []
    assert marks("{a:.2f} `x` **b**") == marks("**乙** `x` {a:.2f}")
    assert marks("{a:.2f}") != marks("{a:.1f}")
    assert marks(" or ") != marks("或")
    assert strays("3 × 3 卷积核：`x`") == []
    assert strays("3卷积核： 第2层") == ["3卷", "： 第", "2层"]
