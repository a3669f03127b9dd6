"""What a run measured, as charts: places in epochs, thinning, learning rates; read on in small steps."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlab.chapter.published import published
from convlab.training import metrics, runs
from convlab.training.engine import EpochRecord
from convlab.training.runs import Run
from convlab.training.schedule import one_cycle
from convlab.training.settings import Settings
from convlab.training.status import Status
from convlab.training.story import Leg
from convlab.ui.components.shared.charts import ChartShown, Line, Mark
from convlab.ui.runs.history import MOST_POINTS, History, charts, rates_of, thinned

PER_EPOCH = 4


def record(epoch: int, norms: dict[str, float] | None = None) -> EpochRecord:
    return EpochRecord(
        epoch, 0.7 / epoch, 0.5, 0.8 / epoch, 0.6, 0.01, 1.0, 100.0, norms or {"conv1": 0.1, "fc1": 1.0}
    )


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))
    return runs.create(Settings(epochs=10))


def written(run: Run, epochs: int, lr_at: tuple[int, int, float] | None = None) -> None:
    """As the trainer writes: every batch, then the epoch."""
    log = metrics.Log(run.folder / "metrics.jsonl")
    for epoch in range(1, epochs + 1):
        for batch in range(1, PER_EPOCH + 1):
            if lr_at is not None and lr_at[:2] == (epoch, batch):
                log.lr(*lr_at, 1)
            log.loss(epoch, batch, epoch + batch / 10)
        log.ended(record(epoch))
        log.flush()
    log.close()


def leg(run: Run, **changes: Any) -> Leg:
    """What the run tells of itself, with some settings changed."""
    outline = metrics.outline(run.folder / "metrics.jsonl")
    return Leg(run.settings.changed(**changes), per_epoch=PER_EPOCH, outline=outline)


def test_batches_stand_where_they_ended(run: Run) -> None:
    written(run, 2)
    points = History(run).look().batches(PER_EPOCH)
    assert points[:, 0].tolist() == [0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0]
    assert points[:, 1].tolist() == pytest.approx([1.1, 1.2, 1.3, 1.4, 2.1, 2.2, 2.3, 2.4])


def test_a_second_look_reads_on_and_forgets_nothing(run: Run) -> None:
    history = History(run).look()
    assert len(history.batches(PER_EPOCH)) == 0
    written(run, 1)
    history.look()
    once = history.batches(PER_EPOCH)
    history.look()
    assert np.array_equal(history.batches(PER_EPOCH), once)
    assert len(once) == PER_EPOCH
    assert [one.epoch for one in history.records] == [1]


def test_a_resumed_run_is_read_anew(run: Run) -> None:
    written(run, 2)
    history = History(run).look()
    metrics.cut(run.folder / "metrics.jsonl", 2, 1, 0)  # as a worker does that goes on from epoch 2
    history.look()
    assert history.batches(PER_EPOCH)[:, 0].tolist() == [0.25, 0.5, 0.75, 1.0]
    assert [one.epoch for one in history.records] == [1]


def penalised(run: Run, penalty: float, **settings: Any) -> tuple[str, dict[str, list[list[float]]]]:
    """The loss chart of a run of two epochs with these settings: its unit, and its lines by name."""
    log = metrics.Log(run.folder / "metrics.jsonl")
    for epoch in (1, 2):
        for batch in range(1, PER_EPOCH + 1):
            log.loss(epoch, batch, 1.0)
        log.ended(replace(record(epoch), penalty=penalty))
    log.flush()
    loss, *_ = charts(History(run).look(), leg(run, **settings), published("net", 0.001))
    return loss.unit, {line.name: line.points.tolist() for line in loss.lines}


def test_the_penalty_is_split_off_the_loss(run: Run) -> None:
    unit, lines = penalised(run, 0.25, l2=0.001)
    assert lines["Training, with L2"] == [[1, 0.7], [2, 0.35]]
    assert lines["Training, without L2"] == [[1, pytest.approx(0.45)], [2, pytest.approx(0.1)]]
    assert lines["The book, with L2"][0] == [1, 0.5843]
    assert "validation has no penalty" in unit


def test_a_run_of_an_earlier_version_has_only_the_whole_loss(run: Run) -> None:
    _unit, lines = penalised(run, math.nan, l1=0.1, l2=0.1)
    assert lines["Training, with L1 + L2"] == [[1, 0.7], [2, 0.35]]
    assert lines["Training, without L1 + L2"] == []


def test_of_weight_decay_the_chart_says_that_it_is_no_part_of_the_loss(run: Run) -> None:
    unit, lines = penalised(run, 0.0, weight_decay=0.002)
    assert "weight_decay is no part of it" in unit
    assert "Training" in lines


def lines_of(chart: ChartShown) -> dict[str, Line]:
    return {line.name: line for line in chart.lines}


def test_the_gap_of_a_long_run_is_as_thin_as_its_curves(run: Run) -> None:
    history = History(None)
    history.records = [record(epoch) for epoch in range(1, 1001)]
    accuracy = charts(history, leg(run), None)[1]
    assert all(len(line.points) <= MOST_POINTS + MOST_POINTS // 2 for line in accuracy.lines)


def test_nothing_lies_between_two_accuracies_where_they_cross(run: Run) -> None:
    history = History(None)
    history.records = [
        replace(record(1), train_accuracy=0.4, val_accuracy=0.6),
        replace(record(2), train_accuracy=0.7, val_accuracy=0.6),
    ]
    (between, *_lines) = charts(history, leg(run), None)[1].lines
    corners = [[1, 0.4, 0.6], [1 + 2 / 3, 0.6, 0.6], [2, 0.6, 0.7]]
    assert between.points.tolist() == [pytest.approx(corner) for corner in corners]


def test_what_is_saved_of_a_chart_names_its_run(run: Run) -> None:
    run.rename("Ärger")
    found = charts(History(run).look(), leg(run), None)
    assert {chart.whose for chart in found} == {"Ärger"}
    assert "Download" in found[0].about_numbers


def test_the_charts_hold_the_runs_numbers_and_the_books(run: Run) -> None:
    written(run, 3)
    loss, accuracy, gradients, rate = charts(History(run).look(), leg(run), published("net"))
    lines = lines_of(loss)
    assert len(lines["Batch"].points) == 3 * PER_EPOCH
    assert lines["Training"].points.tolist() == [[1, 0.7], [2, 0.35], [3, pytest.approx(0.7 / 3)]]
    assert lines["Validation"].points[:, 1].tolist() == pytest.approx([0.8, 0.4, 0.8 / 3])
    assert lines["The book, training"].points[1].tolist() == [10, pytest.approx(0.3285)]
    levels = {line.name: line.points[0, 1] for line in accuracy.lines if line.style.startswith("level")}
    assert levels == {"The book, training": 0.93, "The book, validation": 0.89}
    between, gap = accuracy.lines[0], lines_of(accuracy)["Gap: training − validation (points)"]
    assert between.style == "band"
    assert between.points.tolist() == [[epoch, 0.5, 0.6] for epoch in (1, 2, 3)]
    assert gap.points.tolist() == [[epoch, pytest.approx(-0.1)] for epoch in (1, 2, 3)]
    assert accuracy.lacking is not None
    assert accuracy.lacking.title == "Error"
    assert [line.name for line in gradients.lines] == ["conv1", "fc1"]
    assert gradients.log
    assert set(rate.lines[0].points[:, 1]) == {0.01}


def test_of_a_hundred_layers_six_are_named(run: Run) -> None:
    history = History(None)
    history.records = [record(1, {f"block{n}": 1.0 for n in range(100)})]
    lines = charts(history, leg(run), None)[2].lines
    assert len(lines) == 100
    named = [line.name for line in lines if line.name]
    assert (len(named), named[0], named[-1]) == (6, "block0", "block99")
    assert len({line.colour for line in lines}) > 50


def test_the_rate_of_one_cycle_is_drawn_as_it_was(run: Run) -> None:
    written(run, 5)
    points = rates_of(History(run).look(), leg(run, schedule="one_cycle", lr=0.1))
    for place, lr in points.tolist():
        assert lr == pytest.approx(one_cycle(round(place * PER_EPOCH), 40, 0.1))
    assert points[-1, 0] == 5


def test_a_change_of_the_rate_is_a_step(run: Run) -> None:
    written(run, 3, lr_at=(2, 3, 0.5))
    points = rates_of(History(run).look(), leg(run))
    before, after = points[points[:, 0] < 1.5], points[points[:, 0] > 1.5]
    assert set(before[:, 1]) == {0.01}
    assert set(after[:, 1]) == {0.5}
    assert points[points[:, 0] == 1.5][:, 1].tolist() == [0.01, 0.5]


def test_how_far_a_run_is_comes_from_its_curves(run: Run) -> None:
    written(run, 2)
    log = metrics.Log(run.folder / "metrics.jsonl")
    log.loss(3, 1, 0.5)
    log.flush()
    late = Status("running", 10, 1, 3, PER_EPOCH)  # of half a second ago
    seen = History(run).look().seen(late)
    assert (seen.state, seen.epoch, seen.batch, seen.last) == ("running", 2, 1, record(2))
    assert History(run).seen(Status("queued", 10)) == Status("queued", 10)


def test_marks_stand_in_every_chart(run: Run) -> None:
    marks = (Mark(1.5, "lr 0.5"),)
    drawn = charts(History(run).look(), leg(run), None, marks)
    assert all(chart.marks == marks for chart in drawn)
    assert drawn[0].header(0, 10)["marks"] == [{"at": 1.5, "words": "lr 0.5"}]


@given(st.lists(st.floats(-1e6, 1e6), max_size=3000), st.integers(4, 500))
def test_thinning_keeps_ends_order_and_extremes(values: list[float], most: int) -> None:
    points = np.stack([np.arange(len(values), dtype=float), np.array(values, dtype=float)], 1)
    found = thinned(points, most)
    assert len(found) <= max(most, 0) or len(values) <= most
    assert np.all(np.diff(found[:, 0]) > 0)
    if len(values):
        assert found[-1].tolist() == points[-1].tolist()
        assert found[:, 1].max() == points[:, 1].max() or len(found) == most
    if len(values) <= most:
        assert np.array_equal(found, points)


def test_a_long_run_is_a_few_hundred_points() -> None:
    points = np.stack([np.arange(157_000.0), np.random.default_rng(0).normal(size=157_000)], 1)
    found = thinned(points)
    assert len(found) <= MOST_POINTS
    assert found[:, 1].min() == points[:, 1].min()
    assert found[:, 1].max() == points[:, 1].max()


def test_nan_norms_are_let_through(run: Run) -> None:
    history = History(None)
    history.records = [replace(record(n), gradient_norms={"conv1": float("nan")}) for n in range(1, 4)]
    (line,) = charts(history, leg(run), None)[2].lines
    assert np.isnan(line.points[:, 1]).all()
