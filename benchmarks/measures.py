"""What a benchmark hands back: figures with their bars, and the statistics that make them."""

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One measured figure; ``bar`` is the most that it may be, None where it only informs."""

    name: str
    value: float
    unit: str
    bar: float | None = None
    detail: str = ""

    @property
    def verdict(self) -> str:
        """``met``, ``MISSED``, or nothing where there is no bar."""
        if self.bar is None:
            return ""
        return "met" if self.value <= self.bar else "MISSED"

    def as_json(self) -> dict[str, Any]:
        """All fields and the verdict."""
        return {**asdict(self), "verdict": self.verdict}


def quantile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that at least this share of the samples does not exceed."""
    return sorted(samples)[math.ceil(share * len(samples)) - 1]


def p95(samples: Sequence[float]) -> float:
    """The smallest sample that at least 95% of the samples do not exceed."""
    return quantile(samples, 0.95)


def spread(samples: Sequence[float], digits: int = 1) -> str:
    """``min 3.1, p95 5.2, max 9.0, n 50``."""
    low, high, top = (f"{value:.{digits}f}" for value in (min(samples), p95(samples), max(samples)))
    return f"min {low}, p95 {high}, max {top}, n {len(samples)}"


def median_figure(name: str, samples: Sequence[float], unit: str, bar: float | None = None) -> Figure:
    """The median of the samples, with their spread."""
    return Figure(name, statistics.median(samples), unit, bar, spread(samples))


def to_ms(seconds: Iterable[float]) -> list[float]:
    """Seconds -> milliseconds."""
    return [1000 * value for value in seconds]
