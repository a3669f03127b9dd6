"""What stands above the table of past runs: pages of it, and columns that a link names."""

import pytest

from convlab.ui.train import run_filters
from convlab.ui.train.controls import State, TrainControls
from tests.ui.test_page_state import session as session


@pytest.mark.parametrize(
    ("page", "count", "shown"),
    [(1, 3, range(3)), (1, 120, range(50)), (3, 120, range(100, 120)), (9, 120, range(100, 120)), (4, 0, [])],
)
def test_a_page_beyond_the_last_is_the_last(page: int, count: int, shown: range | list[int]) -> None:
    state = State("train", TrainControls)
    state.change(table_page=page)
    assert list(run_filters.paged(state, range(count))) == list(shown)


def test_the_columns_of_a_link() -> None:
    state = State("train", TrainControls)
    assert run_filters.chosen(state) == []
    state.change(columns="seed,val_loss")
    assert run_filters.chosen(state) == ["seed", "val_loss"]
