from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ripieno.evaluation.cross_fit import cross_fitted_proba, cross_fitted_scores, stratified_folds
from ripieno.evaluation.metrics import METRICS, log_loss
from ripieno.pooling import fit_pool


@dataclass
class Frequencies:
    """Predicts the class frequencies it was fitted on."""

    share: np.ndarray

    @classmethod
    def fit(cls, proba, labels):
        return cls(np.bincount(labels, minlength=proba.shape[2]) / len(labels))

    def predict_proba(self, proba):
        return np.tile(self.share, (proba.shape[1], 1))


def test_a_sample_is_predicted_from_the_others():
    proba = np.full((1, 2, 2), 0.5)
    predicted = cross_fitted_proba(Frequencies.fit, proba, np.array([0, 1]), n_folds=2)
    # Each is fitted on the other sample alone, of the other class.
    np.testing.assert_array_equal(predicted, [[0.0, 1.0], [1.0, 0.0]])


def test_every_fold_is_fitted_on_the_rest():
    sizes = []

    def fit(proba, labels):
        sizes.append(len(labels))
        return Frequencies.fit(proba, labels)

    cross_fitted_proba(fit, np.full((1, 103, 2), 0.5), np.arange(103) % 2)
    assert sorted(sizes) == [82, 82, 82, 83, 83]


def test_scores_are_those_of_the_cross_fitted_predictions():
    rng = np.random.default_rng(0)
    proba = rng.dirichlet(np.ones(3), size=(2, 60))
    labels = rng.integers(0, 3, size=60)
    fit = partial(fit_pool, "linear_pool")
    predicted = cross_fitted_proba(fit, proba, labels, seed=4)
    scores = cross_fitted_scores(fit, proba, labels, seed=4)
    assert scores == {name: metric(predicted, labels) for name, metric in METRICS.items()}


def test_cross_fitted_score_is_less_optimistic_on_noise():
    rng = np.random.default_rng(1)
    proba = rng.dirichlet(np.ones(2), size=(20, 60))
    labels = rng.integers(0, 2, size=60)
    fit = partial(fit_pool, "linear_pool", scale_temperatures=False)
    fitted = log_loss(fit(proba, labels).predict_proba(proba), labels)
    assert cross_fitted_scores(fit, proba, labels)["log_loss"] > fitted


def test_more_folds_than_samples_leave_one_out():
    np.testing.assert_array_equal(np.sort(stratified_folds(np.array([0, 1, 0]), 5, 0)), [0, 1, 2])


def test_folds_refuse_one_sample():
    with pytest.raises(ValueError, match="two samples and two folds at least, received 1 and 5"):
        stratified_folds(np.array([0]), 5, 0)


def test_folds_depend_on_the_seed_alone():
    labels = np.arange(100) % 3
    np.testing.assert_array_equal(stratified_folds(labels, 5, 1), stratified_folds(labels, 5, 1))
    assert np.any(stratified_folds(labels, 5, 1) != stratified_folds(labels, 5, 2))


@given(st.lists(st.integers(0, 3), min_size=2, max_size=80), st.integers(2, 10))
def test_folds_spread_samples_and_classes_evenly(labels, n_folds):
    labels = np.array(labels)
    n_folds = min(n_folds, len(labels))
    folds = stratified_folds(labels, n_folds, 0)
    assert np.ptp(np.bincount(folds, minlength=n_folds)) <= 1
    for label in np.unique(labels):
        assert np.ptp(np.bincount(folds[labels == label], minlength=n_folds)) <= 1
