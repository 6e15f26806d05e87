import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator

from ripieno.evaluation.metrics import log_loss
from ripieno.pooling.calibration import (
    LOWEST_PROBABILITY,
    MAX_TEMPERATURE,
    fit_temperature,
    scale_temperature,
    zero_floor,
)


class Passed(ClassifierMixin, BaseEstimator):
    """Predicts the probabilities that it is given."""

    def fit(self, proba, labels):
        self.classes_ = np.arange(proba.shape[1])
        return self

    def predict(self, proba):
        return proba.argmax(axis=1)

    def predict_proba(self, proba):
        return proba


@pytest.fixture
def calibrated():
    """Labels drawn from the probabilities themselves."""
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(20_000, 3)) * 2.0
    proba = softmax(logits, axis=1)
    return logits, (proba.cumsum(axis=1) < rng.random((20_000, 1))).sum(axis=1)


def expected_log_loss(proba, labels):
    """What the samples cost where one in n + 2 belongs to the runner-up after all."""
    n_samples, n_classes = proba.shape
    others = np.where(np.arange(n_classes) == labels[:, np.newaxis], -1.0, proba)
    right, wrong = log_loss(proba, labels), log_loss(proba, others.argmax(axis=1))
    return ((n_samples + 1) * right + wrong) / (n_samples + 2)


@pytest.mark.parametrize("temperature", [0.4, 1.0, 2.5])
def test_recovers_the_temperature_that_spoilt_the_probabilities(calibrated, temperature):
    logits, labels = calibrated
    spoilt = softmax(logits / temperature, axis=1)
    assert fit_temperature(spoilt, labels) == pytest.approx(1.0 / temperature, rel=0.03)


def test_finds_the_minimum_that_a_general_solver_finds(validation):
    proba, labels = validation
    theirs = minimize_scalar(
        lambda t: expected_log_loss(softmax(np.log(proba[0]) / t, axis=1), labels),
        bounds=(0.05, 20.0),
        method="bounded",
        options={"xatol": 1e-9},
    )
    assert fit_temperature(proba[0], labels) == pytest.approx(theirs.x, rel=1e-5)


def test_is_the_temperature_that_scikit_learn_finds(simulate):
    # But for the one sample in 5,002 that only ours takes for an error.
    proba, labels = simulate(1, 5000, sharpness=4.0)
    member = FrozenEstimator(Passed().fit(proba[0], labels))
    theirs = CalibratedClassifierCV(member, method="temperature").fit(proba[0], labels)
    ours = scale_temperature(proba[0], fit_temperature(proba[0], labels))
    np.testing.assert_allclose(ours, theirs.predict_proba(proba[0]), atol=1e-3)


def test_two_to_one_by_hand():
    # Right twice in three, and one in five of that counted as the other: 3 to 2. The odds are 9.
    proba = np.tile([0.9, 0.1], (3, 1))
    assert fit_temperature(proba, np.array([0, 0, 1])) == pytest.approx(np.log(9) / np.log(1.5))


def test_always_right_is_as_sure_as_so_many_samples_allow():
    # Ten of ten right: eleven to one by the rule of succession. The odds are 1.5.
    proba = np.tile([0.6, 0.4], (10, 1))
    temperature = fit_temperature(proba, np.zeros(10, dtype=int))
    assert temperature == pytest.approx(np.log(1.5) / np.log(11))
    assert scale_temperature(proba[0], temperature)[0] == pytest.approx(11 / 12)


def test_certainty_is_tempered_by_what_few_samples_can_tell():
    proba = np.eye(2)[np.zeros(98, dtype=int)]
    temperature = fit_temperature(proba, np.zeros(98, dtype=int))
    assert scale_temperature(proba, temperature, zero_floor(proba))[0, 0] == pytest.approx(0.99)


def test_a_zero_counts_as_half_the_smallest_probability_above_it():
    assert zero_floor(np.array([[0.0, 0.2, 0.8], [0.1, 0.0, 0.9]])) == pytest.approx(0.05)
    assert zero_floor(np.array([[1.0, 0.0], [0.0, 1.0]])) == 0.5


def test_what_underflows_has_the_lowest_floor():
    assert zero_floor(np.array([[1.0, 0.0, 1e-44]], dtype=np.float32)) == LOWEST_PROBABILITY
    assert zero_floor(np.array([[1.0, 1e-30]])) == LOWEST_PROBABILITY  # no zeros at all


def test_sure_samples_are_told_apart_after_scaling():
    sure = np.array([1e-17, 1e-20, 1e-30])
    scaled = scale_temperature(np.stack([1.0 - sure, sure], axis=1), 8.0)
    expected = 1.0 / (1.0 + sure ** (1.0 / 8.0))
    np.testing.assert_allclose(scaled[:, 0], expected, rtol=1e-12)


def test_constant_probabilities_stay_as_they_are():
    assert fit_temperature(np.full((10, 4), 0.25), np.arange(10) % 4) == 1.0


def test_always_wrong_is_tempered_to_the_limit():
    assert fit_temperature(np.eye(2), np.array([1, 0])) == MAX_TEMPERATURE


def test_zeros_and_ones_are_tempered():
    # Right 28 times in 30, and one in 32 of that counted as the other: odds of 29 to 3.
    proba = np.tile([1.0, 0.0], (30, 1))
    labels = np.array([0] * 28 + [1] * 2)
    temperature = fit_temperature(proba, labels)
    scaled = scale_temperature(proba, temperature, zero_floor(proba))
    np.testing.assert_allclose(scaled[0], [29 / 32, 3 / 32])


@given(st.integers(1, 40), st.floats(0.01, 5.0), st.booleans(), st.integers(0, 1000))
def test_scaling_never_raises_the_expected_log_loss(n_samples, spread, hard, seed):
    rng = np.random.default_rng(seed)
    proba = rng.dirichlet(np.full(3, spread), size=n_samples)
    if hard:
        proba = np.eye(3)[proba.argmax(axis=1)]
    labels = rng.integers(0, 3, size=n_samples)
    floor = zero_floor(proba)
    scaled = scale_temperature(proba, fit_temperature(proba, labels), floor)
    assert expected_log_loss(scaled, labels) <= expected_log_loss(proba, labels) + 1e-9


@given(st.floats(0.05, 20.0), st.integers(0, 1000))
def test_scaling_is_the_softmax_of_the_scaled_logarithms(temperature, seed):
    proba = np.random.default_rng(seed).dirichlet(np.ones(5), size=4)
    np.testing.assert_allclose(
        scale_temperature(proba, temperature),
        softmax(np.log(proba) / temperature, axis=-1),
        rtol=1e-9,
    )


def test_scaling_members_at_once():
    proba = np.random.default_rng(1).dirichlet(np.ones(3), size=(2, 5))
    scaled = scale_temperature(proba, 2.0)
    np.testing.assert_array_equal(scaled[1], scale_temperature(proba[1], 2.0))


@pytest.mark.parametrize("temperature", [0.0, -1.0, np.inf, np.nan])
def test_scaling_refuses_what_is_no_temperature(temperature):
    with pytest.raises(ValueError, match="temperature: expected a positive number"):
        scale_temperature(np.array([[0.5, 0.5]]), temperature)
