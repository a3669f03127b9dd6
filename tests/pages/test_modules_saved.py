"""The Modules page's "Save and load": PyTorch's words, what became of the tensors, a learner's file."""

import io
from pathlib import Path
from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest

from convlab.networks import state_dicts
from convlab.networks.designs import Net, seeded
from convlab.networks.state_dicts import CHANGES
from convlab.probing import bundled
from convlab.snippets import state_dicts as scripts
from convlab.ui.modules import saved
from convlab.ui.words import prose
from tests.snippets.test_convolution import run
from tests.ui.driver import open_page, received, troubles

PAGE, SHEET = "pages/modules.py", "modules.saved"
BINARY = "application/octet-stream"


def opened(**query: object) -> AppTest:
    app = open_page(PAGE, part="saved", **query)
    assert troubles(app) == []
    return app


def said(app: AppTest) -> str:
    return str(app.code[0].value)


def given(app: AppTest, content: object, name: str = "mine.pt") -> AppTest:
    data = content if isinstance(content, bytes) else state_dicts.saved(content)
    after: AppTest = app.file_uploader(key="modules.checkpoint").set_value((name, data, BINARY)).run()
    return after


@pytest.mark.parametrize("key", CHANGES)
@pytest.mark.parametrize("strict", [True, False])
def test_pytorchs_words_stand_below_the_line_that_ran(key: str, strict: bool) -> None:
    app = opened(saved_into=key, strict=strict)
    source = bundled.weights("net").probe.network.state_dict()
    loading = state_dicts.load(CHANGES[key].build(scripts.SEEDS[1]), source, strict)
    assert said(app).split("\n", 3)[3] == loading.said
    assert f"load_state_dict(\n...     state_dict, strict={strict})" in said(app)
    marks = [row["mark"] for row in received(app, SHEET)[0]["rows"]]
    counts = [marks.count(mark) for mark in ("new", "gone", "changed")]
    assert counts == [loading.count(fate) for fate in ("missing", "unexpected", "mismatch")]


@pytest.mark.parametrize("key", CHANGES)
def test_a_counter_of_batches_is_explained_where_there_is_one(key: str) -> None:
    app = opened(saved_into=key)
    notes = {row["name"]: row["note"] for row in received(app, SHEET)[0]["rows"]}
    counters = {name for name in notes if name.endswith("num_batches_tracked")}
    assert {name for name, note in notes.items() if note == "a counter: not missed"} == counters
    assert bool(counters) == (key == "batch_norm")
    told = [str(text.value) for text in app.markdown]
    assert (prose("modules", "saved_counter") in told) == bool(counters)


def test_controls_change_what_is_loaded_and_the_link_says_so() -> None:
    app = opened()
    app.selectbox(key="modules.saved_into").set_value("kernel").run()
    assert "size mismatch for conv1.weight" in said(app)
    app.toggle(key="modules.strict").set_value(False).run()
    assert "size mismatch for conv1.weight" in said(app)  # forgives names, never sizes
    app.selectbox(key="modules.saved_into").set_value("renamed").run()
    assert said(app).endswith("unexpected_keys=['fc1.weight', 'fc1.bias'])")
    assert app.query_params["strict"] in ("False", ["False"], "false", ["false"], "0", ["0"])
    app.selectbox(key="modules.saved_into").set_value("same").run()
    assert said(app).endswith("<All keys matched successfully>")


def test_by_numbers_says_what_the_sheet_shows() -> None:
    app = open_page(PAGE, part="saved", saved_into="depth")
    app.session_state["modules.by_numbers"] = True
    app.run()
    assert troubles(app) == []
    counts = dict(app.expander[0].table[0].value.values)
    assert counts == {"Loaded": "7", "Missing": "2", "Unexpected": "0", "Size mismatch": "1"}


def test_the_script_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    app = opened(saved_into="depth", saved_weights="random", experiment="code")
    run(app.code[-1].value)
    assert capsys.readouterr().out.rstrip("\n").endswith(said(app).split("\n", 3)[3])


def test_a_file_of_ones_own() -> None:
    app = open_page(PAGE, part="saved", saved_weights="file", saved_into="same")
    assert "There is no checkpoint yet" in troubles(app)[0] if troubles(app) else app.info[0].value
    app = given(app, {"epoch": 3, "model": seeded(Net, 4).state_dict()})
    assert troubles(app) == []
    assert said(app).endswith("<All keys matched successfully>")
    app.segmented_control(key="modules.experiment").set_value("code").run()
    assert "torch.load('my_checkpoint.pt', 'cpu', weights_only=True)['model']" in app.code[-1].value


def test_the_books_own_file(shared: Path) -> None:
    app = open_page(PAGE, part="saved", saved_weights="file", saved_into="same")
    app = given(app, (shared / "data" / "book_birds_vs_airplanes.pt").read_bytes(), "birds_vs_airplanes.pt")
    assert said(app).endswith("<All keys matched successfully>")
    app.selectbox(key="modules.saved_into").set_value("width").run()
    assert said(app).count("size mismatch") == 5


def test_weights_of_another_network_are_told_of_and_not_refused() -> None:
    app = open_page(PAGE, part="saved", saved_weights="file", saved_into="same")
    app = given(app, {"body.0.weight": torch.zeros(4, 3, 3, 3), "head": torch.arange(3)})
    assert 'Unexpected key(s) in state_dict: "body.0.weight", "head"' in said(app)
    assert "none of the network's 8 tensors" in " ".join(str(text.value) for text in app.markdown)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"nonsense", "This file is damaged or no checkpoint"),
        ({f"t{n}": torch.zeros(1) for n in range(saved.MOST_TENSORS + 1)}, "holds 401 tensors"),
        ({"x" * (saved.MOST_LETTERS + 1): torch.zeros(1)}, "more than 120 letters"),
        ({"w": torch.zeros(1).expand(4100, 4100)}, "16,810,000 entries"),
        ({"w": torch.tensor([float("nan")])}, "NaN or infinite"),
        ({"w": 3, "v": torch.zeros(1)}, "is no tensor"),
    ],
    ids=["damaged", "many", "long", "huge", "nan", "no tensor"],
)
def test_a_file_of_no_use_gets_one_sentence(content: Any, sentence: str) -> None:
    app = open_page(PAGE, part="saved", saved_weights="file")
    app = given(app, content)
    assert sentence in " ".join(troubles(app))


def test_large_tensors_are_shown_without_a_picture() -> None:
    app = open_page(PAGE, part="saved", saved_weights="file", saved_into="same")
    app = given(app, {"large": torch.zeros(3000, 1000), "conv1.bias": torch.ones(16)})
    assert troubles(app) == []
    assert "conv1.weight" in said(app)


def test_the_download_is_the_state_dict() -> None:
    app = opened(saved_weights="random")
    assert len(app.get("download_button")) == 1
    data = state_dicts.saved(seeded(Net, scripts.SEEDS[0]).state_dict())
    assert list(torch.load(io.BytesIO(data), weights_only=True)) == list(Net().state_dict())
