"""convlab.ui.components.asker: the browser knows all controls of the page, and where to ask about them."""

from streamlit.testing.v1 import AppTest

from convlab.ui.modules.controls import ModulesControls
from tests.ui.driver import received


def page() -> None:
    from convlab.ui.components.asker import asker
    from convlab.ui.modules.controls import ModulesControls
    from convlab.ui.urls import PageState

    state, choices = PageState("modules", ModulesControls), {"topic": {"Do the layers fit?": "fit"}}
    asker("asker", state, "/part", [ModulesControls(depth_seed=7)], choices, {"draw": {"dropout_draw": 1}})


def test_the_browser_is_told_the_controls_as_they_are() -> None:
    app = AppTest.from_function(page)
    app.query_params["in_features"], app.query_params["flatten"] = "288", "1"
    app.run()
    assert not app.exception
    header, _blobs = received(app, "asker")
    asks = header["asks"]
    assert (asks["page"], asks["route"], asks["language"]) == ("modules", "/part", "en")
    assert ModulesControls(**asks["controls"]) == ModulesControls(in_features=288, flatten=True)
    assert [ModulesControls(**one) for one in asks["earlier"]] == [ModulesControls(depth_seed=7)]
    assert asks["choices"] == {"topic": {"Do the layers fit?": "fit"}}
    assert asks["presses"] == {"draw": {"dropout_draw": 1}}
