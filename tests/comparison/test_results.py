"""docs/figure_8_13.md says what the command has printed, and its intervals are those of the library."""

import json
import re

import pytest

from convlab.chapter.published import FIGURE_8_13
from convlab.comparison.statistics import all_pairs, interval
from tests import sources

DOCS = sources.ROOT / "docs"
PRINTED = json.loads((sources.ROOT / "convlab/comparison/figure_8_13.json").read_text())
TEXT = (DOCS / "figure_8_13.md").read_text()
ROWS = {
    row[0]: row[1:] for row in re.findall(r"^\| (net\w*)" + r" \| (.+?)" * 6 + r" \|$", TEXT, re.MULTILINE)
}


def test_every_design_has_its_row() -> None:
    assert ROWS.keys() == PRINTED["designs"].keys()
    assert f"--designs {','.join(PRINTED['designs'])} --seeds 3" in TEXT


@pytest.mark.parametrize("label", PRINTED["designs"])
def test_a_row_says_what_was_printed(label: str) -> None:
    seeds, mean, ends, train, book, book_train = ROWS[label]
    one = PRINTED["designs"][label]
    assert [float(text) for text in seeds.split(", ")] == one["val_accuracy"]
    found = interval(one["val_accuracy"])
    assert float(mean) == pytest.approx(found.mean, abs=5e-5)
    assert [float(text) for text in ends.split(" to ")] == pytest.approx(found.ends, abs=5.1e-5)
    assert float(train) == pytest.approx(sum(one["train_accuracy"]) / 3, abs=5e-5)
    assert (float(book_train), float(book)) == FIGURE_8_13[label]


def test_the_pairs_are_judged_as_the_text_says() -> None:
    groups = {
        label: dict(zip(one["seeds"], one["val_accuracy"], strict=True))
        for label, one in PRINTED["designs"].items()
    }
    verdicts = {(pair.a, pair.b): pair.difference.verdict for pair in all_pairs(groups)}
    assert len(verdicts) == 21
    assert [pair for pair, verdict in verdicts.items() if verdict == "noise"] == [("net", "net_l2")]
    assert "real" not in verdicts.values()
