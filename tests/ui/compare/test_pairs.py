"""Pairs in words: who is ahead, by how many points, and what that is worth."""

from convlab.comparison.statistics import all_pairs
from convlab.ui.compare.pairs import points, table
from convlab.ui.words import _

GROUPS = {
    "low": {0: 0.70, 1: 0.71, 2: 0.72},
    "high": {0: 0.80, 1: 0.812, 2: 0.82},
    "same": {0: 0.8001, 1: 0.8119, 2: 0.8201},
}


def test_who_is_ahead_stands_first_and_what_is_real_above() -> None:
    rows = table(all_pairs(GROUPS))
    assert rows[_("Validation accuracy")][0] == "same over low"
    assert rows[_("Validation accuracy")][-1] in ("same over high", "high over same")
    worth = rows[_("What it is worth")]
    assert [text.split(":")[-1].strip() for text in worth] == ["real", "real", "within the noise"]
    assert rows["Difference"][0] == "+10.1 points"
    low, high = (float(end.strip("+").replace("−", "-")) for end in rows["95% interval"][0].split()[0:3:2])
    assert 0 < low < 10.1 < high


def test_points_have_a_sign() -> None:
    assert points(0.0234) == "+2.3 points"
    assert points(-0.01) == "−1.0 points"


def test_too_few_seeds_are_said_to_be_so() -> None:
    rows = table(all_pairs({"a": {0: 0.5}, "b": {0: 0.6}}))
    assert rows["95% interval"] == ["–"]
    assert "too few seeds to tell" in rows["What it is worth"][0]
