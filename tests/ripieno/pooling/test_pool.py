import json

import numpy as np
import pytest
from scipy.special import softmax

from ripieno.pooling.pool import Pool, by_fold


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
    proba = rng.dirichlet(np.ones(3), size=(4, 5))
    pool = Pool("linear_pool", rng.dirichlet(np.ones(4)), rng.random(4) + 0.5, 3e-13)
    restored = Pool.from_dict(json.loads(json.dumps(pool.to_dict())))
    np.testing.assert_array_equal(restored.weights, pool.weights)
    np.testing.assert_array_equal(restored.temperatures, pool.temperatures)
    np.testing.assert_array_equal(restored.predict_proba(proba), pool.predict_proba(proba))
    assert (restored.rule, restored.certificate) == (pool.rule, pool.certificate)


def predicted_by_the_version_before(values, proba):
    """Its formulas: a floor of 2.2e-16 before every logarithm, that of the pool's included."""

    def at(temperature, p):
        floored = np.maximum(p, 2.0**-52)
        if temperature == 1.0:
            return floored
        return softmax(np.log(floored) / temperature, axis=-1)

    parts = []
    for member, (weight, temperature) in enumerate(
        zip(values["weights"], values["temperatures"], strict=True)
    ):
        scaled = at(temperature, proba[member])
        if values["combination"] == "arithmetic":
            parts.append(weight * scaled)
        elif values["combination"] == "geometric":
            parts.append(weight * np.log(scaled))
        else:
            features = np.log(np.maximum(scaled, 1e-6))
            features -= features.mean(axis=1, keepdims=True)
            parts.append(features @ np.array(values["coefficients"][member]))
    pooled = sum(parts)
    if values["combination"] != "arithmetic":
        pooled = softmax(pooled + np.array(values.get("intercepts", 0.0)), axis=1)
    return pooled if values["temperature"] == 1.0 else at(values["temperature"], pooled)


@pytest.fixture(params=["arithmetic", "geometric", "regression"])
def of_before(request):
    """A pool as the version before wrote it, of weights that make it sure of itself."""
    rng = np.random.default_rng(0)
    values = {
        "rule": "any",
        "weights": [0.3, 0.7] if request.param == "arithmetic" else [9.0, 11.0],
        "temperatures": [1.0, 0.5],
        "certificate": None,
        "combination": request.param,
        "temperature": 6.5,
    }
    if request.param == "regression":
        values["coefficients"] = (rng.random((2, 4, 4)) * 9.0).tolist()
        values["intercepts"] = rng.normal(size=4).tolist()
    return values


def sure_proba():
    proba = np.random.default_rng(1).dirichlet(np.full(4, 0.02), size=(2, 300))
    assert (proba == 0.0).any()
    return proba


@pytest.mark.parametrize("temperature", [1.0, 6.5])
def test_a_pool_of_the_version_before_predicts_what_it_did(of_before, temperature):
    values = of_before | {"temperature": temperature}
    pool = Pool.from_dict(json.loads(json.dumps(values)))
    expected = predicted_by_the_version_before(values, sure_proba())
    np.testing.assert_allclose(pool.predict_proba(sure_proba()), expected, rtol=1e-9, atol=1e-15)


def test_a_pool_of_the_version_before_is_written_as_it_was(of_before):
    assert Pool.from_dict(of_before).to_dict() == of_before


def test_sure_samples_stay_apart_at_the_temperature_of_the_pool():
    # Combined log-odds of 40 to 300: all beyond what a probability next to 1 can show.
    odds = np.linspace(40.0, 300.0, 50) / 20.0
    proba = np.tile(softmax(np.stack([odds, 0.0 * odds], axis=1), axis=1), (2, 1, 1))
    pool = Pool(
        "log_pool", np.array([9.0, 11.0]), np.ones(2), combination="geometric", temperature=8.0
    )
    expected = 1.0 / (1.0 + np.exp(-odds * 20.0 / 8.0))
    np.testing.assert_allclose(pool.predict_proba(proba)[:, 0], expected, rtol=1e-12)
    np.testing.assert_allclose(
        pool.predict_proba(proba)[:, 1], np.exp(-odds * 2.5) * expected, rtol=1e-9
    )


def test_zeros_count_as_the_floor_of_their_member_where_logarithms_are_taken():
    proba = np.array([[[1.0, 0.0]], [[0.5, 0.5]]])
    pool = Pool(
        "log_pool", np.ones(2), np.ones(2), combination="geometric", floors=np.array([0.25, 1e-38])
    )
    np.testing.assert_allclose(pool.predict_proba(proba), [[0.8, 0.2]])
    mean = Pool("uniform", np.array([0.5, 0.5]), np.ones(2), floors=np.array([0.25, 1e-38]))
    np.testing.assert_allclose(mean.predict_proba(proba), [[0.75, 0.25]])


def test_no_samples_give_no_predictions():
    pool = Pool("uniform", np.array([0.5, 0.5]), np.ones(2))
    assert pool.predict_proba(np.empty((2, 0, 3))).shape == (0, 3)


@pytest.mark.parametrize("shape", [(3, 4, 2), (4, 2)])
def test_refuses_other_members(shape):
    pool = Pool("uniform", np.array([0.5, 0.5]), np.ones(2))
    with pytest.raises(ValueError, match=r"expected shape \(2, n_samples, n_classes\), received"):
        pool.predict_proba(np.full(shape, 0.5))


def test_a_restricted_pool_predicts_the_same():
    rng = np.random.default_rng(0)
    proba = rng.dirichlet(np.ones(4), (3, 20))
    maps = rng.normal(size=(3, 4, 4))
    maps[1] = 0.0
    pool = Pool(
        "stacking",
        np.array([0.4, 0.0, 0.6]),
        np.ones(3),
        combination="regression",
        coefficients=maps,
        intercepts=rng.normal(size=4),
        floors=np.array([1e-38, 0.1, 0.2]),
    )
    np.testing.assert_array_equal(
        pool.restricted([0, 2]).predict_proba(proba[[0, 2]]), pool.predict_proba(proba)
    )


def test_the_models_of_several_folds_are_pooled_within_each_and_then_averaged():
    rng = np.random.default_rng(0)
    proba = rng.dirichlet(np.ones(3), (2, 4, 7))  # (n_folds, n_members, n_samples, n_classes)
    pool = Pool(
        "log_pool",
        np.array([0.5, 0.9, 0.0, 0.2]),
        np.array([1.0, 2.0, 1.0, 0.5]),
        combination="geometric",
    )
    by_hand = []
    for of_fold in proba:
        logits = (
            0.5 * np.log(of_fold[0]) + 0.9 * np.log(of_fold[1]) / 2 + 0.2 * np.log(of_fold[3]) / 0.5
        )
        powers = np.exp(logits)
        by_hand.append(powers / powers.sum(axis=1, keepdims=True))
    np.testing.assert_allclose(pool.predict_proba(proba), np.mean(by_hand, axis=0), atol=1e-12)


def test_models_listed_member_by_member_are_sorted_by_fold():
    models = np.arange(6)[:, np.newaxis, np.newaxis] * np.ones((1, 2, 3))
    np.testing.assert_array_equal(by_fold(models, 2)[..., 0, 0], [[0, 3], [1, 4], [2, 5]])
    np.testing.assert_array_equal(by_fold(models, 6), models)
