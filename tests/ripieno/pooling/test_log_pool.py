import logging

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize, minimize_scalar
from scipy.special import logsumexp

from ripieno.errors import ConfigurationError
from ripieno.pooling.calibration import fit_temperature, softmax
from ripieno.pooling.log_pool import PRIOR_STRENGTH, log_pool


class Problem:
    """What a log pool minimises, by way of its definition."""

    def __init__(self, proba, labels):
        lowest = np.full(len(proba), np.finfo(np.float32).tiny, dtype=float)
        for m in np.flatnonzero((proba == 0.0).any(axis=(1, 2))):
            lowest[m] = max(lowest[m], proba[m][proba[m] > 0.0].min() / 2.0)
        self.logits = np.log(np.maximum(proba, lowest[:, np.newaxis, np.newaxis]))
        n_members, n_samples, n_classes = proba.shape
        plain = self.logits.mean(axis=0)
        rows, share = np.arange(n_samples), 1.0 / (n_samples + 2)
        others = np.where(np.arange(n_classes) == labels[:, np.newaxis], -np.inf, plain)
        self.smoothed = np.zeros((n_samples, n_classes))
        self.smoothed[rows, labels] = 1.0 - share
        self.smoothed[rows, others.argmax(axis=1)] += share
        scaled = minimize_scalar(
            lambda log: self.log_loss(np.exp(log) * np.full(n_members, 1.0 / n_members)),
            bounds=(-np.log(100.0), np.log(100.0)),
            method="bounded",
            options={"xatol": 1e-9},
        )
        self.prior = np.full(n_members, np.exp(scaled.x) / n_members)
        self.penalty = PRIOR_STRENGTH / (2.0 * n_samples)

    def log_loss(self, weights):
        logits = np.einsum("m,mic->ic", weights, self.logits)
        return np.mean(logsumexp(logits, axis=1) - np.sum(self.smoothed * logits, axis=1))

    def __call__(self, weights):
        return self.log_loss(weights) + self.penalty * np.sum((weights - self.prior) ** 2)

    def solve(self):
        return minimize(
            self,
            self.prior,
            bounds=[(0, None)] * len(self.prior),
            method="L-BFGS-B",
            options={"ftol": 1e-15, "gtol": 1e-8},
        )


