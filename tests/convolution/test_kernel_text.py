"""Kernels as text: every style that people and programs write is read as they mean it, or refused."""

import itertools
import json
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from convlab.convolution import kernels
from convlab.convolution.kernel_text import Grid
from convlab.errors import UserError

Kernel = list[Grid]

SOBEL = [[[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]]
SHORT = [[[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0]]]
READ: dict[str, Kernel] = {
    # decimal commas
    "0,5 0 0,5": [[[0.5, 0, 0.5]]],
    "0,25 0,5 0,25; 0,5 1 0,5; 0,25 0,5 0,25": [[[0.25, 0.5, 0.25], [0.5, 1, 0.5], [0.25, 0.5, 0.25]]],
    "0,5\t0\n0\t0,5": [[[0.5, 0], [0, 0.5]]],
    "0,5; 1; 0,5": [[[0.5], [1], [0.5]]],
    "1,5/3 0,5": [[[0.5, 0.5]]],
    # commas between weights
    "1,2,3": [[[1, 2, 3]]],
    "0,1,0\n1 1 1": [[[0, 1, 0], [1, 1, 1]]],
    "1, 2": [[[1, 2]]],
    "-1,0,1\n-2,0,2": SHORT,
    "0,1,0; 1,-4,1; 0,1,0": [[[0, 1, 0], [1, -4, 1], [0, 1, 0]]],
    "0,1,0\n0,1,0": [[[0, 1, 0], [0, 1, 0]]],
    "0.5,0.25": [[[0.5, 0.25]]],
    "1.5,2": [[[1.5, 2]]],
    "1,-1": [[[1, -1]]],
    "1/9,1/9": [[[1 / 9, 1 / 9]]],
    "-1, 0, 1,\n-2, 0, 2,": SHORT,
    # brackets
    "[[-1 0 1]\n [-2 0 2]\n [-1 0 1]]": SOBEL,
    "[[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]": SOBEL,
    "[[-1,0],[1,2]]": [[[-1, 0], [1, 2]]],
    "[[0,5],[1,2]]": [[[0, 5], [1, 2]]],
    "[-1 0 1; -2 0 2; -1 0 1]": SOBEL,
    "[-1,0,1;-2,0,2];": SHORT,
    "[-1 0 1\n-2 0 2]": SHORT,
    "[-1, 0, 1]\n[-2, 0, 2]": SHORT,
    "((-1, 0, 1), (-2, 0, 2))": SHORT,
    "{{-1, 0, 1}, {-2, 0, 2}}": SHORT,
    "[[-1, 0, 1],\n [-2, 0, 2],]": SHORT,
    "tensor([[-1.,  0.,  1.],\n        [-2.,  0.,  2.]])": SHORT,
    "tensor([[[[-1.,  0.,  1.],\n          [-2.,  0.,  2.]]]], device='cuda:0', requires_grad=True)": SHORT,
    "Parameter containing:\ntensor([[-1., 0., 1.], [-2., 0., 2.]], requires_grad=True)": SHORT,
    "tensor([[-1., 0., 1.], [-2., 0., 2.]], grad_fn=<SelectBackward0>)": SHORT,
    "array([[-1.,  0.,  1.],\n       [-2.,  0.,  2.]], dtype=float32)": SHORT,
    "kernel = np.array([[-1, 0, 1], [-2, 0, 2]], dtype=np.float32)": SHORT,
    "[[np.float32(-1.0), np.float32(0.0), float32(1)], [np.float32(-2.0), np.float64(0), int8(2)]]": SHORT,
    "[tensor(-1.), tensor(0.), tensor(1.)]": [[[-1, 0, 1]]],
    "[[1, 0]] | [[0, 1]] | [[2, 2]]": [[[1, 0]], [[0, 1]], [[2, 2]]],
    "np.array([[-1, 0, 1], [-2, 0, 2]], np.float32)": SHORT,
    "torch.tensor([[-1., 0., 1.], [-2., 0., 2.]], dtype=torch.float64).float().unsqueeze(0)": SHORT,
    "np.float32([[-1, 0, 1], [-2, 0, 2]])[None, None]": SHORT,
    "nn.Parameter(torch.tensor([[-1., 0., 1.], [-2., 0., 2.]]))": SHORT,
    "conv.weight.data[0] = torch.tensor([[-1., 0., 1.], [-2., 0., 2.]])": SHORT,
    "const float kernel[2][3] = {{-1, 0, 1}, {-2, 0, 2}};": SHORT,
    ">>> k = np.array([[-1, 0, 1], [-2, 0, 2]])": SHORT,
    "Out[12]: array([[-1,  0,  1],\n       [-2,  0,  2]])": SHORT,
    "```python\n[[-1, 0, 1],  # upper\n [-2, 0, 2]]\n```": SHORT,
    "[1,2,3, 4]": [[[1, 2, 3, 4]]],
    # MATLAB's three dots: the line goes on
    "[-1 0 1; ...\n -2 0 2]": SHORT,
    "K = [-1, 0, 1; ...\r\n     -2, 0, ...\r\n      2];": SHORT,
    "[1 2 3 ...\n 4 5 6]": [[[1, 2, 3, 4, 5, 6]]],
    # factors
    "1/16 * [1 2 1; 2 4 2]": [[[1 / 16, 1 / 8, 1 / 16], [1 / 8, 1 / 4, 1 / 8]]],
    "[[1, 2], [3, 4]] / 16": [[[1 / 16, 1 / 8], [3 / 16, 1 / 4]]],
    "(1/9) * np.array([[1, 1], [1, 2]], dtype=np.float32);": [[[1 / 9, 1 / 9], [1 / 9, 2 / 9]]],
    "1/9 * [[1, 1], [1, 1]]": [[[1 / 9, 1 / 9], [1 / 9, 1 / 9]]],
    "[1 2 1] .* 0.5": [[[0.5, 1, 0.5]]],
    "[1 2 1] * 1/4": [[[0.25, 0.5, 0.25]]],
    "[1 2] / (1/4)": [[[4, 8]]],
    "0,5 * [1 2]": [[[0.5, 1]]],
    "-[1 0; 0 1]": [[[-1, 0], [0, -1]]],
    "{{1, 2}, {3, 4}}/4": [[[0.25, 0.5], [0.75, 1]]],
    "1/2 \N{MULTIPLICATION SIGN} [1 2] \N{DIVISION SIGN} 2": [[[0.25, 0.5]]],
    "0.5 * [1 2] | 2 * [1 2] | [1 2] / 4": [[[0.5, 1]], [[2, 4]], [[0.25, 0.5]]],
    "\N{FULLWIDTH DIGIT ONE}\N{FULLWIDTH SOLIDUS}\N{FULLWIDTH DIGIT TWO}\N{FULLWIDTH ASTERISK}[1 2]": [
        [[0.5, 1]]
    ],
    "K =\n\n   1.0e-03 *\n\n    1.0000    0.5000\n    2.0000    0.2500\n": [
        [[0.001, 0.0005], [0.002, 0.00025]]
    ],
    # LaTeX
    r"\begin{bmatrix} -1 & 0 & 1 \\ -2 & 0 & 2 \end{bmatrix}": SHORT,
    r"$$K = \frac{1}{16} \begin{pmatrix} 1 & 2 \\[2pt] 2 & 4 \\ \end{pmatrix}$$": [
        [[1 / 16, 1 / 8], [1 / 8, 1 / 4]]
    ],
    r"\left[\begin{array}{cc} -\frac{1}{9} & 0,5 \\ 1 & 0{,}25 \end{array}\right]": [
        [[-1 / 9, 0.5], [1, 0.25]]
    ],
    # spreadsheets
    "-1\t0\t1\t\r\n-2\t0\t2\t\r\n": SHORT,
    "-1\t0\t1\n-2\t0\t2\n\t\t\n\t\t\n": SHORT,
    "\ufeff-1\t0\t1\n-2\t0\t2": SHORT,
    # lines
    "K =\n\n    -1     0     1\n    -2     0     2\n": SHORT,
    "-1 0 1; -2 0 2; -1 0 1;": SOBEL,
    "-1 0 1;\n-2 0 2;\n": SHORT,
    "-1 0 1\n\n-2 0 2": SHORT,
    "-1\t0\t1\r\n-2\t0\t2\r\n": SHORT,
    "\t-1\t0\t1\n\t-2\t0\t2": SHORT,
    "1 0\n0 1\n|\n1 0\n0 1\n|\n1 0\n0 1": [[[1, 0], [0, 1]]] * 3,
    # signs
    "\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH DIGIT ONE} 0\N{IDEOGRAPHIC SPACE}1": [[[-1, 0, 1]]],
    "1\N{IDEOGRAPHIC COMMA}2\N{FULLWIDTH COMMA} 3": [[[1, 2, 3]]],
    "\uff3b1\N{FULLWIDTH SEMICOLON}2\uff3d": [[[1], [2]]],
    "\N{EN DASH}1 \N{MINUS SIGN}2": [[[-1, -2]]],
    "-1\u00a00\u00a01": [[[-1, 0, 1]]],
}
COMMAS, MISSING, BRACKETS = "The commas in", "A weight is missing", "brackets"
REFUSED = {
    "0,5": COMMAS,
    "1,2": COMMAS,
    "0,5,1": COMMAS,
    "0,5,0,25": COMMAS,
    "0,5;1,0": COMMAS,
    "0,1 | 1,0 | 1,1": COMMAS,
    "0,5, 0, 0,5": COMMAS,
    "1,2, 3": COMMAS,
    "1.234,5": COMMAS,
    "1,234.5": COMMAS,
    "[0,5 0 0,5]": COMMAS,
    "1,234 5": "two ways",
    "1 000 0": "'000' is not a weight",
    "1\u00a0000": "write a thousand as 1000",
    "1'000 2": "write a thousand as 1000",
    "1,2,3 4,5,6": "'1,2,3' is not a weight",
    "1,,2": MISSING,
    "1, , 2": MISSING,
    ", 1": MISSING,
    "1\t\t1": MISSING,
    "\t1\n1\t": MISSING,
    "1\t2\n\t\n3\t4": "row of the kernel is empty",
    "1 2;;3 4": "row of the kernel is empty",
    "1 0\n0 1\n\n1 0\n0 1\n\n1 0\n0 1": "blank line",
    "[[1, 2], [3]]": "same number of weights",
    "[[1, 2]": r"\[ stands alone",
    "1, 2]": r"\] stands alone",
    "[1, 2)": r"\) stands alone",
    "[1, 0 | 0, 1]": "stands alone",
    "[[1, 2], 3]": "'3' stands beside the brackets",
    "[0,5, 0,25]": COMMAS,
    "[1,2, 3]": COMMAS,
    "1/2 * [0,5 0 0,5]": COMMAS,
    "[1 2] / 1/9": "put brackets round the fraction",
    "[1 2] / 0": "'/ 0' divides by 0",
    "[1 2] / (1/0)": "divides by 0",
    "1,234 * [1 2]": "two ways",
    "1/16 * [1 2] | [1 2] | [1 2]": "at one channel alone",
    "1/16 * 1 2 1": "A factor needs the weights in brackets",
    "1 2 1 / 16": "'/' is not a weight",
    "1e-200 * [1e-200]": "too near to 0",
    "1e200 * [1e200]": "not a number between",
    "1e400 * [0]": "not a number between",
    "[1 2] * [3 4]": "stands beside",
    "[1 2; 3 4]'": "stands beside",
    "1/9 * torch.ones(3)": "stands beside",
    "[[0, 1, 2],\n ...,\n [7, 8, 9]]": "stands beside",
    "[0 1 ... 8 9]": "'...' is not a weight",
    "0 1 2 ...\n7 8 9": "'...' is not a weight",
    "tensor([[nan, 1.]])": "'nan' is not a weight",
    "[[1., inf]]": "'inf' is not a weight",
    "1 -inf": "'-inf' is not a weight",
    "[[True, False]]": "'True' is not a weight",
    "1\t#N/A\n3\t4": "'#N/A' is not a weight",
    "1;2;3\n4;5;6": "semicolons in '1;2;3' part rows",
    "0,5;1\n0;0,5": "semicolons in '0,5;1' part rows",
    r"\begin{bmatrix} 1 & & 2 \end{bmatrix}": MISSING,
    r"\begin{bmatrix} 1 2 & 3 \end{bmatrix}": "'1 2' is not a weight",
    r"\begin{bmatrix} 2\frac{1}{2} & 3 \end{bmatrix}": "is not a weight",
    r"\begin{vmatrix} 1 & 2 \end{vmatrix}": "stands beside",
    "2 tensor([1, 2])": "stands beside",
    "[[[1]], [2]]": BRACKETS,
    "[" * 1000 + "]" * 1000: BRACKETS,
    "[[1 2; 3 4]]": BRACKETS,
    "[[[[1]]], [[[2]]]]": "several kernels",
    "[1, 2, 3,\n 4, 5, 6]": BRACKETS,
    "[[(1)]]": BRACKETS,
    "(1)": BRACKETS,
    "| 1 | 0 |\n|---|---|\n| 0 | 1 |": "A channel is empty: bars part channels",
    "1 0; 0 1 |": "A channel is empty",
    "[]": "'' is not a weight",
    "[[1 ... 2]]": "'...' is not a weight",
    "1.0e+03 *": "A factor needs the weights in brackets",
    "2(3)": "stands beside",
    "x": "'x' is not a weight",
    "1\u00bd": "is not a weight",
    "kernel: 1 2": "'kernel:' is not a weight",
}  # fmt: skip


@pytest.mark.parametrize(("text", "kernel"), READ.items(), ids=[ascii(text)[:40] for text in READ])
def test_a_kernel_is_read_as_people_and_programs_write_it(text: str, kernel: Kernel) -> None:
    assert kernels.parse(text).tolist() == torch.tensor(kernel).tolist()


@pytest.mark.parametrize(("text", "message"), REFUSED.items(), ids=[ascii(text)[:40] for text in REFUSED])
def test_what_is_no_kernel_or_may_be_two_is_refused_by_name(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message) as refusal:
        kernels.parse(text)
    assert len(str(refusal.value)) < 160


def _joined(*separators: str, opening: str = "", closing: str = "") -> Callable[[list[list[list[str]]]], str]:
    """Weights, rows and channels between these separators, in brackets where they are asked for."""
    between, rows, channels = separators

    def text(words: list[list[list[str]]]) -> str:
        grids = [
            opening + rows.join(opening + between.join(row) + closing for row in grid) + closing
            for grid in words
        ]
        return grids[0] if len(grids) == 1 else opening + channels.join(grids) + closing

    return text


Words = list[list[list[str]]]

WAYS: dict[str, Callable[[Words], str]] = {
    "blanks": _joined(" ", "; ", " | "),
    "lines": _joined("  ", "\n", "\n|\n"),
    "spreadsheet": _joined("\t", "\r\n", "|"),
    "commas": _joined(", ", "\n", "|"),
    "tight commas": _joined(",", ";", "|"),
    "NumPy": _joined(" ", "\n ", "\n\n", opening="[", closing="]"),
    "Python": _joined(", ", ", ", ", ", opening="[", closing="]"),
    "JSON": _joined(",", ",", ",", opening="[", closing="]"),
    "Mathematica": _joined(", ", ", ", ", ", opening="{", closing="}"),
    "C": lambda words: (
        "float k[3][3] = " + _joined(", ", ",\r\n ", ", ", opening="{", closing="}")(words) + ";"
    ),
    "call": lambda words: (
        f"np.array({_joined(', ', ', ', ', ', opening='[', closing=']')(words)}, dtype=float)"
    ),
    "MATLAB": lambda words: " | ".join(f"[{_joined(' ', '; ', '|')([grid])}];"[:-1] for grid in words),
    "MATLAB, with three dots": lambda words: " | ".join(
        f"[{_joined(', ', '; ...' + chr(10), '|')([grid])}]" for grid in words
    ),
    "spreadsheet, wide": lambda words: _joined("\t", "\t\r\n", "\t|")(words) + "\t\r\n",
    "LaTeX": lambda words: " | ".join(
        rf"\begin{{bmatrix}} {_joined(' & ', chr(92) * 2, '|')([grid])} \end{{bmatrix}}" for grid in words
    ),
}
NUMBERS: dict[str, Callable[[float], str]] = {
    "shortest": kernels.number,
    "decimals": "{:.4f}".format,
    "short": "{:.1f}".format,
    "whole": "{:.0f}".format,
    "powers": "{:.3e}".format,
    "NumPy's": lambda value: repr(np.float32(value)),
    "point last": "{:#.0f}".format,
}
LOOKS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "decimal comma": lambda text: text.replace(".", ","),
    "true minus": lambda text: text.replace("-", "\N{MINUS SIGN}"),
    "full width": lambda text: "".join(chr(ord(s) + 0xFEE0) if "!" < s <= "~" else s for s in text),
}


