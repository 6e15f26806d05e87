"""An estimate and how far chance may have moved it."""

from dataclasses import dataclass
from statistics import NormalDist

CONFIDENCE = 0.95
"""Nominal coverage of every interval unless told otherwise."""


@dataclass(frozen=True)
class Interval:
    """An estimate with its confidence interval, all three in the unit of the estimate."""

    low: float
    mid: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether the estimate is distinguishable from no difference."""
        return self.low > 0.0 or self.high < 0.0

    def as_list(self) -> list[float]:
        """`[low, mid, high]`, as `summary.json` stores it."""
        return [self.low, self.mid, self.high]


def check_confidence(confidence: float) -> None:
    """Refuse a nominal coverage that is none.

    Raises:
        ValueError: If it is not within (0, 1).
    """
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence: expected a value within (0, 1), received {confidence}.")


def normal_quantile(confidence: float) -> float:
    """Standard errors either side of a normal estimate: 1.96 for 0.95.

    Raises:
        ValueError: If the confidence is not within (0, 1).
    """
    check_confidence(confidence)
    return NormalDist().inv_cdf(0.5 + confidence / 2.0)
