"""What a network says of itself: read back as written, and a stranger's file is not believed."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlab.networks import about
from convlab.networks.about import About, Origin
from convlab.networks.class_names import one_line

NUMBERS = st.tuples(*[st.floats(0, 1)] * 3)
NETWORKS: list[tuple[Any, Any]] = [
    (None, None),
    ("net", {}),
    ("net", {"kernel_size": (1, 3)}),
    ("net_fast", {"n_chans1": 8}),
]
NAMES = st.lists(st.text().map(one_line).filter(bool), min_size=2, max_size=20, unique=True).map(tuple)
ORIGINS = st.builds(
    Origin,
    st.from_regex(r"[a-z0-9_-]{1,64}", fullmatch=True).filter(str.isascii),
    st.text().map(one_line),
    st.just("0123456789abcdef" * 4),
)


@given(
    classes=st.none() | NAMES,
    normalisation=st.none() | st.tuples(NUMBERS, st.tuples(*[st.floats(0.01, 1)] * 3)),
    data=st.none() | ORIGINS,
    epoch=st.none() | st.integers(0, 1000),
    network=st.sampled_from(NETWORKS),
)
def test_what_is_told_is_read_back(
    classes: Any, normalisation: Any, data: Any, epoch: Any, network: Any
) -> None:
    mean, std = normalisation or (None, None)
    key, options = network
    told = About(key, options, classes, mean, std, data, "0123456789abcdef", epoch)
    assert about.read(json.loads(json.dumps(told.words()))) == told


def test_nothing_is_told_where_nothing_stands() -> None:
    assert about.read({}) == About()
    assert About().words() == {}


@pytest.mark.parametrize(
    "words",
    [
        {"design": "net"},
        {"design": "nett", "options": {}},
        {"design": "net", "options": {"activation": "sin"}},
        {"design": ["net"], "options": {}},
        {"options": {"kernel_size": 3}},
        {"classes": ["one"]},
        {"classes": ["a", "a"]},
        {"classes": "ab"},
        {"classes": ["a", 7]},
        {"classes": ["a", "b\x1b[31m"]},
        {"mean": [0, 0, 0]},
        {"mean": [0, 0, 0], "std": [1, 0, 1]},
        {"mean": [0, 0, float("nan")], "std": [1, 1, 1]},
        {"mean": [True, 0, 0], "std": [1, 1, 1]},
        {"mean": [0, 0], "std": [1, 1]},
        {"mean": [10**400, 0, 0], "std": [1, 1, 1]},
        {"data": "sketches"},
        {"data": {"key": "sketches", "title": "Sketches"}},
        {"data": {"key": "../x", "title": "x", "digest": "0" * 64}},
        {"data": {"key": "x", "title": "a\nb", "digest": "0" * 64}},
        {"data": {"key": "x", "title": "x", "digest": "g" * 64}},
        {"run": "../../etc"},
        {"run": 7},
        {"epoch": -1},
        {"epoch": True},
        {"epoch": 1.5},
    ],
)
def test_what_is_not_told_well_is_not_told(words: dict[str, Any]) -> None:
    assert about.read(words) == About()
