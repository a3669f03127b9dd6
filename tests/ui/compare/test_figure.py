"""The figure's rows: means and intervals of seeds, and when the book's numbers stand behind them."""

from statistics import stdev

import pytest

from convlab.comparison.statistics import t95
from convlab.training.recipes import book_recipe
from convlab.training.settings import Settings
from convlab.ui.compare.figure import apart, measured, printed
from convlab.ui.components.design_bars import Measured


def test_a_mean_with_its_interval_and_a_dot_for_each_seed() -> None:
    done = [0.8, 0.9, 0.85]
    found = measured(done, [0.1], None)
    assert found.mean == pytest.approx(0.85)
    assert found.half == pytest.approx(t95(2) * stdev(done) / 3**0.5)
    assert (found.dots, found.live) == (done, [0.1])  # one that trains does not count
    assert found.text == "85.0 % ± 12.4"


def test_before_any_seed_is_done_those_that_train_are_drawn_without_an_interval() -> None:
    found = measured([], [0.5, 0.7], 0.9)
    assert found.mean == pytest.approx(0.6)
    assert found.half is None
    assert (found.live, found.book) == ([0.5, 0.7], 0.9)
    assert measured([], [], None) == Measured()
    assert measured([0.5], [], None).text == "50.0 %"
    assert Measured().text == "–"


def test_an_interval_is_drawn_among_shares_and_told_whole() -> None:
    found = measured([0.5, 1.0], [], None)
    assert found.ends == (0.0, 1.0)
    assert found.text == "75.0 % ± 317.7"


def test_the_books_bars_stand_behind_its_own_settings_only() -> None:
    own = book_recipe("net", l2=True).changed(data="cifar10")
    assert printed(own, False) == (0.90, 0.87)
    assert printed(own.changed(epochs=3), False) == (None, None)
    assert printed(own.changed(epochs=3), True) == (0.90, 0.87)
    assert printed(Settings(design="dense"), True) == (None, 0.79)
    assert apart(own.changed(epochs=3, seed=5)) == {"epochs": (3, 100)}
    assert set(apart(Settings(epochs=100))) == {"data"}
