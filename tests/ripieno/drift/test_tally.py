import numpy as np

from ripieno.drift.tally import Tally


def test_values_are_counted_below_at_and_between_the_levels():
    tally = Tally(np.array([2.0, 1.0, 2.0]))
    assert tally.reference.tolist() == [0, 1, 0, 2, 0]
    tally.add(np.array([0.5, 1.0, 1.5, 1.7, 2.0, 9.0]))
    assert tally.counts.tolist() == [1, 1, 2, 1, 1]


def test_counts_add_up_over_batches():
    tally = Tally(np.arange(5.0))
    tally.add(np.array([0.0, 3.0]))
    tally.add(np.array([]))
    tally.add(np.array([3.0]))
    assert tally.n_values == 3
    assert tally.counts[7] == 2
