"""The stored runs of figure 8.13: three seeds of seven designs."""

from convlab.comparison.measured import figure_8_13


def test_every_design_has_its_seeds() -> None:
    found = figure_8_13()
    assert len(found) == 7
    assert all(sorted(seeds) == [0, 1, 2] for seeds in found.values())
    assert found["net"] == {0: 0.885, 1: 0.8815, 2: 0.889}
    assert figure_8_13("train_accuracy")["net"][0] == 0.9374
