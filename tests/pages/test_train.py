"""pages/train.py without a browser: settings, links, a real run steered, past runs, words from strangers."""

import io
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import torch
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from convlab.networks.designs import DESIGNS
from convlab.training import queue, runs, snapshots
from convlab.training.recipes import RECIPES, book_recipe
from convlab.training.runs import Run
from convlab.training.settings import Settings
from convlab.ui.train.controls import Experiment, TrainControls, settings_of
from tests.few import few_sketches
from tests.ui.driver import open_page, received, troubles

PAGE, CURVES = "pages/train.py", "train.curves"
PATIENCE_S = 60.0
MARKUP = "![x](http://a.invalid) <img src=x onerror=alert(1)> $x^2$ :cat: **b** `c`"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))
    few_sketches()
    return tmp_path


@pytest.fixture
def pool() -> Iterator[queue.Queue]:
    """The queue of this process, in this test's folder; no worker outlives the test."""
    queue.shared.cache_clear()
    pool = queue.shared()
    yield pool
    pool.close()
    assert all(worker.process.poll() is not None for worker in pool._workers)
    queue.shared.cache_clear()


def controls(app: AppTest) -> TrainControls:
    found: TrainControls = app.session_state["train.controls"]
    return found


def press(app: AppTest, key: str) -> AppTest:
    after: AppTest = app.button(key=key).click().run()
    return after


def buttons(app: AppTest) -> set[str]:
    return {str(button.key) for button in app.button}


def header(app: AppTest) -> dict[str, Any]:
    found: dict[str, Any] = received(app, CURVES)[0]
    return found


def until(app: AppTest, seen: Callable[[AppTest], bool]) -> AppTest:
    """Run again and again, as the page does by itself, until it is seen."""
    deadline = time.monotonic() + PATIENCE_S
    while not seen(app.run()):
        assert troubles(app) == []
        assert time.monotonic() < deadline, header(app)["status"]
        time.sleep(0.1)
    return app


def ended(epochs: int = 3, **changes: Any) -> Run:
    """A run on disk as if it had been trained: made by hand, no process."""
    from convlab.datasets import shelf
    from convlab.training.session import Session

    run = runs.create(Settings(epochs=epochs, design="net", **changes))
    session = Session(run, shelf.get("sketches"), lambda: None, lambda _session: None, time.monotonic)
    session.go()
    session.end("finished", None)
    session.log.close()
    return run


def test_the_first_visit_shows_the_books_curve_and_starts_nothing() -> None:
    app = open_page(PAGE)
    assert troubles(app) == []
    assert not app.warning
    assert app.query_params == {}
    shown, blobs = received(app, CURVES)
    book = [one["name"] for one in shown["charts"][0]["series"]].index("The book, training")
    points = torch.frombuffer(bytearray(blobs[f"loss_{book}"]), dtype=torch.float32).reshape(-1, 2)
    assert points[0].tolist() == pytest.approx([1, 0.5718])
    assert shown["status"] is None
    assert runs.all_runs() == []
    assert any("18,090" in m.value and "4,000 pictures, 63 batches" in m.value for m in app.markdown)
    assert any("about **0:" in m.value for m in app.markdown)


@pytest.mark.parametrize("design", DESIGNS)
def test_every_network_with_all_settings_open(design: str) -> None:
    app = open_page(PAGE, design=design, more=1)
    assert troubles(app) == []
    assert not app.warning
    assert settings_of(controls(app)).design == design


@pytest.mark.parametrize("experiment", get_args(Experiment))
def test_every_experiment_before_and_after_a_run(experiment: str) -> None:
    app = open_page(PAGE, experiment=experiment)
    assert troubles(app) == []
    app = open_page(PAGE, experiment=experiment, run=ended(1).id)
    assert troubles(app) == []
    assert header(app)["status"]["state"] == "Finished"


def test_presets() -> None:
    app = open_page(PAGE, design="net_res_deep", seed=7)
    press(app, "train.book")
    assert settings_of(controls(app)).changed(seed=0) == book_recipe("net_res_deep").changed(seed=0)
    assert controls(app).seed == 7
    press(app, "train.fast")
    assert settings_of(controls(app)) == RECIPES["fast"].settings.changed(seed=7)
    app = press(open_page(PAGE), "train.book_l2")
    assert settings_of(controls(app)) == book_recipe("net", l2=True)


def test_what_cannot_start_says_why_beside_start() -> None:
    app = open_page(PAGE, nesterov=1, more=1)
    (said,) = app.warning
    assert said.value.startswith("nesterov needs momentum above 0")
    assert app.button(key="train.start").disabled


def test_a_link_never_starts_a_run_and_a_stranger_in_it_is_named() -> None:
    app = open_page(PAGE, run="0" * 16, data="somebodys-12345678", lr="nan", start=1)
    assert troubles(app) == []
    assert runs.all_runs() == []
    assert any("data" in w.value and "lr" in w.value for w in app.warning)
    assert any("There is no run" in w.value for w in app.warning)
    assert (controls(app).data, controls(app).run) == ("sketches", "")


