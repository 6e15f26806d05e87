import json
from dataclasses import replace

import numpy as np
import pytest

from ripieno.evaluation.comparison import Comparison, compare, headline
from ripieno.evaluation.interval import Interval
from ripieno.evaluation.significance import McNemar

BETTER = Interval(0.0150, 0.0213, 0.0277)
WORSE = Interval(-0.0277, -0.0213, -0.0150)
AHEAD = Interval(-0.0010, 0.0013, 0.0040)
BEHIND = Interval(-0.0040, -0.0013, 0.0010)
CERTAIN, UNCERTAIN = 0.0034, 0.2134


def comparison(log_loss, accuracy, p_value, reference="best_member", name="convnet_batchnorm"):
    return Comparison(
        reference=reference,
        name=name,
        accuracy=Interval(accuracy - 0.01, accuracy, accuracy + 0.01),
        log_loss=log_loss,
        brier=Interval(0.0, 0.0, 0.0),
        mcnemar=McNemar(3, 1, p_value),
        same=False,
    )


@pytest.mark.parametrize(
    ("log_loss", "accuracy", "p_value", "verdict"),
    [
        (
            BETTER,
            0.0062,
            CERTAIN,
            "The ensemble beats convnet_batchnorm by 0.0213 nats of log-loss (0.0150 to 0.0277), "
            "which is distinguishable from chance; in accuracy it is better by 0.62 points, "
            "which is distinguishable too (McNemar p = 0.0034).",
        ),
        (
            BETTER,
            0.0025,
            UNCERTAIN,
            "The ensemble beats convnet_batchnorm by 0.0213 nats of log-loss (0.0150 to 0.0277), "
            "which is distinguishable from chance; in accuracy the difference of +0.25 points "
            "is not (McNemar p = 0.21).",
        ),
        (
            BETTER,
            -0.0062,
            CERTAIN,
            "The ensemble beats convnet_batchnorm by 0.0213 nats of log-loss (0.0150 to 0.0277), "
            "which is distinguishable from chance; but in accuracy it is worse by 0.62 points, "
            "which is distinguishable too (McNemar p = 0.0034).",
        ),
        (
            AHEAD,
            0.0,
            1.0,
            "The ensemble is ahead of convnet_batchnorm by 0.0013 nats of log-loss "
            "(-0.0010 to 0.0040), which is not distinguishable from chance; nor is the difference "
            "of +0.00 points in accuracy (McNemar p = 1).",
        ),
        (
            BEHIND,
            -0.0005,
            0.0499,
            "The ensemble is behind convnet_batchnorm by 0.0013 nats of log-loss "
            "(-0.0010 to 0.0040), which is not distinguishable from chance; in accuracy it is "
            "worse by 0.05 points, which is distinguishable from chance (McNemar p = 0.0499).",
        ),
        (
            AHEAD,
            0.0105,
            0.00002,
            "The ensemble is ahead of convnet_batchnorm by 0.0013 nats of log-loss "
            "(-0.0010 to 0.0040), which is not distinguishable from chance; in accuracy it is "
            "better by 1.05 points, which is distinguishable from chance (McNemar p < 0.001).",
        ),
        (
            WORSE,
            -0.0025,
            UNCERTAIN,
            "The ensemble is worse than convnet_batchnorm by 0.0213 nats of log-loss "
            "(0.0150 to 0.0277), which is distinguishable from chance; in accuracy the difference "
            "of -0.25 points is not (McNemar p = 0.21).",
        ),
        (
            WORSE,
            -0.0062,
            CERTAIN,
            "The ensemble is worse than convnet_batchnorm by 0.0213 nats of log-loss "
            "(0.0150 to 0.0277), which is distinguishable from chance; in accuracy it is worse "
            "by 0.62 points, which is distinguishable too (McNemar p = 0.0034).",
        ),
        (
            WORSE,
            0.0062,
            CERTAIN,
            "The ensemble is worse than convnet_batchnorm by 0.0213 nats of log-loss "
            "(0.0150 to 0.0277), which is distinguishable from chance; but in accuracy it is "
            "better by 0.62 points, which is distinguishable too (McNemar p = 0.0034).",
        ),
    ],
)
def test_verdict_says_what_is_distinguishable_from_chance(log_loss, accuracy, p_value, verdict):
    assert comparison(log_loss, accuracy, p_value).verdict == verdict


def test_verdict_of_equal_predictions_claims_no_gain():
    same = replace(
        comparison(Interval(0.0, 0.0, 0.0), 0.0, 1.0, name="greedy selection"), same=True
    )
    assert same.verdict == "The ensemble predicts the same as greedy selection: there is no gain."


