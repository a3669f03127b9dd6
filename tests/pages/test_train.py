"""pages/train.py without a browser: settings, links, a real run steered, past runs, words from strangers."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from statistics import fmean, stdev
from typing import Any, get_args

import pytest
import torch
from streamlit.testing.v1 import AppTest

from convlab.datasets import shelf
from convlab.datasets.dataset import Dataset, Split
from convlab.networks.designs import DESIGNS
from convlab.training import orders, queue, runs, story, worker
from convlab.training.recipes import RECIPES, book_recipe
from convlab.training.runs import Run
from convlab.training.settings import Settings
from convlab.ui import own_data
from convlab.ui.train.controls import Experiment, TrainControls, settings_of
from convlab.ui.words import escaped
from tests.few import few, few_sketches
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


def until(app: AppTest, seen: Callable[[AppTest], bool], patience_s: float = PATIENCE_S) -> AppTest:
    """Run again and again, as the page does by itself, until it is seen."""
    deadline = time.monotonic() + patience_s
    while not seen(app.run()):
        assert troubles(app) == []
        assert time.monotonic() < deadline, f"not seen within {patience_s} s"
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
    assert controls(app).lr == 0.1  # the sketches are slow at the book's
    assert any("lr\\: 0\\.01" in one.value for one in app.markdown)  # the book's is named
    assert controls(open_page(PAGE, epochs=3)).lr == 0.01  # what a link leaves out stays what it was
    shown, blobs = received(app, CURVES)
    book = [one["name"] for one in shown["charts"][0]["series"]].index("The book, training")
    points = torch.frombuffer(bytearray(blobs[f"loss_{book}"]), dtype=torch.float32).reshape(-1, 2)
    assert points[0].tolist() == pytest.approx([1, 0.5718])
    assert shown["status"] is None
    assert runs.all_runs() == []
    assert any("18,090" in m.value and "4,000 pictures, 63 batches" in m.value for m in app.markdown)
    assert any("about **0:" in m.value for m in app.markdown)


def test_a_time_limit_bounds_the_time_that_is_expected() -> None:
    app = open_page(PAGE, design="net_res_deep", epochs=1000, deadline_min=1, repeats=2)
    assert any("about **2:00** in all" in m.value for m in app.markdown)


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


def also_set(app: AppTest) -> str:
    """What stands beside Start of settings that are not in the open."""
    found = [m.value for m in app.markdown if "Also set" in m.value]
    return found[0].split("Also set: ")[1].replace("\\", "") if found else ""


def test_settings_of_an_own_zip_do_not_stick_to_the_sketches(monkeypatch: pytest.MonkeyPatch) -> None:
    own = shelf.put(replace(few(), title="mine"), giver="anna")
    monkeypatch.setattr(own_data, "person", lambda: "anna")
    app = open_page(PAGE, data=own, normalisation="data")
    assert also_set(app) == ""
    app.selectbox(key="train.data").set_value("sketches").run()
    assert controls(app).normalisation == "cifar10"
    app.selectbox(key="train.data").set_value(own).run()
    assert controls(app).normalisation == "data"
    press(app, "train.book")
    assert settings_of(controls(app)) == book_recipe("net").changed(data=own, normalisation="data")
    assert troubles(app) == []
    app = open_page(PAGE, normalisation="data")  # a link may say it, and then it is seen
    assert also_set(app) == "Normalisation: the data's own mean"


def test_what_a_preset_set_out_of_sight_is_named() -> None:
    app = press(open_page(PAGE), "train.fast")
    told = also_set(app)
    for said in (
        "weight_decay: 0.0005",
        "momentum: 0.9",
        "nesterov: on",
        "Schedule: one cycle",
        "Shift (px): 2",
    ):
        assert said in told
    app.selectbox(key="train.design").set_value("net_width").run()
    assert "n_chans1" not in also_set(app)
    assert settings_of(controls(app)).options == {}
    app.selectbox(key="train.optimizer").set_value("adam").run()
    assert "momentum" not in also_set(app)
    app.toggle(key="train.more").set_value(True).run()
    assert also_set(app) == ""


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
    assert "The last finite weights are kept." in said
    assert any("is too high from the beginning" in one.value for one in app.markdown)


def test_a_run_that_ended_lost_is_not_green() -> None:
    run = runs.create(Settings(epochs=2, design="net_batch_norm", lr=100.0, batch_size=32))
    worker.train(run)
    assert run.status().state == "finished"
    app = open_page(PAGE, run=run.id, experiment="past")
    assert header(app)["status"]["state"] == "Lost"
    assert header(app)["status"]["tone"] == "bad"
    assert any("It has learned nothing" in one.value for one in app.markdown)
    assert header(app)["status"]["message"] == ""
    assert app.dataframe[0].value["State"].tolist() == ["Lost"]


def test_the_field_of_a_rate_that_moves_shows_the_one_of_now_until_another_is_set() -> None:
    run = runs.create(Settings(schedule="one_cycle", lr=0.1))
    run.set_status(run.status().now("paused"))
    app = open_page(PAGE, run=run.id)
    field = app.number_input(key=f"train.lr.{run.id}")
    assert (field.label, field.value) == ("set lr to; the rest is scaled", None)
    assert field.placeholder == f"{run.story().leg.lr:.4g}" == "0.004"
    for given in (0.02, None):
        app.number_input(key=f"train.lr.{run.id}").set_value(given).run()
        assert troubles(app) == []
    assert orders.Inbox(run.folder / "control.jsonl").poll() == {"lr": 0.02}


def test_an_interrupted_run_says_so_and_offers_to_resume() -> None:
    run = runs.create(Settings())
    run.set_status(run.status().now("running"))  # nobody trains it
    app = open_page(PAGE, run=run.id)
    assert header(app)["status"]["state"] == "Interrupted"
    assert "press Resume" in header(app)["status"]["message"]
    assert "train.resume" in buttons(app)


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
    app.session_state["train.then.script"] = True
    app.run()
    space: dict[str, Any] = {}
    exec(compile(app.code[-1].value, "time_machine.py", "exec"), space)
    assert torch.allclose(torch.stack([*space["chances"].values()]), chances, atol=1e-6)


def test_both_modes_are_measured_on_the_run() -> None:
    run = ended(1)
    app = press(open_page(PAGE, run=run.id, experiment="mistakes"), "train.measure")
    assert any(m.value == "The weights of epoch 1 on 80 validation pictures:" for m in app.markdown)
    table = app.table[-1].value
    share = f"{run.metrics().records[-1].val_accuracy:.2%}"
    assert table["Accuracy"].tolist() == [share, share]  # Net has neither dropout nor batch norm


def test_pictures_that_have_changed_are_not_measured_with_the_run() -> None:
    run = ended(1)
    few_pictures = few()
    shelf.put(replace(few_pictures, train=few_pictures.val, val=few_pictures.train), "sketches")
    app = press(open_page(PAGE, run=run.id, experiment="mistakes"), "train.measure")
    assert any("have changed since it began" in said.value for said in app.error)


def test_a_fork_needs_data_that_are_there_and_have_as_many_classes() -> None:
    run = ended(1)
    app = open_page(PAGE, run=run.id, data="upload")
    assert any("Upload a zip" in said.value for said in app.warning[1:])
    assert "train.fork" not in buttons(app)
    three = few()
    labels = torch.arange(80) % 3
    part, other = (Split(three.val.images.clone(), labels.clone()) for _ in range(2))
    own = shelf.put(Dataset("three", ("a", "b", "c"), part, other))
    app = open_page(PAGE, run=run.id, data=own)
    assert any("knows 2 classes, and three has 3" in said.value for said in app.warning)
    assert "train.fork" not in buttons(app)


def test_a_fork_on_other_classes_is_told_of_before_it_starts_and_afterwards(pool: queue.Queue) -> None:
    run, held = ended(1), few()
    own = shelf.put(replace(held, title="own", classes=("airplane", "<b>*cat*</b>")))
    app = open_page(PAGE, run=run.id, data=own, epochs=1)
    (said,) = [box.value for box in app.warning if "last layer" in box.value]
    assert said == escaped(
        f"The last layer of these weights was trained for other classes: {held.classes[1]} → <b>*cat*</b>."
    )
    press(app, "train.fork")
    child = runs.get(controls(app).run)
    until(app, lambda app: header(app)["status"]["state"] == "Finished")
    told = [str(one) for one in story.events(child.story())]
    assert told[1:] == [
        f"the last layer was trained for other classes before: {held.classes[1]} → <b>*cat*</b>"
    ]
    app = open_page(PAGE, run=run.id)
    assert not any("last layer" in box.value for box in app.warning)


def test_a_run_that_was_deleted_elsewhere_is_no_longer_shown() -> None:
    run = ended(1)
    app = open_page(PAGE, run=run.id)
    run.delete()
    app.run()
    assert troubles(app) == []
    assert controls(app).run == ""
    assert any("There is no run" in said.value for said in app.warning)


def test_the_chapters_figure_has_the_mean_of_the_learners_runs_with_its_interval() -> None:
    found = [ended(3, seed=seed).metrics().records[-1] for seed in (1, 2)]
    alone = ended(1, seed=1).metrics().records[-1]
    app = open_page(PAGE, experiment="chapter")
    assert troubles(app) == []
    table = app.table[-1].value
    first = table.iloc[0]
    assert first["The book"] == "0.930 / 0.890"
    shares = [[one.train_accuracy for one in found], [one.val_accuracy for one in found]]
    told = [f"{fmean(two):.3f} ± {12.706 * stdev(two) / 2**0.5:.3f}" for two in shares]
    assert first["You"] == " / ".join(told)
    assert first["Your runs"] == "2 runs"
    assert table["You"].tolist()[1:] == ["– / –"] * 8
    assert any("had other pictures, 100 epochs" in said.value for said in app.markdown)
    recipe = app.selectbox(key="train.chapter_recipe")
    recipe.select_index(1).run()
    first = app.table[-1].value.iloc[0]
    assert first["You"] == f"{alone.train_accuracy:.3f} / {alone.val_accuracy:.3f}"
    assert first["Your runs"] == "1 run"
