"""What programs and people write round a kernel: names, calls, keywords, LaTeX, and a factor such as 1/16."""

import re
from typing import NamedTuple

from convlab import numerals
from convlab.errors import N_, UserError

_PROMPT = re.compile(r"\A\s*(?:>>>|In \[\d+\]:|Out\s?\[\d+\]:)")
_FENCE = re.compile(r"\A\s*```\w*\n|\n```\s*\Z")
_COMMENT = re.compile(r"(?:^|(?<=\s))#\s[^\n]*")  # never #N/A, which a spreadsheet has for a lost number
_NAME = re.compile(
    r"\A\s*(?:Parameter containing:|[A-Za-z_][\w.]*(?: [A-Za-z_][\w.]*)*(?:\[[\w\s:,]*\]){0,4}\s*=(?!=))"
)
_MODULE = r"(?<![\w.])(?:(?:np|numpy|torch|nn|torch\.nn|sympy)\.)?"
_ONE_WEIGHT = re.compile(_MODULE + r"(?:array|tensor|u?int\d*|float\d*)\(\s*([^\s,;|()\[\]{}]+)\s*\)")
_CALL = re.compile(
    _MODULE + r"(?:asarray|array|[Mm]atrix|mat|(?:as_)?tensor|(?:Float|Double)?Tensor|from_numpy|Parameter|"
    r"single|double|float(?:32|64))\s*(?=\()"
)
_KEYWORD = re.compile(
    r",\s*(?:(?:dtype|device|requires_grad|grad_fn)\s*=\s*(?:<[^<>]*>|[^\s,()\[\]{}<>]+)"
    r"|(?:np|numpy|torch)\.(?:float|double|single)\w*(?=\s*[,)]))"
)
_SAME = re.compile(  # what leaves all weights as they are
    r"(?<=[\])}])\s*(?:\.(?:float|double|clone|detach|cpu|cuda|numpy|tolist|contiguous)\(\)|\.unsqueeze\(0\)"
    r"|\.astype\((?:np\.|numpy\.)?float(?:32|64)?\)|\[\s*None(?:\s*,\s*None)*\s*\])"
)
_CONTINUED = re.compile(r"(?<=\S)[ \t]*\.\.\.[ \t]*\n")

_NO_WEIGHT = N_("{word} is not a weight: write a number such as -1, 0.5 or 1/9.")
_FRACTION_BELOW = N_("{text} can be read in two ways: put brackets round the fraction.")
_LOST = N_("A weight times its factor is too near to 0 to be told from it: write 0.")


def weight(word: str) -> float:
    """One weight as people write it; UserError where it is none."""
    if re.match(r"[+-]?0[0-9]", word):  # "000" may be the end of a thousand with a blank in it
        raise UserError(_NO_WEIGHT, word=quoted(word))
    try:
        return numerals.number(word)
    except numerals.NotANumber:
        raise UserError(_NO_WEIGHT, word=quoted(word)) from None


def missing(row: str) -> UserError:
    """What is said of a row that has a gap."""
    return UserError(N_("A weight is missing in {row}: write 0 where you mean 0."), row=quoted(row))


def quoted(text: str) -> str:
    """The start of a text, for a sentence."""
    return repr(text[:20])


def unwrapped(text: str) -> str:
    """Without what programs print round weights: a prompt, a name, a call, its keywords, a last semicolon."""
    text = _latex(_ONE_WEIGHT.sub(r"\1", _COMMENT.sub("", _FENCE.sub("", text))))
    text = _NAME.sub("", _PROMPT.sub("", text))
    text = _CALL.sub("", _KEYWORD.sub("", text))
    while (bare := _SAME.sub("", text)) != text:
        text = bare
    if "[" in text and not re.search(
        r"\[\s*\[", text
    ):  # MATLAB's; between NumPy's brackets dots stand for what was left out
        text = _CONTINUED.sub(" ", text)
    return re.sub(r";\s*$", "", text).strip("\n ")


