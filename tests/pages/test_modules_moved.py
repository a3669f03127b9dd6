"""The Modules page's "Devices and dtypes": what is shown is what PyTorch does here."""

import re
from typing import Any, get_args

import pytest
import torch
from streamlit.testing.v1 import AppTest

from convlab.networks import moving
from convlab.networks.designs import Net
from convlab.training import runs, timing
from convlab.training.settings import Settings
from convlab.ui import words
from convlab.ui.modules import moved_time
from convlab.ui.modules.controls import MovedControls
from tests.ui.driver import open_page, received, troubles

PAGE = "pages/modules.py"
OFFERED = {name: get_args(field.annotation) for name, field in MovedControls.model_fields.items()}


def opened(**query: object) -> AppTest:
    app = open_page(PAGE, part="moved", **query)
    assert troubles(app) == []
    return app


def set_to(app: AppTest, control: str, value: Any) -> AppTest:
    after: AppTest = app.selectbox(key=f"modules.{control}").set_value(value).run()
    assert troubles(after) == []
    return after


@pytest.mark.parametrize("look", OFFERED["moving"])
@pytest.mark.parametrize("below", ["notice", "code", "maths"])
def test_each_thing_to_try_opens(look: str, below: str) -> None:
    app = opened(moving=look, experiment=below)
    assert words.prose("modules", f"{look}_asks") in [text.value for text in app.markdown]
    assert app.segmented_control(key="modules.moving").value == look


@pytest.mark.parametrize("name", ["float64", "meta"])
def test_to_shows_a_network_that_is_changed_and_a_tensor_that_is_not(name: str) -> None:
    app = set_to(opened(), "moved_to", name) if name != "float64" else opened()
    network, tensor = (
        dict(zip(table.value["In Python"], table.value["After"], strict=True)) for table in app.table[:2]
    )
    dtype = {"float64": "**torch.float64**", "meta": "torch.float32"}[name]
    assert network["`model.conv1.weight.dtype`"] == dtype
    assert network["`moved is model`"] == "True"
    assert (tensor["`x.dtype`"], tensor["`y is x`"]) == ("torch.float32", "False")
    back = any("Cannot copy out of meta tensor" in str(code.value) for code in app.code)
    assert back == (name == "meta")


def test_an_optimiser_that_is_left_behind_changes_nothing() -> None:
    app = opened(moving="optimizer")
    assert any("other tensors" in str(text.value) for text in app.markdown)
    rows = {row[0]: row[1:] for row in app.table[1].value.values.tolist()}
    assert rows["from meta, by to_empty()"][0] == "**other tensors**: 0.000000"
    change = moving.stepped(moving.TO_EMPTY, False).change
    assert rows["from meta, by to_empty()"][1] == f"its own tensors: {change:.6f}"
    app.toggle(key="modules.optimizer_first").set_value(False).run()
    assert any("the network's own parameters" in str(text.value) for text in app.markdown)


@pytest.mark.parametrize("network", OFFERED["moved_network"])
@pytest.mark.parametrize("picture", ["float32", "uint8", "meta"])
def test_a_mixture_is_answered_in_pytorchs_words(network: str, picture: str) -> None:
    app = opened(moving="mixed", moved_network=network, moved_picture=picture)
    assert app.code[1].value == moving.mixed(network, picture).said
    app.toggle(key="modules.mended").set_value(True).run()
    assert app.code[1].value == moving.mixed(network, picture, True).said
    assert app.code[0].value.endswith("x = x.to(model.conv1.weight)\nlogits = model(x)")


def test_the_table_of_mixtures_is_all_of_them() -> None:
    table = opened(moving="mixed").table[0].value
    kinds = [kind for kind in moving.KINDS if kind != "uint8"]
    assert table.shape == (len(kinds), 1 + len(moving.KINDS)) == (6, 8)
    for network, row in zip(kinds, table.values.tolist(), strict=True):
        for picture, cell in zip(moving.KINDS, row[1:], strict=True):
            answer = "runs" if moving.mixed(network, picture).runs else "error"
            if "cuda" in (network, picture) and not torch.cuda.is_available():
                answer = "no GPU here"
            assert cell.strip("*▸ ") == answer


NO_GPU = "There is no GPU for `cuda` here"
ALIKE = "both must be alike"
NO_VALUES = "has no values"
WITHOUT = pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")


