"""What a browser component may be made to send: the page goes on, in time, whatever it is."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from convlab.pictures.board import Board
from tests.fuzz import bounds
from tests.ui.driver import open_page, send, troubles

BOARD = f"7 {Board(8, bytes(64)).encode()}"
CROP = {"left": 0, "top": 0, "side": 32, "padding": "black", "revision": 1}

# Component and event: the page, a link to it, and an honest message.
DOORS: dict[tuple[str, str], tuple[str, dict[str, str], Any]] = {
    ("kernels.lab", "edit"): ("kernels", {}, {"kernel": [[[0.0] * 3] * 3], "revision": 1, "origin": 0}),
    ("chooser.board", "paint"): ("kernels", {"picture": "board"}, BOARD),
    ("feature_maps.lab", "place"): (
        "feature_maps", {}, {"layer": 1, "channel": 0, "row": 3, "col": 3, "revision": 1},
    ),
    ("probe.lab", "crop"): ("probe", {}, CROP),
    ("probe.lab", "choose"): ("probe", {}, {"index": 0}),
    ("probe.lab", "give"): ("probe", {}, {"revision": 1}),
    ("probe.board", "paint"): ("probe", {"experiment": "arena", "game": "paint"}, BOARD),
    ("number_fields", "refused"): ("kernels", {}, {"text": "one"}),
}  # fmt: skip

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20),
    st.sampled_from([10**400, -(10**9), 10**9, float("nan"), float("inf"), "9" * 5000, "\ud800", "1e999"]),
)  # fmt: skip
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
)


@st.composite
def messages(draw: st.DrawFn, honest: Any) -> Any:
    """Anything at all, or the honest one with a part that is another, gone, or too much."""
    kind = draw(st.sampled_from(["anything", "changed", "less", "more", "long"]))
    if kind == "anything" or not isinstance(honest, dict):
        return draw(anything | st.text(max_size=200).map(lambda text: f"1 {text}"))
    name = draw(st.sampled_from(sorted(honest)))
    if kind == "less":
        return {key: value for key, value in honest.items() if key != name}
    if kind == "long":
        return {
            **honest,
            name: draw(st.sampled_from([[0] * 1_000_000, "9" * 1_000_000, [[[0] * 1000] * 1000]])),
        }
    return {**honest, name if kind == "changed" else draw(st.text(max_size=6)): draw(anything)}


@pytest.fixture(scope="module")
def pages() -> dict[tuple[str, str], AppTest]:
    return {}


@pytest.mark.parametrize("door", DOORS, ids=" ".join)
@bounds.fuzzed(6)
@given(st.data())
def test_any_message_leaves_the_page_at_work(
    door: tuple[str, str], pages: dict[tuple[str, str], AppTest], data: st.DataObject
) -> None:
    name, query, honest = DOORS[door]
    if door not in pages:
        pages[door] = send(open_page(f"pages/{name}.py", **query), *door, honest)
    message = data.draw(messages(honest))
    with bounds.within(seconds=5, megabytes=600):
        pages[door] = app = send(pages[door], *door, message)
    assert not app.exception, app.exception
    assert not any("Something went wrong" in text for text in troubles(app)), troubles(app)
    assert app.title
    json.dumps(dict(app.query_params), allow_nan=False)
