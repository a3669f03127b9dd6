"""ui/probe/surgery.py: the cells of the kernel that is cut, and the verdict of the network with it."""

from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest

from convlab.convolution import kernels
from convlab.pictures import crop, photographs
from convlab.probing import bundled, surgery
from convlab.probing.probe import Probe
from convlab.ui.probe import made
from convlab.ui.probe.surgery import CELLS
from tests.ui.driver import open_page, received, send, troubles

SEEN = crop.cut(photographs.photograph("cat"))
PLACE = {"layer": "conv2", "out_channel": "3", "in_channel": "5"}


def opened(**query: Any) -> AppTest:
    return open_page("pages/probe.py", picture="photo:cat", experiment="surgery", **query)


def shown(app: AppTest) -> torch.Tensor:
    """What stands in the cells."""
    header, blobs = received(app, CELLS)
    return torch.frombuffer(bytearray(blobs["kernel"]), dtype=torch.float32).view(header["size"])


def says(app: AppTest, probe: Probe) -> None:
    (verdict,) = received(app, made.KEY)[0]["verdicts"]
    assert verdict["logits"] == pytest.approx(probe.logits(SEEN[None])[0].tolist(), abs=1e-5)


def test_a_kernel_from_the_cells_is_the_pages() -> None:
    app = opened(**PLACE)
    assert torch.equal(shown(app), torch.zeros(3, 3))
    send(app, CELLS, "cut", {"text": "0 1 0; 1 5 1; 0 1 0", "revision": 4})
    assert troubles(app) == []
    assert app.query_params["kernel"] == "0 1 0; 1 5 1; 0 1 0"
    wanted = kernels.parse("0 1 0; 1 5 1; 0 1 0")[0]
    assert torch.equal(shown(app), wanted)
    assert received(app, CELLS)[0]["revision"] == 4
    says(app, surgery.edited(bundled.weights("net").probe, "conv2", 3, 5, wanted))
    send(app, CELLS, "cut", {"text": "what?", "revision": 5})
    assert app.query_params["kernel"] == "0 1 0; 1 5 1; 0 1 0"


def test_the_verdict_stands_without_a_data_set_and_for_all_channels_of_a_kernel() -> None:
    app = opened(layer="conv2", out_channel="3", kernel="0.5")
    header, _blobs = received(app, CELLS)
    assert header["own"] is False  # it has sixteen
    assert torch.equal(shown(app), torch.full((3, 3), 0.5))
    assert not app.metric
    says(app, surgery.edited(bundled.weights("net").probe, "conv2", 3, None, 0.5))


def test_what_is_pasted_fills_the_cells_from_there_or_says_why_not() -> None:
    app = opened(**PLACE)
    send(app, CELLS, "paste", {"text": "1 2\n3 4", "channel": 0, "row": 1, "column": 1})
    assert app.query_params["kernel"] == "0 0 0; 0 1 2; 0 3 4"
    send(app, CELLS, "paste", {"text": "1 2 3 4", "channel": 0, "row": 0, "column": 0})
    assert len(troubles(app)) == 1
    assert app.query_params["kernel"] == "0 0 0; 0 1 2; 0 3 4"
