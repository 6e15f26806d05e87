import logging

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize, minimize_scalar
from scipy.special import logsumexp

from ripieno.errors import ConfigurationError
from ripieno.evaluation.metrics import log_loss
from ripieno.pooling.calibration import scale_temperature
from ripieno.pooling.geometric import MAX_WEIGHT_SUM
from ripieno.pooling.log_pool import log_pool


def loss_of(weights, proba, labels):
    logits = np.einsum("m,mic->ic", weights, np.log(np.maximum(proba, 2.0**-52)))
    return np.mean(logsumexp(logits, axis=1) - logits[np.arange(len(labels)), labels])


def test_weights_are_those_a_general_solver_finds(simulate):
    proba, labels = simulate(4, 800)
    theirs = minimize(
        loss_of,
        np.full(4, 0.25),
        (proba, labels),
        bounds=[(0, None)] * 4,
        method="L-BFGS-B",
        options={"ftol": 1e-15, "gtol": 1e-9},
    )
    pool = log_pool(proba, labels)
    np.testing.assert_allclose(pool.weights, theirs.x, atol=1e-4)
    assert loss_of(pool.weights, proba, labels) <= theirs.fun + 1e-12


def test_weight_of_one_member_is_its_inverse_temperature(simulate):
    proba, labels = simulate(1, 500, sharpness=4.0)
    theirs = minimize_scalar(
        lambda inverse: loss_of([inverse], proba, labels), bounds=(0.01, 10.0), method="bounded"
    )
    pool = log_pool(proba, labels)
    assert pool.weights[0] == pytest.approx(theirs.x, rel=1e-4)
    temperature = 1.0 / float(pool.weights[0])
    np.testing.assert_allclose(
        pool.predict_proba(proba), scale_temperature(proba[0], temperature), rtol=1e-6
    )


def test_prediction_is_the_renormalised_geometric_mean(validation):
    proba, labels = validation
    pool = log_pool(proba, labels)
    product = np.prod(proba ** pool.weights[:, np.newaxis, np.newaxis], axis=0)
    np.testing.assert_allclose(
        pool.predict_proba(proba), product / product.sum(axis=1, keepdims=True), rtol=1e-9
    )


def test_certificate_bounds_the_gap_to_any_weights(validation):
    proba, labels = validation
    pool = log_pool(proba, labels)
    assert 0.0 <= pool.certificate <= 1e-9
    rng = np.random.default_rng(0)
    for weights in rng.dirichlet(np.ones(5), size=300) * rng.random((300, 1)) * 3.0:
        assert loss_of(pool.weights, proba, labels) <= loss_of(weights, proba, labels) + 1e-9


def test_certificate_is_logged_with_every_fit(validation, caplog):
    with caplog.at_level(logging.DEBUG, logger="ripieno"):
        log_pool(*validation)
    assert "nats of the best that any weights reach" in caplog.text


def test_the_first_of_equal_members_keeps_the_weight(validation):
    proba, labels = validation
    alone, twice = log_pool(proba, labels), log_pool(np.concatenate([proba, proba]), labels)
    np.testing.assert_allclose(twice.weights[:5], alone.weights, atol=1e-6)
    assert np.count_nonzero(twice.weights[5:]) == 0


def test_member_without_information_gets_exactly_nothing(validation):
    proba, labels = validation
    proba[2] = 0.25
    assert log_pool(proba, labels).weights[2] == 0.0


def test_members_that_know_nothing_pool_to_equal_chances():
    proba, labels = np.full((2, 6, 3), 1 / 3), np.arange(6) % 3
    np.testing.assert_allclose(log_pool(proba, labels).predict_proba(proba), 1 / 3)


def test_always_right_reaches_the_bound_of_the_weights():
    proba = np.tile([0.6, 0.4], (2, 10, 1))
    pool = log_pool(proba, np.zeros(10, dtype=int))
    assert pool.weights.sum() == pytest.approx(MAX_WEIGHT_SUM)
    assert pool.certificate <= 1e-9


def test_sharper_twin_keeps_the_weights_within_their_bound():
    # The first could play the second's part, but only at five times its weight.
    blunt = np.tile([0.7, 0.3], (10, 1))
    proba = np.stack([blunt, scale_temperature(blunt, 0.2)])
    pool = log_pool(proba, np.zeros(10, dtype=int))
    assert pool.weights.sum() <= MAX_WEIGHT_SUM * (1.0 + 1e-9)
    assert pool.certificate <= 1e-9


def test_many_samples_are_solved_on_all_cores(simulate):
    proba, labels = simulate(3, 40_000)
    assert log_pool(proba, labels).certificate <= 1e-9


def test_refuses_an_objective_it_cannot_minimise(validation):
    with pytest.raises(ConfigurationError, match=r"can minimise \(log_loss\), received accuracy"):
        log_pool(*validation, objective="accuracy")


@given(
    st.integers(1, 6), st.integers(1, 40), st.floats(0.01, 3.0), st.booleans(), st.integers(0, 99)
)
def test_never_worse_than_the_best_member(n_members, n_samples, spread, hard, seed):
    rng = np.random.default_rng(seed)
    proba = rng.dirichlet(np.full(3, spread), size=(n_members, n_samples))
    if hard:
        proba[::2] = np.eye(3)[proba[::2].argmax(axis=2)]
    labels = rng.integers(0, 3, size=n_samples)
    pool = log_pool(proba, labels)
    assert pool.certificate <= 1e-6  # rounding shows where a few samples are separable
    pooled = log_loss(pool.predict_proba(proba), labels)
    assert pooled <= min(log_loss(member, labels) for member in proba) + 1e-6
