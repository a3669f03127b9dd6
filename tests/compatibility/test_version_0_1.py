"""Links, runs, data sets and checkpoints that version 0.1 made: they open, and say what they said then."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest

from convlab.datasets import shelf
from convlab.networks import checkpoints
from convlab.networks.about import Origin
from convlab.snippets import training
from convlab.training import runs, snapshots, worker
from convlab.training.runs import Run
from convlab.ui import urls
from convlab.ui.feature_maps.controls import FeatureMapsControls
from convlab.ui.kernels.controls import KernelsControls
from convlab.ui.probe.controls import ProbeControls
from convlab.ui.train.controls import TrainControls
from tests.sources import ROOT

MADE = Path(__file__).parent / "version_0_1"
EXPECTED = json.loads((MADE / "expected.json").read_text())
LINKS = json.loads((MADE / "links.json").read_text())
CHECKPOINTS = EXPECTED["checkpoints"]
PAGES: dict[str, type[urls.Controls]] = {
    "kernels": KernelsControls,
    "feature_maps": FeatureMapsControls,
    "train": TrainControls,
    "probe": ProbeControls,
}
# Left open since, where a link does not name them: what fits is taken.
OPEN = {"probe": {"picture": "", "model": "", "data": ""}}
RAMP = (torch.arange(3 * 32 * 32).reshape(1, 3, 32, 32) % 251).float() / 250
RELATIVE, ABSOLUTE = 1e-5, 1e-6  # on another processor sums are rounded elsewhere


def as_then(found: object, expected: object) -> bool:
    """Bit for bit on the processor and the PyTorch that 0.1 ran on, else as close as float32 allows."""
    if EXPECTED["made_with"] == {"torch": torch.__version__, "cpu": processor()}:
        return found == expected
    return bool(found == nearly(expected))


def nearly(expected: Any) -> Any:
    """The same lists and dicts with every float up to rounding."""
    if isinstance(expected, dict):
        return {name: nearly(value) for name, value in expected.items()}
    if isinstance(expected, list):
        return [nearly(value) for value in expected]
    return pytest.approx(expected, rel=RELATIVE, abs=ABSOLUTE) if isinstance(expected, float) else expected


def processor() -> str:
    """Its model and vector instructions; "" where Linux does not tell."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
    return f"{model} {torch.backends.cpu.get_cpu_capability()}"


def outcome(run: Run) -> dict[str, Any]:
    """What ``expected.json`` holds of a run; the validation's loss is measured, and rounded to 6 digits."""
    found = run.metrics()
    batches = zip(found.epoch.tolist(), found.batch.tolist(), found.loss.tolist(), strict=True)
    fields = ("epoch", "train_loss", "train_accuracy", "val_loss", "val_accuracy", "lr", "gradient_norms")
    return {
        "id": run.id,
        "name": run.name,
        "state": run.status().state,
        "loss": [list(batch) for batch in batches],
        "lrs": [list(change) for change in found.lrs],
        "records": [rounded({name: getattr(record, name) for name in fields}) for record in found.records],
        "epochs_stored": list(run.epochs_stored()),
        "settings": run.settings.model_dump(mode="json"),
    }


def rounded(record: dict[str, Any]) -> dict[str, Any]:
    """0.1 took the mean of a validation's losses in float32; only the last digits may differ."""
    return {**record, "val_loss": float(f"{record['val_loss']:.6g}")}


def then(kind: str) -> dict[str, Any]:
    """What 0.1 said of a run."""
    found = EXPECTED[kind]
    return {**found, "records": [rounded(record) for record in found["records"]]}


def logits(network: torch.nn.Module) -> list[list[float]]:
    with torch.no_grad():
        found: list[list[float]] = network(RAMP).double().tolist()
    return found


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of 0.1's folder, as the present CONVLAB_HOME."""
    shutil.copytree(MADE / "home", tmp_path / "home")
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def finished(home: Path) -> Run:
    return runs.get(EXPECTED["finished"]["id"])


def read(page: str, query: dict[str, str]) -> dict[str, Any]:
    controls, refused = urls.parse(PAGES[page], query)
    assert refused == []
    return controls.model_dump(mode="json")


@pytest.mark.parametrize("page", PAGES)
def test_a_link_that_sets_every_control_gives_the_same_controls(page: str) -> None:
    for link in LINKS[page]["whole"]:
        found = read(page, link["query"])
        left_open = {name: text for name, text in OPEN.get(page, {}).items() if name not in link["query"]}
        assert {name: found[name] for name in link["controls"]} == link["controls"] | left_open
        kept = urls.serialise(PAGES[page](**found))
        assert read(page, kept) == found


@pytest.mark.parametrize(
    ("page", "field"), [(page, field) for page in PAGES for field in LINKS[page]["single"]]
)
def test_every_choice_and_limit_of_a_control_is_still_taken(page: str, field: str) -> None:
    for text, value in LINKS[page]["single"][field]:
        assert read(page, {field: text})[field] == value


