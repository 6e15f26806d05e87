"""How new values fall among the reference's: all that the comparisons need, in bounded memory."""

import numpy as np
from numpy.typing import NDArray

from ripieno.drift.statistics import Values

Counts = NDArray[np.int64]


class Tally:
    """Counts of new values below, at and between the different values of a reference.

    Of k different reference values there are 2k + 1 cells, in ascending order: cell 2i + 1 holds
    the values equal to the i-th, cell 2i those between it and the one before. Nothing that a
    two-sample test on ranks sees is lost, however many values are counted.

    Args:
        reference: Values of the reference, at least one; finite, in any order.
    """

    def __init__(self, reference: Values) -> None:
        self.levels, counts = np.unique(reference, return_counts=True)
        n_cells = 2 * len(self.levels) + 1
        self.reference: Counts = np.zeros(n_cells, np.int64)
        self.reference[1::2] = counts
        self.counts: Counts = np.zeros(n_cells, np.int64)

    def add(self, values: Values) -> None:
        """Count more values; finite."""
        at = np.searchsorted(self.levels, values)
        hits = self.levels[np.minimum(at, len(self.levels) - 1)] == values
        self.counts += np.bincount(2 * at + hits, minlength=len(self.counts))

    @property
    def n_values(self) -> int:
        """How many have been counted."""
        return int(self.counts.sum())
