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
        # A prior draws the log pool to the plain mean, of 0.4 nats.
        at_most = 0.1 if pool.rule == "log_pool" else 0.02
        assert log_loss(pool.predict_proba(proba), labels) < at_most


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


def test_half_precision_is_pooled(rule, simulate):
    proba, labels = simulate(3, 100)
    half = proba.astype(np.float16)
    predicted = RULES[rule](half, labels).predict_proba(half)
    assert predicted.dtype == np.float64
    np.testing.assert_allclose(predicted.sum(axis=1), 1.0, atol=2e-3)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.uint64])
def test_labels_of_any_integers_give_the_same_pool(rule, dtype, simulate):
    proba, labels = simulate(2, 40)
    expected = fit_pool(rule, proba, labels)
    assert fit_pool(rule, proba, labels.astype(dtype)).to_dict() == expected.to_dict()


def test_memory_mapped_input_gives_the_same_pool(rule, simulate, tmp_path):
    proba, labels = simulate(2, 40)
    np.save(tmp_path / "proba.npy", proba)
    mapped = np.load(tmp_path / "proba.npy", mmap_mode="r")
    assert RULES[rule](mapped, labels).to_dict() == RULES[rule](proba, labels).to_dict()


def test_layout_in_memory_does_not_matter(rule, simulate):
    proba, labels = simulate(2, 40)
    spread = np.repeat(proba, 2, axis=1)[:, ::2]
    assert RULES[rule](spread, labels).to_dict() == RULES[rule](proba, labels).to_dict()


@pytest.mark.parametrize("n_samples", [1, 2, 3])
def test_a_few_samples_are_enough(rule, n_samples, simulate):
    proba, labels = simulate(3, n_samples)
    predicted = fit_pool(rule, proba, labels).predict_proba(proba)
    np.testing.assert_allclose(predicted.sum(axis=1), 1.0, rtol=1e-12)


@pytest.mark.parametrize(("n_members", "n_classes"), [(3, 2), (2, 1), (30, 3)])
def test_any_number_of_members_and_classes_is_pooled(rule, n_members, n_classes, simulate):
    proba, labels = simulate(n_members, 40, n_classes)
    predicted = fit_pool(rule, proba, labels).predict_proba(proba)
    np.testing.assert_allclose(predicted.sum(axis=1), 1.0, rtol=1e-12)


def test_members_that_know_nothing_leave_equal_chances(rule):
    proba, labels = np.full((2, 30, 3), 1 / 3), np.arange(30) % 3
    np.testing.assert_allclose(RULES[rule](proba, labels).predict_proba(proba), 1 / 3, atol=1e-6)


def test_one_missing_value_among_many_is_refused(rule, validation):
    proba, labels = validation
    wrong = (labels[17] + 1) % 4
    proba[3, 17, wrong] = np.nan  # not where the log-loss would see it
    with pytest.raises(ValueError, match="proba: expected values"):
        RULES[rule](proba, labels)


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
