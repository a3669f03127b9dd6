"""What a page shows, kept up from the messages that Streamlit sends to a browser."""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.state.common import user_key_from_element_id

Path = tuple[int, ...]
EVENTS = 2  # the root that toasts are sent to
# Kind of a widget -> the field of a WidgetState that its value is sent in.
FIELDS = {
    "number_input": "double_value",
    "slider": "double_array_value",
    "selectbox": "string_value",
    "radio": "string_value",
    "text_input": "string_value",
    "text_area": "string_value",
    "checkbox": "bool_value",
    "expandable": "bool_value",
    "popover": "bool_value",
    "button_group": "string_array_value",
    "multiselect": "string_array_value",
    "dataframe": "string_value",  # which rows are ticked, as JSON
    "button": "trigger_value",
}
NO_TEXT = ("html", "code")  # a style sheet, a script: not what the page says


class MissingError(Exception):
    """The page shows no such thing."""


@dataclass(frozen=True)
class Shown:
    """One element or block of the page: its kind by Streamlit's name, and its protobuf."""

    kind: str
    proto: Any
    fragment: str
    run: int

    @property
    def id(self) -> str:
        """Of a widget; "" for anything else."""
        return str(getattr(self.proto, "id", ""))

    @property
    def key(self) -> str:
        """The key that the page gave to a widget, or ""."""
        return (user_key_from_element_id(self.id) or "") if self.id else ""

    @property
    def label(self) -> str:
        """What stands beside a widget."""
        return str(getattr(self.proto, "label", ""))

    @property
    def text(self) -> str:
        """What an element says; "" for one that says nothing."""
        if self.kind in NO_TEXT:
            return ""
        return str(getattr(self.proto, "body", "") or getattr(self.proto, "message", ""))

    @property
    def is_error(self) -> bool:
        """Whether it is an error in red, or Streamlit's own for an exception."""
        return self.kind == "exception" or (self.kind == "alert" and self.proto.format == Alert.ERROR)

    def message(self) -> tuple[dict[str, Any], bytes]:
        """Of a component: the header, and the blobs behind it, that ``shared.pack`` has put together."""
        return unpacked(self.proto.bytes)

    def rows(self) -> list[list[str]]:
        """Of a table: its rows."""
        rows: list[list[str]] = convert_arrow_bytes_to_pandas_df(self.proto.arrow_data.data).values.tolist()
        return rows


def unpacked(message: bytes) -> tuple[dict[str, Any], bytes]:
    """The other half of ``shared.pack``: the header, and the blobs behind it."""
    (length,) = struct.unpack_from("<I", message)
    header: dict[str, Any] = json.loads(message[4 : 4 + length])
    return header, message[4 + length :]


@dataclass
class Screen:
    """The elements of a page by their place, with the values of its widgets that were set."""

    shown: dict[Path, Shown] = field(default_factory=dict)
    states: dict[str, WidgetState] = field(default_factory=dict)
    toasts: list[str] = field(default_factory=list)
    every: dict[str, float] = field(default_factory=dict)  # fragment -> seconds until it is to run again
    run: int = 0

    def clear(self) -> None:
        """Another page: nothing of the one before is left."""
        self.shown, self.states, self.toasts, self.every = {}, {}, [], {}

    def take(self, message: ForwardMsg) -> None:
        """Follow one message."""
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self.run += 1
            if not message.metadata.run.fragment_ids:
                self.every.clear()
        elif kind == "delta":
            self._delta(tuple(message.metadata.delta_path), message.delta)
        elif kind == "auto_rerun":
            self.every[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        elif kind == "stop_auto_rerun":
            for fragment in message.stop_auto_rerun.fragment_ids:
                self.every.pop(fragment, None)
        elif kind == "script_finished":
            self._finished(message)

    def _delta(self, path: Path, delta: Delta) -> None:
        told: Any = delta.new_element if delta.HasField("new_element") else delta.add_block
        kind = told.WhichOneof("type")
        if delta.HasField("new_transient") or not kind:
            self.shown.pop(path, None)
            return
        one = Shown(kind, getattr(told, kind), delta.fragment_id, self.run)
        if path[0] == EVENTS and kind == "toast":
            self.toasts.append(one.text)
        self.shown[path] = one
        if getattr(one.proto, "set_value", False):  # the page has set the widget: its value is the page's
            self.states.pop(one.id, None)

    def _finished(self, message: ForwardMsg) -> None:
        """Drop what the run did not draw again: all of it, or what belongs to the fragments that ran."""
        if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
            gone = {path for path, one in self.shown.items() if one.run != self.run}
        elif message.script_finished == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY:
            ran = set(message.metadata.run.fragment_ids)
            gone = {path for path, one in self.shown.items() if one.run != self.run and one.fragment in ran}
        else:
            return
        self.shown = {
            path: one
            for path, one in self.shown.items()
            if not any(path[:length] in gone for length in range(1, len(path) + 1))
        }
        here = {one.id for one in self.shown.values()}
        self.states = {id: state for id, state in self.states.items() if id in here}

    def __iter__(self) -> Iterator[Shown]:
        """Everything, from top to bottom."""
        return (self.shown[path] for path in sorted(self.shown))

    def all(self, kind: str) -> list[Shown]:
        """Everything of a kind, from top to bottom."""
        return [one for one in self if one.kind == kind]

    def find(self, name: str, *kinds: str) -> Shown:
        """The widget or component with a key, or else a label. Raises MissingError."""
        able = [one for one in self if one.id and (not kinds or one.kind in kinds)]
        for found in ([one for one in able if one.key == name], [one for one in able if one.label == name]):
            if found:
                return found[0]
        names = [one.key or one.label for one in able]
        raise MissingError(f"no {' or '.join(kinds) or 'widget'} {name!r}; there are {names}")

    def has(self, name: str) -> bool:
        """Whether there is such a widget or component."""
        return any(name in (one.key, one.label) for one in self if one.id)

    def texts(self) -> list[str]:
        """What the page says, from top to bottom."""
        return [one.text for one in self if one.text]

    def errors(self) -> list[str]:
        """Its errors in red."""
        return [one.text for one in self if one.is_error]

    def results(self) -> dict[str, str]:
        """The first table, of names and values: what a panel "By numbers" begins with."""
        for one in self.all("table"):
            return {str(name): str(value) for name, value, *_ in one.rows()}
        raise MissingError("no table")

    def set(self, one: Shown, value: Any) -> WidgetState:
        """Give a widget a value, which stays until the widget goes or the page sets it."""
        state = WidgetState(id=one.id)
        where = FIELDS[one.kind]
        if where.endswith("array_value"):
            getattr(state, where).data.extend(value if isinstance(value, list | tuple) else [value])
        elif value is not None:
            setattr(state, where, value)
        if one.kind != "button":  # a press is over when it has been sent
            self.states[one.id] = state
        return state
