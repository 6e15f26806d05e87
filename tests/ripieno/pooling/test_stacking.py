import numpy as np
import pytest
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression

from ripieno.errors import ConfigurationError
from ripieno.evaluation.metrics import log_loss
from ripieno.pooling.log_pool import log_pool
from ripieno.pooling.pool import log_features
from ripieno.pooling.regression import CorrectionProblem
from ripieno.pooling.stacking import stacking


def swap(labels, pair, rng):
    """A noisy member that takes each of two classes for the other."""
    seen = np.where(labels == pair[0], pair[1], np.where(labels == pair[1], pair[0], labels))
    return softmax(2.0 * np.eye(4)[seen] + rng.normal(size=(len(labels), 4)), axis=1)


def test_learns_which_member_tells_which_classes_apart():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, size=4000)
    proba = np.stack([swap(labels, (0, 1), rng), swap(labels, (2, 3), rng)])
    pool = stacking(proba[:, :2000], labels[:2000])
    other = log_pool(proba[:, :2000], labels[:2000])
    held_out = proba[:, 2000:], labels[2000:]
    stacked = log_loss(pool.predict_proba(held_out[0]), held_out[1])
    assert stacked < 0.5 * log_loss(other.predict_proba(held_out[0]), held_out[1])


def test_few_noisy_samples_leave_it_near_the_log_pool(simulate):
    proba, labels = simulate(3, 2060)
    pool, other = (rule(proba[:, :60], labels[:60]) for rule in (stacking, log_pool))
    losses = [log_loss(p.predict_proba(proba[:, 60:]), labels[60:]) for p in (pool, other)]
    assert losses[0] < losses[1] + 0.05


def test_solution_is_that_of_scikit_learn(simulate):
    proba, labels = simulate(2, 300)
    features = np.hstack([log_features(member) for member in proba])
    penalty = 0.05
    # Theirs leaves the intercept free; ours knows it only as one more feature.
    theirs = LogisticRegression(
        C=1 / (300 * penalty), fit_intercept=False, tol=1e-10, max_iter=5000
    )
    extended = np.hstack([features, np.ones((300, 1))])
    theirs.fit(extended, labels)
    ours = CorrectionProblem(features, np.zeros((300, 4)), labels, np.ones(300)).solve(penalty)
    np.testing.assert_allclose(np.vstack([ours.maps, ours.intercepts]), theirs.coef_.T, atol=1e-3)


def test_warm_start_changes_nothing(simulate):
    proba, labels = simulate(2, 200)
    problem = CorrectionProblem(
        np.hstack(list(np.log(proba))), np.zeros((200, 4)), labels, np.ones(200)
    )
    cold = problem.solve(0.1)
    warm = problem.solve(0.1, start=problem.solve(0.3))
    np.testing.assert_allclose(warm.maps, cold.maps, atol=1e-3)


def test_weights_are_shares_of_the_coefficients(validation):
    pool = stacking(*validation)
    sizes = np.sqrt(np.sum(pool.coefficients**2, axis=(1, 2)))
    np.testing.assert_allclose(pool.weights, sizes / sizes.sum())


def test_one_sample_is_enough_to_fit(simulate):
    proba, labels = simulate(2, 1)
    assert np.all(np.isfinite(stacking(proba, labels).predict_proba(proba)))


def test_refuses_an_objective_it_cannot_minimise(validation):
    with pytest.raises(
        ConfigurationError, match=r"can minimise \(log_loss, balanced_log_loss\), received brier"
    ):
        stacking(*validation, objective="brier")
