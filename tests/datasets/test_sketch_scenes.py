"""Backgrounds of the sketches: the same for a seed, places to stand inside the picture, and clutter."""

import numpy as np
import pytest
from numpy.random import Generator

from convlab.datasets.sketch_canvas import SIZE_PX
from convlab.datasets.sketch_scenes import Scene, clutter, jittered, scene


def many(count: int = 300) -> list[Scene]:
    return [scene(np.random.default_rng((3, n))) for n in range(count)]


def test_a_seed_gives_the_same_background() -> None:
    one, other = (scene(np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(one.canvas.pixels(0), other.canvas.pixels(0))
    assert (one.rest, one.perch) == (other.rest, other.perch)
    assert not np.array_equal(one.canvas.pixels(0), scene(np.random.default_rng(8)).canvas.pixels(0))


def test_a_place_to_stand_lies_in_the_picture_and_a_perch_has_one() -> None:
    scenes = many()
    places = [one.rest for one in scenes if one.rest is not None]
    assert 0.45 < len(places) / len(scenes) < 0.65  # 55% have one
    assert all(0 < x < SIZE_PX and 0 < y < SIZE_PX for x, y in places)
    assert all(one.rest is not None for one in scenes if one.perch)
    assert any(one.perch for one in scenes)


def test_a_third_of_the_pictures_get_clutter_and_the_others_stay() -> None:
    changed = 0
    for n, one in enumerate(many(200)):
        before = one.canvas.pixels(0)
        clutter(np.random.default_rng((4, n)), one.canvas)
        changed += not np.array_equal(before, one.canvas.pixels(0))
    assert 0.2 < changed / 200 < 0.45


@pytest.mark.parametrize("colour", [(0, 128, 255), (255, 255, 0)])
def test_a_jittered_colour_stays_near_and_a_colour(colour: tuple[int, int, int]) -> None:
    rng: Generator = np.random.default_rng(0)
    found = np.array([jittered(rng, colour, 12) for _ in range(200)])
    assert found.min() >= 0
    assert found.max() <= 255
    assert np.abs(found - colour).max() <= 12
    assert len(np.unique(found, axis=0)) > 50
