import math

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold

from ripieno.evaluation.metrics import PROBABILITY_FLOOR
from ripieno.tuning.gain import Folds, likelihood_of, no_ensemble, with_weight

N_SAMPLES, N_CLASSES = 600, 4


def simulate(n_members, seed=0, noise=1.0, common_noise=0.6):
    """Probabilities of members that err apart, and labels."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, N_CLASSES, N_SAMPLES)
    common = common_noise * rng.normal(size=(N_SAMPLES, N_CLASSES))
    common[np.arange(N_SAMPLES), labels] += 1.5
    logits = common + noise * rng.normal(size=(n_members, N_SAMPLES, N_CLASSES))
    powers = np.exp(2.0 * logits)  # overconfident
    return powers / powers.sum(axis=2, keepdims=True), labels


def likelihoods(n_members, **settings):
    proba, labels = simulate(n_members, **settings)
    return [likelihood_of(p, labels) for p in proba], labels


def scaled(proba, temperature):
    powers = proba ** (1.0 / temperature)
    return powers / powers.sum(axis=1, keepdims=True)


def best_temperature(proba, labels):
    """Found by scipy's line search on scikit-learn's log-loss, one error more being expected."""
    found = minimize_scalar(
        lambda t: log_loss(labels, scaled(proba, t)), bounds=(0.2, 10.0), method="bounded"
    )
    return found.x


def test_a_member_s_log_loss_is_that_of_its_calibrated_probabilities():
    (proba,), labels = simulate(1)
    expected = log_loss(labels, scaled(proba, best_temperature(proba, labels)))
    # The calibration takes one more sample for an error, which costs next to nothing.
    member = likelihood_of(proba, labels)
    assert Folds(labels, 0).log_loss([member]) == pytest.approx(expected, abs=2e-5)
    assert expected < log_loss(labels, proba) - 0.05


def test_a_candidate_s_likelihood_does_not_depend_on_its_temperature():
    (proba,), labels = simulate(1)
    np.testing.assert_allclose(
        likelihood_of(scaled(proba, 0.5), labels), likelihood_of(proba, labels), rtol=1e-6
    )


def test_a_zero_for_the_true_class_counts_as_the_floor():
    labels = np.array([0, 1] * 50)
    proba = np.tile([1.0, 0.0], (100, 1))
    likelihood = likelihood_of(proba, labels)
    assert likelihood.min() >= PROBABILITY_FLOOR
    assert np.isfinite(Folds(labels, 0).log_loss([likelihood]))


def test_without_any_member_the_frequencies_of_the_classes_are_known():
    labels = np.array([0] * 6 + [1] * 3 + [3])
    assert no_ensemble(labels).tolist() == [0.6] * 6 + [0.3] * 3 + [0.1]
    entropy = -(0.6 * math.log(0.6) + 0.3 * math.log(0.3) + 0.1 * math.log(0.1))
    assert Folds(labels, 0).log_loss([]) == pytest.approx(entropy)
    assert Folds(labels, 0).log_loss([]) == pytest.approx(
        log_loss(labels, np.tile([0.6, 0.3, 0.0, 0.1], (10, 1)), labels=[0, 1, 2, 3])
    )


def test_a_pool_of_two_is_scored_on_the_folds_its_weights_were_not_fitted_on():
    (a, b), labels = likelihoods(2)
    ours = Folds(labels, 0).log_loss([a, b])

    def loss(weight, samples):
        return -float(np.mean(np.log(weight * a[samples] + (1.0 - weight) * b[samples])))

    theirs = []  # other folds, made by scikit-learn; weights found by scipy
    for fit, held_out in StratifiedKFold(5, shuffle=True, random_state=1).split(a, labels):
        weight = minimize_scalar(loss, bounds=(0, 1), args=(fit,), method="bounded").x
        theirs.append(loss(weight, held_out))
    assert ours == pytest.approx(np.mean(theirs), abs=2e-3)
    everything = np.arange(N_SAMPLES)
    in_sample = minimize_scalar(loss, bounds=(0, 1), args=(everything,), method="bounded").fun
    assert ours >= in_sample


def test_the_folds_are_those_of_the_seed():
    members, labels = likelihoods(3)
    losses = [Folds(labels, seed).log_loss(members) for seed in (0, 0, 1)]
    assert losses[0] == losses[1] != losses[2]


@pytest.mark.parametrize("n_samples", [2, 3, 7])
def test_few_samples_have_few_folds(n_samples):
    labels = np.arange(n_samples) % 2
    member = np.full(n_samples, 0.7)
    assert Folds(labels, 0).log_loss([member, member]) == pytest.approx(-math.log(0.7))


def test_a_copy_of_the_only_member_gains_nothing():
    (a,), labels = likelihoods(1)
    assert Folds(labels, 0).gain([a], a) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_a_copy_of_one_of_several_members_gains_next_to_nothing(seed):
    members, labels = likelihoods(3, seed=seed)
    folds = Folds(labels, seed)
    for member in members:
        assert folds.gain(members, member) == pytest.approx(0.0, abs=1e-6)


def test_a_candidate_of_chance_gains_nothing():
    (a,), labels = likelihoods(1)
    chance = np.full(N_SAMPLES, 1.0 / N_CLASSES)
    assert Folds(labels, 0).gain([a], chance) < 0.01


def test_a_candidate_that_errs_elsewhere_gains_much():
    labels = np.arange(400) % 4
    first, second = np.full(400, 0.9), np.full(400, 0.9)
    first[::2] = second[1::2] = 0.05  # each knows what the other does not
    folds = Folds(labels, 0)
    alone = -(math.log(0.9) + math.log(0.05)) / 2
    assert folds.log_loss([first]) == pytest.approx(alone)
    assert folds.gain([first], second) == pytest.approx(alone + math.log(0.475), abs=0.01)
    assert folds.gain([first], first) == pytest.approx(0.0, abs=1e-9)


def test_the_first_member_gains_over_the_frequencies():
    labels = np.arange(100) % 4
    member = np.full(100, 0.5)
    assert Folds(labels, 0).gain([], member) == pytest.approx(math.log(4) - math.log(2))


def test_a_better_candidate_for_the_ensemble_may_be_worse_alone():
    labels = np.arange(400) % 4
    member, alike, other = np.full(400, 0.9), np.full(400, 0.91), np.full(400, 0.5)
    member[:100] = alike[:100] = 0.02
    other[:100] = 0.95
    folds = Folds(labels, 0)
    assert folds.log_loss([alike]) > folds.log_loss([other])
    assert folds.gain([member], other) > folds.gain([member], alike) + 0.1


def test_one_is_chosen_by_its_own_log_loss():
    candidates = [np.full(20, p) for p in (0.3, 0.8, 0.6)]
    assert Folds(np.arange(20) % 2, 0).choose(candidates, 1) == [1]


@pytest.mark.parametrize("seed", range(4))
def test_two_are_chosen_one_after_another(seed):
    candidates, labels = likelihoods(6, seed=seed)
    folds = Folds(labels, seed)
    chosen = folds.choose(candidates, 2)
    first = min(range(6), key=lambda i: -np.mean(np.log(candidates[i])))
    pairs = {i: folds.log_loss([candidates[first], candidates[i]]) for i in range(6) if i != first}
    assert chosen == [first, min(pairs, key=pairs.get)]


def test_the_members_of_before_count():
    labels = np.arange(400) % 4
    member, alike, other = np.full(400, 0.9), np.full(400, 0.9), np.full(400, 0.2)
    member[:100] = alike[:100] = 0.02
    other[:100] = 0.95
    folds = Folds(labels, 0)
    assert folds.choose([alike, other], 1) == [0]
    assert folds.choose([alike, other], 1, [member]) == [1]


def test_ties_go_to_the_first():
    candidate = np.linspace(0.2, 0.9, 60)
    folds = Folds(np.arange(60) % 3, 0)
    assert folds.choose([candidate * 0.5, candidate, candidate, candidate], 1) == [1]


def test_choosing_ends_where_no_other_helps():
    candidate = np.linspace(0.2, 0.9, 60)
    folds = Folds(np.arange(60) % 3, 0)
    assert folds.choose([candidate, candidate / 2, candidate / 3], 3) == [0]


def test_what_does_not_help_is_chosen_where_so_many_are_asked_for():
    labels = np.arange(60) % 3
    member, worse = np.linspace(0.5, 0.9, 60), np.linspace(0.05, 0.09, 60)
    folds = Folds(labels, 0)
    assert folds.choose([worse], 1, [member], at_least=0) == []
    assert folds.choose([worse], 1, [member], at_least=1) == [0]
    assert len(folds.choose([worse, worse / 2, worse / 3], 3, [member], at_least=2)) == 2


def test_a_first_candidate_worse_than_nothing_is_chosen_only_if_one_must_be():
    labels, hopeless = np.arange(60) % 3, np.full(60, 0.1)
    assert Folds(labels, 0).choose([hopeless], 1, at_least=0) == []
    assert Folds(labels, 0).choose([hopeless], 1) == [0]


def test_no_more_are_chosen_than_there_are_or_are_asked_for():
    candidates, labels = likelihoods(3)
    folds = Folds(labels, 0)
    assert folds.choose([], 3) == []
    assert folds.choose(candidates, 0) == []
    assert len(set(folds.choose(candidates, 9, at_least=9))) == 3


def test_only_members_with_a_weight_are_kept():
    labels = np.arange(300) % 3
    good = np.random.default_rng(0).uniform(0.5, 1.0, len(labels))
    assert with_weight([good * 0.5, good, good * 0.9]) == [1]
    assert with_weight([good, good]) == [0]
    assert with_weight([good]) == [0]
    assert with_weight([]) == []


def test_members_that_know_different_samples_all_have_a_weight():
    experts = np.full((3, 30), 0.1)
    for i in range(3):
        experts[i, 10 * i : 10 * (i + 1)] = 0.9
    assert with_weight(list(experts)) == [0, 1, 2]
