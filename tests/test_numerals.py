"""One number as people write it: read as any person reads it, or refused with a sentence that names it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlab import numerals
from convlab.errors import UserError

# What any person reads in these. The browser's half is tested with them too.
READ = {
    "0,5": 0.5,
    "-0,25": -0.25,
    ",5": 0.5,
    "1,23": 1.23,
    "1,2345": 1.2345,
    "0,125": 0.125,
    "1234,5": 1234.5,
    "0.5": 0.5,
    ".5": 0.5,
    "5.": 5.0,
    "1.234": 1.234,
    " 7 ": 7.0,
    "\u00a07\t": 7.0,
    "+3": 3.0,
    "1e-3": 1e-3,
    "2E+1": 20.0,
    "1,5e2": 150.0,
    "1/9": 1 / 9,
    "1 / 4": 0.25,
    "-1,5/3": -0.5,
    "\N{FULLWIDTH DIGIT ONE}\N{FULLWIDTH DIGIT TWO}": 12.0,
    "\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH DIGIT ONE}": -1.0,
    "\N{FULLWIDTH DIGIT ZERO}\N{FULLWIDTH FULL STOP}\N{FULLWIDTH DIGIT FIVE}": 0.5,
    "\N{FULLWIDTH DIGIT ZERO}\N{FULLWIDTH COMMA}\N{FULLWIDTH DIGIT FIVE}": 0.5,
    "\N{FULLWIDTH DIGIT ONE}\N{FULLWIDTH SOLIDUS}\N{FULLWIDTH DIGIT NINE}": 1 / 9,
    "\N{IDEOGRAPHIC SPACE}1": 1.0,
    "\N{FULLWIDTH DIGIT ZERO}\N{IDEOGRAPHIC FULL STOP}\N{FULLWIDTH DIGIT FIVE}": 0.5,
    "\N{MINUS SIGN}1": -1.0,
    "\N{EN DASH}1": -1.0,
    "\N{NON-BREAKING HYPHEN}1": -1.0,
    "1e999": math.inf,
}
REFUSED = [
    "", " ", "x", "nan", "inf", "Infinity", "-", "--1", "+-1", ".", ",", "/", "1/", "/2", "1/2/3",
    "1e-999", "-0,5e-400", "1/1e999",
    "1//2", "1_0", "0x1", "1 2", "1 000", "1\u00a0000", "1\u202f000", "1'000", "1\u2019000", "1.2.3",
    "1,2,3", "1.234,5", "1,234.5", "1.000.000", "1,234", "-12,345", "999,000", "1,234/2", "1e5,5", "1e",
    "e5", "5%", "$5", "\u00bd", "1\u00bd", "1\u00b2", "2\u00d73", "(1)", "1/0", "0/0", "1/1e-999",
    "1e999/1e999", "\N{EM DASH}1", "\N{ARABIC-INDIC DIGIT ONE}", "\N{MATHEMATICAL BOLD DIGIT ONE}",
    "\N{CIRCLED DIGIT ONE}", "1;", "[1]", "one", "1-2", "1\n2",
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), READ.items(), ids=map(ascii, READ))
def test_a_number_is_read_as_people_write_it(text: str, value: float) -> None:
    assert numerals.number(text) == value


@pytest.mark.parametrize("text", REFUSED, ids=ascii)
def test_what_is_no_number_or_two_is_refused(text: str) -> None:
    with pytest.raises(UserError) as refusal:
        numerals.number(text)
    assert repr(text.strip()[:20]) in str(refusal.value)


@given(st.integers(-(10**25), 10**25))
def test_whole_numbers_are_exact(value: int) -> None:
    for text in (str(value), f" {value:+d} ", str(value).replace("-", "\N{MINUS SIGN}")):
        assert numerals.whole(text) == value


@pytest.mark.parametrize("text", ["2.5", "0,5", "1/2", "1e-3", "1,000", "1_000", "x", "", "1e999", "3px"])
def test_what_is_no_whole_number_is_refused(text: str) -> None:
    with pytest.raises(UserError):
        numerals.whole(text)


def test_a_whole_number_may_be_written_as_any_number() -> None:
    assert [numerals.whole(text) for text in ("3.0", "3,", "1e2", "6/2", "-4,0")] == [3, 3, 100, 3, -4]


def test_a_sentence_says_both_readings() -> None:
    with pytest.raises(UserError, match=r"'1,234' can be read in two ways: write 1\.234 or 1234\."):
        numerals.number("1,234")
    with pytest.raises(UserError, match="divides by 0"):
        numerals.number("1/0")


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["", ".3e", "g", ".2f"]))
def test_what_python_prints_is_read_back(value: float, style: str) -> None:
    text = format(value, style)
    assert numerals.number(text) == float(text)
    assert numerals.number("".join(chr(ord(sign) + 0xFEE0) for sign in text)) == float(text)


@given(st.integers(-9999, 9999), st.integers(0, 6))
def test_a_decimal_comma_means_the_point_unless_it_may_part_thousands(value: int, digits: int) -> None:
    text = f"{value / 10**digits:.{digits}f}"
    if digits == 3 and abs(value) >= 1000:
        with pytest.raises(UserError, match="two ways"):
            numerals.number(text.replace(".", ","))
    else:
        assert numerals.number(text.replace(".", ",")) == float(text)


@given(st.text(st.sampled_from("0123456789.,-+e/ \u2212\uff11\u00a0'"), max_size=12))
def test_every_text_is_a_number_or_refused(text: str) -> None:
    try:
        value = numerals.number(text)
    except UserError:
        return
    assert not math.isnan(value)
    assert text.count(",") + text.count(".") <= 1 or "/" in text


@pytest.mark.parametrize("mark", [",", " ", "\u00a0", "\u202f", "'"])
def test_thousands_may_stand_apart_where_pages_print_them_so(mark: str) -> None:
    assert numerals.printed(f" 18{mark}090") == 18090
    assert numerals.printed(f"\u22123{mark}737{mark}474.5") == -3737474.5
    for text in (f"18{mark}09", f"1{mark}0000", f"1{mark}{mark}000"):
        if text.count(",") != 1:
            with pytest.raises(UserError):
                numerals.printed(text)
    assert [numerals.printed(text) for text in ("0,5", "1/4", "0,125", "12")] == [0.5, 0.25, 0.125, 12.0]
