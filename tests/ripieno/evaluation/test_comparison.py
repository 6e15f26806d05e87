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
MINUS = "\N{MINUS SIGN}"
NOTE = "chosen on validation, calibrated"


def comparison(log_loss, accuracy, p_value, reference="best_member", name="convnet", note=NOTE):
    return Comparison(
        reference=reference,
        name=name,
        note=note,
        accuracy=Interval(accuracy - 0.01, accuracy, accuracy + 0.01),
        log_loss=log_loss,
        brier=Interval(0.0, 0.0, 0.0),
        mcnemar=McNemar(3, 1, p_value),
        same=False,
    )


GAIN = "+0.0213 nats (+0.0150 to +0.0277)"
LOSS = f"{MINUS}0.0213 nats ({MINUS}0.0277 to {MINUS}0.0150)"
LITTLE = f"+0.0013 nats ({MINUS}0.0010 to +0.0040)"
LITTLE_LESS = f"{MINUS}0.0013 nats ({MINUS}0.0040 to +0.0010)"


@pytest.mark.parametrize(
    ("log_loss", "accuracy", "p_value", "finding"),
    [
        (
            BETTER,
            0.0062,
            CERTAIN,
            f"the ensemble is better in log-loss and in accuracy: gains of {GAIN} and +0.62 points "
            "(McNemar p = 0.0034)",
        ),
        (
            BETTER,
            0.0025,
            UNCERTAIN,
            "the ensemble is better in log-loss, while the difference in accuracy may be chance: "
            f"gains of {GAIN} and +0.25 points (McNemar p = 0.21)",
        ),
        (
            BETTER,
            -0.0025,
            UNCERTAIN,
            "the ensemble is better in log-loss, while the difference in accuracy may be chance: "
            f"gains of {GAIN} and {MINUS}0.25 points (McNemar p = 0.21)",
        ),
        (
            BETTER,
            -0.0062,
            CERTAIN,
            f"the ensemble is better in log-loss but worse in accuracy: gains of {GAIN} and "
            f"{MINUS}0.62 points (McNemar p = 0.0034)",
        ),
        (
            AHEAD,
            0.0,
            1.0,
            f"the differences in log-loss and in accuracy may be chance: gains of {LITTLE} and "
            "0.00 points (McNemar p = 1)",
        ),
        (
            BEHIND,
            -0.0005,
            0.0499,
            "the ensemble is worse in accuracy, while the difference in log-loss may be chance: "
            f"gains of {LITTLE_LESS} and {MINUS}0.05 points (McNemar p = 0.0499)",
        ),
        (
            BEHIND,
            0.0105,
            0.00002,
            "the ensemble is better in accuracy, while the difference in log-loss may be chance: "
            f"gains of {LITTLE_LESS} and +1.05 points (McNemar p < 0.001)",
        ),
        (
            WORSE,
            -0.0025,
            UNCERTAIN,
            "the ensemble is worse in log-loss, while the difference in accuracy may be chance: "
            f"gains of {LOSS} and {MINUS}0.25 points (McNemar p = 0.21)",
        ),
        (
            WORSE,
            -0.0062,
            CERTAIN,
            f"the ensemble is worse in log-loss and in accuracy: gains of {LOSS} and "
            f"{MINUS}0.62 points (McNemar p = 0.0034)",
        ),
        (
            WORSE,
            0.0062,
            CERTAIN,
            f"the ensemble is worse in log-loss but better in accuracy: gains of {LOSS} and "
            "+0.62 points (McNemar p = 0.0034)",
        ),
    ],
)
def test_verdict_says_in_what_they_differ_by_more_than_chance(log_loss, accuracy, p_value, finding):
    verdict = comparison(log_loss, accuracy, p_value).verdict
    assert verdict == f"Against convnet ({NOTE}), {finding}."


def test_verdict_of_equal_predictions_claims_no_gain():
    zero = Interval(0.0, 0.0, 0.0)
    same = comparison(zero, 0.0, 1.0, "greedy_selection", "greedy selection", "calibrated")
    assert replace(same, same=True).verdict == (
        "The ensemble predicts the same as greedy selection (calibrated): there is no gain."
    )


def test_an_interval_just_above_zero_does_not_read_as_if_it_held_it():
    verdict = comparison(Interval(0.0000312, 0.0021, 0.0042), 0.0, 1.0).verdict
    assert "gains of +0.00210 nats (+0.00003 to +0.00420)" in verdict


