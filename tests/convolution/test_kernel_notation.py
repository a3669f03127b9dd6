"""What stands round a kernel is taken off, and no weight with it; a factor is told from a weight."""

import contextlib
import time

import pytest

from convlab.convolution import kernel_notation as notation
from convlab.errors import UserError


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("k = np.array([[1, 2]], dtype=np.float32);", "([[1, 2]])"),
        ("tensor([[1., 2.]], device='cuda:0', grad_fn=<MulBackward0>)", "([[1., 2.]])"),
        ("[np.float32(1.0), float64(2)]", "[1.0, 2]"),
        ("[1 2; ...\n 3 4]", "[1 2;  3 4]"),
        ("[[1 2]\n ...\n [3 4]]", "[[1 2]\n ...\n [3 4]]"),
        ("np.array([1])[None, None]", "([1])"),
        ("1 2 # first\n3 4", "1 2 \n3 4"),
        ("1\t#N/A", "1\t#N/A"),
        ("a 1 2 = 3", "a 1 2 = 3"),
        (r"\frac{1}{16}\begin{bmatrix}1&2\end{bmatrix}", "1/16 * [[1.0, 2.0]]"),
    ],
)
def test_only_what_stands_round_the_weights_goes(text: str, bare: str) -> None:
    assert notation.unwrapped(text).split() == bare.split()


@pytest.mark.parametrize(
    ("text", "steps", "rest"),
    [
        ("1/16 * [1 2]", ((False, 1 / 16),), "[1 2]"),
        ("2 * [1 2] / 3", ((False, 2.0), (True, 3.0)), "[1 2]"),
        ("-[1]", ((False, -1.0),), "[1]"),
        ("[1 2] / 3 * 4", (), "[1 2] / 3 * 4"),
        ("(1/3)*([1])", ((False, 1 / 3),), "([1])"),
        ("1 2 3", (), "1 2 3"),
        ("1/16 * 1 2", (), "1/16 * 1 2"),
        ("2 [1]", (), "2 [1]"),
    ],
)
def test_a_factor_stands_at_a_bracket(text: str, steps: tuple[tuple[bool, float], ...], rest: str) -> None:
    assert notation.factored(text) == (notation.Factors(steps), rest)


def test_factors_are_worked_out_as_python_does() -> None:
    factors = notation.Factors(((False, 1 / 3), (True, 7.0)))
    assert factors.of(5.0) == 1 / 3 * 5.0 / 7
    assert str(notation.Factors(((False, -1.0),)).of(0.0)) == "0.0"
    assert notation.Factors(((False, 0.0),)).of(5.0) == 0
    with pytest.raises(UserError, match="too near to 0"):
        notation.Factors(((True, 1e300),)).of(1e-300)


@pytest.mark.parametrize(
    "piece", ["a[1]", "[1]*1", "1*", "*[1]", "[None]", "a ", "...\n", r"\frac{1}", "1/1*", "[", " #"]
)
def test_long_texts_take_no_time(piece: str) -> None:
    text, start = piece * (8000 // len(piece)), time.perf_counter()
    with contextlib.suppress(UserError):
        notation.factored(notation.unwrapped(text))
    assert time.perf_counter() - start < 2
