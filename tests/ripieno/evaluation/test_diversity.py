import math

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st

from ripieno.evaluation.diversity import (
    DIVERSITY,
    all_pairwise,
    disagreement,
    double_fault,
    error_correlation,
    oracle_accuracy,
    pairwise,
    q_statistic,
)

# Of ten samples both get 4 right, only the first 3, only the second 1, neither 2.
RIGHT_A = np.array([1, 1, 1, 1, 1, 1, 1, 0, 0, 0], dtype=bool)
RIGHT_B = np.array([1, 1, 1, 1, 0, 0, 0, 1, 0, 0], dtype=bool)


def predicting(classes, n_classes=3):
    """Probabilities of members that predict these classes."""
    return np.eye(n_classes)[np.asarray(classes)] * 0.8 + 0.2 / n_classes


@pytest.fixture
def members():
    rng = np.random.default_rng(0)
    return rng.dirichlet(np.ones(3), size=(4, 200)), rng.integers(0, 3, size=200)


def test_disagreement_is_the_share_of_different_classes():
    assert disagreement(np.array([0, 1, 2, 2]), np.array([0, 2, 1, 2])) == 0.5


def test_members_that_are_wrong_in_different_ways_disagree():
    assert pairwise("disagreement", predicting([[1], [2]]), np.array([0]))[0, 1] == 1.0


def test_double_fault_by_hand():
    assert double_fault(RIGHT_A, RIGHT_B) == 0.2


def test_q_statistic_by_hand():
    assert q_statistic(RIGHT_A, RIGHT_B) == pytest.approx((4 * 2 - 3 * 1) / (4 * 2 + 3 * 1))


def test_error_correlation_by_hand():
    expected = (4 * 2 - 3 * 1) / math.sqrt((7 * 3) * (5 * 5))
    assert error_correlation(RIGHT_A, RIGHT_B) == pytest.approx(expected)


def test_q_statistic_is_one_where_one_is_right_wherever_the_other_is():
    assert q_statistic(np.array([True, True, False]), np.array([True, False, False])) == 1.0


def test_opposite_members_have_correlation_minus_one():
    assert error_correlation(RIGHT_A, ~RIGHT_A) == -1.0
    assert q_statistic(RIGHT_A, ~RIGHT_A) == -1.0
    assert double_fault(RIGHT_A, ~RIGHT_A) == 0.0


@pytest.mark.parametrize("measure", [q_statistic, error_correlation])
@pytest.mark.parametrize("constant", [True, False])
def test_measure_is_undefined_for_a_member_that_is_always_right_or_wrong(measure, constant):
    assert math.isnan(measure(RIGHT_A, np.full(10, constant)))
    assert math.isnan(measure(np.full(10, constant), RIGHT_A))


def test_independent_members_have_no_correlation():
    right_a, right_b = np.array([True, True, False, False]), np.array([True, False, True, False])
    assert q_statistic(right_a, right_b) == error_correlation(right_a, right_b) == 0.0


def test_counts_of_a_million_samples_do_not_overflow():
    right = np.random.default_rng(0).random((2, 1_000_000)) < 0.5
    expected = np.corrcoef(right)[0, 1]
    assert error_correlation(*right) == pytest.approx(expected, abs=1e-12)


def test_matrix_by_hand():
    # The second member differs from the first on one sample of three, the third on all.
    proba, labels = predicting([[0, 1, 2], [0, 1, 1], [1, 2, 0]]), np.array([0, 1, 2])
    third = 1 / 3
    np.testing.assert_allclose(
        pairwise("disagreement", proba, labels), [[0, third, 1], [third, 0, 1], [1, 1, 0]]
    )
    np.testing.assert_allclose(
        pairwise("double_fault", proba, labels), [[0, 0, 0], [0, third, third], [0, third, 1]]
    )


def test_error_correlation_equals_scikit_learns(members):
    proba, labels = members
    right = proba.argmax(axis=2) == labels
    theirs = [[sklearn.metrics.matthews_corrcoef(a, b) for a in right] for b in right]
    np.testing.assert_allclose(pairwise("error_correlation", proba, labels), theirs, atol=1e-12)


