"""Where a run opens, and what it is called in a list of networks."""

from pathlib import Path

import pytest

from convlab.training import runs, worker
from convlab.training.settings import Settings
from convlab.ui.runs import opens
from convlab.ui.words import moment
from tests.few import few, few_sketches


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))
    few_sketches()


def test_a_run_opens_as_a_network_once_it_has_weights() -> None:
    run = runs.create(Settings.parse({"epochs": 1, "device": "cpu"}), "mine")
    assert opens.opens(run) == {"train": {"run": run.id}}
    assert opens.title(run) == f"Net, the baseline, Sketches (drawings), {moment(run.created)} (mine)"
    worker.train(run, data=lambda key: few())
    assert opens.opens(run)["probe"] == {"model": f"run:{run.id}"}
    assert opens.opens(run)["feature_maps"] == {"network": "net", "weights": "run", "run": run.id}
    accuracy = run.metrics().records[0].val_accuracy
    assert f"Sketches (drawings), {accuracy:.1%}, " in opens.title(run)
