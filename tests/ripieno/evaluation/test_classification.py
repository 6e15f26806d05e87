import logging

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st

from ripieno.evaluation.classification import (
    balanced_accuracy,
    confusion_matrix,
    per_class_scores,
    top_k_accuracy,
)
from ripieno.evaluation.metrics import accuracy

# Three classes; predicted 0 0 1 1 1 for the true 0 0 0 1 1; class 2 is neither.
PROBA = np.array(
    [[0.8, 0.1, 0.1], [0.5, 0.3, 0.2], [0.1, 0.6, 0.3], [0.2, 0.7, 0.1], [0.0, 0.9, 0.1]]
)
LABELS = np.array([0, 0, 0, 1, 1])


def test_true_classes_go_down_and_predicted_across():
    np.testing.assert_array_equal(
        confusion_matrix(PROBA, LABELS), [[2, 1, 0], [0, 2, 0], [0, 0, 0]]
    )


def test_confusion_matrix_gives_a_tie_to_the_lower_class():
    counted = confusion_matrix(np.array([[0.4, 0.4, 0.2]]), np.array([1]))
    np.testing.assert_array_equal(counted, [[0, 0, 0], [1, 0, 0], [0, 0, 0]])


def test_balanced_accuracy_is_the_mean_recall_of_the_classes_present():
    assert balanced_accuracy(PROBA, LABELS) == pytest.approx((2 / 3 + 1) / 2)


def test_balanced_accuracy_names_the_classes_it_leaves_out(caplog):
    with caplog.at_level(logging.WARNING):
        balanced_accuracy(PROBA, LABELS)
    assert caplog.messages == ["Balanced accuracy leaves out classes without a sample: 2."]


def test_balanced_accuracy_is_silent_where_every_class_is_present(caplog):
    balanced_accuracy(PROBA[:, :2], LABELS)
    assert not caplog.messages


@pytest.mark.parametrize("score", [balanced_accuracy, accuracy])
def test_balanced_accuracy_of_equal_classes_is_accuracy(score):
    labels = np.array([0, 1, 2])
    proba = np.eye(3)[[0, 2, 2]]
    assert score(proba, labels) == pytest.approx(2 / 3)


def test_scores_by_hand():
    scores = per_class_scores(PROBA, LABELS)
    np.testing.assert_allclose(scores.precision, [1.0, 2 / 3, 0.0])
    np.testing.assert_allclose(scores.recall, [2 / 3, 1.0, 0.0])
    np.testing.assert_allclose(scores.f1, [0.8, 0.8, 0.0])
    np.testing.assert_array_equal(scores.support, [3, 2, 0])


def test_a_class_that_is_never_predicted_scores_zero():
    scores = per_class_scores(np.array([[0.9, 0.1], [0.9, 0.1]]), np.array([0, 1]))
    assert (scores.precision[1], scores.recall[1], scores.f1[1]) == (0.0, 0.0, 0.0)


def test_top_k_by_hand():
    proba = np.array([[0.5, 0.3, 0.2], [0.5, 0.3, 0.2], [0.5, 0.3, 0.2]])
    labels = np.array([0, 1, 2])
    assert [top_k_accuracy(proba, labels, k) for k in (1, 2, 3, 4)] == pytest.approx(
        [1 / 3, 2 / 3, 1.0, 1.0]
    )


def test_of_equal_probabilities_the_lower_class_comes_first():
    proba = np.full((4, 4), 0.25)
    assert top_k_accuracy(proba, np.arange(4), 2) == 0.5
    assert top_k_accuracy(proba[:2], np.array([0, 1]), 2) == 1.0
    assert top_k_accuracy(proba[:2], np.array([2, 3]), 2) == 0.0


def test_top_k_refuses_no_classes():
    with pytest.raises(ValueError, match="k: expected an integer >= 1, received 0"):
        top_k_accuracy(PROBA, LABELS, 0)


@pytest.mark.parametrize(
    "score",
    [balanced_accuracy, confusion_matrix, per_class_scores, lambda p, y: top_k_accuracy(p, y, 2)],
)
def test_labels_beyond_the_classes_are_refused(score):
    with pytest.raises(ValueError, match=r"labels: expected classes in \[0, 3\)"):
        score(PROBA, LABELS + 2)


@given(st.integers(0, 60), st.integers(3, 6), st.integers(0, 2**32 - 1))
def test_scores_agree_with_scikit_learn(n_more, n_classes, seed):
    rng = np.random.default_rng(seed)
    labels = np.append(np.arange(n_classes), rng.integers(0, n_classes, n_more))
    proba = rng.dirichlet(np.ones(n_classes), size=len(labels))
    assert balanced_accuracy(proba, labels) == pytest.approx(
        sklearn.metrics.balanced_accuracy_score(labels, proba.argmax(axis=1))
    )
    assert top_k_accuracy(proba, labels, 2) == pytest.approx(
        sklearn.metrics.top_k_accuracy_score(labels, proba, k=2)
    )


@given(st.integers(1, 60), st.integers(2, 6), st.integers(0, 2**32 - 1))
def test_top_1_is_accuracy_and_k_only_adds(n_samples, n_classes, seed):
    rng = np.random.default_rng(seed)
    proba = rng.integers(0, 3, size=(n_samples, n_classes)) / 3.0  # with ties
    labels = rng.integers(0, n_classes, n_samples)
    by_k = [top_k_accuracy(proba, labels, k) for k in range(1, n_classes + 1)]
    assert by_k[0] == accuracy(proba, labels)
    assert by_k == sorted(by_k)
    assert by_k[-1] == 1.0
