"""The population stability index: how far the shares of two samples lie apart.

References:
    Siddiqi (2006), Credit Risk Scorecards, where 0.1 calls for a look and 0.25 for action.
    Yurdakul & Naranjo (2020), Statistical Properties of the Population Stability Index: on equal
    distributions of B bins its mean is (B - 1)(1/n + 1/m).
"""

import numpy as np
from numpy.typing import NDArray

from ripieno.drift.tally import Tally

N_BINS = 10


def stability_index(counts: NDArray[np.number], reference: NDArray[np.number]) -> float:
    """`sum_b (p_b - q_b) ln(p_b / q_b)`: 0 for equal shares, symmetric in the two samples.

    Half a sample is added to every bin, so that an empty one costs something finite.

    Args:
        counts: Of each bin, of shape (n_bins,).
        reference: The same of the reference.
    """
    p, q = (_shares(np.asarray(each, np.float64)) for each in (counts, reference))
    return float(np.sum((p - q) * np.log(p / q)))


def stability_of(tally: Tally, n_reference: int) -> float:
    """The index over the reference's deciles; a value that fills several has a bin of its own.

    Args:
        tally: With at least one value counted.
        n_reference: Size of the reference's sample, which may be larger than the values kept.
    """
    starts = _bin_starts(tally)
    counts = np.add.reduceat(tally.counts, starts)
    kept = np.add.reduceat(tally.reference, starts)
    return stability_index(counts, kept * (n_reference / kept.sum()))


def _bin_starts(tally: Tally) -> NDArray[np.intp]:
    """The first cell of every bin, ascending, the first being 0."""
    cumulative = np.cumsum(tally.reference)
    targets = cumulative[-1] * np.arange(1, N_BINS) / N_BINS
    cells, n_deciles = np.unique(np.searchsorted(cumulative, targets), return_counts=True)
    atoms = cells[(n_deciles > 1) | (len(tally.levels) == 1)]
    starts = np.unique([0, *(cells + 1), *atoms])
    return np.asarray(starts[starts < len(cumulative)], np.intp)


def _shares(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((counts + 0.5) / (counts.sum() + 0.5 * len(counts)))
