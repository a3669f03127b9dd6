"""Kernels as people write, paste and print them: text in, weights out, or a sentence that says what is wrong.

Blanks or commas part weights, lines or semicolons rows, bars channels. Cells of a spreadsheet and the
brackets of Python, NumPy, PyTorch and MATLAB are read too. What has two readings is refused, never guessed.
"""

import re
from typing import NamedTuple

from convlab import numerals
from convlab.convolution.kernel_notation import Factors, factored, missing, quoted, unwrapped, weight
from convlab.errors import N_, UserError

Grid = list[list[float]]

_LINE_END = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_THOUSAND = re.compile("(?<![0-9])[0-9]{1,3}['\u2019\u00a0\u2009\u202f][0-9]{3}(?![0-9])")
_PARTNERS = {"]": "[", ")": "(", "}": "{"}
_TIGHT_COMMA = re.compile(r"(?<=\S),(?=\S)")
_SPACED_COMMA = re.compile(r",\s|\s,")
_BLANKS = re.compile(r"[^\s,]\s+[^\s,]")
_IN_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3}\.[0-9]*|\.[0-9]{3},[0-9]*)")
_MAYBE_DECIMALS = re.compile(r"[+-]?0(?:,[0-9]+)+")
_DEEPEST = 4  # brackets in brackets: the weight of a layer
_LONG_LINE = 60  # NumPy breaks a row at 75 characters, PyTorch at 80

_TWO_READINGS = N_(
    "The commas in {row} can part weights or stand for decimal points: write points in the weights and "
    "blanks between them."
)
_SEMICOLONS = N_(
    "The semicolons in {row} part rows, as line ends do: write blanks or tabs between the weights of a row."
)
_NESTED = N_("These brackets make no kernel: write one pair round each row, such as [[1, 0], [0, 1]].")
_UNMATCHED = N_("{bracket} stands alone: each bracket needs its partner.")


def read(text: str) -> list[Grid]:
    """The weights [C][kh][kw]; UserError for text that is no kernel, or could be two."""
    text = numerals.plain(text).replace("\ufeff", "").replace("\u3001", ", ")
    text = unwrapped(_LINE_END.sub("\n", text))
    if found := _THOUSAND.search(text):
        raise UserError(N_("{word} is not a weight: write a thousand as 1000."), word=repr(found[0]))
    parts = [factored(part) for part in text.split("|")]
    if len(parts) > 1 and not all(part.strip() for _factors, part in parts):  # a table of Markdown, for one
        message = N_("A channel is empty: bars part channels; part rows with ; and weights with blanks.")
        raise UserError(message)
    if len({bool(factors.steps) for factors, _part in parts}) > 1:
        raise UserError(N_("A factor stands at one channel alone: write one at each, or at none."))
    channels = _channels(parts)
    if any(len(row) != len(channel[0]) for channel in channels for row in channel):
        raise UserError(N_("Every row of a kernel needs the same number of weights."))
    if len({(len(channel), len(channel[0])) for channel in channels}) > 1:
        raise UserError(N_("Every channel of a kernel needs the same number of rows and columns."))
    return channels


def _channels(parts: list[tuple[Factors, str]]) -> list[Grid]:
    if any(re.search(r"[()\[\]{}]", part) for _factors, part in parts):
        return [_times(channel, factors) for factors, part in parts for channel in _bracketed(part)]
    if re.search(r"[*×·⋅÷]", "".join(part for _factors, part in parts)):
        raise UserError(N_("A factor needs the weights in brackets: write 1/16 * [1 2 1; 2 4 2; 1 2 1]."))
    rows = [_lines(part) for _factors, part in parts]
    commas_part = _commas_part([row for channel in rows for row in channel])
    grids = [[_weights(row, commas_part) for row in channel] for channel in rows]
    return [_times(grid, factors) for grid, (factors, _part) in zip(grids, parts, strict=True)]


def _times(grid: Grid, factors: Factors) -> Grid:
    return [[factors.of(value) for value in row] for row in grid] if factors.steps else grid


# ---- rows without brackets ------------------------------------------------------------------------------


def _lines(text: str) -> list[str]:
    """The rows of one channel: its lines, and what semicolons part in them."""
    text = re.sub(r"\A(?:[ \t\xa0]*\n)+|(?:\n[ \t\xa0]*)+\Z", "", text)  # empty rows of a spreadsheet
    blocks = [block.split("\n") for block in re.split(r"\n(?:[ \xa0]*\n)+", text.strip("\n "))]
    if len(blocks) > 1 and any(len(block) > 1 for block in blocks):
        message = N_("A blank line stands between rows: part channels with |, rows with one line end.")
        raise UserError(message)
    lines = [re.sub(r";\s*$", "", line) for block in blocks for line in block]
    rows = [row for line in lines for row in line.split(";")]
    if len(rows) > 1 and not all(row.strip() for row in rows):
        raise UserError(N_("A row of the kernel is empty: write its weights, or leave out its separator."))
    if len(lines) > 1 and len(rows) > len(lines) and all(map(_is_number, rows)):
        raise UserError(_SEMICOLONS, row=quoted(next(line for line in lines if ";" in line)))
    _refuse_ragged_edges(rows)
    return [row.strip() for row in rows]


def _refuse_ragged_edges(rows: list[str]) -> None:
    """A tab before the first weight or behind the last is an empty cell, unless all rows have it."""
    for edge in (r"^\s*", r"\s*$"):
        tabs = {row: "".join(re.findall(edge, row)).count("\t") for row in rows}
        if len(set(tabs.values())) > 1:
            raise missing(max(rows, key=tabs.__getitem__))


