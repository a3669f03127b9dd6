"""Another language on any page: what was set, typed or given stays, and so does the rest of the link."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from convlab.ui.compare import setup
from convlab.ui.components import presentation
from tests.ui.driver import open_page, received, troubles

SWITCH = "frame.language"
LINKS: list[tuple[str, dict[str, str]]] = [
    ("app.py", {"course": "short"}),
    ("pages/kernels.py", {"kernel": "1 2; 3 4", "stride": "2", "experiment": "learn", "output": "1,2"}),
    ("pages/feature_maps.py", {"layer": "conv2", "channel": "3", "experiment": "pooling"}),
    ("pages/modules.py", {"part": "saved", "saved_into": "batch_norm", "strict": "false"}),
    ("pages/train.py", {"epochs": "7", "more": "1", "lr": "0.02"}),
    ("pages/compare.py", {"preset": "widths", "seeds": "2"}),
    ("pages/probe.py", {"second": "shipped:net_sketches", "temperature": "2"}),
    ("pages/programs.py", {"program": "verdict_of_net"}),
]


def held(app: AppTest) -> tuple[dict[str, Any], dict[str, Any]]:
    """Key -> value of each widget but the switch, and the link but its language."""
    kinds: list[Any] = [app.selectbox, app.number_input, app.text_input, app.text_area, app.toggle]
    kinds += [app.checkbox, app.radio, app.slider, app.segmented_control]
    widgets = {str(one.key): one.value for kind in kinds for one in kind if one.key != SWITCH}
    return widgets, {name: value for name, value in app.query_params.items() if name != "lang"}


def spoken(app: AppTest, code: str) -> AppTest:
    after: AppTest = app.selectbox(key=SWITCH).set_value(code).run()
    assert after.query_params["lang"] == code
    assert received(after, presentation.KEY)[0]["language"] == code
    assert not after.exception
    return after


@pytest.mark.parametrize(("page", "link"), LINKS, ids=[page for page, _link in LINKS])
def test_another_language_keeps_the_page(
    page: str, link: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "_measure", lambda *_: None)  # Compare's thread would outlive the test
    app = open_page(page, **link)
    before = held(app)
    assert before[1].items() >= link.items()
    assert held(spoken(app, "zh")) == before
    assert held(spoken(app, "en")) == before


def test_another_language_keeps_a_file() -> None:
    app, out = open_page("pages/kernels.py", picture="upload", size="8"), BytesIO()
    Image.new("L", (8, 8), 51).save(out, "PNG")
    app.file_uploader[0].set_value(("grey.png", out.getvalue(), "image/png")).run()
    before = received(app, "kernels.lab")[1]
    assert not troubles(app)
    for code in ("zh", "en"):
        assert received(spoken(app, code), "kernels.lab")[1] == before
