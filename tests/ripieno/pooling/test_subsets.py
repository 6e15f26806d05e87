from itertools import chain, combinations

import numpy as np
import pytest
from scipy.special import softmax

from ripieno.pooling.calibration import fit_temperature
from ripieno.pooling.mixture import fit_mixture_weights
from ripieno.pooling.subsets import search_subsets

COST = np.array([4.0, 1.0, 2.0, 8.0, 1.0])


def all_subsets(n_members, size):
    return chain.from_iterable(combinations(range(n_members), k) for k in range(1, size + 1))


def score(proba, labels, members):
    """Log-loss of the better of the plain and the calibrated linear pool, and its optimism."""
    scaled = np.stack([softmax(np.log(p) / fit_temperature(p, labels), axis=1) for p in proba])
    rows = np.arange(len(labels))
    solutions = [fit_mixture_weights(p[list(members)][:, rows, labels]) for p in (proba, scaled)]
    best = min(solutions, key=lambda solution: solution.log_loss)
    return best.log_loss + (np.count_nonzero(best.weights) - 1) / len(labels)


@pytest.mark.parametrize(("max_members", "limit"), [(5, np.inf), (2, np.inf), (5, 6.0), (3, 3.0)])
def test_the_best_found_is_the_best_of_all_within_the_limits(max_members, limit, simulate):
    proba, labels = simulate(5, 300)
    found = search_subsets(proba, labels, COST, max_members, limit)
    within = [
        members for members in all_subsets(5, max_members) if COST[list(members)].sum() <= limit
    ]
    expected = min(score(proba, labels, members) for members in within)
    assert min(subset.score for subset in found) == pytest.approx(expected, abs=1e-9)
    for subset in found:
        assert subset.members in within


def test_every_subset_is_scored_once(simulate):
    proba, labels = simulate(4, 2000)
    members = [subset.members for subset in search_subsets(proba, labels, np.ones(4))]
    assert len(members) == len(set(members))
    assert {(0,), (1,), (2,), (3,)} <= set(members)


def test_members_without_weight_are_left_out_of_a_subset(simulate):
    proba, labels = simulate(2, 500)
    noise = np.full((1, 500, 4), 0.25)
    found = search_subsets(np.concatenate([proba, noise * 1e-3]), labels, np.ones(3))
    assert {subset.members for subset in found} <= {(0,), (1,), (2,), (0, 1)}


def test_many_samples_are_judged_by_a_share_of_them(simulate):
    proba, labels = simulate(2, 41_000)
    (alone,) = search_subsets(proba[:1], labels, np.ones(1))
    share = proba[:1, ::3], labels[::3]  # 20,000 at most
    assert alone.score == pytest.approx(score(*share, (0,)), abs=1e-9)