@pytest.mark.parametrize("end", [0.0499, 0.01, 1e-9])
def test_no_end_of_a_certain_gain_reads_zero(end):
    verdict = comparison(Interval(-0.5, -0.3, -end), 0.0, 1.0).verdict
    shown = verdict.partition(" to ")[2].partition(")")[0]
    assert -float(shown.replace(MINUS, "-")) == pytest.approx(end, rel=0.5)


SCORES = {"accuracy": Interval(0.9384, 0.9431, 0.9475), "log_loss": Interval(0.15, 0.16, 0.17)}
ACCURACY = "The ensemble's test accuracy is 94.31% (93.84% to 94.75%). "


def test_headline_is_two_sentences_and_says_which_best_member_is_meant():
    assert headline(SCORES, comparison(BETTER, 0.0062, CERTAIN)) == (
        f"{ACCURACY}Against its best member, convnet (chosen on validation, calibrated), it is "
        f"better in log-loss and in accuracy: gains of {GAIN} and +0.62 points."
    )


def test_headline_admits_a_loss():
    assert headline(SCORES, comparison(WORSE, -0.0025, UNCERTAIN)).endswith(
        "it is worse in log-loss, while the difference in accuracy may be chance: "
        f"gains of {LOSS} and {MINUS}0.25 points."
    )


def test_headline_claims_nothing_that_may_be_chance():
    assert headline(SCORES, comparison(BEHIND, 0.0028, 1.0)).endswith(
        "calibrated), the differences in log-loss and in accuracy may be chance: "
        f"gains of {LITTLE_LESS} and +0.28 points."
    )


def test_headline_against_another_pool_names_that():
    other = comparison(BETTER, 0.0025, UNCERTAIN, "uniform", "the plain mean", "calibrated")
    assert ". Against the plain mean (calibrated), it is better" in headline(SCORES, other)


def test_headline_of_one_member_claims_no_gain():
    same = comparison(Interval(0.0, 0.0, 0.0), 0.0, 1.0, note="the only one, calibrated")
    assert headline(SCORES, replace(same, same=True)) == (
        f"{ACCURACY}It predicts the same as its best member, convnet (the only one, calibrated): "
        "there is no gain."
    )


def predictions(n_right, n_samples, confidence):
    """The first of all samples right, the rest wrong; all labels are 0."""
    right = np.arange(n_samples) < n_right
    proba = np.where(right, confidence, 1.0 - confidence)
    return np.stack([proba, 1.0 - proba], axis=1)


def test_comparison_by_hand():
    labels = np.zeros(400, dtype=int)
    proba, reference = predictions(390, 400, 0.9), predictions(350, 400, 0.9)
    compared = compare(
        "uniform", "the plain mean", proba, reference, labels, note="calibrated", seed=0
    )
    assert compared.accuracy.mid == pytest.approx(0.1)
    assert compared.log_loss.mid == pytest.approx(0.1 * np.log(9))
    # From 0.9 to 0.1 on one of two classes: 2 * 0.81 - 2 * 0.01.
    assert compared.brier.mid == pytest.approx(0.1 * 1.6)
    assert compared.mcnemar == McNemar(40, 0, pytest.approx(2 * 0.5**40))
    assert "gains of +0.2197 nats" in compared.verdict


def test_summary_holds_what_the_contract_says():
    labels = np.zeros(400, dtype=int)
    proba, reference = predictions(390, 400, 0.9), predictions(350, 400, 0.9)
    compared = compare(
        "uniform", "the plain mean", proba, reference, labels, note="calibrated", seed=0
    )
    stored = json.loads(json.dumps(compared.to_dict()))
    assert stored == {
        "reference": "uniform",
        "name": "the plain mean",
        "note": "calibrated",
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
    assert compare(
        "uniform", "the plain mean", proba, proba.copy(), labels, note="calibrated", seed=0
    ).same


def test_comparison_depends_on_the_seed_alone():
    rng = np.random.default_rng(0)
    proba, reference = rng.dirichlet(np.ones(3), size=(2, 100))
    labels = rng.integers(0, 3, size=100)
    first, again, other = (
        compare("uniform", "the plain mean", proba, reference, labels, note="calibrated", seed=seed)
        for seed in (1, 1, 2)
    )
    assert first == again != other
