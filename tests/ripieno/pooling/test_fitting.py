import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ripieno.errors import ConfigurationError
from ripieno.evaluation.metrics import brier_score, log_loss
from ripieno.pooling import fit_pool
from ripieno.pooling.calibration import fit_temperature, scale_temperature


def test_overconfident_members_are_scaled_before_the_rule_is_fitted(simulate):
    # Two sharp members and a blunt one: only on a common scale does their mean make sense.
    proba, labels = simulate(3, 2000)
    proba[:2] = scale_temperature(proba[:2], 0.2)
    proba[2] = scale_temperature(proba[2], 3.0)
    pool = fit_pool("linear_pool", proba, labels)
    expected = [fit_temperature(member, labels) for member in proba]
    np.testing.assert_array_equal(pool.temperatures, expected)
    assert min(expected[:2]) > 2.0


def test_pool_of_calibrated_members_is_scaled_after_it(simulate):
    # A mean of honest members that know different things is too timid.
    proba, labels = simulate(6, 4000)
    proba = np.stack([scale_temperature(p, fit_temperature(p, labels)) for p in proba])
    pool = fit_pool("uniform", proba, labels)
    assert pool.temperature < 0.95


def test_scaling_can_be_left_out(validation):
    pool = fit_pool("linear_pool", *validation, scale_temperatures=False)
    assert pool.temperatures.tolist() == [1.0] * 5
    assert pool.temperature == 1.0


@pytest.mark.parametrize("rule", ["log_pool", "stacking"])
def test_members_of_rules_that_scale_by_themselves_are_left_alone(rule, simulate):
    pool = fit_pool(rule, *simulate(3, 300, sharpness=4.0))
    assert pool.temperatures.tolist() == [1.0] * 3
    assert pool.temperature == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("rule", ["linear_pool", "log_pool", "uniform", "auto"])
def test_samples_that_are_all_right_do_not_make_a_pool_sure_of_itself(rule):
    # A pool as sure as its rule allows would be wrong once in 10^8 samples: 300 cannot tell that.
    labels = np.arange(300) % 3
    truth = np.eye(3)[labels]
    proba = np.stack([truth * 0.6 + 0.4 / 3, truth * 0.75 + 0.25 / 3])
    confidence = fit_pool(rule, proba, labels).predict_proba(proba).max(axis=1)
    assert confidence.mean() < 1.0 - 1.0 / 600


def test_scaling_is_left_out_where_it_does_not_pay():
    # Honest by construction: temperatures could only follow noise.
    rng = np.random.default_rng(0)
    proba = rng.dirichlet(np.ones(3), size=40)[np.newaxis]
    labels = (proba[0].cumsum(axis=1) < rng.random((40, 1))).sum(axis=1)
    assert fit_temperature(proba[0], labels) != 1.0
    assert fit_pool("best_member", proba, labels).temperatures.tolist() == [1.0]


def test_pool_takes_the_probabilities_as_they_are(simulate):
    proba, labels = simulate(2, 1000, sharpness=4.0)
    pool = fit_pool("uniform", proba, labels)
    scaled = [scale_temperature(p, t) for p, t in zip(proba, pool.temperatures, strict=True)]
    expected = scale_temperature(np.mean(scaled, axis=0), pool.temperature)
    np.testing.assert_allclose(pool.predict_proba(proba), expected, rtol=1e-12)


def test_objective_is_minimised_by_name(validation):
    proba, labels = validation
    by_loss, by_brier = (
        fit_pool("linear_pool", proba, labels, scale_temperatures=False, objective=objective)
        for objective in ("log_loss", "brier")
    )
    assert brier_score(by_brier.predict_proba(proba), labels) < brier_score(
        by_loss.predict_proba(proba), labels
    )


def test_objective_that_the_rule_cannot_minimise_is_refused(validation):
    with pytest.raises(ConfigurationError, match="log_pool: expected an objective it can"):
        fit_pool("log_pool", *validation, objective="accuracy")


def test_one_sample_is_enough(simulate):
    assert fit_pool("linear_pool", *simulate(2, 1)).weights.sum() == pytest.approx(1.0)


def test_unknown_rule_is_a_configuration_error(validation):
    with pytest.raises(ConfigurationError, match=r"Unknown rule 'linear'\. Nearest: linear_pool\."):
        fit_pool("linear", *validation)


@settings(max_examples=40)
@given(st.integers(1, 5), st.integers(1, 60), st.floats(0.05, 3.0), st.integers(0, 1000))
def test_never_worse_than_the_best_member_or_the_plain_mean(n_members, n_samples, spread, seed):
    rng = np.random.default_rng(seed)
    proba = rng.dirichlet(np.full(3, spread), size=(n_members, n_samples))
    labels = rng.integers(0, 3, size=n_samples)
    pooled = log_loss(fit_pool("linear_pool", proba, labels).predict_proba(proba), labels)
    assert pooled <= log_loss(proba.mean(axis=0), labels) + 1e-9
    assert pooled <= min(log_loss(member, labels) for member in proba) + 1e-9
