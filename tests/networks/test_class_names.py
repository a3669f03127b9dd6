"""Names of classes and titles: short, printable, on one line."""

from hypothesis import given
from hypothesis import strategies as st

from convlab.networks.class_names import JOINERS, one_line


@given(text=st.text(max_size=200))
def test_plain_text_is_short_printable_and_stays_itself(text: str) -> None:
    plain = one_line(text)
    assert len(plain) <= 60
    assert plain.translate(dict.fromkeys(map(ord, JOINERS))).isprintable()
    assert plain == plain.strip() == one_line(plain)


def test_plain_text_keeps_markup_and_letters() -> None:
    assert (
        one_line("  <img onerror=x> ![x](http://y)\t$m$ Vögel\x00\n")
        == "<img onerror=x> ![x](http://y) $m$ Vögel"
    )
    assert one_line("\u202egnp.exe") == "gnp.exe"  # no turning of the reading direction


def test_joiners_shape_letters_and_part_none() -> None:
    assert one_line("\u06cc\u200c\u062e\u200d") == "\u06cc\u200c\u062e"
    assert one_line("\u200d\u200c ") == ""
    assert one_line("a\u202eb") == "a b"