@st.composite
def grids(draw: st.DrawFn) -> Kernel:
    weights = st.one_of(st.integers(-9, 9).map(float), st.floats(-1000, 1000, width=32))
    channels, rows, columns = (
        draw(st.sampled_from([1, 1, 3])),
        draw(st.integers(1, 4)),
        draw(st.integers(1, 4)),
    )
    count = channels * rows * columns
    drawn = iter(draw(st.lists(weights, min_size=count, max_size=count)))
    return [
        [[next(drawn) for _column in range(columns)] for _row in range(rows)] for _channel in range(channels)
    ]


def _value(word: str) -> float:
    return float(word.removeprefix("np.float32(").removesuffix(")"))


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=60)
@given(kernel=grids(), number=st.sampled_from([*NUMBERS]), look=st.sampled_from([*LOOKS]))
def test_a_printed_kernel_is_read_back_or_refused_but_never_another(
    way: str, kernel: Kernel, number: str, look: str
) -> None:
    words = [[[NUMBERS[number](value) for value in row] for row in rows] for rows in kernel]
    meant = [
        [[float(word.removeprefix("np.float32(").removesuffix(")")) for word in r] for r in c] for c in words
    ]
    comma = look == "decimal comma"
    if comma:
        words = [[[LOOKS[look](word) for word in row] for row in rows] for rows in words]
    text = WAYS[way](words)
    text = text if comma else LOOKS[look](text)
    try:
        found = kernels.parse(text)
    except UserError:
        # Only commas of two meanings, and weights that rounding has made too large, are not understood.
        assert comma or way == "tight commas" or max(abs(w) for w in np.ravel(meant)) > 1000, text
        return
    lists = way in ("JSON", "Python", "Mathematica", "C", "call", "tight commas") or (
        "[" in text and len(words[0][0]) == 1  # the same text as a JSON list of two
    )
    if comma and lists:
        return  # [0,5] and 0,-1,0 are lists of whole numbers for everybody
    assert found.tolist() == torch.tensor(meant).tolist(), text


