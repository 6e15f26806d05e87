"""What every rule in the registry must do."""

import json

import numpy as np
import pytest

from ripieno.evaluation.metrics import log_loss
from ripieno.pooling import RULES, Pool, fit_pool

FAITHFUL = {
    "stacking": 0.9,
    "auto": 0.9,
}  # stacking may learn to correct a member, all others may not


def share_of_equal_classes(proba, other):
    return np.mean(proba.argmax(axis=1) == other.argmax(axis=1))


pytestmark = pytest.mark.parametrize("rule", RULES)


def test_names_itself(rule, validation):
    chosen = RULES[rule](*validation).rule
    assert chosen in RULES if rule == "auto" else chosen == rule


def test_predicts_probabilities(rule, validation):
    proba, labels = validation
    predicted = RULES[rule](proba, labels).predict_proba(proba)
    assert predicted.shape == proba.shape[1:]
    assert predicted.dtype == np.float64
    assert predicted.min() >= 0.0
    np.testing.assert_allclose(predicted.sum(axis=1), 1.0, rtol=1e-12)


def test_predicts_other_samples_than_it_was_fitted_on(rule, validation):
    proba, labels = validation
    pool = RULES[rule](proba[:, :300], labels[:300])
    together = pool.predict_proba(proba[:, 300:])
    alone = pool.predict_proba(proba[:, 305:306])
    np.testing.assert_allclose(alone[0], together[5], rtol=1e-12)


def test_weights_are_finite_and_not_negative(rule, validation):
    pool = RULES[rule](*validation)
    assert pool.weights.shape == pool.temperatures.shape == (5,)
    assert np.all(np.isfinite(pool.weights))
    assert np.all(pool.weights >= 0.0)


def test_survives_json(rule, validation):
    proba, labels = validation
    pool = fit_pool(rule, proba, labels)
    restored = Pool.from_dict(json.loads(json.dumps(pool.to_dict(), allow_nan=False)))
    np.testing.assert_array_equal(restored.predict_proba(proba), pool.predict_proba(proba))
    assert restored.to_dict() == pool.to_dict()


def test_fits_the_same_twice(rule, validation):
    first, second = (RULES[rule](*validation) for _ in range(2))
    assert first.to_dict() == second.to_dict()


def test_leaves_its_input_alone(rule, validation):
    proba, labels = validation
    before = proba.copy()
    RULES[rule](proba, labels).predict_proba(proba)
    np.testing.assert_array_equal(proba, before)


def test_one_member_keeps_its_predicted_classes(rule, simulate):
    proba, labels = simulate(1, 300)
    predicted = RULES[rule](proba, labels).predict_proba(proba)
    assert share_of_equal_classes(predicted, proba[0]) >= FAITHFUL.get(rule, 1.0)


def test_perfect_member_is_followed(rule, validation):
    proba, labels = validation
    proba[2] = np.eye(4)[labels]
    pool = RULES[rule](proba, labels)
    if rule != "uniform":
        assert log_loss(pool.predict_proba(proba), labels) < 0.02


def test_zeros_on_true_classes_leave_the_log_loss_finite(rule, validation):
    proba, labels = validation
    proba[:, :5] = np.roll(np.eye(4), 1, axis=1)[labels[:5]]  # every member sure and wrong
    proba[0, 5:30] = np.roll(np.eye(4), 1, axis=1)[labels[5:30]]
    pool = RULES[rule](proba, labels)
    predicted = pool.predict_proba(proba)
    assert np.all(np.isfinite(predicted))
    np.testing.assert_allclose(predicted.sum(axis=1), 1.0, rtol=1e-12)


def test_hard_predictions_are_pooled(rule, simulate):
    proba, labels = simulate(4, 200)
    hard = np.eye(4)[proba.argmax(axis=2)]
    assert np.all(np.isfinite(fit_pool(rule, hard, labels).predict_proba(hard)))


def test_equal_members_are_pooled(rule, simulate):
    proba, labels = simulate(1, 200)
    same = np.repeat(proba, 4, axis=0)
    predicted = RULES[rule](same, labels).predict_proba(same)
    assert share_of_equal_classes(predicted, proba[0]) >= FAITHFUL.get(rule, 1.0)


def test_class_without_a_sample_is_no_obstacle(rule, validation):
    proba, labels = validation
    seen = labels < 3
    pool = RULES[rule](proba[:, seen], labels[seen])
    assert np.all(np.isfinite(pool.predict_proba(proba)))


def test_single_precision_gives_nearly_the_same_pool(rule, validation):
    proba, labels = validation
    double = RULES[rule](proba, labels).predict_proba(proba)
    single = RULES[rule](proba.astype(np.float32), labels).predict_proba(proba.astype(np.float32))
    np.testing.assert_allclose(single, double, atol=1e-3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p, y: (p[0], y), "proba: expected shape"),
        (lambda p, y: (p, y[:-1]), "shapes"),
        (lambda p, y: (p[:0], y), "empty"),
        (lambda p, y: (p[:, :0], y[:0]), "empty"),
        (lambda p, y: (p, y + 1), "labels: expected classes"),
        (lambda p, y: (p * np.nan, y), "proba: expected values"),
        (lambda p, y: (p - 0.5, y), "proba: expected values"),
    ],
)
def test_refuses_what_is_not_probabilities_and_labels(rule, validation, change, message):
    with pytest.raises(ValueError, match=message):
        RULES[rule](*change(*validation))


def test_refuses_to_predict_for_other_members(rule, validation):
    proba, labels = validation
    pool = RULES[rule](proba, labels)
    with pytest.raises(ValueError, match=r"expected shape \(5, n_samples, "):
        pool.predict_proba(proba[:4])
