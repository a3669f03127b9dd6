"""Probe's code panel: run as a script, it says what the page says."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from convlab.ui.picture import whole_picture
from tests.corpus import corpus
from tests.pages.probe_page import controls, give, net, png, probe, script, shown


@pytest.fixture(autouse=True, scope="module")
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVLAB_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.mark.parametrize(
    "query", [{}, {"window": "-20,-40,400", "padding": "edge"}, {"temperature": 2.0}], ids=str
)
def test_the_code_says_what_the_page_says(
    query: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = probe(experiment="code", **query)
    whole = whole_picture(controls(app), 32)[0]
    (tmp_path / "my_picture.png").write_bytes(png(whole))
    folder = tmp_path / "convlab" / "weights"
    folder.mkdir(parents=True)
    save_file(net().network.state_dict(), folder / "net.safetensors")
    monkeypatch.chdir(tmp_path)
    space: dict[str, Any] = {}
    exec(compile(script(app), "verdict.py", "exec"), space)
    assert torch.equal(space["image"], shown(app).values)
    assert torch.allclose(space["probabilities"], shown(app).probabilities, atol=1e-6)


def test_the_code_reads_what_pillow_alone_reads_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, data = probe(experiment="code", picture="upload"), corpus()["grey_float.tif"].data
    give(app, ("floats.tif", data))
    assert any("become black to white" in caption.value for caption in app.caption)
    assert script(app).index("images.load(") > 0
    (tmp_path / "my_picture.png").write_bytes(data)
    folder = tmp_path / "convlab" / "weights"
    folder.mkdir(parents=True)
    save_file(net().network.state_dict(), folder / "net.safetensors")
    monkeypatch.chdir(tmp_path)
    space: dict[str, Any] = {}
    exec(compile(script(app), "verdict.py", "exec"), space)
    assert torch.equal(space["image"], shown(app).values)
