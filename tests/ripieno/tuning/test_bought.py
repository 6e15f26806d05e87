import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss

from ripieno.tuning.bought import gain_of_search

N_SAMPLES, N_CLASSES = 400, 5


def member(labels, rng, strength=1.5, noise=1.0):
    logits = noise * rng.normal(size=(len(labels), N_CLASSES))
    logits[np.arange(len(labels)), labels] += strength
    powers = np.exp(logits)
    return powers / powers.sum(axis=1, keepdims=True)


def labels_of(rng, n_samples=N_SAMPLES):
    return rng.integers(0, N_CLASSES, n_samples)


def test_copies_of_the_configured_member_buy_exactly_nothing():
    rng = np.random.default_rng(0)
    labels = labels_of(rng)
    configured = member(labels, rng)
    gains = gain_of_search([configured.copy() for _ in range(5)], configured, labels, 0)
    assert {name: gain.as_list() for name, gain in gains.items()} == {
        "log_loss": [0.0, 0.0, 0.0],
        "accuracy": [0.0, 0.0, 0.0],
    }


def test_a_search_without_trials_buys_nothing():
    rng = np.random.default_rng(0)
    labels = labels_of(rng)
    assert gain_of_search([], member(labels, rng), labels, 0)["log_loss"].as_list() == [0, 0, 0]


def test_trials_that_are_all_worse_buy_nothing():
    rng = np.random.default_rng(1)
    labels = labels_of(rng)
    configured = member(labels, rng, strength=3.0)
    worse = [member(labels, rng, strength=0.0) for _ in range(5)]
    assert gain_of_search(worse, configured, labels, 0)["log_loss"].as_list() == [0, 0, 0]


def test_one_trial_that_is_better_on_every_fold_buys_its_whole_advantage():
    rng = np.random.default_rng(2)
    labels = labels_of(rng)
    configured, best = member(labels, rng), member(labels, rng, strength=3.5)
    others = [member(labels, rng, strength=0.5) for _ in range(4)]
    gains = gain_of_search([*others, best, *others], configured, labels, 0)
    advantage = log_loss(labels, configured) - log_loss(labels, best)
    assert gains["log_loss"].mid == pytest.approx(advantage)
    assert gains["log_loss"].low > 0
    hits = accuracy_score(labels, best.argmax(1)) - accuracy_score(labels, configured.argmax(1))
    assert gains["accuracy"].mid == pytest.approx(hits)
    assert gains["accuracy"].low > 0


def test_the_choice_is_by_log_loss_whatever_it_does_to_accuracy():
    labels = np.arange(200) % 2
    true_class = np.full(200, 0.99999)
    true_class[::10] = 0.00001  # a tenth is surely wrong
    configured = np.where((labels == 1)[:, None], [0.0, 1.0], [1.0, 0.0])
    configured = np.where(configured == 1.0, true_class[:, None], 1.0 - true_class[:, None])
    timid = np.tile([0.5 + 1e-9, 0.5 - 1e-9], (200, 1))  # half is right, and never sure
    gains = gain_of_search([timid], configured, labels, 0)
    expected = log_loss(labels, configured) - np.log(2)
    assert gains["log_loss"].mid == pytest.approx(expected, abs=1e-6)
    assert expected > 0.4
    assert gains["accuracy"].mid == pytest.approx(-0.4)


@pytest.mark.parametrize("n_samples", [2, 3, 11])
def test_a_handful_of_samples_is_enough_for_a_number(n_samples):
    rng = np.random.default_rng(3)
    labels = np.arange(n_samples) % 2
    trials = [member(labels, rng) for _ in range(3)]
    gain = gain_of_search(trials, member(labels, rng), labels, 0)["log_loss"]
    assert gain.low <= gain.mid <= gain.high


def test_the_seed_decides_folds_and_resampling():
    rng = np.random.default_rng(4)
    labels = labels_of(rng)
    configured, *trials = [member(labels, rng) for _ in range(9)]
    gains = [gain_of_search(trials, configured, labels, seed)["log_loss"] for seed in (0, 0, 1)]
    assert gains[0] == gains[1] != gains[2]


def mean_loss(proba, labels):
    return -float(np.mean(np.log(proba[np.arange(len(labels)), labels])))


def test_the_best_of_many_trials_of_pure_noise_has_bought_nothing():
    naive, cross_fitted, n_claimed = [], [], 0
    for seed in range(16):
        rng = np.random.default_rng(seed)
        labels = labels_of(rng, 250)
        configured, *trials = [member(labels, rng) for _ in range(60)]  # all equally good
        best = min(mean_loss(each, labels) for each in trials)
        naive.append(mean_loss(configured, labels) - best)
        gain = gain_of_search(trials, configured, labels, seed)["log_loss"]
        cross_fitted.append(gain.mid)
        n_claimed += gain.low > 0
    error = np.std(cross_fitted, ddof=1) / np.sqrt(len(cross_fitted))
    assert np.mean(naive) > 0.07
    assert abs(np.mean(cross_fitted)) < 3 * error < np.mean(naive)
    assert n_claimed <= 3  # nominally 1 of 40


def test_a_real_advantage_among_noise_is_found_and_not_flattered():
    rng = np.random.default_rng(99)
    fresh = labels_of(rng, 20_000)
    ordinary, better = member(fresh, rng), member(fresh, rng, strength=2.5)
    estimated = []
    for seed in range(8):
        rng = np.random.default_rng(100 + seed)
        labels = labels_of(rng)
        configured, *trials = [member(labels, rng) for _ in range(30)]
        trials[7] = member(labels, rng, strength=2.5)
        estimated.append(gain_of_search(trials, configured, labels, seed)["log_loss"].mid)
    true = mean_loss(ordinary, fresh) - mean_loss(better, fresh)
    assert np.mean(estimated) == pytest.approx(true, abs=0.06)
