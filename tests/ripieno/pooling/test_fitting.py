import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ripieno.errors import ConfigurationError
from ripieno.evaluation.metrics import log_loss
from ripieno.pooling import fit_pool
from ripieno.pooling.calibration import fit_temperature, scale_temperature


def test_members_are_scaled_before_the_rule_is_fitted(simulate):
    proba, labels = simulate(3, 2000, sharpness=4.0)  # overconfident
    pool = fit_pool("linear_pool", proba, labels)
    expected = [fit_temperature(member, labels) for member in proba]
    assert min(expected) > 1.2
    np.testing.assert_array_equal(pool.temperatures, expected)


def test_scaling_can_be_left_out(validation):
    pool = fit_pool("linear_pool", *validation, scale_temperatures=False)
    assert pool.temperatures.tolist() == [1.0] * 5


def test_pool_takes_the_probabilities_as_they_are(simulate):
    proba, labels = simulate(2, 1000, sharpness=4.0)
    pool = fit_pool("uniform", proba, labels)
    scaled = [scale_temperature(p, t) for p, t in zip(proba, pool.temperatures, strict=True)]
    np.testing.assert_allclose(pool.predict_proba(proba), np.mean(scaled, axis=0), rtol=1e-12)


def test_scaling_is_dropped_where_the_mean_is_better_without():
    # Each is sure of its own half and wrong in the middle: calibrated, their mean is too timid.
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, size=4000)
    logits = np.where(labels == 0, 1.0, -1.0) + rng.normal(size=(6, 4000)) * 2.0
    first = 1.0 / (1.0 + np.exp(-logits))
    proba = np.stack([first, 1.0 - first], axis=2)
    pool = fit_pool("uniform", proba, labels)
    scaled = np.mean(
        [scale_temperature(p, fit_temperature(p, labels)) for p in proba],
        axis=0,
    )
    assert log_loss(proba.mean(axis=0), labels) < log_loss(scaled, labels)
    assert pool.temperatures.tolist() == [1.0] * 6


def test_unknown_rule_is_a_configuration_error(validation):
    with pytest.raises(ConfigurationError, match=r"Unknown rule 'linear'\. Nearest: linear_pool\."):
        fit_pool("linear", *validation)


@settings(max_examples=50)
@given(st.integers(1, 5), st.integers(1, 60), st.floats(0.05, 3.0), st.integers(0, 1000))
def test_never_worse_than_best_member_or_mean_scaled_or_not(n_members, n_samples, spread, seed):
    rng = np.random.default_rng(seed)
    proba = rng.dirichlet(np.full(3, spread), size=(n_members, n_samples))
    labels = rng.integers(0, 3, size=n_samples)
    pooled = log_loss(fit_pool("linear_pool", proba, labels).predict_proba(proba), labels)
    scaled = np.stack([scale_temperature(p, fit_temperature(p, labels)) for p in proba])
    for members in (proba, scaled):
        assert pooled <= log_loss(members.mean(axis=0), labels) + 1e-9
        assert pooled <= min(log_loss(member, labels) for member in members) + 1e-9
