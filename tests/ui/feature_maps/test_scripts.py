"""Pooling, the large cross and the comparison show their scripts; run, they give the page's numbers."""

import contextlib
import io
import time
from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest

from convlab.ui.feature_maps.controls import FIGURE_8_8
from tests import sources
from tests.pages.test_feature_maps import PAGE, assert_is_pytorchs, shown
from tests.ui.driver import open_page, troubles


@pytest.fixture(autouse=True)
def _in_our_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(sources.ROOT)  # the trained weights are named from there


def opened(experiment: str, **query: object) -> AppTest:
    """The page with an experiment and the panel of its script open."""
    app = open_page(PAGE, experiment=experiment, **query)
    app.session_state[f"feature_maps.{experiment}.script"] = True
    app.run()
    assert troubles(app) == []
    return app


def run(app: AppTest) -> dict[str, Any]:
    space: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(app.code[-1].value, "experiment.py", "exec"), space)
    return space


def texts(app: AppTest) -> str:
    return " ".join(str(one.value).replace("\\", "") for one in (*app.markdown, *app.caption))


def test_a_closed_panel_has_no_script() -> None:
    app = open_page(PAGE, experiment="pooling", layer="conv1")
    assert not app.code
    assert "PyTorch code of this experiment" in [panel.label for panel in app.expander]


@pytest.mark.parametrize(
    "query", [{}, {"network": "net_batch_norm", "weights": "sketches", "mode": "train", "draw": 3}], ids=str
)
def test_pooling_halves_the_map_that_is_open(query: dict[str, object]) -> None:
    app = opened("pooling", layer="conv2", channel=2, **query)
    assert_is_pytorchs(app) if not query else None
    header, values = shown(app)
    place = header["place"]
    found = run(app)
    assert torch.allclose(found["whole"][0, 0], values[place["layer"]][2], atol=1e-6)
    assert found["survivors"].float().mean() == 0.25


def test_the_crosses_peak_as_on_the_page() -> None:
    for query in ({}, {**FIGURE_8_8, "second_kernel": "0 0 0; 0 1 0; 0 0 0"}):
        app = opened("cross", **query)
        peaks = run(app)["peaks"]
        told = " ".join(caption.proto.body if hasattr(caption, "proto") else "" for caption in app.caption)
        page = texts(app) + told
        assert f"peak {peaks['large_cross']:.3g}" in page
        assert f"peak {peaks['your picture']:.3g}" in page


@pytest.mark.parametrize("query", [{}, {"weights": "random", "seed": 3}, {"network": "net_fast"}], ids=str)
def test_trained_beside_untrained(query: dict[str, object]) -> None:
    app = opened("compare", layer="conv2", **query)
    header, values = shown(app)
    trained, untrained = run(app)["maps"]
    page = values[header["place"]["layer"]]
    assert torch.allclose(untrained if query.get("weights") else trained, page, atol=1e-6)
    assert not torch.allclose(trained, untrained, atol=1e-2)


def test_what_excites_a_unit_has_its_script() -> None:
    app = opened("excite", layer="conv2", channel=3, ascent_steps=8, jitter=0, network="net_fast")
    found = run(app)
    assert len(found["found"]) == 9
    assert found["made"].steps == 8
    assert found["made"].value > found["made"].values[0]
    assert f"value is **{found['made'].value:.4f}**" not in texts(app)  # nobody has asked for it yet
    making = next(one for one in app.button if one.label == "Make a picture")
    made = making.click().run()
    for _look in range(200):
        if "Its value is" in texts(made):
            break
        time.sleep(0.1)
        made.run()
    assert f"Its value is **{found['made'].value:.4f}**" in texts(made)
