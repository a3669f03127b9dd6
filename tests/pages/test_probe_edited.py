"""Kernels changed on Feature maps go along to Probe: it says so, asks that network, and takes them off."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from streamlit.testing.v1 import AppTest

from convlab.networks.edits import Edits, Grid, Place, applied
from convlab.ui.feature_maps.edits import LAB as FEATURE_MAPS
from convlab.ui.picture import whole_picture
from tests.pages.probe_page import PAGE, controls, net, png, script, shown
from tests.ui.driver import open_page, received, send, troubles

ONES: Grid = ((1.0, 1.0, 1.0),) * 3
MADE = Edits({Place("conv2", 0, 3): ONES})


def visit() -> Any:
    """Change a kernel on Feature maps, then go on to Probe."""
    app = open_page("pages/feature_maps.py")
    told = received(app, FEATURE_MAPS)[0]["editing"]
    send(app, FEATURE_MAPS, "edit", {"edits": MADE.told(), "revision": 1, "origin": told["origin"]})
    app.query_params["picture"] = "photo:cat"
    app.query_params["model"] = "shipped:net"
    app.query_params["experiment"] = "code"
    app.switch_page(PAGE).run()
    assert troubles(app) == []
    return app


def test_the_changed_network_is_asked_until_the_changes_are_taken_off() -> None:
    app = visit()
    found = shown(app)
    with torch.no_grad():
        wanted = applied(net().network, MADE)(found.values[None])[0]
        own = net().network(found.values[None])[0]
    assert torch.equal(found.logits, wanted)
    assert any("changed on Feature maps" in one.value for one in app.markdown)
    assert found.header["questions"] == {}  # nobody but this session has this network
    (off,) = [button for button in app.button if str(button.key).startswith("probe.edited.")]
    off.click().run()
    assert torch.equal(shown(app).logits, own)
    assert not any("changed on Feature maps" in one.value for one in app.markdown)


def _show() -> None:
    from dataclasses import replace

    from convlab.networks.edits import Edits, Place
    from convlab.ui import networks
    from convlab.ui.probe.models import say_edited

    model = replace(networks.random_model("net", 0), title="*a* `b` <c>")
    made = Edits({Place("conv1", 0, 0): ((1.0, 1.0, 1.0),) * 3})
    say_edited([replace(model, edits=made, unedited=model)])


def test_a_name_is_shown_letter_by_letter() -> None:
    (line,) = [one.value for one in AppTest.from_function(_show).run().markdown]
    assert "\\*a\\* \\`b\\` \\<c\\>" in line


def test_the_script_changes_the_same_kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = visit()
    (tmp_path / "my_picture.png").write_bytes(png(whole_picture(controls(app), 32)[0]))
    folder = tmp_path / "convlab" / "weights"
    folder.mkdir(parents=True)
    save_file(net().network.state_dict(), folder / "net.safetensors")
    monkeypatch.chdir(tmp_path)
    space: dict[str, Any] = {}
    exec(compile(script(app), "verdict.py", "exec"), space)
    assert torch.allclose(space["probabilities"], shown(app).probabilities, atol=1e-6)
