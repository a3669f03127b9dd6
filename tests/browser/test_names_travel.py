"""A run on classes with names of every kind, followed through pages, downloads, scripts and the terminal."""

import contextlib
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import torch
from playwright.sync_api import Browser, Locator, expect

from convlab.__main__ import main
from convlab.datasets import shelf
from convlab.datasets.dataset import Dataset, Split
from convlab.pictures import images
from convlab.training import runs, worker
from convlab.training.runs import Run
from convlab.training.settings import Settings
from convlab.ui.feature_maps.controls import Experiment as FeatureMapsExperiment
from convlab.ui.probe.controls import Experiment as ProbeExperiment
from convlab.ui.probe.controls import Game
from tests.browser import harness
from tests.browser.harness import Tab
from tests.few import few_sketches

NAMES = ("猫", "dog & cat", "<b>x</b>")
TITLE = "Mine & <i>yours</i>"
WAIT_MS = 60_000
# What the page shows, shadow roots, tooltips, names for screen readers and the fields' contents included; in
# the order of the page.
WORDS = """() => {
  const found = [];
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) found.push(node.textContent);
    if (node.nodeType === Node.ELEMENT_NODE) {
      if (["STYLE", "SCRIPT", "NOSCRIPT", "TEMPLATE"].includes(node.nodeName)) return;
      for (const name of ["aria-label", "title", "alt"]) found.push(node.getAttribute(name) ?? "");
      if ("value" in node && typeof node.value === "string") found.push(node.value);
    }
    if (node.shadowRoot) walk(node.shadowRoot);
    node.childNodes.forEach(walk);
  };
  walk(document.querySelector('[data-testid="stMain"]'));
  return found.filter(Boolean);
}"""
# Elements that a name would have become, had anything read it as markup.
MARKED_UP = """() => {
  const found = [];
  const walk = (root) => {
    for (const node of root.querySelectorAll("*")) {
      const ours = ["x", "yours"].includes(node.textContent);
      if (["B", "I"].includes(node.nodeName) && ours) found.push(node.outerHTML);
      if (node.shadowRoot) walk(node.shadowRoot);
    }
  };
  walk(document);
  return found;
}"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("names_home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVLAB_HOME", str(folder))
        few_sketches()
        yield folder


@pytest.fixture(scope="module")
def run(home: Path) -> Run:
    """Two epochs of a ReLU network on reddish, greenish and bluish noise."""
    generator = torch.Generator().manual_seed(3)

    def split(count: int) -> Split:
        labels = torch.arange(count) % 3
        pictures = torch.randint(0, 150, (count, 3, 32, 32), generator=generator)
        pictures[torch.arange(count), labels] += 60
        return Split(pictures.to(torch.uint8), labels)

    key = shelf.put(Dataset(TITLE, NAMES, split(240), split(60)))
    given = {"data": key, "epochs": 2, "batch_size": 16, "options": {"activation": "relu"}}
    found = runs.create(Settings.parse({**given, "normalisation": "data"}), f"On {TITLE}")
    worker.train(found)
    assert found.status().state == "finished"
    return found


@pytest.fixture(scope="module")
def accuracy(run: Run) -> float:
    """Of the run on its validation pictures, by plain PyTorch."""
    data = shelf.get(run.settings.data)
    values = data.train.images.double() / 255
    mean, std = values.mean((0, 2, 3)).float(), values.std((0, 2, 3), correction=0).float()
    pictures = (data.val.images / 255 - mean[:, None, None]) / std[:, None, None]
    with torch.no_grad():
        verdicts = run.network_at(2)(pictures).argmax(1)
    return float((verdicts == data.val.labels).double().mean())


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[harness.Server]:
    with harness.serve() as running:
        yield running


@pytest.fixture(scope="module")
def tab(browser: Browser, server: harness.Server) -> Tab:
    return harness.new_tab(browser, server)


def opened(tab: Tab, path: str) -> str:
    """Everything that the page at that path says, once it stands."""
    tab.errors.clear()
    tab.open(path)
    tab.wait_idle(500)
    words: list[str] = tab.page.evaluate(WORDS)
    assert tab.errors == []
    assert tab.page.evaluate(MARKED_UP) == []
    return "\n".join(words)


def complaints(tab: Tab) -> list[str]:
    """What stands in red or yellow."""
    return tab.page.get_by_test_id("stAlertContentError").all_inner_texts()


def check_names(said: str, names: tuple[str, ...] = NAMES) -> None:
    """These names stand there as they are, nothing escaped twice, and none of another data set's."""
    for name in names:
        assert name in said
    assert not re.search(r"&(amp|lt|gt|#\d+);|\\[<>&*_]", said)
    assert not re.search(r"\b(airplane|bird|class [012])s?\b", said, re.IGNORECASE)