def test_an_interval_just_above_zero_does_not_read_as_if_it_held_it():
    verdict = comparison(Interval(0.0000312, 0.0021, 0.0042), 0.0, 1.0).verdict
    assert "by 0.00210 nats of log-loss (0.00003 to 0.00420), which is distin" in verdict


@pytest.mark.parametrize("end", [0.0499, 0.01, 1e-9])
def test_no_end_of_a_certain_gain_reads_zero(end):
    verdict = comparison(Interval(-0.5, -0.3, -end), 0.0, 1.0).verdict
    shown = verdict.partition("(")[2].partition(" to ")[0]
    assert float(shown) == pytest.approx(end, rel=0.5)


SCORES = {"accuracy": Interval(0.9384, 0.9431, 0.9475), "log_loss": Interval(0.15, 0.16, 0.17)}


def test_headline_names_the_best_member():
    assert headline(SCORES, comparison(BETTER, 0.0025, UNCERTAIN)) == (
        "The ensemble's test accuracy is 94.31 % (93.84 to 94.75); it beats its best member, "
        "convnet_batchnorm, by 0.0213 nats of log-loss (0.0150 to 0.0277), which is "
        "distinguishable from chance; in accuracy the difference of +0.25 points is not "
        "(McNemar p = 0.21)."
    )


def test_headline_admits_a_loss():
    assert "; it is worse than its best member, convnet_batchnorm, by 0.0213 nats" in headline(
        SCORES, comparison(WORSE, -0.0025, UNCERTAIN)
    )


def test_headline_against_another_pool_names_that():
    other = comparison(BETTER, 0.0025, UNCERTAIN, "uniform", "the plain mean")
    assert "; it beats the plain mean by 0.0213 nats" in headline(SCORES, other)


def test_headline_of_one_member_claims_no_gain():
    same = replace(comparison(Interval(0.0, 0.0, 0.0), 0.0, 1.0), same=True)
    assert headline(SCORES, same) == (
        "The ensemble's test accuracy is 94.31 % (93.84 to 94.75); it predicts the same as "
        "its best member, convnet_batchnorm: there is no gain."
    )


def predictions(n_right, n_samples, confidence):
    """The first of all samples right, the rest wrong; all labels are 0."""
    right = np.arange(n_samples) < n_right
    proba = np.where(right, confidence, 1.0 - confidence)
    return np.stack([proba, 1.0 - proba], axis=1)


def test_comparison_by_hand():
    labels = np.zeros(400, dtype=int)
    proba, reference = predictions(390, 400, 0.9), predictions(350, 400, 0.9)
    compared = compare("uniform", "the plain mean", proba, reference, labels, seed=0)
    assert compared.accuracy.mid == pytest.approx(0.1)
    assert compared.log_loss.mid == pytest.approx(0.1 * np.log(9))
    # From 0.9 to 0.1 on one of two classes: 2 * 0.81 - 2 * 0.01.
    assert compared.brier.mid == pytest.approx(0.1 * 1.6)
    assert compared.mcnemar == McNemar(40, 0, pytest.approx(2 * 0.5**40))
    assert compared.verdict.startswith("The ensemble beats the plain mean by 0.2197 nats")


def test_summary_holds_what_the_contract_says():
    labels = np.zeros(400, dtype=int)
    proba, reference = predictions(390, 400, 0.9), predictions(350, 400, 0.9)
    compared = compare("uniform", "the plain mean", proba, reference, labels, seed=0)
    stored = json.loads(json.dumps(compared.to_dict()))
    assert stored == {
        "reference": "uniform",
        "name": "the plain mean",
        "accuracy": compared.accuracy.as_list(),
        "log_loss": compared.log_loss.as_list(),
        "brier": compared.brier.as_list(),
        "only_ensemble_right": 40,
        "only_reference_right": 0,
        "mcnemar_p": pytest.approx(2 * 0.5**40),
        "verdict": compared.verdict,
    }


def test_equal_predictions_are_the_same():
    proba, labels = predictions(8, 10, 0.9), np.zeros(10, dtype=int)
    assert compare("uniform", "the plain mean", proba, proba.copy(), labels, seed=0).same


def test_comparison_depends_on_the_seed_alone():
    rng = np.random.default_rng(0)
    proba, reference = rng.dirichlet(np.ones(3), size=(2, 100))
    labels = rng.integers(0, 3, size=100)
    first, again, other = (
        compare("uniform", "the plain mean", proba, reference, labels, seed=seed)
        for seed in (1, 1, 2)
    )
    assert first == again != other
