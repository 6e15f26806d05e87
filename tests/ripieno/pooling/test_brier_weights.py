import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from ripieno.evaluation.metrics import brier_score
from ripieno.pooling.brier_weights import fit_brier_weights
from ripieno.pooling.linear_pool import linear_pool


def test_opposite_errors_by_hand():
    # Errors of +0.2 and -0.4 in the first class cancel at weights 2/3 and 1/3.
    proba = np.array([[[0.7, 0.3]] * 2, [[0.1, 0.9]] * 2])
    solution = fit_brier_weights(proba, np.array([0, 1]))
    np.testing.assert_allclose(solution.weights, [2 / 3, 1 / 3], rtol=1e-6)
    assert solution.brier_score == pytest.approx(0.5)


def test_weights_are_those_slsqp_finds(simulate):
    proba, labels = simulate(4, 500)
    theirs = minimize(
        lambda w: brier_score(np.clip(np.einsum("m,mic->ic", w, proba), 0, 1), labels),
        np.full(4, 0.25),
        bounds=[(0, 1)] * 4,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        method="SLSQP",
        options={"ftol": 1e-14},
    )
    solution = fit_brier_weights(proba, labels)
    np.testing.assert_allclose(solution.weights, theirs.x, atol=1e-4)
    assert solution.brier_score <= theirs.fun + 1e-10


def test_perfect_member_takes_all_weight(validation):
    proba, labels = validation
    proba[3] = np.eye(4)[labels]
    np.testing.assert_allclose(fit_brier_weights(proba, labels).weights, np.eye(5)[3], atol=1e-9)


def test_the_first_of_equal_members_keeps_the_weight(validation):
    proba, labels = validation
    weights = fit_brier_weights(np.concatenate([proba, proba]), labels).weights
    np.testing.assert_allclose(weights[:5], fit_brier_weights(proba, labels).weights, atol=1e-6)
    assert np.count_nonzero(weights[5:]) == 0


def test_linear_pool_minimises_it_by_name(validation):
    proba, labels = validation
    pool = linear_pool(proba, labels, objective="brier")
    by_loss = linear_pool(proba, labels)
    assert pool.certificate <= 1e-9
    assert brier_score(pool.predict_proba(proba), labels) < brier_score(
        by_loss.predict_proba(proba), labels
    )


@given(
    st.integers(1, 6), st.integers(1, 40), st.floats(0.01, 3.0), st.booleans(), st.integers(0, 99)
)
def test_never_worse_than_best_member_or_plain_mean(n_members, n_samples, spread, hard, seed):
    rng = np.random.default_rng(seed)
    proba = rng.dirichlet(np.full(3, spread), size=(n_members, n_samples))
    if hard:
        proba[::2] = np.eye(3)[proba[::2].argmax(axis=2)]
    labels = rng.integers(0, 3, size=n_samples)
    solution = fit_brier_weights(proba, labels)
    assert solution.certificate <= 1e-9
    assert solution.weights.sum() == pytest.approx(1.0)
    pooled = brier_score(np.clip(np.einsum("m,mic->ic", solution.weights, proba), 0, 1), labels)
    assert pooled <= min(brier_score(member, labels) for member in proba) + 1e-9
    assert pooled <= brier_score(proba.mean(axis=0), labels) + 1e-9