@pytest.mark.parametrize(
    ("network", "picture", "mended", "reason"),
    [
        ("float32", "float64", False, ALIKE),
        ("float32", "meta", False, ALIKE),
        ("float32", "meta", True, NO_VALUES),
        ("float32", "float64", True, "It runs."),
        pytest.param("cuda", "cuda", False, NO_GPU, marks=WITHOUT),
        pytest.param("float32", "cuda", False, NO_GPU, marks=WITHOUT),
        pytest.param("cuda", "float64", True, NO_GPU, marks=WITHOUT),
    ],
)
def test_the_reason_is_the_one_that_pytorch_has(
    network: str, picture: str, mended: bool, reason: str
) -> None:
    app = opened(moving="mixed", moved_network=network, moved_picture=picture, mended=mended)
    told = " ".join(str(text.value) for text in app.markdown)
    assert [one for one in (NO_GPU, ALIKE, NO_VALUES, "It runs.") if one in told] == [reason]


@WITHOUT
def test_without_a_gpu_an_optimiser_is_not_moved_to_one() -> None:
    table = opened(moving="optimizer").table[1].value
    assert {row[0]: row[1:] for row in table.values.tolist()}["cuda"] == ["no GPU here", "no GPU here"]


@pytest.mark.parametrize("move", moving.MOVES)
def test_the_toggle_says_before_which_move_the_optimiser_is_made(move: str) -> None:
    app = opened(moving="optimizer", optimizer_to=move)
    moved = "to_empty()" if move == moving.TO_EMPTY else "to()"
    assert app.toggle(key="modules.optimizer_first").label == f"The optimiser is made before {moved}"
    lines = [line for line in app.code[0].value.splitlines() if "model.to" in line or "optimizer" in line]
    assert lines[-2].startswith("optimizer = ")
    assert f".{moved[:-1]}" in lines[-1]


@pytest.mark.parametrize("where", OFFERED["map_location"])
def test_a_file_and_pinned_memory_in_pytorchs_words(where: str) -> None:
    app = opened(moving="file", map_location=where)
    found = moving.mapped(Net().state_dict(), None if where == "none" else where)
    assert app.code[0].value.endswith(found.said or str(set(found.devices)))
    assert moving.pinned() in app.code[1].value
    assert moving.pinned_loader() in app.code[1].value


def _losses(app: AppTest) -> dict[str, list[float]]:
    """By line, what the book printed at epochs 1, 10, 50 and 100."""
    header, blobs = received(app, "modules.moved_losses")
    (chart,) = header["charts"]
    found = {}
    for n, line in enumerate(chart["series"]):
        points = torch.frombuffer(bytearray(blobs[f"loss_{n}"]), dtype=torch.float32).view(-1, 2)
        assert points[[0, 1, 5, 10], 0].tolist() == [1, 10, 50, 100]
        found[line["name"]] = [round(loss, 4) for loss in points[[0, 1, 5, 10], 1].tolist()]
    return found


def test_the_books_seconds_and_this_machines() -> None:
    app = opened(moving="time")
    rows = app.table[0].value.values.tolist()
    assert [row[1] for row in rows] == ["172.7", "48.0"]
    assert "3.6 times" in words.prose("modules", "moved_time")
    assert round(172.7 / 48.0, 1) == 3.6
    assert _losses(app) == {
        "The book, on its CPU": [0.5635, 0.3278, 0.2411, 0.1614],
        "The book, on its GPU": [0.5718, 0.3285, 0.2262, 0.1567],
    }
    app.button(key="modules.timing").click().run()
    for _ in range(40):
        if len(rows := app.table[0].value.values.tolist()) > 2:
            break
        app.run()
    assert rows[2][0] == "This machine: cpu"
    assert "15,700 steps" in rows[2][2]
    assert "of the chapter's loop" in rows[2][2]
    assert re.search(r"measured on this visit, \d{4}-\d\d-\d\d \d\d:\d\d, and kept$", rows[2][2])
    assert float(rows[2][1]) > 1
    kept = app.session_state["modules.timing.kept"].found
    first = dict(kept)
    app.button(key="modules.timing.again").click().run()
    while "modules.timing.work" in app.session_state:
        app.run()
    assert kept.keys() == first.keys()
    assert all(kept[one]["cpu"].when > first[one]["cpu"].when for one in kept)


def test_only_runs_that_are_the_chapters_own_stand_beside_the_book(monkeypatch: pytest.MonkeyPatch) -> None:
    runs.create(Settings(epochs=1))
    assert moved_time.finished() == {}
    monkeypatch.setattr(moved_time, "_like_the_book", lambda run: True)
    assert moved_time.finished() == {}  # it has no device yet
    assert timing.BOOK_STEPS == 15_700