# ---- LaTeX ----------------------------------------------------------------------------------------------

_MATRIX = re.compile(
    r"([0-9.)]\s*)?\\begin\{((?:[bpB]|small)?matrix\*?|array)\}(?:\{[lcr| ]*\})?(.*?)\\end\{\2\}", re.DOTALL
)
_DELIMITERS = re.compile(r"\\(?:left|right)\s*(?:\\[{}]|[\[\]().])|(?<!\\)\\[\[\]()]|\$+")
_FRACTION = re.compile(r"([+-]?)\s*\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")


def _latex(text: str) -> str:
    """Matrices of LaTeX as lists of lists, in which a decimal comma is none any more."""
    if "\\begin" not in text:
        return text
    text = _FRACTION.sub(r" \1\2/\3 ", _DELIMITERS.sub("", text)).replace("{,}", ",")
    text = re.sub(r"\\(?:cdot|times)\b", "*", text)
    return _MATRIX.sub(
        lambda found: f"{found[1]}* {_listed(found[3])}" if found[1] else _listed(found[3]), text
    )


def _listed(body: str) -> str:
    rows = re.split(r"\\\\(?:\[[^\]]*\])?", body)
    rows = rows[:-1] if not rows[-1].strip() else rows
    return f"[{', '.join(f'[{_row(row)}]' for row in rows)}]"


def _row(row: str) -> str:
    cells = [cell.strip() for cell in row.split("&")]
    if not all(cells):
        raise missing(row.strip())
    return ", ".join(repr(weight(cell)) for cell in cells)


# ---- factors --------------------------------------------------------------------------------------------

_NUMBER = rf"{numerals.DECIMAL}(?:\s*/\s*{numerals.DECIMAL})?"
_FACTOR = rf"(?P<factor>{_NUMBER}|\(\s*{_NUMBER}\s*\))"
_BEFORE = re.compile(rf"\s*{_FACTOR}\s*\.?[*×·⋅]\s*?(?:(?=[\[({{])|\n+)(?P<rest>.*)", re.DOTALL)
_MINUS = re.compile(r"\s*-\s*(?=[\[({])(?P<rest>.*)", re.DOTALL)
_BEHIND = re.compile(rf"(?P<rest>.*[\])}}])\s*\.?(?P<sign>[*×·⋅/÷])\s*{_FACTOR}\s*", re.DOTALL)


class Factors(NamedTuple):
    """By what all weights are multiplied or divided, in this order."""

    steps: tuple[tuple[bool, float], ...] = ()  # whether it divides, and the number

    def of(self, value: float) -> float:
        """A weight with these factors, as Python works it out. Raises UserError where it is lost."""
        result = value
        for divides, number in self.steps:
            result = result / number if divides else result * number
        if result == 0 and value and all(divides or number for divides, number in self.steps):
            raise UserError(_LOST)
        return result + 0.0  # 0 stays 0, never -0


def factored(text: str) -> tuple[Factors, str]:
    """The factors before and behind a bracket, and what is left. Raises UserError for what is unclear."""
    steps = []
    while found := _MINUS.fullmatch(text) or _BEFORE.fullmatch(text):
        text = found["rest"]
        steps.append((False, _value(found.groupdict().get("factor", "-1"))))
    if found := _BEHIND.fullmatch(text):
        text, divides = found["rest"], found["sign"] in "/÷"
        steps.append((divides, _divisor(found["factor"]) if divides else _value(found["factor"])))
    return Factors(tuple(steps)), text


def _value(factor: str) -> float:
    return numerals.number(factor.strip("() \t\n"))


def _divisor(factor: str) -> float:
    if "/" in factor and not factor.startswith("("):  # ... / 1/9
        raise UserError(_FRACTION_BELOW, text=quoted(f"/ {factor}"))
    if (value := _value(factor)) == 0:
        raise UserError(N_("{text} divides by 0: write another number."), text=quoted(f"/ {factor}"))
    return value
