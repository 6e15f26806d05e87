import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ripieno.evaluation.reliability import calibration_bins, expected_calibration_error


@pytest.fixture
def predictions():
    rng = np.random.default_rng(3)
    proba = rng.dirichlet(np.full(4, 0.3), size=500)
    return proba, rng.integers(0, 4, size=500)


def test_calibration_error_by_hand():
    # Two bins: confidences 0.6 and 0.7, half right; 0.9 and 1.0, both right.
    proba = np.array([[0.6, 0.4], [0.3, 0.7], [0.9, 0.1], [0.0, 1.0]])
    labels = np.array([0, 0, 0, 1])
    bins = calibration_bins(proba, labels, n_bins=2)
    np.testing.assert_allclose(bins.confidence, [0.65, 0.95])
    np.testing.assert_allclose(bins.accuracy, [0.5, 1.0])
    assert expected_calibration_error(proba, labels, n_bins=2) == pytest.approx(0.1)


def test_bins_hold_equal_numbers_of_samples(predictions):
    proba, labels = predictions
    bins = calibration_bins(proba, labels, n_bins=10)
    assert bins.n_bins == 10
    assert set(bins.count) == {50}


def test_equal_confidences_share_a_bin():
    proba = np.tile([1.0, 0.0], (100, 1))
    labels = np.repeat([0, 1], [90, 10])
    assert calibration_bins(proba, labels).n_bins == 1
    assert expected_calibration_error(proba, labels) == pytest.approx(0.1)


def test_calibration_error_does_not_depend_on_the_order_of_samples():
    rng = np.random.default_rng(0)
    proba = rng.integers(0, 5, size=(200, 3)) + 1.0
    proba /= proba.sum(axis=1, keepdims=True)
    labels = rng.integers(0, 3, size=200)
    order = rng.permutation(200)
    assert expected_calibration_error(proba[order], labels[order]) == pytest.approx(
        expected_calibration_error(proba, labels), rel=1e-12
    )


def test_calibration_error_refuses_no_bins():
    with pytest.raises(ValueError, match="n_bins: expected an integer >= 1, received 0"):
        expected_calibration_error(np.array([[1.0, 0.0]]), np.array([0]), n_bins=0)


def test_the_summary_holds_the_bins_by_hand():
    proba = np.array([[0.6, 0.4], [0.3, 0.7], [0.9, 0.1], [0.0, 1.0]])
    stored = calibration_bins(proba, np.array([0, 0, 0, 1]), n_bins=2).to_dict()
    assert json.loads(json.dumps(stored)) == {
        "confidence": pytest.approx([0.65, 0.95]),
        "accuracy": [0.5, 1.0],
        "count": [2, 2],
        "ece": pytest.approx((0.15 + 0.05) / 2),
    }


@given(st.integers(1, 60), st.integers(2, 6), st.integers(1, 20), st.integers(0, 2**32 - 1))
def test_bins_partition_the_samples(n_samples, n_classes, n_bins, seed):
    rng = np.random.default_rng(seed)
    proba = rng.dirichlet(np.full(n_classes, 0.5), size=n_samples).round(1)
    labels = rng.integers(0, n_classes, size=n_samples)
    bins = calibration_bins(np.clip(proba, 0, 1), labels, n_bins)
    assert bins.count.sum() == n_samples
    assert bins.count.min() >= 1
    assert bins.n_bins <= n_bins
    assert np.all(np.diff(bins.confidence) > 0)
