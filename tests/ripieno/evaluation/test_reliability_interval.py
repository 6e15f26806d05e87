import numpy as np
import pytest

from ripieno.evaluation.reliability import expected_calibration_error
from ripieno.evaluation.reliability_interval import calibration_error_interval


def with_confidence(confidence):
    return np.stack([confidence, 1.0 - confidence], axis=1)


def simulated(n_samples, shift, seed=0):
    """Confidences from 0.6 to 1 that are right `shift` less often than they say."""
    rng = np.random.default_rng(seed)
    confidence = rng.uniform(0.6, 1.0, n_samples)
    labels = (rng.random(n_samples) > confidence - shift).astype(int)
    return with_confidence(confidence), labels


def test_the_estimate_is_the_error_itself():
    proba, labels = simulated(500, 0.1)
    interval = calibration_error_interval(proba, labels)
    assert interval.mid == pytest.approx(expected_calibration_error(proba, labels), rel=1e-12)
    assert 0.0 <= interval.low < interval.mid < interval.high


def test_nearly_every_sample_of_a_calibrated_classifier_admits_no_error():
    intervals = [
        calibration_error_interval(*simulated(1000, 0.0, seed), n_draws=1000) for seed in range(100)
    ]
    assert min(interval.mid for interval in intervals) > 0.015
    assert sum(interval.low == 0.0 for interval in intervals) >= 92


def test_a_plain_error_of_many_samples_has_the_interval_of_its_mean():
    # All gaps have one sign: the error is the mean of confidence less accuracy.
    proba, labels = simulated(10_000, 0.3)
    differences = proba[:, 0] - (labels == 0)
    interval = calibration_error_interval(proba, labels)
    half = 1.959964 * differences.std() / 100
    assert interval.low == pytest.approx(differences.mean() - half, abs=0.05 * half)
    assert interval.high == pytest.approx(differences.mean() + half, abs=0.05 * half)


def test_samples_that_are_all_right_prove_no_calibration():
    proba = with_confidence(np.full(200, 0.999))
    interval = calibration_error_interval(proba, np.zeros(200, dtype=int))
    assert interval.low == 0.0
    assert interval.high > 1 / 200


def test_one_sample_has_an_interval():
    interval = calibration_error_interval(np.array([[0.7, 0.3]]), np.array([0]))
    assert interval.low == 0.0
    assert interval.mid == pytest.approx(0.3)
    assert interval.high == 1.0


def test_equal_seeds_give_equal_intervals():
    proba, labels = simulated(300, 0.1)
    first = calibration_error_interval(proba, labels, seed=1)
    assert first == calibration_error_interval(proba, labels, seed=1)
    assert first != calibration_error_interval(proba, labels, seed=2)


@pytest.mark.parametrize("settings", [{"n_draws": 0}, {"confidence": 0.0}, {"n_bins": 0}])
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        calibration_error_interval(*simulated(10, 0.0), **settings)
