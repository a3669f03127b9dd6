"""docs/figure_8_13.md says what the command has printed, and its intervals are those of the library."""

import json
import re

import pytest

from convlab.chapter.published import FIGURE_8_13
from convlab.comparison.statistics import all_pairs, interval
from tests import sources

DOCS = sources.ROOT / "docs"
PRINTED = json.loads((sources.ROOT / "convlab/comparison/figure_8_13.json").read_text())
ON_GPU = {
    label: one
    for line in (DOCS / "figure_8_13_h100.jsonl").read_text().splitlines()
    for label, one in json.loads(line)["designs"].items()
}
TEXT = (DOCS / "figure_8_13.md").read_text()
ROWS_ON_GPU = {
    row[0]: row[1:] for row in re.findall(r"^\| (net\w*)" + r" \| ([^|]+?)" * 4 + r" \|$", TEXT, re.MULTILINE)
}
ROWS = {
    row[0]: row[1:] for row in re.findall(r"^\| (net\w*)" + r" \| ([^|]+?)" * 6 + r" \|$", TEXT, re.MULTILINE)
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


@pytest.mark.parametrize("label", ON_GPU)
def test_a_row_of_the_gpu_says_what_was_printed(label: str) -> None:
    seeds, mean, train, seconds = ROWS_ON_GPU[label]
    one = ON_GPU[label]
    assert [float(text) for text in seeds.split(", ")] == one["val_accuracy"]
    assert float(mean) == pytest.approx(sum(one["val_accuracy"]) / len(one["seeds"]), abs=5e-5)
    assert float(train) == pytest.approx(sum(one["train_accuracy"]) / len(one["seeds"]), abs=5e-5)
    assert float(seconds) == pytest.approx(one["seconds"], abs=0.05)


def test_a_gpu_tells_what_the_cpu_tells() -> None:
    assert ON_GPU.keys() == PRINTED["designs"].keys() | {"net_res_deep"}
    for label, one in PRINTED["designs"].items():
        assert ON_GPU[label]["val_accuracy"] == pytest.approx(one["val_accuracy"], abs=0.01)
    for label in ("net", "net_width", "net_l2"):
        assert ON_GPU[label]["val_accuracy"] == pytest.approx(
            PRINTED["designs"][label]["val_accuracy"], abs=1.01e-3
        )
