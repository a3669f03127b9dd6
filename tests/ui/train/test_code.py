"""ui/train/code.py: what the code of a run promises, and the files that it reads."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from convlab import device
from convlab.datasets import shelf
from convlab.snippets import training
from convlab.training import runs, worker
from convlab.training.runs import Run
from convlab.training.settings import Settings
from tests.few import few
from tests.pages.test_train import PAGE, ended, home
from tests.ui.driver import open_page, troubles

__all__ = ["home"]  # the fixture of the page's tests
SAME = "It gives the numbers that you see above"


def shown(run: Run | None = None) -> list[str]:
    """All that the experiment says."""
    app = open_page(PAGE, experiment="code", **({} if run is None else {"run": run.id}))
    assert troubles(app) == []
    return [found.value for found in (*app.markdown, *app.caption, *app.info)]


def said(words: str, run: Run | None = None) -> bool:
    return any(words in text for text in shown(run))


def environment(run: Run, **changes: object) -> Run:
    """The run as if it had been trained elsewhere."""
    (run.folder / "environment.json").write_text(json.dumps({**run.environment, **changes}))
    return Run(run.id)


def test_the_same_numbers_are_promised_where_they_come(home: Path) -> None:
    assert said(SAME, ended(1))
    assert said("It trains what Start would train")
    assert said("The run has not begun", runs.create(Settings()))


@pytest.mark.parametrize("changes", [{"lr": 0.1}, {"momentum": 0.9}, {"optimizer": "adam", "lr": 0.001}])
def test_where_rounding_grows_no_number_is_promised(home: Path, changes: dict[str, Any]) -> None:
    run = ended(1, **changes)
    assert not said(SAME, run)
    assert said("the numbers begin alike and drift apart", run)


def test_what_start_would_train_may_be_on_a_gpu(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not said("the script on the CPU")
    monkeypatch.setattr(device, "describe", lambda _device: "cuda (NVIDIA H100)")
    assert said("the script on the CPU")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"device": "cuda (NVIDIA H100)"}, r"is on cuda \(NVIDIA H100\), the script on the CPU"),
        ({"torch": "1.0"}, r"with PyTorch 1\.0, here is"),
    ],
)
def test_where_they_do_not_it_is_said(home: Path, changes: dict[str, str], words: str) -> None:
    run = environment(ended(1), **changes)
    assert not said(SAME, run)
    assert said(words, run)


def test_pictures_that_have_changed_are_named(home: Path) -> None:
    run = ended(1)
    data = few()
    data.train.images[0] += 1
    shelf.put(data, "sketches")
    assert said("are not here any more, or have changed", run)


def test_a_fork_brings_the_files_of_its_line(home: Path) -> None:
    given = ended(1).weights_at(1)
    run = runs.create(Settings(epochs=1), start=given, file="mine.pt")
    worker.train(run)
    fork = run.fork(1, {"lr": 0.5, "epochs": 1}, "again")
    worker.train(fork)
    run.delete()
    app = open_page(PAGE, experiment="code", run=fork.id)
    assert {"train.pictures", "train.given"} <= {str(one.key) for one in app.get("download_button")}
    (script,) = app.code
    assert 'load_file("start.safetensors")' in script.value
    assert any(
        r"It replays: fork of net \(deleted\) at epoch 1; begun with" in one.value for one in app.caption
    )


def test_the_lines_that_read_the_pictures_do(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "beside"
    folder.mkdir()
    (folder / "sketches.safetensors").write_bytes(shelf.file("sketches").read_bytes())
    monkeypatch.chdir(folder)
    found: dict[str, torch.Tensor] = {}
    exec(training.data_code("sketches"), found)
    data = shelf.get("sketches")
    assert torch.equal(found["train_images"], data.train.images)
    assert torch.equal(found["val_labels"], data.val.labels)
