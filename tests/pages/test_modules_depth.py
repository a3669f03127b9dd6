"""The part on depth of pages/modules.py: norms by layer, one block or many, two runs."""

import time

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from convlab.networks.depth import Asked, measure
from convlab.networks.variants import NetResDeep
from convlab.training import queue, runs
from convlab.training.recipes import book_recipe
from convlab.ui.modules.depth import VIEWS
from tests.pages.test_train import PATIENCE_S, home, pool
from tests.ui.driver import open_page, received, troubles

PAGE = "pages/modules.py"

__all__ = ["home", "pool"]  # fixtures of runs


def opened(**query: object) -> AppTest:
    app = open_page(PAGE, part="depth", **query)
    assert troubles(app) == []
    return app


def lines(app: AppTest, chart: str) -> list[np.ndarray]:
    """The points that the browser was sent for a chart."""
    header, blobs = received(app, "modules.depth.curves")
    (found,) = [one for one in header["charts"] if one["key"] == chart]
    return [
        np.frombuffer(blobs[f"{chart}_{n}"], np.float32).reshape(-1, 2) for n in range(len(found["series"]))
    ]


def test_the_browser_gets_what_pytorch_measured() -> None:
    app, found = opened(), measure(Asked())
    (forward,), (backward,) = lines(app, "forward"), lines(app, "backward")
    assert forward[:, 0].tolist() == list(range(1, 21))
    assert forward[:, 1] == pytest.approx(found.activations, rel=1e-6)
    assert backward[:, 1] == pytest.approx(found.gradients, rel=1e-6)


def test_a_change_keeps_the_last_lines_beside_the_new_ones() -> None:
    app = opened()
    app.toggle(key="modules.depth_skip").set_value(True).run()
    assert troubles(app) == []
    assert app.query_params["depth_skip"] == "1"
    now, before = lines(app, "backward")
    assert now[:, 1] == pytest.approx(measure(Asked(skip=True)).gradients, rel=1e-6)
    assert before[:, 1] == pytest.approx(measure(Asked()).gradients, rel=1e-6)
    app.number_input(key="modules.depth_layers").set_value(8).run()
    now, before = lines(app, "backward")
    assert (len(now), len(before)) == (8, 20)


@pytest.mark.parametrize(
    ("view", "question"),
    [
        ("gradients", "before it has learned anything?"),
        ("blocks", "the same as a block at each?"),
        ("trained", "Does a very deep network learn"),
    ],
)
def test_each_view_has_a_question_of_its_own(view: str, question: str) -> None:
    app = opened(depth_view=view, depth_blocks=2, depth_chans=4)
    assert sum(question in markdown.value for markdown in app.markdown) == 1
    assert sum("before it has learned" in markdown.value for markdown in app.markdown) == (
        view == "gradients"
    )


def test_all_numbers_stand_in_the_panel() -> None:
    app = opened(depth_layers=5)
    app.session_state["modules.by_numbers"] = True
    app.run()
    table = app.expander[0].table[0].value
    found = measure(Asked(depth=5))
    assert list(map(float, table["Length of the weight's gradient"])) == pytest.approx(
        found.gradients, rel=1e-5
    )
    assert list(map(float, table["Activations, root mean square"])) == pytest.approx(
        found.activations, rel=1e-5
    )


def test_one_block_or_many() -> None:
    app = opened(depth_view="blocks", depth_blocks=3, depth_chans=8)
    asked = app.table[0].value
    assert list(asked["One block, repeated"])[-1] == "17,298"
    header, _blobs = received(app, "modules.depth.blocks")
    assert header
    app.number_input(key="modules.depth_blocks").set_value(1).run()
    assert troubles(app) == []


def test_two_beginnings_wait_for_a_press_of_the_button() -> None:
    app = opened(depth_view="trained", depth_blocks=2, depth_chans=4)
    assert list(app.table[0].value["First weights"]) == ["the design's own", "PyTorch's default"]
    assert app.button(key="modules.beginnings.start").label == "Train both on sketches"


def test_the_books_settings_are_one_press_away() -> None:
    app = opened(depth_view="trained", depth_blocks=2, depth_chans=4)
    app.button(key="modules.depth_book").click().run()
    assert troubles(app) == []
    told = app.session_state["modules.controls"]
    book = book_recipe("net_res_deep")
    assert {"n_blocks": told.depth_blocks, "shared": told.depth_shared} == book.options
    assert (told.depth_chans, told.depth_lr) == (NetResDeep().conv1.out_channels, book.lr)


@pytest.mark.parametrize("view", VIEWS)
def test_the_code_of_a_view_runs(view: str) -> None:
    app = opened(depth_view=view, depth_blocks=2, depth_chans=4, experiment="code")
    exec(compile(app.code[-1].value, view, "exec"), {"__name__": "script"})


def test_both_beginnings_are_trained_and_compared(pool: queue.Queue) -> None:
    app = opened(depth_view="trained", depth_blocks=1, depth_chans=4, depth_epochs=1, depth_seed=3)
    app.button(key="modules.beginnings.start").click().run()
    assert troubles(app) == []
    deadline = time.monotonic() + PATIENCE_S
    while any(run.status().state != "finished" for run in runs.all_runs()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    app.run()
    assert {run.settings.initialisation for run in runs.all_runs()} == {"pytorch", "reset_parameters"}
    shown = app.table[1].value
    assert list(shown["Run"]) == ["the design's own", "PyTorch's default"]
    assert list(shown["State"]) == ["Finished", "Finished"]
    header, _blobs = received(app, "modules.beginnings.curves")
    names = [line["name"] for line in header["charts"][0]["series"]]
    assert names == ["the design's own", "PyTorch's default"]
    assert "modules.beginnings.start" not in {button.key for button in app.button}  # nothing is left to train
