import numpy as np
import pytest
import sklearn.metrics

from ripieno.errors import ConfigurationError
from ripieno.evaluation.metrics import METRICS, accuracy, log_loss
from ripieno.pooling.greedy_selection import greedy_selection

OBJECTIVES = ["log_loss", "accuracy", "brier"]


def test_experts_of_half_the_samples_each_share_the_weight():
    proba = np.array([[[0.9, 0.1], [0.5, 0.5]], [[0.5, 0.5], [0.9, 0.1]]])
    # First member 0 (tie), then member 1, and no longer prefix is better than half and half.
    assert greedy_selection(proba, np.array([0, 0])).weights.tolist() == [0.5, 0.5]


def test_weights_count_how_often_a_member_was_added():
    # The optimum is w = 0.7 for the first; tenths reach it, and so does the best prefix of 10.
    proba = np.zeros((2, 10, 2))
    proba[0] = [[1.0, 0.0]] * 7 + [[0.0, 1.0]] * 3
    proba[1] = 1.0 - proba[0]
    weights = greedy_selection(proba, np.zeros(10, dtype=int), n_rounds=10).weights
    np.testing.assert_allclose(weights, [0.7, 0.3])


def test_the_shortest_of_equally_good_prefixes_is_kept(validation):
    proba, labels = validation
    proba[1] = np.eye(4)[labels]
    assert greedy_selection(proba, labels, n_rounds=5).weights.tolist() == [0, 1, 0, 0, 0]


def test_ties_go_to_the_first(validation):
    proba, labels = validation
    same = np.repeat(proba[:1], 3, axis=0)
    assert greedy_selection(same, labels).weights.tolist() == [1.0, 0.0, 0.0]


@pytest.mark.parametrize("seed", range(5))
def test_weights_are_those_of_the_procedure_as_published(seed):
    rng = np.random.default_rng(seed)
    proba, labels = rng.dirichlet(np.full(3, 0.5), size=(4, 60)), rng.integers(0, 3, size=60)
    chosen, losses = [], []
    for _ in range(25):
        trials = [
            sklearn.metrics.log_loss(labels, proba[[*chosen, m]].mean(axis=0)) for m in range(4)
        ]
        chosen.append(int(np.argmin(trials)))
        losses.append(min(trials))
    kept = chosen[: int(np.argmin(losses)) + 1]
    expected = np.bincount(kept, minlength=4) / len(kept)
    np.testing.assert_allclose(greedy_selection(proba, labels).weights, expected)


def test_one_round_is_the_best_member(validation):
    proba, labels = validation
    losses = [log_loss(member, labels) for member in proba]
    assert np.argmax(greedy_selection(proba, labels, n_rounds=1).weights) == np.argmin(losses)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_never_worse_on_validation_than_the_best_member(objective, validation):
    proba, labels = validation
    pooled = greedy_selection(proba, labels, objective=objective).predict_proba(proba)
    sign = -1 if objective == "accuracy" else 1
    metric = METRICS[objective]
    assert sign * metric(pooled, labels) <= min(sign * metric(p, labels) for p in proba) + 1e-12


def test_the_objective_makes_a_difference(simulate):
    proba, labels = simulate(6, 150)
    by_loss = greedy_selection(proba, labels).predict_proba(proba)
    by_accuracy = greedy_selection(proba, labels, objective="accuracy").predict_proba(proba)
    assert accuracy(by_accuracy, labels) > accuracy(by_loss, labels)
    assert log_loss(by_loss, labels) < log_loss(by_accuracy, labels)


def test_refuses_an_unknown_objective(validation):
    with pytest.raises(ConfigurationError, match="Unknown objective 'f1'"):
        greedy_selection(*validation, objective="f1")


def test_refuses_no_rounds(validation):
    with pytest.raises(ValueError, match="n_rounds: expected an integer >= 1, received 0"):
        greedy_selection(*validation, n_rounds=0)
