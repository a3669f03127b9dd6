"""The twelve slips and the outdated footnote: two lines each, facts of their own, a lesson to try them in."""

import pytest

from convlab.chapter import errata, on_pictures
from convlab.chapter.errata import ERRATA
from convlab.errors import UserError

KEYS = [
    *("first_output", "moved", "ones", "blur_of_rgb", "loss_sign", "names", "first_outputs", "notebook"),
    *("order", "joined", "half", "blocks", "even_kernel"),
]


def test_there_are_twelve_and_a_line_that_was_right_when_it_was_printed() -> None:
    assert [erratum.key for erratum in ERRATA] == KEYS
    assert [erratum.key for erratum in ERRATA if erratum.outdated] == ["even_kernel"]
    places = [erratum.place for erratum in ERRATA if not erratum.outdated]
    assert places == sorted(places)  # as in the chapter


@pytest.mark.parametrize("key", KEYS)
def test_each_shows_two_different_lines_and_their_section(key: str) -> None:
    for line in errata.of(key).lines:
        assert line.book != line.right
        assert line.place.startswith("Section 8.")
    assert errata.of(key).place == errata.of(key).lines[0].place


def test_those_of_a_picture_are_tried_on_the_example() -> None:
    erratum = errata.of("moved")
    assert erratum.on is not None
    assert erratum.live() == erratum.on(*on_pictures.example())
    assert erratum.live() is erratum.live()


def test_an_unknown_slip_is_refused() -> None:
    with pytest.raises(UserError, match="There is no slip 'none'"):
        errata.of("none")
