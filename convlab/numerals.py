"""One number as people write it: with a decimal comma, full-width digits, a true minus sign, as a fraction.

The browser's half, which reads alike, is ``ui/components/shared/numerals.js``.
"""

import math
import re

from convlab.errors import N_, UserError

_MINUS_SIGNS = "\u2010\u2011\u2012\u2013\u2212\ufe63"  # hyphens, figure and en dash, minus; never a long dash
_WIDE = {0x3000: " ", 0x3002: "."}  # what a Chinese keyboard writes for them
# Full-width forms stand in one block, in ASCII's order.
_PLAIN = {0xFF01 + n: 0x21 + n for n in range(94)} | {ord(sign): "-" for sign in _MINUS_SIGNS} | _WIDE
DECIMAL = r"[+-]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?"  # as a pattern, linear
_NUMBER = re.compile(rf"({DECIMAL})(?:\s*/\s*({DECIMAL}))?")
_DIGITS = re.compile(r"[+-]?[0-9]{1,30}")
_SOME_DIGIT = re.compile(r"[^eE]*[1-9]")  # in front of an exponent
_TWO_WAYS = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:[, \u00a0\u202f'][0-9]{3})+(?:\.[0-9]*)?")
_SEPARATORS = re.compile("[, \u00a0\u202f']")
_NO_NUMBER = N_("{text} is not a number: write one such as -1, 0.5 or 1/9.")
_NO_WHOLE = N_("{text} is not a number: write a whole one, such as 3.")


class NotANumber(UserError):
    """The text is no number at all."""


def plain(text: str) -> str:
    """The text with full-width characters and the many signs for minus as ASCII writes them."""
    return text.translate(_PLAIN)


def number(text: str) -> float:
    """The number that a text says; it may be infinite, never NaN. Raises UserError: nothing is guessed.

    "0,5" is one half. "1,234" may be a little more than one or a thousand and more: it is refused, and so is
    a number with separators between its thousands.
    """
    written = plain(text).strip()
    match = _NUMBER.fullmatch(written)
    if match is None:
        raise NotANumber(_NO_NUMBER, text=_quoted(text))
    top, bottom = (_decimal(part, text) for part in (match[1], match[2] or "1"))
    if bottom == 0:
        raise UserError(N_("{text} divides by 0: write another number."), text=_quoted(text))
    if math.isinf(top) and math.isinf(bottom):
        raise NotANumber(_NO_NUMBER, text=_quoted(text))
    value = top / bottom
    if value == 0 and _SOME_DIGIT.match(match[1]):
        raise UserError(N_("{text} is too near to 0 to be told from it: write 0."), text=_quoted(text))
    return value


def printed(text: str) -> float:
    """As ``number``, but thousands may stand apart, as the pages print them: "18,090" is a large number."""
    written = plain(text).strip()
    return number(_SEPARATORS.sub("", written) if _THOUSANDS.fullmatch(written) else text)


def whole(text: str) -> int:
    """The whole number that a text says; UserError where it says another, or none."""
    written = plain(text).strip()
    if _DIGITS.fullmatch(written):  # exact, where a float may not hold all of them
        return int(written)
    try:
        value = number(text)
    except NotANumber:
        raise NotANumber(_NO_WHOLE, text=_quoted(text)) from None
    if math.isinf(value):
        raise too_large(text)
    if not value.is_integer():
        raise UserError(N_("{text} is not a whole number: write one such as 3."), text=_quoted(text))
    return int(value)


def too_large(text: str) -> UserError:
    """What is said of a number beyond all floats."""
    return UserError(N_("{text} is too large a number."), text=_quoted(text))


def _decimal(part: str, text: str) -> float:
    if _TWO_WAYS.fullmatch(part):
        message = N_("{text} can be read in two ways: write {decimal} or {whole}.")
        decimal, whole = part.replace(",", "."), part.replace(",", "")
        raise UserError(message, text=_quoted(text), decimal=decimal, whole=whole)
    return float(part.replace(",", "."))


def _quoted(text: str) -> str:
    return repr(text.strip()[:20])
