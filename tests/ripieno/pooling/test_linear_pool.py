import logging

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from ripieno.evaluation.metrics import log_loss
from ripieno.pooling.linear_pool import linear_pool


def test_weights_are_those_slsqp_finds(simulate):
    proba, labels = simulate(4, 1000)
    true_class = proba[:, np.arange(1000), labels]
    theirs = minimize(
        lambda w: -np.mean(np.log(w @ true_class)),
        np.full(4, 0.25),
        bounds=[(0, 1)] * 4,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        method="SLSQP",
        options={"ftol": 1e-12},
    )
    pool = linear_pool(proba, labels)
    np.testing.assert_allclose(pool.weights, theirs.x, atol=1e-4)
    assert log_loss(pool.predict_proba(proba), labels) == pytest.approx(theirs.fun, abs=1e-9)


def test_perfect_member_takes_all_weight(validation):
    proba, labels = validation
    proba[3] = np.eye(4)[labels]
    assert linear_pool(proba, labels).weights.tolist() == [0.0, 0.0, 0.0, 1.0, 0.0]


def test_certificate_bounds_the_gap_to_any_weights(validation):
    proba, labels = validation
    pool = linear_pool(proba, labels)
    assert 0.0 <= pool.certificate <= 1e-9
    reached = log_loss(pool.predict_proba(proba), labels)
    for weights in np.random.default_rng(0).dirichlet(np.full(5, 0.5), size=500):
        other = log_loss(np.einsum("m,mic->ic", weights, proba), labels)
        assert reached <= other + pool.certificate


def test_certificate_is_logged_with_every_fit(validation, caplog):
    with caplog.at_level(logging.DEBUG, logger="ripieno"):
        linear_pool(*validation)
    assert "nats of the best that any weights reach" in caplog.text


@given(
    st.integers(1, 6), st.integers(1, 40), st.floats(0.01, 3.0), st.booleans(), st.integers(0, 99)
)
def test_never_worse_than_best_member_or_plain_mean(n_members, n_samples, spread, hard, seed):
    rng = np.random.default_rng(seed)
    proba = rng.dirichlet(np.full(3, spread), size=(n_members, n_samples))
    if hard:
        proba[::2] = np.eye(3)[proba[::2].argmax(axis=2)]
    labels = rng.integers(0, 3, size=n_samples)
    pooled = log_loss(linear_pool(proba, labels).predict_proba(proba), labels)
    assert pooled <= min(log_loss(member, labels) for member in proba) + 1e-9
    assert pooled <= log_loss(proba.mean(axis=0), labels) + 1e-9
