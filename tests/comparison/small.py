"""What the tests of comparisons share: a small plan."""

from collections.abc import Sequence
from typing import Any

from convlab.comparison.plan import Plan, planned

DESIGNS: dict[str, dict[str, Any]] = {
    "net": {"design": "net"},
    "wide": {"design": "net_width", "options": {"n_chans1": 16}},
}


def plan(data: str, seeds: Sequence[int] = (0, 1), **base: Any) -> Plan:
    """Two designs, on a small data set; a run takes a fraction of a second."""
    told = {"data": data, "epochs": 2, "batch_size": 8, "device": "cpu"}
    return planned("small", DESIGNS, told | base, seeds)