FACTORS: dict[str, tuple[Callable[[str], str], float]] = {
    "1/16 in front": ("1/16 * {}".format, 1 / 16),
    "a bracketed fraction in front": ("(1/4)*{}".format, 1 / 4),
    "a decimal comma in front": ("0,5 * {}".format, 0.5),
    "over 8": ("{} / 8".format, 1 / 8),
    "times 0.25": ("{} * 0.25".format, 0.25),
    "full width": ("\N{FULLWIDTH DIGIT TWO} \N{FULLWIDTH ASTERISK} {}".format, 2.0),
    "a minus": ("-{}".format, -1.0),
    "both sides": ("2 * {} / 4".format, 0.5),
}


@pytest.mark.parametrize("factor", FACTORS)
@settings(max_examples=40)
@given(kernel=grids(), way=st.sampled_from(["NumPy", "Python", "JSON", "Mathematica", "call"]))
def test_a_factor_multiplies_every_weight_bit_for_bit(factor: str, kernel: Kernel, way: str) -> None:
    """By powers of two, which change no digit."""
    write, number = FACTORS[factor]
    words = [[[kernels.number(value) for value in row] for row in rows] for rows in kernel]
    written = [[[float(word) for word in row] for row in rows] for rows in words]
    meant = torch.tensor(written, dtype=torch.float64) * number
    text = write(WAYS[way](words))
    if float(meant.abs().max()) > 1000:
        with pytest.raises(UserError, match="not a number between"):
            kernels.parse(text)
    else:
        assert torch.equal(kernels.parse(text), meant.float()), text


