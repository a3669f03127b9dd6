"""What is set with Streamlit's own widgets is asked over a route at once; Streamlit hears at the pause."""

from typing import Any

from convlab.ui.components.shared import declare, pack
from convlab.ui.urls import PageState
from convlab.ui.words import language

_mount = declare("asker", "numerals", "fields", "post", "messenger")


def asker(key: str, state: PageState[Any], route: str) -> None:
    """Where PyTorch is asked about a page's controls; "" for nowhere: Streamlit carries each change then."""
    controls = state.value.model_dump(mode="json")
    asks = {"page": state.page, "route": route, "controls": controls, "language": language()}
    _mount(key=key, data=pack({"labels": {}, "asks": asks}))
