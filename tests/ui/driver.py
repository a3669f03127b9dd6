"""Drive the app without a browser: open a page, read what a component was sent, send what a browser would."""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import torch
from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest
from torch import Tensor

from convlab.ui.runs import starting
from tests.sources import ROOT

# Pages that are only looked at start no process; the first run that is submitted still does.
cast(Any, starting).warm = lambda: None


def open_page(page: str = "app.py", **query: object) -> AppTest:
    """A fresh session at a page, from the home page as a learner comes, or from a link with parameters."""
    app = ready(AppTest.from_file(ROOT / "app.py")).run()
    assert not app.exception, app.exception[0].value  # no test of a page: the summary is to say what it was
    for name, value in query.items():
        app.query_params[name] = value if isinstance(value, list) else str(value)
    return app.switch_page(page).run()


def ready(app: AppTest) -> AppTest:
    """The app, spared the search of all installed packages for components that AppTest begins with."""
    app._bidi_component_manager = _components()
    return app


@cache
def _components() -> BidiComponentManager | None:
    """What that search finds; it takes 0.1 s."""
    return AppTest.from_string("").run()._bidi_component_manager


def unpack(message: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Header and blobs of a component's message, read as the description of ``pack`` says."""
    (length,) = struct.unpack_from("<I", message)
    header: dict[str, Any] = json.loads(message[4 : 4 + length].decode("utf-8"))
    places: dict[str, list[int]] = header.pop("blobs")
    start = 4 + length
    return header, {name: message[start + at : start + at + size] for name, (at, size) in places.items()}


def component(app: AppTest, key: str) -> Any:
    """The protobuf of a mounted browser component."""
    (found,) = [element for element in app.get("bidi_component") if element.key == key]
    return found.proto


def received(app: AppTest, key: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Header and blobs that a component was sent in the last run."""
    return unpack(component(app, key).bytes)


def answer(app: AppTest, uploader: str, **said: str) -> AppTest:
    """Fill in what a checkpoint's file does not tell, and open it: design, activation, classes ...

    Whatever is not said stays as the form has it.
    """
    kinds: Any = (app.selectbox, app.text_input)
    for name, value in said.items():
        (widget,) = [one for kind in kinds for one in kind if _of_form(one.key, uploader, name)]
        widget.set_value(value).run()
        kinds = (app.selectbox, app.text_input)
    (button,) = [one for one in app.button if _of_form(one.key, uploader, "take")]
    after: AppTest = button.click().run()
    return after


def _of_form(key: str | None, uploader: str, name: str) -> bool:
    return str(key).startswith(f"{uploader}.") and str(key).endswith(f".{name}")


def send(app: AppTest, key: str, event: str, payload: object) -> AppTest:
    """Run as if the component had called ``setTriggerValue(event, payload)``."""
    state = WidgetState(id=_make_trigger_id(component(app, key).id, "events"))
    state.json_trigger_value = json.dumps([{"event": event, "value": payload}])
    widgets = app._tree.get_widget_states()
    widgets.widgets.append(state)
    return app._run(widgets)


@dataclass(frozen=True)
class Lab:
    """What the Kernels lab was sent: its header, the picture, the kernel and the result, if there is one."""

    header: dict[str, Any]
    pixels: Tensor
    kernel: Tensor
    result: Tensor | None

    @property
    def output(self) -> Tensor:
        """The result, where there is to be one."""
        assert self.result is not None
        return self.result

    @property
    def values(self) -> Tensor:
        """Float32 [C, H, W]: the picture as the header says that it enters the network."""
        mean, std = (torch.tensor(self.header[name])[:, None, None] for name in ("mean", "std"))
        return (self.pixels.float() / 255 - mean) / std


def lab(app: AppTest) -> Lab:
    """What the Kernels lab shows."""
    header, blobs = received(app, "kernels.lab")
    pixels = torch.frombuffer(bytearray(blobs["pixels"]), dtype=torch.uint8).reshape(header["shape"])
    result = None
    if blobs.get("result"):
        floats = torch.frombuffer(bytearray(blobs["result"]), dtype=torch.float32)
        result = floats.reshape(header["result_shape"])
    return Lab(header, pixels, torch.tensor(header["kernel"]), result)


def elements(node: Any) -> Iterator[Any]:
    """Every element and block below a node, in the order of the screen."""
    for child in getattr(node, "children", {}).values():
        yield child
        yield from elements(child)


def troubles(app: AppTest) -> list[str]:
    """What went wrong on the page: sentences and exceptions."""
    return [str(element.value) for element in (*app.error, *app.exception)]


def texts(value: Any, skip: set[str]) -> Iterator[str]:
    """All strings in nested lists and dicts, less those under the names to skip."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from () if name in skip else texts(inner, skip)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner, skip)


def on_card(app: AppTest, name: str) -> Any:
    """The button of a station's card by the beginning of its key; behind it stands the station's id."""
    (found,) = (one for one in app.button if (one.key or "").startswith(f"course-{name}-"))
    return found
