"""Every experiment of Probe shows its script; run, it gives the page's numbers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from streamlit.testing.v1 import AppTest

from convlab.ui.picture import whole_picture
from convlab.ui.probe.controls import Experiment, Game
from tests import sources
from tests.few import few_sketches
from tests.pages.probe_page import controls, png, probe, script, shown
from tests.ui.driver import troubles

SKETCHES = "shipped:net_batch_norm_sketches"
COMPUTED = [name for name in get_args(Experiment) if name not in ("notice", "code", "maths")]


@pytest.fixture(autouse=True, scope="module")
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVLAB_HOME", str(tmp_path_factory.mktemp("home")))
        few_sketches()
        yield


def opened(experiment: str, **query: object) -> AppTest:
    """The page with an experiment and the panel of its script open."""
    app = probe(experiment=experiment, **{"model": SKETCHES, **query})
    app.session_state[f"probe.{experiment}.script"] = True
    app.run()
    assert troubles(app) == []
    return app


def run(app: AppTest, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the script on the page defines, run in ConvLab's folder beside the picture."""
    (folder / "convlab").symlink_to(sources.ROOT / "convlab")
    (folder / "my_picture.png").write_bytes(png(whole_picture(controls(app), 32)[0]))
    monkeypatch.chdir(folder)
    space: dict[str, Any] = {}
    exec(compile(script(app), "experiment.py", "exec"), space)
    return space


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def test_the_panel_is_closed_until_somebody_asks_and_prose_has_none() -> None:
    app = probe(experiment="change")
    assert "PyTorch code of this experiment" in [panel.label for panel in app.expander]
    assert "python" not in [code.language for code in app.code]
    assert not [panel for panel in probe(experiment="notice").expander if "code of" in panel.label]


@pytest.mark.parametrize("experiment", COMPUTED)
def test_each_experiment_has_a_script(experiment: str) -> None:
    told = script(opened(experiment))
    compile(told, "experiment.py", "exec")
    assert "probe" in told or experiment == "arena"  # whose first game is the verdict
    assert "net_batch_norm_sketches.safetensors" in told


@pytest.mark.parametrize("game", get_args(Game))
def test_each_game_has_a_script_of_what_is_set(game: str) -> None:
    told = script(opened("arena", game=game, goal=1, norm="linf", budget=0.1))
    asks = {"ascend": "pixels, 1, 0.1, 'linf'", "least": "pixels[None], 1, 'linf'"}
    assert asks.get(game, "probabilities") in told


def test_the_script_of_both_modes_gives_the_pages_accuracies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("modes", batch_size=4)
    told = [f"{one.accuracy:.2%}" for one in run(app, tmp_path, monkeypatch)["measured"]]
    assert told == [metrics(app)[f"in model.{mode}()"] for mode in ("eval", "train")]


def test_the_script_of_surgery_gives_the_pages_accuracies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(
        "surgery", layer="conv2", out_channel=1, in_channel=0, kernel="0 1 0; 1 1 1; 0 1 0", pruned=0.5
    )
    found = run(app, tmp_path, monkeypatch)
    assert metrics(app)["after"] == f"{found['after']:.2%}"
    assert metrics(app)["Accuracy"] == f"{found['left']:.2%}"


def test_the_script_about_noise_gives_the_pages_shares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("outside")
    found = run(app, tmp_path, monkeypatch)
    assert metrics(app)["over 95% sure"] == f"{found['told'].above[0.95]:.1%}"


def test_the_script_of_a_push_gives_the_verdict_where_nothing_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("change", change="rotate", temperature=2.0)
    found = run(app, tmp_path, monkeypatch)
    at = found["values"].index(0.0)
    assert found["chances"][at].tolist() == pytest.approx(shown(app).probabilities.tolist(), abs=1e-5)
