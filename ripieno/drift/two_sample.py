"""Tests of whether two samples come from one distribution, and a correction for many tests.

References:
    Holm (1979), A Simple Sequentially Rejective Multiple Test Procedure.
    Cochran (1954), Some Methods for Strengthening the Common Chi-squared Tests.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ripieno.drift.tally import Counts, Tally

MIN_EXPECTED = 5.0
"""Smallest expected count of a cell that the chi-squared approximation is trusted with."""


def kolmogorov_smirnov(tally: Tally, n_reference: int) -> tuple[float, float]:
    """The two-sample Kolmogorov-Smirnov test of counted values against their reference.

    Args:
        tally: With at least one value counted.
        n_reference: Size of the reference's sample, which may be larger than the values kept.

    Returns:
        The largest distance of the two distribution functions, in [0, 1], and its asymptotic
        p-value; ties make it conservative.
    """
    from scipy.stats import kstwo

    ours = np.cumsum(tally.counts) / tally.n_values
    theirs = np.cumsum(tally.reference) / tally.reference.sum()
    distance = float(np.abs(ours - theirs).max())
    effective = tally.n_values * n_reference / (tally.n_values + n_reference)
    return distance, float(np.clip(kstwo.sf(distance, max(round(effective), 1)), 0.0, 1.0))


def homogeneity(counts: Counts, reference: Counts) -> tuple[float, float]:
    """The chi-squared test of whether two samples have the same shares of classes.

    Classes that are expected fewer than five times in either sample are taken together.

    Args:
        counts: Of each class, of shape (n_classes,); at least one sample.
        reference: The same of the reference.

    Returns:
        The statistic and its p-value; 0 and 1 where fewer than two cells are left.
    """
    from scipy.stats import chi2_contingency

    table = np.array([counts, reference], dtype=np.float64)
    expected = table.sum(axis=0) * (table.sum(axis=1).min() / table.sum())
    rare = expected < MIN_EXPECTED
    table = np.column_stack([table[:, ~rare], table[:, rare].sum(axis=1)])
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2:
        return 0.0, 1.0
    result = chi2_contingency(table, correction=False)
    return float(result.statistic), float(result.pvalue)


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """P-values adjusted so that the chance of any false alarm among them is kept.

    Valid however the tests depend on each other.
    """
    names = sorted(p_values, key=lambda name: p_values[name])
    factors = np.arange(len(names), 0, -1)
    raw: NDArray[np.float64] = factors * np.array([p_values[name] for name in names])
    adjusted = dict(zip(names, np.minimum(np.maximum.accumulate(raw), 1.0), strict=True))
    return {name: float(adjusted[name]) for name in p_values}
