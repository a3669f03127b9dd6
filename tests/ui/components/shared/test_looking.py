"""convlab.ui.components.shared.looking: how a component asks what the networks say."""

import pytest

from convlab.ui import server
from convlab.ui.components.shared.looking import Look
from convlab.ui.probe.controls import ProbeControls
from convlab.ui.probe.look_route import SQUARE


def test_the_browser_gets_the_controls_that_the_route_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    look = Look("secret", "1,2,30", "edge", 2.5)
    assert look.told()["route"] == ""  # under plain Streamlit nobody is asked
    monkeypatch.setattr(server, "path", lambda name: f"/lab/{name}")
    told = look.told()
    assert (told["route"], told["secret"]) == ("/lab/look", "secret")
    controls = ProbeControls.model_validate(told["controls"])
    assert controls.model_fields_set == SQUARE
    assert (controls.window, controls.padding, controls.temperature) == ("1,2,30", "edge", 2.5)
