"""Balanced log-loss is the log-loss of as many copies as make the classes equal."""

import numpy as np
import pytest
from scipy.optimize import minimize

from ripieno.pooling import RULES, choose_pool, fit_pool
from ripieno.pooling.calibration import fit_temperature, log_proba, runners_up, softmax
from ripieno.pooling.geometric import GeometricLogLoss
from ripieno.pooling.log_pool import PRIOR_STRENGTH, log_pool
from ripieno.pooling.objectives import OBJECTIVES, mean_cost, sample_weights
from ripieno.pooling.regression import CorrectionProblem

BALANCED = "balanced_log_loss"


def uneven(n_members=4, sizes=(300, 100, 50), seed=0):
    """Members, each best at a class of its own, and labels of classes of different sizes."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(sizes)), sizes)
    logits = rng.normal(0, 1, (n_members, len(labels), len(sizes)))
    for member in range(n_members):
        skill = np.where(labels == member % len(sizes), 3.0, 1.0)
        logits[member, np.arange(len(labels)), labels] += skill
    return softmax(1.3 * logits), labels


def copied(proba, labels):
    """Each sample as often as makes the classes equal."""
    counts = np.bincount(labels)
    at = np.repeat(np.arange(len(labels)), (counts.max() // counts)[labels])
    return proba[:, at], labels[at]


@pytest.fixture(params=range(3))
def samples(request):
    return uneven(seed=request.param)


def test_weights_give_each_class_the_same_share():
    labels = np.array([0, 0, 0, 2])  # class 1 does not occur
    weights = sample_weights(BALANCED, labels)
    np.testing.assert_allclose(weights, [2 / 3, 2 / 3, 2 / 3, 2.0])
    np.testing.assert_array_equal(sample_weights("log_loss", labels), np.ones(4))


@pytest.mark.parametrize("rule", ["best_member", "greedy_selection", "linear_pool"])
def test_a_rule_fits_what_it_would_fit_to_copies(rule, samples):
    balanced = RULES[rule](*samples, objective=BALANCED)
    of_copies = RULES[rule](*copied(*samples))
    np.testing.assert_allclose(balanced.weights, of_copies.weights, atol=1e-6)


def test_the_certificate_bounds_what_any_weights_could_gain(samples):
    proba, labels = samples
    pool = RULES["linear_pool"](proba, labels, objective=BALANCED)
    fitted = mean_cost(BALANCED, pool.predict_proba(proba), labels)

    def cost(free):
        weights = softmax(free)
        return mean_cost(BALANCED, np.tensordot(weights, proba, axes=1), labels)

    theirs = min(minimize(cost, start, tol=1e-12).fun for start in np.eye(4))
    assert pool.certificate <= 1e-9
    assert fitted - theirs <= pool.certificate + 1e-9


def test_many_samples_have_a_certificate_too():
    """So many that a share of them is solved first."""
    proba, labels = uneven(n_members=5, sizes=(60_000, 12_000, 4_000))
    pool = RULES["linear_pool"](proba, labels, objective=BALANCED)
    assert pool.certificate <= 1e-9
    of_copies = RULES["linear_pool"](*copied(proba, labels))
    np.testing.assert_allclose(pool.weights, of_copies.weights, atol=1e-5)


def test_the_geometric_objective_and_its_derivatives_are_those_of_copies(samples):
    proba, labels = samples
    logits, _ = copied(np.log(proba), labels)
    prior, weights = np.full(4, 0.3), np.array([0.2, 0.5, 0.1, 0.9])
    of_copies = GeometricLogLoss(logits, np.ones(logits.shape[1]), prior, 0.1)
    balanced = GeometricLogLoss(np.log(proba), sample_weights(BALANCED, labels), prior, 0.1)
    ours, theirs = balanced.evaluate(weights), of_copies.evaluate(weights)
    assert ours.value == pytest.approx(theirs.value, rel=1e-12)
    np.testing.assert_allclose(ours.gradient, theirs.gradient, rtol=1e-9, atol=1e-12)
    everyone = np.arange(4)
    np.testing.assert_allclose(
        balanced.hessian(weights, everyone), of_copies.hessian(weights, everyone), rtol=1e-9
    )
    assert balanced.slope(weights, prior) == pytest.approx(of_copies.slope(weights, prior))


def test_the_log_pool_is_the_minimum_of_its_penalised_balanced_log_loss(samples):
    proba, labels = samples
    pool = log_pool(proba, labels, objective=BALANCED)
    n_samples, counts = len(labels), sample_weights(BALANCED, labels)
    logits = log_proba(proba)
    share = 1.0 / (n_samples + 2)
    rows, second = np.arange(n_samples), runners_up(logits.mean(axis=0), labels)

    def smoothed(weights):
        log = np.log(softmax(np.tensordot(weights, logits, axes=1)))
        losses = -(1 - share) * log[rows, labels] - share * log[rows, second]
        return float(np.mean(counts * losses))

    # The prior is the plain mean at its own balanced temperature.
    scale = minimize(lambda s: smoothed(np.full(4, s[0] / 4)), [1.0], tol=1e-12).x[0]

    def cost(weights):
        penalty = PRIOR_STRENGTH / (2 * n_samples) * np.sum((weights - scale / 4) ** 2)
        return smoothed(weights) + penalty

    theirs = minimize(cost, pool.weights, bounds=[(0, None)] * 4, tol=1e-14)
    assert pool.certificate <= 1e-9
    assert cost(pool.weights) == pytest.approx(theirs.fun, abs=1e-7)


def test_a_correction_is_that_of_copies(samples):
    proba, labels = samples
    features = np.hstack(list(np.log(proba)))
    at = np.repeat(
        np.arange(len(labels)), (np.bincount(labels).max() // np.bincount(labels))[labels]
    )
    logits = np.zeros((len(labels), 3))
    counts = sample_weights(BALANCED, labels)
    ours = CorrectionProblem(features, logits, labels, counts).solve(0.1)
    theirs = CorrectionProblem(features[at], logits[at], labels[at], np.ones(len(at))).solve(0.1)
    np.testing.assert_allclose(ours.maps, theirs.maps, atol=2e-4)


def test_a_temperature_is_nearly_that_of_copies(samples):
    proba, labels = samples
    weights = sample_weights(BALANCED, labels)
    several, known = copied(proba, labels)
    # Not to the last digit: of more samples fewer are taken for errors.
    assert fit_temperature(proba[0], labels, weights) == pytest.approx(
        fit_temperature(several[0], known), rel=0.02
    )
    assert fit_temperature(proba[0], labels, np.full(len(labels), 3.0)) == pytest.approx(
        fit_temperature(proba[0], labels), rel=1e-9
    )


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_takes_it(rule, samples):
    proba, labels = samples
    pool = fit_pool(rule, proba, labels, objective=BALANCED)
    assert np.isfinite(mean_cost(BALANCED, pool.predict_proba(proba), labels))


def test_what_is_chosen_does_better_on_rare_classes_of_new_samples():
    proba, labels = uneven(sizes=(900, 60, 30), seed=5)
    new, new_labels = uneven(sizes=(3000, 3000, 3000), seed=6)
    losses = {
        objective: mean_cost(
            BALANCED,
            choose_pool("auto", proba, labels, objective=objective).pool.predict_proba(new),
            new_labels,
        )
        for objective in ("log_loss", BALANCED)
    }
    assert losses[BALANCED] < losses["log_loss"]


def test_a_rule_compared_shows_its_balanced_cost(samples):
    proba, labels = samples
    choice = choose_pool("linear_pool", proba, labels, objective=BALANCED)
    chosen = next(line for line in choice.rules_compared() if line["chosen"])
    counts = sample_weights(BALANCED, labels)
    losses = OBJECTIVES["log_loss"](choice.cross_fitted_proba, labels)
    assert chosen["cost"] == pytest.approx(np.mean(counts * losses), rel=0.02)
    assert chosen["log_loss"] != chosen["cost"]
