import json

import numpy as np
import pytest

from ripieno.pooling.pool import Pool


def test_mean_is_weighted():
    proba = np.array([[[0.8, 0.2]], [[0.4, 0.6]]])
    pool = Pool("linear_pool", np.array([0.25, 0.75]), np.ones(2))
    np.testing.assert_allclose(pool.predict_proba(proba), [[0.5, 0.5]])


def test_temperatures_are_applied_before_the_mean():
    proba = np.array([[[0.8, 0.2]], [[0.4, 0.6]]])
    pool = Pool("linear_pool", np.array([0.5, 0.5]), np.array([0.5, 1.0]))
    squared = 0.64 / (0.64 + 0.04)
    np.testing.assert_allclose(pool.predict_proba(proba)[0, 0], 0.5 * squared + 0.5 * 0.4)


def test_members_without_weight_are_not_looked_at():
    proba = np.array([[[0.8, 0.2]], [[np.nan, np.nan]]])
    pool = Pool("linear_pool", np.array([1.0, 0.0]), np.ones(2))
    np.testing.assert_allclose(pool.predict_proba(proba), [[0.8, 0.2]])


@pytest.mark.parametrize(
    ("temperatures", "temperature", "calibrated"),
    [([1.0, 1.0], 1.0, False), ([0.5, 1.0], 1.0, True), ([1.0, 0.5], 1.0, False),
     ([1.0, 1.0], 1.2, True)],
)  # fmt: skip
def test_a_pool_is_calibrated_by_a_temperature_that_counts(temperatures, temperature, calibrated):
    weights = np.array([1.0, 0.0])  # the second member is not looked at
    pool = Pool("linear_pool", weights, np.array(temperatures), temperature=temperature)
    assert pool.is_calibrated is calibrated


def test_json_keeps_every_bit():
    rng = np.random.default_rng(0)
    pool = Pool("linear_pool", rng.dirichlet(np.ones(4)), rng.random(4) + 0.5, 3e-13)
    restored = Pool.from_dict(json.loads(json.dumps(pool.to_dict())))
    np.testing.assert_array_equal(restored.weights, pool.weights)
    np.testing.assert_array_equal(restored.temperatures, pool.temperatures)
    assert (restored.rule, restored.certificate) == (pool.rule, pool.certificate)


def test_no_samples_give_no_predictions():
    pool = Pool("uniform", np.array([0.5, 0.5]), np.ones(2))
    assert pool.predict_proba(np.empty((2, 0, 3))).shape == (0, 3)


@pytest.mark.parametrize("shape", [(3, 4, 2), (4, 2)])
def test_refuses_other_members(shape):
    pool = Pool("uniform", np.array([0.5, 0.5]), np.ones(2))
    with pytest.raises(ValueError, match=r"expected shape \(2, n_samples, n_classes\), received"):
        pool.predict_proba(np.full(shape, 0.5))
