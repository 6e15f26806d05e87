import numpy as np
import pytest
from sklearn.svm import LinearSVC

from ripieno.errors import TrainingError
from ripieno.models.calibrated import calibrated


def test_scores_become_probabilities_without_changing_the_classes():
    rng = np.random.default_rng(0)
    labels = np.arange(90) % 3
    features = rng.normal(size=(90, 4)) + 2 * np.eye(4)[labels]
    plain = LinearSVC(random_state=0).fit(features, labels)

    classifier = calibrated(LinearSVC(random_state=0), "temperature", labels)
    proba = classifier.fit(features, labels).predict_proba(features)

    np.testing.assert_allclose(proba.sum(axis=1), 1)
    np.testing.assert_array_equal(proba.argmax(axis=1), plain.predict(features))


@pytest.mark.parametrize(("labels", "n_folds"), [([0, 0, 1, 1, 1], 2), ([0, 1] * 9, 3)])
def test_no_more_folds_than_the_smallest_class_has_samples(labels, n_folds):
    assert calibrated(LinearSVC(), "sigmoid", np.array(labels)).cv == n_folds


def test_class_of_one_sample_cannot_be_calibrated():
    with pytest.raises(TrainingError, match="two training samples of every class; a class has 1"):
        calibrated(LinearSVC(), "sigmoid", np.array([0, 0, 1]))
