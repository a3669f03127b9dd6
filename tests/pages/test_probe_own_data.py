"""Probe with a run on pictures of one's own: its data come along, its classes are its own, everywhere."""

from collections.abc import Iterator
from typing import get_args

import pytest
from streamlit.testing.v1 import AppTest

from convlab.datasets import shelf
from convlab.datasets.dataset import Dataset
from convlab.training import runs, worker
from convlab.training.runs import Run
from convlab.training.settings import Settings
from convlab.ui.probe.attribution import KEY
from convlab.ui.probe.controls import Experiment, Game
from convlab.ui.words import escaped
from tests.pages.plain import Plain
from tests.pages.probe_page import click, fresh, give_checkpoint, set_to, shown, small_data, texts
from tests.ui.driver import received, troubles

NAMES = ("猫", "dog & cat", "<b>x</b>")
CHAPTERS = ("airplane", "bird")


@pytest.fixture(autouse=True, scope="module")
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVLAB_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setattr("convlab.ui.probe.data.QUICK_S", 600)
        yield


def trained(data: Dataset, design: str = "net") -> Run:
    told = {"design": design, "data": shelf.put(data), "epochs": 1, "batch_size": 8}
    run = runs.create(Settings.parse(told), "pets")
    worker.train(run)
    return run


@pytest.fixture(scope="module")
def data(_home: None) -> Dataset:
    return small_data(NAMES)


@pytest.fixture(scope="module")
def run(data: Dataset) -> Run:
    return trained(data)


@pytest.fixture(scope="module")
def plain(run: Run, data: Dataset) -> Plain:
    return Plain(run.network_at(1), data.val.images, data.val.labels)


def opened(run: Run, **query: object) -> AppTest:
    """In a new session, as after a reload or through a link that somebody shared."""
    app = fresh(model=f"run:{run.id}", **query)
    assert troubles(app) == []
    assert not [one.value for one in app.info if "no class" in one.value or "not on this" in one.value]
    return app


def words(app: AppTest) -> str:
    """All that is read on the page but the choices of pictures."""
    kinds = (app.metric, app.button, app.segmented_control)
    labels = [str(one.label) for kind in kinds for one in kind]
    tables = [str(table.value.to_dict()) for table in app.table]
    return " ".join([*texts(app), *labels, *tables, *(code.value for code in app.code)])


@pytest.mark.parametrize("experiment", get_args(Experiment))
def test_every_experiment_speaks_of_its_own_classes(experiment: str, run: Run) -> None:
    app = opened(run, experiment=experiment)
    assert shown(app).header["verdicts"][0]["classes"] == list(NAMES)
    assert [name for name in CHAPTERS if name in words(app)] == []


@pytest.mark.parametrize("game", get_args(Game))
def test_every_game_speaks_of_its_own_classes(game: str, run: Run) -> None:
    app = opened(run, experiment="arena", game=game)
    assert [name for name in CHAPTERS if name in words(app)] == []
    for box in app.selectbox:
        if box.key in ("probe.goal", "probe.target"):
            assert [name for name in box.options if name != "the verdict"] == list(NAMES)


def test_its_data_come_along_first_in_the_list(run: Run, data: Dataset, plain: Plain) -> None:
    app = opened(run, experiment="mistakes")
    assert app.selectbox(key="probe.data").options[0] == f"Its own: {data.title}"
    found = {metric.label: metric.value for metric in app.metric}
    assert found["Accuracy"] == f"{plain.accuracy():.1%}"
    assert found["Wrong"].endswith(f" of {len(data.val)}")
    assert received(app, "probe.confusion")[0]["counts"] == plain.confusion()
    assert dict(app.query_params) == {"model": f"run:{run.id}", "experiment": "mistakes"}
    set_to(app, "data", "sketches")  # chosen on purpose: no class of it is known, and it is said
    assert any("not the network's own pictures" in one.value for one in app.info)
    set_to(app, "model", "shipped:net_sketches")
    assert app.selectbox(key="probe.data").value == ""
    assert not any("network's own" in one.value for one in app.info)


@pytest.mark.parametrize("experiment", ["modes", "surgery", "change", "outside"])
def test_its_accuracy_is_pytorchs_in_every_experiment(experiment: str, run: Run, plain: Plain) -> None:
    app = opened(run, experiment=experiment)
    found = {metric.label: metric.value for metric in app.metric}
    told = {"modes": "in model.eval()", "surgery": "Accuracy before"}.get(experiment)
    if told:
        assert found[told] == f"{plain.accuracy():.2%}"
    elif experiment == "change":
        click(app, "probe.measure_along")
        assert float(app.table[-1].value["Accuracy"].iloc[0]) == pytest.approx(plain.accuracy(), abs=5e-5)
    else:
        assert [label for label in found if label.startswith("classified as")] == [
            f"classified as {escaped(name)}" for name in NAMES
        ]
        assert any(label.startswith("AUROC") for label in found)


def test_widths_are_compared_by_the_name_of_the_class(run: Run, plain: Plain) -> None:
    app = opened(run, experiment="arena", game="least", goal=2)
    click(app, "probe.compare_widths")
    table = app.table[0].value
    assert table["n_chans1"].tolist() == ["16"]
    strange = min(24, int((plain.labels != 2).sum()))
    assert table["Flipped"].iloc[0].endswith(f" of {strange}")


def test_weights_that_were_taken_away_bring_their_data_too(run: Run, data: Dataset, plain: Plain) -> None:
    app = fresh(model="checkpoint", experiment="mistakes")
    give_checkpoint(app, run.weights().read_bytes(), "pets.safetensors")
    assert app.selectbox(key="probe.data").options[0] == f"Its own: {data.title}"
    found = {metric.label: metric.value for metric in app.metric}
    assert found["Accuracy"] == f"{plain.accuracy():.1%}"


def test_two_networks_with_other_classes_each_keep_their_own(run: Run) -> None:
    app = opened(run, second="shipped:net", target=0)
    first, second = shown(app).header["verdicts"]
    assert (first["classes"], second["classes"]) == (list(NAMES), list(CHAPTERS))
    own, other = (one["below"] for one in received(app, KEY)[0]["maps"])
    assert own.startswith("pets, epoch 1, for 猫")
    assert other.startswith("Net (photographs), for")
    assert "(it has no class 猫)" in other


def test_what_was_deleted_is_said_and_comes_back_with_the_pictures(data: Dataset) -> None:
    gone = small_data(("猫", "犬"), count=40)
    run = trained(gone)
    shelf.file(run.settings.data).unlink()
    for experiment in ("mistakes", "outside", "change", "modes", "surgery"):
        app = fresh(model=f"run:{run.id}", experiment=experiment)
        assert troubles(app) == []
        assert any("is not on this machine" in one.value for one in app.info)
        assert any(str(one.key).startswith("probe.ask.") for one in app.button)
    shelf.put(gone)
    assert opened(run, experiment="mistakes").metric


def test_other_sessions_do_not_list_it(run: Run) -> None:
    app = fresh(experiment="mistakes")
    assert app.selectbox(key="probe.data").options == ["Its own: Sketches (drawings)"]