@settings(max_examples=60)
@given(kernel=grids())
def test_what_numpy_and_pytorch_print_is_read_back(kernel: Kernel) -> None:
    tensor = torch.tensor(kernel)
    array = tensor.numpy()
    for text in (repr(array), str(array), repr(array[None]), json.dumps(kernel), repr(kernel)):
        assert torch.allclose(kernels.parse(text), tensor, rtol=1e-7, atol=1e-5), text
    for text in (repr(tensor), str(tensor), repr(torch.nn.Parameter(tensor[None]))):
        assert kernels.parse(text).shape == tensor.shape
        assert torch.allclose(
            kernels.parse(text), tensor, rtol=1e-3, atol=1e-4 * max(1.0, float(tensor.abs().max()))
        ), text


@pytest.mark.parametrize("size", [(1, 7), (7, 7), (2, 6)])
def test_rows_that_numpy_and_pytorch_break_into_lines_stay_rows(size: tuple[int, int]) -> None:
    kernel = torch.randn(1, *size, generator=torch.Generator().manual_seed(0)) / 3
    with np.printoptions(linewidth=30, precision=9), torch.no_grad():
        assert torch.allclose(kernels.parse(str(kernel.numpy())), kernel, atol=1e-6)
    torch.set_printoptions(linewidth=30)
    try:
        assert torch.allclose(kernels.parse(repr(kernel)), kernel, atol=1e-4)
    finally:
        torch.set_printoptions(profile="default")


@settings(max_examples=300)
@given(st.text(st.sampled_from("0015,.;|[]() \t\n-/e\u00a0"), max_size=14))
def test_no_text_loses_or_joins_a_digit(text: str) -> None:
    """Whatever was understood has the digits of the text, in their order: nothing is dropped or made up."""
    try:
        found = kernels.parse(text)
    except UserError:
        return
    words = "".join(sign if sign in "0123456789.,-/e" else " " for sign in text.replace(", ", " ")).split()
    digits = [sign for word in words for sign in word if sign.isdigit()]
    assert len(digits) >= found.numel()
    assert 1 <= found.numel() <= sum(1 for _key, _run in itertools.groupby(text, str.isdigit) if _key)
