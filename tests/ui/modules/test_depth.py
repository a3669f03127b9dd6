"""Depth: the stack that the controls describe, its charts, and what is said of them."""

import numpy as np
import pytest

from convlab.networks.depth import Asked, Measured
from convlab.ui.modules.depth import asked, charts, summary
from tests.ui.modules.controlled import controlled


def test_controls_describe_a_stack() -> None:
    assert asked(controlled().value) == Asked()
    controls = {"depth_layers": 7, "depth_width": 8, "depth_activation": "tanh", "depth_skip": True}
    controls |= {"depth_norm": "0.5", "depth_initialisation": "kaiming", "depth_seed": 9}
    wanted = Asked(7, 8, "tanh", True, 0.5, "kaiming", 9)
    assert asked(controlled(**controls).value) == wanted


def test_charts_hold_every_layer_and_what_was_before() -> None:
    found = Measured(0.7, (1.0, 0.5), (1e-3, 1e-2), 100)
    forward, backward = charts(found, None)
    assert [len(chart.lines) for chart in (forward, backward)] == [1, 1]
    assert np.array_equal(forward.lines[0].points, [[1, 1.0], [2, 0.5]])
    assert np.array_equal(backward.lines[0].points, [[1, 1e-3], [2, 1e-2]])
    before = Measured(0.7, (2.0, 2.0, 2.0), (3.0, 3.0, 3.0), 100)
    _forward, backward = charts(found, before)
    assert backward.lines[1].name == "Before the last change"
    assert np.array_equal(backward.lines[1].points, [[1, 3], [2, 3], [3, 3]])


@pytest.mark.parametrize(
    ("gradients", "said"),
    [
        ((1e-10, 5e-3), "the last's is **50,000,000** times the first's"),
        ((6.0, 2.0), "the first's is **3** times the last's"),
        ((1e-22, 1e-2), "the last's is **1e+20** times the first's"),
        ((2.0, 2.0), ""),
        ((0.0, 1.0), ""),
        ((1.0, float("inf")), ""),
        ((1.0, float("nan")), ""),
        ((1.0,), ""),
    ],
)
def test_the_ends_are_compared_where_they_can_be(gradients: tuple[float, ...], said: str) -> None:
    text = summary(Measured(0.75, (1.0,) * len(gradients), gradients, 1234))
    assert text.startswith(
        "16 pictures of noise, 8 × 8 · **1,234** parameters · loss **0.75** · gradient of the first layer"
    )
    assert text.rpartition(" · ")[2] == said if said else " times the " not in text
