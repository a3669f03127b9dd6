"""What the book printed of its runs."""

import pytest

from convlab.chapter.published import EPOCHS, FIGURE_8_13, PUBLISHED, published, row_of
from convlab.networks.designs import DESIGNS


def test_the_book_published_a_run_of_each_of_its_designs() -> None:
    designs = {key.removesuffix("_cpu").replace("net_l2", "net") for key in PUBLISHED}
    assert designs == set(DESIGNS) - {"dense", "sequential", "net_fast"}
    assert published("net", 0.001) == PUBLISHED["net_l2"]
    assert published("sequential") == PUBLISHED["net"]
    assert published("dense") is None
    assert PUBLISHED["net_cpu"].curve[50] == 0.2411
    for run in PUBLISHED.values():
        assert len(run.losses) == len(EPOCHS) == 11
        assert run.losses[0] > run.losses[1] > run.losses[5] > run.losses[10]
        assert run.val_accuracy <= run.train_accuracy


def test_figure_8_13_has_a_row_of_every_design_of_the_book() -> None:
    assert list(FIGURE_8_13) == [
        "net", "net_width", "net_l2", "net_dropout", "net_batch_norm", "net_depth", "net_res",
        "net_res_deep", "dense",
    ]  # fmt: skip
    assert FIGURE_8_13["net_width"] == (0.96, 0.90)
    assert FIGURE_8_13["dense"] == (None, 0.79)
    for row, (train, val) in FIGURE_8_13.items():
        assert train is None or train >= val, row


@pytest.mark.parametrize(
    ("design", "l2", "row"),
    [
        ("net", 0.0, "net"),
        ("sequential", 0.0, "net"),
        ("sequential", 0.1, "net_l2"),
        ("net_width", 0.1, "net_width"),
        ("dense", 0.0, "dense"),
        ("net_fast", 0.0, None),
    ],
)
def test_a_run_belongs_to_a_row(design: str, l2: float, row: str | None) -> None:
    assert row_of(design, l2) == row
    assert published(design, l2) == PUBLISHED.get(row or "")
