"""convlab.ui.components.shared.ahead: one function shows on the page, and answers over a route."""

import torch
from streamlit.testing.v1 import AppTest

from convlab.ui.components.map_row import map_row
from convlab.ui.components.shared import ahead
from tests.ui.driver import received, unpack


def page() -> None:
    import torch

    from convlab.ui.components.map_row import map_row
    from convlab.ui.components.shared import ahead

    with ahead.following({"n": "2"}):
        map_row("followed", [("a", torch.ones(2, 3))])
    map_row("alone", [("a", torch.ones(2, 3))])


def test_what_is_gathered_is_what_the_page_mounts() -> None:
    app = AppTest.from_function(page).run()
    assert not app.exception
    with ahead.gathered() as messages:
        map_row("followed", [("a", torch.ones(2, 3))])
    told, blobs = received(app, "followed")
    assert told["answers"] == {"key": "followed", "told": {"n": "2"}}
    assert unpack(blobs["message"]) == unpack(messages["followed"]) == received(app, "alone")


def test_behind_the_block_nothing_is_gathered_or_followed() -> None:
    with ahead.gathered() as messages, ahead.following({}):
        assert ahead.asked()
        assert ahead.told() == {}
        assert ahead.gather("key", b"message")
    assert messages == {"key": b"message"}
    assert not ahead.asked()
    assert not ahead.gather("key", b"another")
    with ahead.following(None):
        assert not ahead.asked()