def test_diagonal_compares_a_member_with_itself(members):
    proba, labels = members
    matrices = {name: np.diag(pairwise(name, proba, labels)) for name in DIVERSITY}
    errors = [1.0 - sklearn.metrics.accuracy_score(labels, p.argmax(axis=1)) for p in proba]
    np.testing.assert_array_equal(matrices["disagreement"], 0.0)
    np.testing.assert_allclose(matrices["double_fault"], errors)
    np.testing.assert_array_equal(matrices["q_statistic"], 1.0)
    np.testing.assert_array_equal(matrices["error_correlation"], 1.0)


def test_row_of_a_perfect_member_is_undefined(members):
    proba, labels = members
    proba[1] = np.eye(3)[labels]
    matrix = pairwise("q_statistic", proba, labels)
    assert np.isnan(matrix[1]).all()
    assert np.isnan(matrix[:, 1]).all()
    assert np.isfinite(np.delete(np.delete(matrix, 1, axis=0), 1, axis=1)).all()


def test_ties_go_to_the_lower_class():
    proba = np.array([[[0.5, 0.5]], [[0.9, 0.1]]])
    assert pairwise("disagreement", proba, np.array([1]))[0, 1] == 0.0


def test_more_classes_than_a_byte_holds_are_told_apart():
    proba = predicting([[0, 1], [256, 257]], n_classes=300)
    assert pairwise("disagreement", proba, np.array([0, 0]))[0, 1] == 1.0


def test_all_matrices_are_those_of_the_measures(members):
    matrices = all_pairwise(*members)
    assert list(matrices) == list(DIVERSITY)
    for name, matrix in matrices.items():
        np.testing.assert_array_equal(matrix, pairwise(name, *members))


def test_oracle_needs_one_member_to_be_right():
    proba = predicting([[0, 1, 2, 0], [0, 2, 1, 0]])
    assert oracle_accuracy(proba, np.array([0, 1, 1, 2])) == 0.75


def test_oracle_of_one_member_is_its_accuracy(members):
    proba, labels = members
    accuracy = sklearn.metrics.accuracy_score(labels, proba[0].argmax(axis=1))
    assert oracle_accuracy(proba[:1], labels) == pytest.approx(accuracy)


def test_unknown_measure_is_refused(members):
    with pytest.raises(ValueError, match=r"expected one of disagreement, .*, received kappa"):
        pairwise("kappa", *members)


@pytest.mark.parametrize("function", [all_pairwise, oracle_accuracy])
def test_what_is_not_members_is_refused(function, members):
    proba, labels = members
    with pytest.raises(ValueError, match=r"expected shape \(n_members, n_samples, n_classes\)"):
        function(proba[0], labels)
    with pytest.raises(ValueError, match="shapes"):
        function(proba, labels[:-1])


@pytest.mark.parametrize("measure", [measure for measure, _ in DIVERSITY.values()], ids=DIVERSITY)
class TestEveryMeasure:
    @pytest.mark.parametrize("sizes", [(2, 3), (0, 0)])
    def test_refuses_members_of_different_length_or_none(self, measure, sizes):
        with pytest.raises(ValueError, match="expected arrays of one shape"):
            measure(*(np.zeros(size, dtype=bool) for size in sizes))

    def test_is_a_plain_float(self, measure):
        assert type(measure(RIGHT_A, RIGHT_B)) is float


@given(st.integers(1, 5), st.integers(1, 40), st.integers(2, 4), st.integers(0, 2**32 - 1))
def test_matrices_are_symmetric_and_within_bounds(n_members, n_samples, n_classes, seed):
    rng = np.random.default_rng(seed)
    proba = rng.dirichlet(np.ones(n_classes), size=(n_members, n_samples))
    labels = rng.integers(0, n_classes, size=n_samples)
    for name, matrix in all_pairwise(proba, labels).items():
        np.testing.assert_array_equal(matrix, matrix.T)
        lowest = -1.0 if name in ("q_statistic", "error_correlation") else 0.0
        assert np.all((matrix >= lowest) & (matrix <= 1.0) | np.isnan(matrix))
    accuracies = np.mean(proba.argmax(axis=2) == labels, axis=1)
    assert accuracies.max() <= oracle_accuracy(proba, labels) <= accuracies.sum() + 1e-12
