"""Two people at one lab: of what one brought, and the runs on it, nothing is sent to the other."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from streamlit.testing.v1 import AppTest

from convlab.comparison import plan as plans
from convlab.comparison import sweep as sweeps
from convlab.comparison.presets import PRESETS
from convlab.datasets import givers, shelf
from convlab.training import runs, worker
from convlab.training.runs import Run
from convlab.training.settings import Settings
from convlab.ui.compare import setup
from convlab.ui.probe import controls as of_probe
from convlab.ui.train import controls as of_train
from tests.few import few_sketches
from tests.pages.probe_page import give_checkpoint, small_data
from tests.ui.driver import open_page, troubles

TRAIN, PROBE, MAPS = "pages/train.py", "pages/probe.py", "pages/feature_maps.py"
COMPARE = "pages/compare.py"
CLASSES = ("quokka", "zebu")
TITLE = "Wombats"


@pytest.fixture(autouse=True, scope="module")
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("home")
        patch.setenv("CONVLAB_HOME", str(home))
        patch.setattr("convlab.ui.probe.data.QUICK_S", 600)
        few_sketches()
        yield home


def trained(data: str, name: str) -> Run:
    run = runs.create(Settings.parse({"data": data, "epochs": 1, "batch_size": 8}), name)
    worker.train(run)
    return run


@pytest.fixture(scope="module")
def brought(_home: Path) -> Run:
    """A run on pictures that Anna brought through a page."""
    data = small_data(CLASSES)
    found = shelf.put(type(data)(TITLE, data.classes, data.train, data.val), giver="anna")
    return trained(found, "Annas run")


@pytest.fixture(scope="module")
def forked(brought: Run) -> Run:
    """It goes on with the sketches, yet its story tells of those pictures."""
    child = brought.fork(1, {"data": "sketches", "epochs": 1}, "Annas fork")
    worker.train(child)
    return child


def sent(app: AppTest) -> str:
    """All that the browser was sent."""
    assert troubles(app) == []
    found = [str(app.query_params)]
    for node in app._tree:
        proto: Any = getattr(node, "proto", None)
        found.append("" if proto is None else proto.SerializeToString().decode("utf-8", "replace"))
    return " ".join(found)


def betrayed(app: AppTest, run: Run) -> set[str]:
    """What a page knows of the pictures and the run on them."""
    key = runs.get(run.id).settings.data if run.parent is None else "wombats"
    secrets = {*CLASSES, TITLE, key, run.id, "Annas", run.about(1).data.digest[:8]}  # type: ignore[union-attr]
    text = sent(app)
    return {secret for secret in secrets if re.search(re.escape(secret), text, re.IGNORECASE)}


@pytest.mark.parametrize("experiment", get_args(of_train.Experiment))
def test_no_part_of_train_tells_of_them(experiment: str, brought: Run, forked: Run) -> None:
    app = open_page(TRAIN, experiment=experiment)
    assert betrayed(app, brought) == betrayed(app, forked) == set()


def test_no_comparison_on_them_is_listed(brought: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "known", lambda: dict.fromkeys(PRESETS, 60.0))  # nothing is measured meanwhile
    base = {"data": brought.settings.data, "epochs": 1}
    sweep = sweeps.create(plans.planned("Annas comparison", {"net": {"design": "net"}}, base, [0]))
    try:
        app = open_page(COMPARE)
        assert betrayed(app, brought) == set()
        assert sweep.id not in sent(app)
    finally:
        sweep.delete()


def test_how_many_runs_are_not_listed_is_said(brought: Run, forked: Run) -> None:
    app = open_page(TRAIN, experiment="past")
    assert any(
        caption.value.startswith("2 runs are not listed: only other people") for caption in app.caption
    )


@pytest.mark.parametrize("experiment", get_args(of_probe.Experiment))
def test_no_part_of_probe_tells_of_them(experiment: str, brought: Run, forked: Run) -> None:
    app = open_page(PROBE, experiment=experiment, other="data")
    assert betrayed(app, brought) == betrayed(app, forked) == set()


def test_feature_maps_offer_no_run_on_them(brought: Run, forked: Run) -> None:
    app = open_page(MAPS, weights="run")
    assert betrayed(app, brought) == betrayed(app, forked) == set()


def test_that_they_would_be_seen_is_seen(brought: Run) -> None:
    """Of everyone's pictures each of these pages tells: the search for them finds something."""
    key = shelf.put(small_data(("gecko", "newt"), count=40))
    trained(key, "Everyones run")
    for page, query in ((TRAIN, {"experiment": "past"}), (PROBE, {})):
        assert "Everyones run" in sent(open_page(page, **query))


def test_a_run_that_trains_is_shown_to_those_alone_who_may_list_it(brought: Run) -> None:
    before = brought.status()
    brought.set_status(before.now("queued", None))
    try:
        assert "Annas run" not in sent(open_page(TRAIN))
    finally:
        brought.set_status(before)


def test_who_was_given_the_runs_link_sees_it_and_may_use_its_settings(brought: Run) -> None:
    app = open_page(TRAIN, run=brought.id)
    assert "Annas run" in sent(app)
    app.button(key="train.use").click().run()
    assert app.session_state["train.controls"].data == brought.settings.data
    assert TITLE in sent(app)
    probe = open_page(PROBE, model=f"run:{brought.id}", experiment="mistakes")
    assert f"Its own: {TITLE}" in probe.selectbox(key="probe.data").options


def test_a_file_of_weights_opens_nobodys_pictures(brought: Run) -> None:
    """It tells what it was trained on, and who has it may not have been given that."""
    app = open_page(PROBE, model="checkpoint", experiment="mistakes")
    give_checkpoint(app, brought.weights().read_bytes(), "weights.safetensors")
    assert f"Its own, not here: {TITLE}" in app.selectbox(key="probe.data").options
    givers.note(brought.settings.data, None, new=False)
    app = open_page(PROBE, model="checkpoint", experiment="mistakes")
    give_checkpoint(app, brought.weights().read_bytes(), "weights.safetensors")
    assert f"Its own: {TITLE}" in app.selectbox(key="probe.data").options