@pytest.fixture
def all_right():
    """Samples that every member gets right, surer of some than of others."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, size=300)
    logits = rng.normal(size=(4, 300, 3))
    logits += (logits.max(axis=2) + 3.0 + 20.0 * rng.random(300))[:, :, np.newaxis] * np.eye(3)[
        labels
    ]
    return softmax(logits), labels


@pytest.mark.parametrize("n_samples", [30, 800])
def test_weights_are_those_a_general_solver_finds(n_samples, simulate):
    proba, labels = simulate(4, n_samples)
    problem = Problem(proba, labels)
    theirs, ours = problem.solve(), log_pool(proba, labels)
    np.testing.assert_allclose(ours.weights, theirs.x, atol=1e-4)
    assert problem(ours.weights) <= theirs.fun + 1e-9


def test_weight_of_one_member_is_its_inverse_temperature(simulate):
    proba, labels = simulate(1, 500, sharpness=4.0)
    expected = 1.0 / fit_temperature(proba[0], labels)
    assert log_pool(proba, labels).weights[0] == pytest.approx(expected, rel=1e-6)


def test_prediction_is_the_renormalised_geometric_mean(validation):
    proba, labels = validation
    pool = log_pool(proba, labels)
    product = np.prod(proba ** pool.weights[:, np.newaxis, np.newaxis], axis=0)
    np.testing.assert_allclose(
        pool.predict_proba(proba), product / product.sum(axis=1, keepdims=True), rtol=1e-9
    )


def test_certificate_bounds_the_gap_to_any_weights(validation):
    proba, labels = validation
    pool, problem = log_pool(proba, labels), Problem(proba, labels)
    assert 0.0 <= pool.certificate <= 1e-9
    rng = np.random.default_rng(0)
    for weights in rng.dirichlet(np.ones(5), size=300) * rng.random((300, 1)) * 3.0:
        assert problem(pool.weights) <= problem(weights) + 1e-9


def test_certificate_is_logged_with_every_fit(validation, caplog):
    with caplog.at_level(logging.DEBUG, logger="ripieno"):
        log_pool(*validation)
    assert "nats of the lowest that any weights reach" in caplog.text


def test_equal_members_get_equal_weights(validation):
    proba, labels = validation
    weights = log_pool(np.concatenate([proba, proba]), labels).weights
    np.testing.assert_allclose(weights[:5], weights[5:], atol=1e-6)


def test_noise_gets_exactly_nothing_of_many_samples(simulate):
    proba, labels = simulate(3, 2000)
    proba[1] = np.random.default_rng(1).dirichlet(np.full(4, 0.3), size=2000)[
        np.random.default_rng(2).permutation(2000)
    ]
    proba[1, np.arange(2000), labels] *= 0.5  # a little worse than chance
    proba[1] /= proba[1].sum(axis=1, keepdims=True)
    assert log_pool(proba, labels).weights[1] == 0.0


def test_members_that_know_nothing_pool_to_equal_chances():
    proba, labels = np.full((2, 6, 3), 1 / 3), np.arange(6) % 3
    np.testing.assert_allclose(log_pool(proba, labels).predict_proba(proba), 1 / 3)


def test_weights_stay_finite_where_all_samples_are_right(all_right):
    proba, labels = all_right
    problem, pool = Problem(proba, labels), log_pool(proba, labels)
    np.testing.assert_allclose(pool.weights, problem.solve().x, atol=1e-3)
    assert pool.certificate <= 1e-9
    assert pool.weights.sum() < 5.0
    confidence = pool.predict_proba(proba).max(axis=1)
    assert confidence.mean() < 1.0 - 1.0 / 302  # the next sample is wrong with that probability


def test_sure_samples_are_told_apart(all_right):
    proba, labels = all_right
    confidence = log_pool(proba, labels).predict_proba(proba).max(axis=1)
    assert len(np.unique(confidence)) > 250


def test_few_samples_leave_the_weights_near_the_plain_mean(simulate):
    proba, labels = simulate(4, 4000)
    few, many = log_pool(proba[:, :20], labels[:20]).weights, log_pool(proba, labels).weights
    assert np.ptp(few) < np.ptp(many)


def test_zeros_are_no_obstacle():
    # Underflow of a network: what is 0 is no more certain than what is nearly so.
    proba = np.tile([1.0, 0.0, 1e-30], (2, 20, 1))
    pool = log_pool(proba, np.zeros(20, dtype=int))
    predicted = pool.predict_proba(proba)
    assert np.all(predicted > 0.0)
    assert pool.certificate <= 1e-9


def test_many_samples_are_solved_on_all_cores(simulate):
    proba, labels = simulate(3, 40_000)
    assert log_pool(proba, labels).certificate <= 1e-9


def test_refuses_an_objective_it_cannot_minimise(validation):
    with pytest.raises(
        ConfigurationError, match=r"can minimise \(log_loss, balanced_log_loss\), received accuracy"
    ):
        log_pool(*validation, objective="accuracy")


@given(
    st.integers(1, 6), st.integers(1, 40), st.floats(0.01, 3.0), st.booleans(), st.integers(0, 99)
)
def test_no_worse_than_the_plain_mean_or_any_member_by_its_own_measure(
    n_members, n_samples, spread, hard, seed
):
    rng = np.random.default_rng(seed)
    proba = rng.dirichlet(np.full(3, spread), size=(n_members, n_samples))
    if hard:
        proba[::2] = np.eye(3)[proba[::2].argmax(axis=2)]
    labels = rng.integers(0, 3, size=n_samples)
    pool, problem = log_pool(proba, labels), Problem(proba, labels)
    assert pool.certificate <= 1e-9
    others = np.vstack([problem.prior, np.full(n_members, 1.0 / n_members), np.eye(n_members)])
    assert problem(pool.weights) <= min(map(problem, others)) + 1e-6
