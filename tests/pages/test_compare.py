"""pages/compare.py without a browser: a comparison is set up, started, watched, steered, left and deleted."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from streamlit.testing.v1 import AppTest

from convlab.comparison import sweep as sweeps
from convlab.comparison.presets import PRESETS
from convlab.training import queue, runs
from convlab.ui.compare import setup
from convlab.ui.compare.controls import CompareControls, Experiment
from tests.few import few_sketches
from tests.pages.test_train import until
from tests.ui.driver import open_page, received, troubles

PAGE = "pages/compare.py"
SMALL = {"preset": "shared_blocks", "seeds": 2, "epochs": 1}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("compare")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVLAB_HOME", str(folder))
        # Measurements would go on behind the tests that follow, and those of others may do so here.
        patch.setattr(setup, "known", lambda: dict.fromkeys(PRESETS, 60.0))
        few_sketches()
        queue.shared.cache_clear()
        yield folder
        queue.shared().close()
        queue.shared.cache_clear()


@pytest.fixture(scope="module")
def done(home: Path) -> str:
    """The id of a comparison of two designs with two seeds, which was started on the page and is done."""
    app = started()
    until(app, lambda app: "4 of 4" in progress(app), patience_s=240)  # four processes import PyTorch
    return str(app.query_params["sweep"])


def started(**query: object) -> AppTest:
    app = open_page(PAGE, **{**SMALL, **query})
    assert troubles(app) == []
    app.button(key="compare.start").click().run()
    assert troubles(app) == []
    return app


def progress(app: AppTest) -> str:
    return "".join(element.proto.text for element in app.get("progress"))


def keys(app: AppTest) -> set[str]:
    return {str(button.key) for button in app.button}


def said(app: AppTest) -> str:
    return "\n".join(text.value for text in (*app.markdown, *app.caption, *app.info, *app.warning))


@pytest.mark.usefixtures("home")
def test_each_preset_is_one_sentence_and_says_what_it_starts() -> None:
    app = open_page(PAGE)
    (choice,) = app.radio
    assert choice.options == [preset.title for preset in PRESETS.values()]
    assert len(choice.proto.captions) == len(PRESETS)
    assert "24 runs" in said(app)
    assert "about **1:00**" in app.radio[0].proto.captions[0]
    assert "about **1:00**" in said(app)
    app.radio(key="compare.preset").set_value("widths").run()
    assert troubles(app) == []
    assert "**12 runs**: `n_chans1=8`" in said(app)
    assert app.query_params == {"preset": "widths"}
    app.number_input(key="compare.seeds").set_value(5).run()
    assert "20 runs" in said(app)
    assert app.query_params == {"preset": "widths", "seeds": "5"}


@pytest.mark.usefixtures("home")
def test_a_time_appears_once_it_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    found: dict[str, float] = dict.fromkeys([*PRESETS][1:], 60.0)
    monkeypatch.setattr(setup, "known", lambda: found)
    monkeypatch.setattr(setup, "_measure", lambda *_: None)
    app = open_page(PAGE)
    assert "is being measured" in said(app)
    found["in_class"] = 90.0
    app.run()
    assert "about **1:30**" in app.radio[0].proto.captions[0]
    assert "about **1:30**" in said(app)


@pytest.mark.usefixtures("home")
def test_a_preset_is_measured() -> None:
    found: dict[str, float] = {}
    setup._measure(["in_class"], found, threading.Lock())
    assert found.keys() == {"in_class"}
    assert found["in_class"] > 0


@pytest.mark.usefixtures("home")
def test_the_plan_is_what_the_controls_say() -> None:
    plan = setup.plan_of(CompareControls(preset="in_class", seeds=2, epochs=4))
    assert plan.seeds == (0, 1)
    assert {plan.settings(label, 0).epochs for label in plan.designs} == {4}
    assert plan.data == {"sketches"}


def test_a_comparison_that_is_done_stands_in_its_link(done: str) -> None:
    app = open_page(PAGE, sweep=done)
    assert troubles(app) == []
    assert "4 of 4 runs are done" in progress(app)
    assert keys(app).isdisjoint({"compare.pause", "compare.stop", "compare.resume", "compare.start"})
    header, _blobs = received(app, "compare.bars")
    for row in header["rows"]:
        found = {
            seed: run.status().last
            for (label, seed), run in sweeps.get(done).runs().items()
            if label == row["name"]
        }
        assert row["val"]["dots"] == [last.val_accuracy for last in found.values() if last]
        assert row["train"]["mean"] == pytest.approx(
            sum(last.train_accuracy for last in found.values() if last) / 2
        )
        assert row["val"]["book"] is None  # other pictures, fewer epochs
    assert "The book's nearest runs differ" in said(app)
    assert "never the best" in said(app)


@pytest.mark.parametrize("experiment", get_args(Experiment))
def test_every_part_shows(done: str, experiment: str) -> None:
    app = open_page(PAGE, sweep=done, experiment=experiment)
    assert troubles(app) == []
    if experiment == "pairs":
        (table,) = app.table
        assert len(table.value) == 1
        assert "points" in str(table.value.values)
    if experiment == "curves":
        header, _blobs = received(app, "compare.curves")
        assert [chart["key"] for chart in header["charts"]][:2] == ["train_loss", "val_loss"]
        assert {line["name"] for line in header["charts"][0]["series"]} == {"", "shared", "separate"}
    if experiment == "cost":
        header, _blobs = received(app, "compare.parameters")
        assert [point["name"] for point in header["points"]] == ["shared", "separate"]
    if experiment == "runs":
        pages = [link.proto.page for link in app.get("page_link")]
        assert [page for page in pages if page.endswith(("train", "probe", "feature_maps"))].count(
            "probe"
        ) == 3


def test_the_books_bars_are_drawn_where_somebody_asks(done: str) -> None:
    app = open_page(PAGE, sweep=done)
    app.toggle(key="compare.book").set_value(True).run()
    header, _blobs = received(app, "compare.bars")
    assert {row["val"]["book"] for row in header["rows"]} == {0.86}
    assert header["book"]
    assert app.query_params["book"] == "1"


def test_it_is_renamed_and_listed(done: str) -> None:
    app = open_page(PAGE, sweep=done)
    app.text_input(key=f"compare.renamed.{done}").set_value("On a *Friday*").run()
    assert sweeps.get(done).name == "On a *Friday*"
    again = open_page(PAGE)
    titles = again.selectbox(key="compare.sweep").options
    assert titles[0] == "A new comparison"
    assert any(title.startswith("On a *Friday* (20") for title in titles)


def test_by_numbers_every_seed_stands_in_a_row(done: str) -> None:
    app = open_page(PAGE, sweep=done)
    app.session_state["compare.by_numbers"] = True
    app.run()
    results, rows = app.expander[0].table
    assert dict(results.value.values)["Done"] == "4"
    assert [tuple(row[:3]) for row in rows.value.values] == [
        ("shared", "0", "1"),
        ("shared", "1", "1"),
        ("separate", "0", "1"),
        ("separate", "1", "1"),
    ]


@pytest.mark.usefixtures("home")
def test_it_is_paused_gone_on_with_stopped_and_deleted_whole() -> None:
    app = started(epochs=300, seeds=1)
    id = str(app.query_params["sweep"])
    until(app, lambda app: "train" in progress(app))
    app.button(key="compare.pause").click().run()
    until(app, lambda app: "compare.resume" in keys(app))
    app.button(key="compare.resume").click().run()
    until(app, lambda app: "compare.stop" in keys(app))
    app.button(key="compare.stop").click().run()
    until(app, lambda app: "compare.resume" in keys(app))
    own = {run.id for run in sweeps.get(id).runs().values()}
    assert own
    app.button(key="compare.delete").click().run()
    assert troubles(app) == []
    assert "sweep" not in app.query_params
    assert own.isdisjoint(run.id for run in runs.all_runs())
    assert id not in {one.id for one in sweeps.all_sweeps()}


@pytest.mark.usefixtures("home")
def test_a_comparison_that_is_not_there_is_said_to_be_so() -> None:
    app = open_page(PAGE, sweep="0" * 16)
    assert app.error == []
    assert "There is no comparison" in said(app)
    assert "compare.start" in keys(app)
