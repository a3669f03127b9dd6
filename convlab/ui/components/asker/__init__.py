"""What is set with Streamlit's own widgets is asked over a route at once; Streamlit hears at the pause."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from convlab.ui.components.shared import declare, pack
from convlab.ui.urls import Controls, PageState
from convlab.ui.words import language

_mount = declare("asker", "numerals", "fields", "post", "messenger")


def asker(
    key: str,
    state: PageState[Any],
    route: str,
    earlier: Sequence[Controls] = (),
    choices: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    presses: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> None:
    """Where PyTorch is asked about a page's controls; "" for nowhere: Streamlit carries each change then.

    Args:
        earlier: the controls that the answer is compared with; each question has them with it.
        choices: control -> what the entries of its list say -> its value.
        presses: button's key, without the page's name -> the controls that it sets -> their values.
    """
    controls, *before = (one.model_dump(mode="json") for one in (state.value, *earlier))
    asks = {
        "page": state.page,
        "route": route,
        "controls": controls,
        "earlier": before,
        "choices": {name: dict(offered) for name, offered in choices.items()},
        "presses": {name: dict(changes) for name, changes in presses.items()},
        "language": language(),
    }
    _mount(key=key, data=pack({"labels": {}, "asks": asks}))