def test_a_run_is_started_steered_and_found_again(pool: queue.Queue) -> None:
    app = open_page(PAGE, epochs=1000)
    press(app, "train.start")
    run = runs.get(controls(app).run)
    assert app.query_params["run"] == run.id
    assert run.settings == Settings(epochs=1000)
    until(app, lambda app: header(app)["points"] > 5)
    assert header(app)["status"]["state"] == "Training"
    other = open_page(PAGE, run=run.id)  # a second tab
    assert header(other)["status"]["state"] == "Training"
    assert [one["key"] for one in header(other)["charts"]] == ["loss", "accuracy", "gradients", "rate"]

    app.number_input(key=f"train.lr.{run.id}").set_value(0.05).run()
    deadline = time.monotonic() + PATIENCE_S
    while not run.metrics().lrs and time.monotonic() < deadline:
        time.sleep(0.05)
    assert run.metrics().lrs[-1][2] == 0.05

    press(app, "train.pause")
    until(app, lambda app: header(app)["status"]["state"] == "Paused")
    assert "train.resume" in buttons(app)
    assert "train.pause" not in buttons(app)
    batches = len(run.metrics().loss)
    press(app, "train.resume")
    until(app, lambda app: header(app)["status"]["state"] == "Training" and len(run.metrics().loss) > batches)
    press(app, "train.stop")
    until(app, lambda app: header(app)["status"]["state"] == "Stopped")
    assert troubles(app) == []


def test_several_seeds_wait_in_line_with_their_place(pool: queue.Queue) -> None:
    app = open_page(PAGE, epochs=1000, repeats=3, seed=4)
    press(app, "train.start")
    made = sorted(runs.all_runs(), key=lambda run: run.settings.seed)
    assert [run.settings.seed for run in made] == [4, 5, 6]
    assert controls(app).run == made[0].id
    until(app, lambda app: header(app)["points"] > 0)
    last = open_page(PAGE, run=made[2].id)
    assert header(last)["status"]["state"] == "Waiting"
    assert "place 2" in header(last)["status"]["figures"]
    for run in made[1:]:
        press(open_page(PAGE, run=run.id), "train.stop")
    assert [run.status().state for run in made[1:]] == ["stopped", "stopped"]


def test_a_diverged_run_says_what_happened_and_what_to_do(pool: queue.Queue) -> None:
    app = open_page(PAGE, lr=1e6, design="net_depth")
    press(app, "train.start")
    until(app, lambda app: header(app)["status"]["state"] == "Diverged")
    said = header(app)["status"]["message"]
    assert "1e+06" in said or "1000000" in said or "1,000,000" in said
    assert "smaller learning rate" in said


def test_an_interrupted_run_says_so_and_offers_to_resume() -> None:
    run = runs.create(Settings())
    run.set_status(run.status().now("running"))  # nobody trains it
    app = open_page(PAGE, run=run.id)
    assert header(app)["status"]["state"] == "Interrupted"
    assert "press Resume" in header(app)["status"]["message"]
    assert "train.resume" in buttons(app)


def ticked(app: AppTest, rows: list[int]) -> AppTest:
    """Tick rows of the table of past runs, as the browser does."""
    (table,) = app.dataframe
    state = WidgetState(id=table.proto.id)
    state.string_value = json.dumps({"selection": {"rows": rows, "columns": [], "cells": []}})
    widgets = app._tree.get_widget_states()
    widgets.widgets.append(state)
    return app._run(widgets)


def test_past_runs_are_listed_searched_renamed_opened_and_deleted() -> None:
    first, second = ended(1, seed=1), ended(2, seed=2)
    app = open_page(PAGE, experiment="past")
    (table,) = app.dataframe
    assert table.value["Seed"].tolist() == [2, 1]
    assert table.value["Epochs"].tolist() == ["2 / 2", "1 / 1"]
    app.text_input(key="train.search").set_value("net 1").run()
    assert app.dataframe[0].value["Seed"].tolist() == [2, 1]  # both have a 1 somewhere
    app.text_input(key="train.search").set_value("nothing-like-it").run()
    assert not app.dataframe
    app.text_input(key="train.search").set_value("").run()
    ticked(app, [1])
    app.text_input(key=f"train.renamed.{first.id}").set_value(MARKUP).run()
    assert first.name == MARKUP
    ticked(app, [1])
    press(app, f"train.open.{first.id}")
    assert controls(app).run == first.id
    ticked(app, [0, 1])
    press(app, "train.delete")
    assert runs.all_runs() == []
    assert controls(app).run == ""
    assert troubles(app) == []
    assert second not in runs.all_runs()