@pytest.mark.parametrize(
    ("query", "picture", "model"),
    [
        ({"picture": "photo:coffee"}, "photo:coffee", "shipped:net"),
        ({"picture": "upload"}, "upload", "shipped:net"),
        ({"picture": "board"}, "board", "shipped:net"),
        ({"picture": "drawing:bird"}, "drawing:bird", "shipped:net"),
        ({"window": "0,-75,451"}, "photo:cat", "shipped:net"),
        ({"padding": "edge"}, "photo:cat", "shipped:net"),
        ({"second": "shipped:net_fast"}, "photo:cat", "shipped:net"),
        ({"data": "pets-0123abcd", "experiment": "mistakes"}, "photo:cat", "shipped:net"),
        ({"model": "shipped:net_fast"}, "photo:cat", "shipped:net_fast"),
        ({"model": "shipped:net", "experiment": "surgery"}, "photo:cat", "shipped:net"),
        ({"model": "checkpoint"}, "photo:cat", "checkpoint"),
        ({"model": "run:0123456789abcdef"}, "photo:cat", "run:0123456789abcdef"),
    ],
)
def test_what_0_1_left_out_of_a_probe_link_is_still_the_cat_and_the_net_of_photographs(
    query: dict[str, str], picture: str, model: str
) -> None:
    """Where it named nothing of either, as in ``experiment=mistakes`` alone, sketches are examined now."""
    found, refused = urls.parse(ProbeControls, query)
    assert refused == []
    assert (found.settled().picture, found.settled().model) == (picture, model)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_with_every_control_set(page: str, home: Path) -> None:
    app = AppTest.from_file(str(ROOT / "app.py"))
    app.switch_page(f"pages/{page}.py")
    for name, text in LINKS[page]["whole"][0]["query"].items():
        app.query_params[name] = text
    app.run()
    assert not app.exception


def test_the_data_set_stands_on_the_shelf(home: Path) -> None:
    expected = EXPECTED["data"]
    entry = shelf.entries()[expected["key"]]
    assert (entry.title, list(entry.classes)) == (expected["title"], expected["classes"])
    found = shelf.get(expected["key"])
    assert found.digest == expected["digest"]
    assert found.train.labels.tolist() == expected["train"]
    assert found.val.labels.tolist() == expected["val"]
    assert found.train.images.double().mean().item() == expected["mean_pixel"]


def test_the_finished_run_shows_its_curves_and_its_network_predicts_the_same(finished: Run) -> None:
    expected = {k: v for k, v in then("finished").items() if k not in ("logits", "parent")}
    assert finished in runs.all_runs()
    assert finished.parent is None
    assert outcome(finished) == expected
    entry = EXPECTED["data"]
    assert finished.about(2).data == Origin(entry["key"], entry["title"], entry["digest"])
    assert finished.about(2).classes == tuple(entry["classes"])
    download = checkpoints.load(finished.pt()).about
    assert (download.data, download.run) == (finished.about().data, finished.id)
    network = finished.network_at(2)
    assert as_then(logits(network), EXPECTED["finished"]["logits"])
    data = shelf.get(finished.settings.data)
    mean, std = (torch.tensor(finished.environment[name])[:, None, None] for name in ("mean", "std"))
    right = network((data.val.images / 255 - mean) / std).argmax(dim=1) == data.val.labels
    assert right.double().mean().item() == expected["records"][-1]["val_accuracy"]


def test_the_finished_run_trains_to_the_same_numbers_again(finished: Run) -> None:
    again = runs.create(finished.settings)
    worker.train(again)
    expected = then("finished")
    assert as_then(outcome(again)["loss"], expected["loss"])
    assert as_then(outcome(again)["records"], expected["records"])


def test_the_code_of_the_finished_run_gives_its_numbers(
    finished: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    key = finished.settings.data
    shutil.copy(shelf.file(key), f"{key}.safetensors")
    found: dict[str, Any] = {}
    exec(training.script_of(finished.story(), training.data_code), found)
    records = then("finished")["records"]
    for name, field in (("losses", "train_loss"), ("val_losses", "val_loss")):
        assert found[name] == pytest.approx([record[field] for record in records], rel=1e-4)
    for name, field in (("train_accuracies", "train_accuracy"), ("val_accuracies", "val_accuracy")):
        assert found[name] == [record[field] for record in records]


def test_a_fork_of_the_finished_run_knows_it(finished: Run) -> None:
    told = finished.fork(1, {"lr": 0.5}).story()
    assert [leg.name for leg in told.legs] == [EXPECTED["finished"]["name"]] * 2
    assert told.parents[0].outline.epochs == 1


def test_the_killed_run_is_resumed_to_the_numbers_that_0_1_came_to(home: Path) -> None:
    expected = then("cut")
    run = runs.get(expected["id"])
    assert run.status().state == "interrupted"
    assert run.metrics().loss.size == expected.pop("batches_before")
    worker.train(run)
    sums, last = expected.pop("weights"), expected.pop("logits")
    assert as_then(outcome(run), expected)
    weights = snapshots.load(run.folder / "weights.safetensors")[0]
    assert as_then({name: tensor.double().sum().item() for name, tensor in weights.items()}, sums)
    assert as_then(logits(run.network_at(3)), last)


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_a_checkpoint_opens_to_the_same_logits(name: str) -> None:
    expected = CHECKPOINTS[name]
    found = checkpoints.load((MADE / "checkpoints" / name).read_bytes())
    assert [{"design": match.design, "options": match.options} for match in found.matches] == expected[
        "matches"
    ]
    assert found.identity == expected["identity"]
    assert as_then(logits(found.module), expected["logits"])


def test_every_checkpoint_is_checked() -> None:
    assert {path.name for path in (MADE / "checkpoints").iterdir()} == CHECKPOINTS.keys()