def _commas_part(rows: list[str]) -> bool:
    """Whether commas part weights in these rows; else they are decimal points. UserError if unclear."""
    tight = [row for row in rows if _TIGHT_COMMA.search(row)]
    if not tight:
        return True
    bare = [_without_last_comma(row) for row in rows]
    if any(map(_SPACED_COMMA.search, bare)):
        raise UserError(_TWO_READINGS, row=quoted(tight[0]))
    if any(map(_BLANKS.search, tight)):
        return False
    doubtful = _doubtful(bare)
    if doubtful:
        raise UserError(_TWO_READINGS, row=quoted(doubtful[0]))
    return not all(map(_is_number, bare))


def _doubtful(rows: list[str]) -> list[str]:
    """Rows parted by tight commas, or of one number with a decimal comma each? "0,5" may be both."""
    if all(row.count(",") == 1 and _is_number(row) for row in rows):
        return rows
    if all(_MAYBE_DECIMALS.fullmatch(row) for row in rows):  # 0,5,1 and 0,5,0,25; not 0,1,0 beside other rows
        return rows if len(rows) == 1 or all(row.count(",") % 2 for row in rows) else []
    return [row for row in rows if _IN_THOUSANDS.fullmatch(row)]


def _is_number(text: str) -> bool:
    try:
        numerals.number(text)
    except numerals.NotANumber:
        return False
    except UserError:  # a number that divides by 0, or has two readings
        return True
    return True


def _weights(row: str, commas_part: bool) -> list[float]:
    if re.search(r"\t\s*\t|,\s*,|^\s*,", row):
        raise missing(row)
    words = re.split(r"\s*,\s*|\s+" if commas_part else r"\s+", _without_last_comma(row))
    return [weight(word) for word in words]


def _without_last_comma(row: str) -> str:
    return re.sub(r"\s*,\s*$", "", row).strip()


# ---- brackets -------------------------------------------------------------------------------------------


class _Group(NamedTuple):
    """What stands between two brackets: further groups, or weights."""

    bracket: str
    groups: "list[_Group]"
    texts: list[str]


def _bracketed(text: str) -> list[Grid]:
    """The channels that a text with brackets holds."""
    top = _tree(text)
    while top.bracket in ("", "(") and len(top.groups) == 1 and not "".join(top.texts).strip(" \n,"):
        top = top.groups[0]
    depth = _depth(top)
    if depth == _DEEPEST and len(top.groups) == 1:  # one output channel
        top, depth = top.groups[0], 3
    if depth == _DEEPEST:
        raise UserError(N_("These are several kernels: write one."))
    if depth == 3:
        return [_rows(channel) for channel in top.groups]
    return [_rows(top) if depth == 2 else _matrix("".join(top.texts))]


def _tree(text: str) -> _Group:
    """The brackets as groups. Raises UserError where they do not match."""
    stack = [_Group("", [], [])]
    for piece in re.split(r"([()\[\]{}])", text):
        if piece in ("(", "[", "{"):
            stack.append(_Group(piece, [], []))
        elif piece in _PARTNERS:
            if stack[-1].bracket != _PARTNERS[piece]:
                raise UserError(_UNMATCHED, bracket=piece)
            closed = stack.pop()
            stack[-1].groups.append(closed)
        else:
            stack[-1].texts.append(piece)
    if len(stack) > 1:
        raise UserError(_UNMATCHED, bracket=stack[-1].bracket)
    return stack[0]


def _depth(group: _Group, above: int = 0) -> int:
    """Levels of brackets, the same everywhere. Raises UserError where weights stand beside them."""
    text = "".join(group.texts)
    if not group.groups:
        if group.bracket == "(" and re.fullmatch(r"\s*[^\s,;]+\s*", text):  # (1): 1, or an accountant's -1
            raise UserError(N_("{word} has brackets of its own: write the weight alone."), word=quoted(text))
        return 1
    if left := text.strip(" \t\n,;"):
        raise UserError(N_("{word} stands beside the brackets: write the weights alone."), word=quoted(left))
    depths = {_depth(inner, above + 1) for inner in group.groups} if above < _DEEPEST + 1 else set()
    if len(depths) != 1 or max(depths) >= _DEEPEST:
        raise UserError(_NESTED)
    return 1 + depths.pop()


def _rows(group: _Group) -> Grid:
    """A pair of brackets for each row, which a program may have broken into lines."""
    texts = ["".join(row.texts).replace("\n", " ") for row in group.groups]
    if any(";" in text for text in texts):
        raise UserError(_NESTED)
    return [_listed(text) for text in texts]


def _matrix(text: str) -> Grid:
    """One pair of brackets: a row, or all rows as in MATLAB."""
    lines = text.strip().split("\n")
    broken = len(lines[0]) > _LONG_LINE or any(line.rstrip().endswith(",") for line in lines[:-1])
    if len(lines) > 1 and ";" not in text and broken:
        raise UserError(_NESTED)
    return [_listed(row) for row in _lines(text)]


def _listed(row: str) -> list[float]:
    """A row within brackets, where commas part weights."""
    bare = _without_last_comma(row)
    items = re.split(r"\s*,\s+|\s+,", bare)
    spaced = len(items) > 1 and all(map(_is_number, items))  # 0,5, 0,25
    if _TIGHT_COMMA.search(bare) and (spaced or _BLANKS.search(bare)):
        raise UserError(_TWO_READINGS, row=quoted(bare))
    return _weights(row, commas_part=True)