def test_runs_are_compared_and_their_differences_are_bold() -> None:
    ended(2, seed=1), ended(2, seed=2), ended(2, lr=0.1)
    app = open_page(PAGE, experiment="past")
    ticked(app, [0, 1, 2])
    shown, blobs = received(app, "train.compare")
    names = [[one["style"] for one in chart["series"]] for chart in shown["charts"]]
    assert names[0] == ["solid", "band", "dashed"]  # the two seeds are one band
    table = app.table[-1].value
    assert table["Setting"].tolist()[:2] == ["lr", "Seed"]
    values = [table[column].tolist()[0] for column in table.columns[1:]]
    assert values == ["0\\.1", "**0\\.01**", "**0\\.01**"]
    mean = torch.frombuffer(bytearray(blobs["val_accuracy_2"]), dtype=torch.float32).reshape(-1, 2)
    both = [run.metrics().records for run in runs.all_runs()[1:]]
    expected = [(a.val_accuracy + b.val_accuracy) / 2 for a, b in zip(*both, strict=True)]
    assert mean[:, 1].tolist() == pytest.approx(expected)


def test_the_time_machine_holds_the_networks_own_verdicts() -> None:
    run = ended(2)
    app = open_page(PAGE, experiment="then", run=run.id, picture="photo:rocket")
    shown, blobs = received(app, "train.then")
    assert shown["epochs"] == [0, 1, 2]
    chances = torch.frombuffer(bytearray(blobs["probabilities"]), dtype=torch.float32).reshape(3, 2)
    assert torch.allclose(chances.sum(1), torch.ones(3))
    rgba = torch.frombuffer(bytearray(blobs["picture"]), dtype=torch.uint8).reshape(32, 32, 4)
    mean, std = (torch.tensor(run.environment[name])[:, None, None] for name in ("mean", "std"))
    x = (rgba[..., :3].permute(2, 0, 1) / 255 - mean) / std
    for epoch in (0, 2):
        with torch.no_grad():
            expected = run.network_at(epoch)(x[None]).softmax(1)[0]
        assert torch.allclose(chances[epoch], expected, atol=1e-6)
    weights = run.weights_at(2)["conv1.weight"]
    places = torch.frombuffer(bytearray(blobs["kernels"]), dtype=torch.uint8).reshape(3, 16, 3, 3, 3)[2]
    end = shown["kernels"]["end"]
    assert torch.allclose(places.float() / 127.5 * end - end, weights, atol=end / 127)
    assert blobs["maps"]


def test_a_fork_goes_on_from_an_epoch_with_the_settings_above(pool: queue.Queue) -> None:
    run = ended(2)
    app = open_page(PAGE, run=run.id, lr=0.02, epochs=1)
    app.select_slider(key=f"train.fork.{run.id}").set_value(1).run()
    assert any("lr: 0\\.01 → 0\\.02" in m.value for m in app.markdown)
    press(app, "train.fork")
    child = runs.get(controls(app).run)
    assert child.parent == runs.Parent(run.id, 1)
    assert child.settings == run.settings.changed(lr=0.02, epochs=1)
    until(app, lambda app: header(app)["status"]["state"] == "Finished")
    begun = child.weights_at(0)
    assert all(torch.equal(tensor, begun[name]) for name, tensor in run.weights_at(1).items())


def test_a_name_with_markup_is_plain_text_everywhere() -> None:
    run = ended(1)
    run.rename(MARKUP)
    for experiment in ("past", "then"):
        app = open_page(PAGE, run=run.id, experiment=experiment)
        assert troubles(app) == []
        texts = [
            element.value for kind in (app.markdown, app.caption, app.warning, app.info) for element in kind
        ]
        named = [text for text in texts if "invalid" in text]
        assert named
        for payload in ("![x](", " <img src", "$x^2$", ":cat:", "**b** `c`"):
            assert not any(payload in text for text in named)


def test_downloads(monkeypatch: pytest.MonkeyPatch) -> None:
    from convlab.ui.train import run_actions

    run = ended(2)
    told = json.loads(run_actions.about(run))
    assert Settings.parse(told["settings"]) == run.settings
    assert told["environment"]["parameters"] == 18_090
    state = torch.load(io.BytesIO(run.pt()), weights_only=True)
    assert torch.equal(state["fc2.weight"], snapshots.load(run.weights())[0]["fc2.weight"])


def test_both_modes_are_measured_on_the_run() -> None:
    run = ended(1)
    app = press(open_page(PAGE, run=run.id, experiment="mistakes"), "train.measure")
    table = app.table[-1].value
    share = f"{run.metrics().records[-1].val_accuracy:.2%}"
    assert table["Accuracy"].tolist() == [share, share]  # Net has neither dropout nor batch norm


def test_the_chapters_figure_has_the_learners_best() -> None:
    ended(1, seed=1)
    best = ended(3, seed=2).metrics().records[-1]
    app = open_page(PAGE, experiment="chapter")
    table = app.table[-1].value
    first = table.iloc[0]
    assert first["The book"] == "0.930 / 0.890"
    assert first["You"] == f"{best.train_accuracy:.3f} / {best.val_accuracy:.3f}"
    assert first["Your runs"] == f"2, best: {best.epoch} epochs"
    assert table["You"].tolist()[1:] == ["– / –"] * 8


def test_the_code_of_a_run_is_its_own_script() -> None:
    run = ended(1, lr=0.0123)
    app = open_page(PAGE, run=run.id, experiment="code")
    (code,) = app.code
    assert "0.0123" in code.value
    assert 'load_file("sketches.safetensors")' in code.value
    compile(code.value, "train.py", "exec")