@pytest.mark.parametrize("experiment", ["past", "data", "code"])
def test_train(tab: Tab, run: Run, experiment: str) -> None:
    said = opened(tab, f"/train?run={run.id}&data={run.settings.data}&experiment={experiment}")
    check_names(said, () if experiment == "past" else NAMES)
    assert f"On {TITLE}" in said
    assert complaints(tab) == []


@pytest.mark.parametrize("experiment", get_args(FeatureMapsExperiment))
def test_feature_maps(tab: Tab, run: Run, experiment: str) -> None:
    said = opened(tab, f"/feature_maps?weights=run&run={run.id}&layer=fc2&channel=2&experiment={experiment}")
    check_names(said, NAMES if experiment != "cross" else ())
    assert complaints(tab) == []


@pytest.mark.parametrize(
    "query",
    [
        *(f"experiment={name}" for name in get_args(ProbeExperiment) if name != "arena"),
        *(f"experiment=arena&game={game}" for game in get_args(Game)),
    ],
)
def test_probe(tab: Tab, run: Run, query: str) -> None:
    said = opened(tab, f"/probe?model=run%3A{run.id}&{query}")
    check_names(said)
    assert TITLE in said
    assert complaints(tab) == []


def test_probe_finds_the_runs_own_data(tab: Tab, run: Run, accuracy: float) -> None:
    said = opened(tab, f"/probe?model=run%3A{run.id}&experiment=mistakes")
    assert f"{accuracy:.1%}" in said


def test_two_networks_with_other_classes_each_keep_theirs(tab: Tab, run: Run) -> None:
    said = opened(tab, f"/probe?model=run%3A{run.id}&second=shipped%3Anet")
    for name in (*NAMES, "airplane", "bird"):
        assert name in said


def downloaded(tab: Tab, run: Run, label: str, folder: Path) -> Path:
    """A file of the run, as the Train page offers it."""
    opened(tab, f"/train?run={run.id}&experiment=past")
    popover: Locator = tab.page.get_by_role("button", name="Download", exact=True).first
    popover.click()
    button = tab.page.get_by_role("button", name=label)
    expect(button).to_be_visible(timeout=WAIT_MS)
    with tab.page.expect_download() as waited:
        button.click()
    path = folder / waited.value.suggested_filename
    waited.value.save_as(path)
    return path


def from_terminal(*arguments: str) -> Any:
    """What ``convlab ... --json`` prints."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert main([*arguments, "--json"]) == 0
    return json.loads(out.getvalue())


@pytest.mark.parametrize("label", ["Weights (.safetensors)", "Weights for torch.load (.pt)"])
def test_downloads_tell_the_terminal_and_another_session(
    tab: Tab, run: Run, accuracy: float, tmp_path: Path, label: str
) -> None:
    weights = downloaded(tab, run, label, tmp_path)
    found = from_terminal("evaluate", "--weights", str(weights), "--data", run.settings.data)
    assert found["classes"] == list(NAMES)
    assert found["val_accuracy"] == pytest.approx(accuracy, abs=1e-9)
    picture = tmp_path / "one.png"
    picture.write_bytes(images.to_png(shelf.get(run.settings.data).val.images[1]))
    (verdict,) = from_terminal("probe", "--weights", str(weights), "--image", str(picture))
    assert list(verdict["probabilities"]) == list(NAMES)
    assert verdict["class"] in NAMES

    said = opened(tab, "/probe?model=checkpoint")
    tab.page.locator('input[type="file"]').first.set_input_files(str(weights))
    expect(tab.page.get_by_text(NAMES[0]).first).to_be_visible(timeout=WAIT_MS)
    tab.wait_idle(500)
    said = "\n".join(tab.page.evaluate(WORDS))
    check_names(said)
    assert tab.page.evaluate(MARKED_UP) == []
